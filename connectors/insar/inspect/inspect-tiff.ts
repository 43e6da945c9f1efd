/** In: an open GeoTIFF. Out: what it holds, read in parts of bounded size. @module */
import path from 'node:path';
import { isQuakeError, UnsupportedSourceError } from '../../../core/errors.js';
import { layerOfMetadata, layerOfName } from '../products/layers.js';
import { sceneMetadata, SENTINEL1_WAVELENGTH_M } from '../scene-metadata.js';
import { readWindow, type Raster } from '../tiff/read.js';
import type { GeoReference } from '../tiff/geo.js';
import { sampleBytes, type SampleType } from '../tiff/image.js';
import { memoryBytes } from '../tiff/samples.js';
import { lookVectorOf } from './look-vector.js';
import { affineOf, type InsarInspection } from './report.js';
import { createStatistics, jsonNumber, type BandStatistics } from './statistics.js';

const PART_BYTES = 2 ** 25;
/** A raster whose pixels take this many times the bytes of its file is hostile or empty. */
const MAX_RATIO = 4096;
const MAX_FREE_BYTES = 2 ** 28;

/** Everything about a raster. Throws what reading its pixels throws. */
export async function inspectRaster(raster: Raster, file: string): Promise<InsarInspection> {
  const { image, geo, source } = raster;
  const bytes = image.rows * image.columns * image.bands * memoryBytes(image.dtype);
  if (bytes > Math.max(MAX_FREE_BYTES, MAX_RATIO * source.bytes)) {
    throw new UnsupportedSourceError({
      source: source.name,
      reason: `it claims ${image.rows} x ${image.columns} pixels and ${image.bands} bands in a file of ${source.bytes} bytes`,
      remedy: 'check the file; a raster that is nodata nearly throughout can be cropped',
    });
  }
  const all: BandStatistics[] = [];
  for (let band = 0; band < image.bands; band++) all.push(await bandStatistics(raster, band));
  const first = all[0] as BandStatistics;
  const scene = await sceneFacts(raster, file);
  const nodata = nodataOf(raster);
  return {
    file: path.basename(file),
    format: raster.bigTiff ? 'BigTIFF' : 'GeoTIFF',
    product: scene.product,
    quantity: scene.quantity,
    unit: scene.unit ?? geo.unit,
    shape: [image.rows, image.columns],
    ...{
      rows: image.rows,
      columns: image.columns,
      bands: image.bands,
      dtype: dtypeOf(image.dtype),
    },
    crs: crsOf(geo),
    transform: affineOf(geo.transform),
    geoTransform: geo.transform,
    nodata: jsonNumber(nodata),
    scale: geo.scale,
    offset: geo.offset,
    ...first,
    sign: scene.sign,
    lookVector: scene.lookVector,
    ...{ firstDate: scene.firstDate, secondDate: scene.secondDate, wavelengthM: scene.wavelengthM },
    missing: scene.missing,
    notes: [...notesOf(raster, nodata, first), ...scene.notes],
    storage: {
      byteOrder: image.littleEndian ? 'little' : 'big',
      compression: image.compression,
      predictor: image.predictor,
      bitsPerSample: 8 * sampleBytes(image.dtype),
      layout: image.isTiled ? 'tiled' : 'strip',
      blockShape: [image.layout.rows, image.layout.columns],
      interleave: image.layout.samples > 1 ? 'pixel' : 'band',
      overviews: raster.overviews.map(({ rows, columns }) => ({
        factor: Math.round(image.columns / columns),
        rows,
        columns,
      })),
    },
    ...(image.bands > 1 ? { bandStatistics: all } : {}),
  };
}

/** Half floats are float32 to rasterio, which knows no type of 16 bits; `storage` has the bits. */
function dtypeOf(dtype: SampleType): SampleType {
  return dtype === 'float16' ? 'float32' : dtype;
}

/** With heights as rasterio names it: EPSG:4979, or both codes. None for control points: nothing is placed yet. */
function crsOf({ crs, verticalEpsg, controlPoints }: GeoReference): string | null {
  if (controlPoints > 0) return null;
  if (crs === null || verticalEpsg === null) return crs;
  if (crs === 'EPSG:4326')
    return `EPSG:${WGS84_WITH_HEIGHTS[verticalEpsg] ?? `4326+${verticalEpsg}`}`;
  return `${crs}+${verticalEpsg}`;
}

/** WGS 84 with heights above the ellipsoid, EGM96, EGM2008. */
const WGS84_WITH_HEIGHTS: Readonly<Record<number, number>> = { 4979: 4979, 5773: 9707, 3855: 9518 };

/** As the samples hold it, which is what GDAL says of a float32 file; null when they cannot hold it. */
function nodataOf({ image, geo }: Raster): number | null {
  const { nodata } = geo;
  if (nodata === null) return null;
  if (image.dtype === 'float32') return Math.fround(nodata);
  const [, kind, bits] = /^(u?int)(\d+)$/.exec(image.dtype) ?? [];
  if (!kind) return nodata;
  const [low, high] =
    kind === 'uint'
      ? [0, 2 ** Number(bits) - 1]
      : [-(2 ** (Number(bits) - 1)), 2 ** (Number(bits) - 1) - 1];
  return nodata >= low && nodata <= high ? nodata : null;
}

