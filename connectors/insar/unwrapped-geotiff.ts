/**
 * In: an unwrapped-phase or displacement GeoTIFF of LiCSAR, HyP3, GAMMA or ROI_PAC with its companions.
 * Out: one InsarScene: displacement in metres, + towards the satellite, with unit vectors and coherence.
 * All count phase + away from the satellite (range increase): LiCSBAS `coef_r2m`, MintPy `phase2range`,
 * GAMMA's `disp = -lambda / (4 pi) phase`; HyP3's los_disp counts + towards it.
 * @module
 */
import path from 'node:path';
import type { Table } from 'apache-arrow';
import type { Connector, Scan, SourceFile } from '../../core/connector.js';
import { CorruptSourceError, isQuakeError } from '../../core/errors.js';
import { insarTable } from '../../core/tables/insar-table.js';
import type { InsarScene } from '../../core/waveform.js';
import {
  readGeoTiff,
  readGeoTiffInfo,
  type GeoTiffBand,
  type GeoTiffInfo,
} from './geotiff-reader.js';
import {
  constantVectors,
  towardSatellite,
  vectorsFromComponents,
  vectorsFromElevationOrientation,
} from './line-of-sight.js';
import { checkPlausible } from './plausible.js';
import { findProductFiles } from './product-files.js';
import { sceneMetadata, type Options, type SceneMetadata } from './scene-metadata.js';
import { describeRawGrid } from './raw-grid.js';
import { openFileSource } from './tiff/byte-source.js';
import { isTiff } from './tiff/directory.js';

/**
 * Reader of unwrapped GeoTIFFs. Options: `headingDeg` and `incidenceDeg` (both) replace the
 * geometry of the product, `wavelengthM` its wavelength.
 */
export const unwrappedGeotiffConnector: Connector = {
  format: 'insar/unwrapped-geotiff',
  source: 'insar',
  title: 'Unwrapped interferogram (LiCSAR, HyP3, GAMMA, ROI_PAC; GeoTIFF)',

  async probe(file) {
    if (!isTiff(file.head)) return 0;
    let known = true;
    try {
      const info = await readGeoTiffInfo(file.path);
      known = findProductFiles(file.path, info.metadata) !== null;
      if (!known || !info.dtype.startsWith('float')) return 0;
      await sceneMetadata(file, {});
      return 1;
    } catch (error) {
      // The right product, but damaged or without its metadata: `scan` then says what is missing.
      return known && isQuakeError(error) ? 0.5 : 0;
    }
  },

  async scan(file, options): Promise<Scan> {
    const { info, files, wavelengthM, geometry, notes } = await sceneMetadata(file, options);
    const end = new Date(Date.parse(files.secondDate) + 86_400_000).toISOString().slice(0, 10);
    return {
      format: 'insar/unwrapped-geotiff',
      source: 'insar',
      window: { start: `${files.firstDate}T00:00:00Z`, end: `${end}T00:00:00Z` },
      facts: {
        product: files.product,
        sceneId: files.sceneId,
        firstDate: files.firstDate,
        secondDate: files.secondDate,
        rows: info.rows,
        columns: info.columns,
        transform: info.transform,
        crs: info.crs,
        dtype: info.dtype,
        nodata: info.nodata,
        compression: info.compression,
        wavelengthM,
        geometry,
        coherenceFile: files.coherence,
      },
      audit: notes,
    };
  },

  async read(request): Promise<Table> {
    return insarTable([await readScene(request.file, request.options)]);
  },
};

/**
 * The scene of one file, also of a netCDF product (ARIA GUNW, OPERA DISP-S1) and of a raw grid with its
 * header. Throws UnsupportedSourceError with what is missing when product, geometry
 * or wavelength is unknown; CorruptSourceError when a file is damaged or sizes disagree. Without `needsLook` a GeoTIFF whose
 * line of sight is unknown is read with unit vectors of NaN.
 */
export async function readScene(
  file: Pick<SourceFile, 'path'>,
  options: Options,
  needsLook = true,
): Promise<InsarScene> {
  if (/\.(nc|h5)$/i.test(file.path)) {
    const { readHdf5Scene } = await import('./products/hdf5-scene.js');
    return readHdf5Scene(file.path, options);
  }
  if (!(await startsAsTiff(file.path)) && (await describeRawGrid(file.path))) {
    const { readRawScene } = await import('./raw-scene.js');
    return readRawScene(file.path, options);
  }
  const metadata = await sceneMetadata(file, options, needsLook);
  const { info, files, wavelengthM, name } = metadata;
  const { values } = await readGeoTiff(file.path);
  checkPlausible({
    ...{ values, nodata: info.nodata, columns: info.columns, source: name },
    unit: files.kind === 'displacement' ? 'm' : 'rad',
  });
  const pixels = info.rows * info.columns;
  const losM = new Float32Array(pixels);
  const metresPerUnit =
    (files.sign === 'away' ? -1 : 1) *
    (files.kind === 'displacement' ? 1 : wavelengthM / (4 * Math.PI));
  let missing = 0;
  for (let i = 0; i < pixels; i++) {
    const phase = values[i] as number;
    const hasData = Number.isFinite(phase) && phase !== 0 && !isNoData(phase, info.nodata);
    losM[i] = hasData ? metresPerUnit * phase : Number.NaN;
    if (!hasData) missing++;
  }
  if (missing === pixels) {
    throw new CorruptSourceError({
      source: name,
      at: 'band 1',
      reason: 'every pixel is nodata (0, NaN or the declared value)',
    });
  }
  const declared = info.nodata === null ? '' : ` or the declared ${info.nodata}`;
  const lineOfSight = await unitVectors(metadata);
  return {
    sceneId: files.sceneId,
    firstDate: files.firstDate,
    secondDate: files.secondDate,
    rows: info.rows,
    columns: info.columns,
    transform: info.transform,
    crs: info.crs,
    losM,
    coherence: await readCoherence(metadata),
    unitVectors: lineOfSight.vectors,
    wavelengthM,
    notes: [
      ...metadata.notes,
      `${missing} of ${pixels} pixels are nodata (0, NaN${declared})`,
      ...lineOfSight.notes,
    ],
  };
}

/** False only for a file that can be read and is none: the TIFF reader names what is wrong with the others. */
async function startsAsTiff(file: string): Promise<boolean> {
  const source = await openFileSource(file).catch(() => null);
  if (!source) return true;
  try {
    return isTiff(await source.read(0, Math.min(4, source.bytes), 'byte 0'));
  } finally {
    await source.close();
  }
}

async function unitVectors(
  metadata: SceneMetadata,
): Promise<{ readonly vectors: Float32Array; readonly notes: readonly string[] }> {
  const { info, geometry } = metadata;
  const pixels = info.rows * info.columns;
  if (geometry.kind === 'unknown') {
    return { vectors: new Float32Array(3 * pixels).fill(Number.NaN), notes: [] };
  }
  if (geometry.kind === 'angles') {
    return { vectors: constantVectors(towardSatellite(geometry), pixels), notes: [] };
  }
  const grids: GeoTiffBand['values'][] = [];
  for (const file of geometry.files) {
    const { values, info: own } = await companion(file, info);
    grids.push(values.map((value) => (isNoData(value, own.nodata) ? Number.NaN : value)));
  }
  const name = path.basename(geometry.files[0]);
  const { vectors, missing } =
    geometry.kind === 'files'
      ? vectorsFromComponents(grids, name)
      : vectorsFromElevationOrientation(grids, name);
  return {
    vectors,
    notes: missing > 0 ? [`${missing} pixels have no line of sight (0 in ${name})`] : [],
  };
}

/** Nodata in text may have fewer digits than the samples. */
function isNoData(value: number, nodata: number | null): boolean {
  return nodata !== null && Math.fround(value) === Math.fround(nodata);
}

async function readCoherence({ info, files }: SceneMetadata): Promise<Float32Array> {
  if (!files.coherence) return new Float32Array(info.rows * info.columns).fill(Number.NaN);
  const { values, info: own } = await companion(files.coherence, info);
  // LiCSAR stores coherence as bytes, 255 = 1.
  const scale = own.dtype === 'uint8' && !own.isScaled ? 1 / 255 : 1;
  return Float32Array.from(values, (value, i) => {
    const coherence = value * scale;
    // No data; 0 is left as it is, for that is what it says.
    if (value !== 0 && isNoData(value, own.nodata)) return Number.NaN;
    if (coherence < 0 || coherence > 1.0001) {
      throw new CorruptSourceError({
        source: path.basename(files.coherence ?? ''),
        at: `pixel ${i}`,
        reason: `coherence is ${coherence}, outside 0 to 1`,
      });
    }
    return coherence;
  });
}

/** Band 1 of a companion file, which must lie on the same grid. */
async function companion(file: string, info: SceneMetadata['info']): Promise<GeoTiffBand> {
  const source = path.basename(file);
  const other = await readGeoTiff(file);
  const { rows, columns, transform, crs }: GeoTiffInfo = other.info;
  if (rows !== info.rows || columns !== info.columns) {
    throw new CorruptSourceError({
      source,
      at: 'TIFF tags 256 and 257',
      reason: `it has ${rows} x ${columns} pixels, the phase ${info.rows} x ${info.columns}`,
    });
  }
  const tolerance = 0.01 * Math.abs(info.transform[1]);
  const moved = transform?.some(
    (value, i) => Math.abs(value - (info.transform[i] as number)) > tolerance,
  );
  if (moved) {
    throw new CorruptSourceError({
      source,
      at: 'TIFF tags 33550 and 33922',
      reason: `its transform ${transform?.join(', ')} is not that of the phase`,
    });
  }
  if (crs !== info.crs) {
    throw new CorruptSourceError({
      source,
      at: 'TIFF tag 34735 (GeoKeyDirectory)',
      reason: `its CRS ${crs ?? '(none)'} is not ${info.crs}, that of the phase`,
    });
  }
  return other;
}