function notesOf(
  { image, geo, mask }: Raster,
  nodata: number | null,
  { validCount, nanCount, min, max }: BandStatistics,
): readonly string[] {
  const isInfinite = [min, max].some((value) => value === 'Infinity' || value === '-Infinity');
  return [
    ...(geo.isUserDefined ? ['the CRS is one of its own, without an EPSG code'] : []),
    ...(geo.controlPoints > 0
      ? [
          `no transform: ${geo.controlPoints} ground control points${geo.crs ? ` in ${geo.crs}` : ''} place it; warp it with gdalwarp`,
        ]
      : []),
    ...(geo.nodata !== null && nodata === null
      ? [
          `nodata is declared as ${geo.nodata}, which ${image.dtype} cannot hold: no pixel is nodata`,
        ]
      : []),
    ...(geo.scale !== 1 || geo.offset !== 0
      ? [
          `a stored number v stands for ${geo.scale} v + ${geo.offset}; the statistics are of the stored numbers`,
        ]
      : []),
    ...(mask
      ? ['it has a mask of pixels that do not count; the statistics are of all pixels']
      : []),
    ...(isInfinite ? ['some pixels are infinite'] : []),
    ...(validCount === 0 ? ['every pixel is nodata or NaN'] : []),
    ...(geo.nodata !== null && !Number.isNaN(geo.nodata) && nanCount > 0
      ? [`${nanCount} pixels are NaN though nodata is declared as ${geo.nodata}`]
      : []),
  ];
}

async function bandStatistics(raster: Raster, band: number): Promise<BandStatistics> {
  const { image, geo } = raster;
  const { dtype } = image;
  const statistics = createStatistics({
    nodata: geo.nodata,
    isComplex: dtype.startsWith('complex'),
    isSingle: ['float16', 'float32', 'complex64'].includes(dtype),
  });
  const rowBytes = image.columns * memoryBytes(dtype);
  // Whole rows of blocks, so that none is decoded twice.
  const blocks = Math.max(1, Math.floor(PART_BYTES / (rowBytes * image.layout.rows)));
  const isPlainStrip = image.layout.compression === 1 && !image.isTiled;
  const step = isPlainStrip
    ? Math.max(1, Math.floor(PART_BYTES / rowBytes))
    : blocks * image.layout.rows;
  for (let row = 0; row < image.rows; row += step) {
    const rows = Math.min(step, image.rows - row);
    const window = { row, column: 0, rows, columns: image.columns };
    statistics.add(await readWindow(raster, { band, window }));
  }
  return statistics.end();
}

type SceneFacts = Pick<
  InsarInspection,
  | 'product'
  | 'quantity'
  | 'unit'
  | 'sign'
  | 'lookVector'
  | 'firstDate'
  | 'secondDate'
  | 'wavelengthM'
  | 'missing'
  | 'notes'
>;

/** What the product says, and what is missing to make a scene of it. */
async function sceneFacts(raster: Raster, file: string): Promise<SceneFacts> {
  const name = path.basename(file);
  const layer = layerOfName(name) ?? layerOfMetadata(raster.geo.metadata, name);
  if (!layer) {
    return {
      ...{ product: null, quantity: null, unit: null, sign: null, lookVector: null },
      ...{ firstDate: null, secondDate: null, wavelengthM: null },
      missing: ['product', 'sign', 'line of sight', 'dates', 'wavelength'],
      notes: ['neither the name nor the metadata inside are those of a known product'],
    };
  }
  const facts = {
    product: layer.product,
    quantity: layer.kind,
    unit: layer.unit,
    sign: layer.sign,
    firstDate: layer.firstDate,
    secondDate: layer.secondDate,
  };
  const isSentinel = layer.product === 'LiCSAR' || layer.product.startsWith('HyP3');
  const wavelengthM = isSentinel ? SENTINEL1_WAVELENGTH_M : null;
  if (layer.kind !== 'unwrapped phase' && layer.kind !== 'displacement') {
    return { ...facts, lookVector: null, wavelengthM, missing: [], notes: [] };
  }
  try {
    const metadata = await sceneMetadata({ path: file }, {});
    return {
      ...facts,
      lookVector: await lookVectorOf(metadata),
      wavelengthM: metadata.wavelengthM,
      missing: [],
      notes: metadata.notes,
    };
  } catch (error) {
    if (!isQuakeError(error)) throw error;
    const stated = Number(raster.geo.metadata['WAVELENGTH_METRES'] ?? Number.NaN);
    return {
      ...facts,
      lookVector: null,
      wavelengthM: wavelengthM ?? (stated > 0 ? stated : null),
      missing: [error.message],
      notes: [error.remedy],
    };
  }
}
