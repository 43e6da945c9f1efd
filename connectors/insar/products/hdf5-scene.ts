/**
 * ARIA GUNW and OPERA DISP-S1 (netCDF-4, which is HDF5) as scenes: displacement in metres, + towards
 * the satellite, with unit vectors and coherence.
 * @module
 */
import { existsSync, readdirSync } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import type { Connector, Scan } from '../../../core/connector.js';
import { CorruptSourceError, UnsupportedSourceError } from '../../../core/errors.js';
import { insarTable } from '../../../core/tables/insar-table.js';
import type { InsarScene } from '../../../core/waveform.js';
import { withHdf5, type Hdf5Reader } from '../../hdf5/hdf5.js';
import { probeHdf5 } from '../../hdf5/probe.js';
import { withRaster } from '../geotiff-reader.js';
import { constantVectors, towardSatellite, vectorsFromComponents } from '../line-of-sight.js';
import { readWindow } from '../tiff/read.js';
import { gridProductOf, type GridProduct } from './grid-product.js';
import { lookOfCube } from './look-cube.js';

type Options = Readonly<Record<string, string | number | boolean>>;

/** Reader of ARIA GUNW and OPERA DISP-S1. Options: `headingDeg` and `incidenceDeg` (both). */
export const hdf5ProductConnector: Connector = {
  format: 'insar/netcdf-product',
  source: 'insar',
  title: 'ARIA GUNW or OPERA DISP-S1 (netCDF-4)',
  probe: (file) => probeHdf5(file, (reader) => (gridProductOf(reader) ? 1 : 0)),
  scan: (file): Promise<Scan> =>
    withHdf5(file, (reader) => {
      const { dataset, notes, firstDate, secondDate, ...facts } = requireProduct(reader);
      const end = secondDate && new Date(Date.parse(secondDate) + 86_400_000).toISOString();
      return {
        format: 'insar/netcdf-product',
        source: 'insar',
        window:
          firstDate && end
            ? { start: `${firstDate}T00:00:00Z`, end: `${end.slice(0, 10)}T00:00:00Z` }
            : null,
        facts: { ...facts, dataset, firstDate, secondDate },
        audit: notes,
      };
    }),
  read: async ({ file, options }) => insarTable([await readHdf5Scene(file.path, options)]),
};

/**
 * The scene of a file. Throws UnsupportedSourceError with what is missing, CorruptSourceError when the
 * file is damaged or has no pixel with data.
 */
export async function readHdf5Scene(file: string, options: Options = {}): Promise<InsarScene> {
  return withHdf5({ path: path.resolve(file), head: await headOf(file) }, async (reader) => {
    const product = requireProduct(reader);
    const name = path.basename(file);
    const refuse = (reason: string, remedy: string): UnsupportedSourceError =>
      new UnsupportedSourceError({ source: name, reason, remedy });
    const { firstDate, secondDate, crs, rows, columns, transform } = product;
    if (!crs) throw refuse('its CRS is unknown: no EPSG code in spatial_ref', 'georeference it');
    if (!firstDate || !secondDate) {
      throw refuse('its dates are unknown', 'keep the name that the product was given');
    }
    const wavelengthM = Number(options['wavelengthM'] ?? product.wavelengthM ?? Number.NaN);
    if (!(wavelengthM > 0)) {
      throw refuse('the wavelength is unknown', 'give the option wavelengthM (--wavelength-m)');
    }
    const values = await northUp(reader, product, product.dataset);
    const scale =
      (product.sign === 'away' ? -1 : 1) * (product.unit === 'm' ? 1 : wavelengthM / (4 * Math.PI));
    const losM = values.map((value) => (value === product.nodata ? Number.NaN : scale * value));
    const missing = losM.reduce((count, value) => count + (Number.isNaN(value) ? 1 : 0), 0);
    if (missing === losM.length) {
      const reason = 'every pixel is nodata or NaN';
      throw new CorruptSourceError({ source: name, at: product.dataset, reason });
    }
    const look = await lookVectors(reader, product, options);
    if (!look) {
      throw refuse(
        product.product === 'ARIA GUNW'
          ? 'the line of sight is unknown: no incidenceAngle and azimuthAngle under imagingGeometry'
          : 'the line of sight is unknown: no los_east.tif and los_north.tif of the static layers beside it',
        'put these files there or give the options headingDeg and incidenceDeg (--heading-deg and --incidence-deg)',
      );
    }
    return {
      sceneId: name.replace(/\.\w+$/, ''),
      ...{ firstDate, secondDate, rows, columns, transform, crs, losM, wavelengthM },
      coherence: product.coherence
        ? await northUp(reader, product, product.coherence)
        : new Float32Array(rows * columns).fill(Number.NaN),
      unitVectors: look.vectors,
      notes: [...product.notes, look.note, `${missing} of ${losM.length} pixels are nodata`],
    };
  });
}

/** First bytes, as connectors are given them. */
export async function headOf(file: string): Promise<Uint8Array> {
  const handle = await open(file, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4096), 0, 4096, 0);
    return new Uint8Array(buffer.subarray(0, bytesRead));
  } finally {
    await handle.close();
  }
}

function requireProduct(reader: Hdf5Reader): GridProduct {
  const product = gridProductOf(reader);
  if (product) return product;
  throw new UnsupportedSourceError({
    source: path.basename(reader.source),
    reason: 'it has neither the datasets of ARIA GUNW nor those of OPERA DISP-S1',
    remedy: 'give one of these products, or its grid as GeoTIFF',
    isRecognised: false,
  });
}

async function northUp(
  reader: Hdf5Reader,
  { rows, columns, isSouthFirst }: GridProduct,
  dataset: string,
): Promise<Float32Array> {
  const stored = await reader.read(dataset, [
    [0, rows],
    [0, columns],
  ]);
  const values = Float32Array.from(stored as Float32Array);
  if (!isSouthFirst) return values;
  const out = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    out.set(values.subarray(row * columns, (row + 1) * columns), (rows - 1 - row) * columns);
  }
  return out;
}

/** Unit vectors of each pixel; null when nothing says where the satellite is. */
export async function lookVectors(
  reader: Hdf5Reader,
  product: GridProduct,
  options: Options,
): Promise<{ readonly vectors: Float32Array; readonly note: string } | null> {
  const { rows, columns } = product;
  const headingDeg = Number(options['headingDeg'] ?? Number.NaN);
  const incidenceDeg = Number(options['incidenceDeg'] ?? Number.NaN);
  if (Number.isFinite(headingDeg) && incidenceDeg > 0 && incidenceDeg < 90) {
    const vector = towardSatellite({ headingDeg, incidenceDeg });
    const note = `line of sight constant: heading ${headingDeg}, incidence ${incidenceDeg} degrees from the request`;
    return { vectors: constantVectors(vector, rows * columns), note };
  }
  if (product.product === 'ARIA GUNW') {
    const vectors = lookOfCube(reader, product);
    return vectors && { vectors, note: 'line of sight from imagingGeometry at height 0' };
  }
  const folder = path.dirname(reader.source);
  const find = (part: string): string | null => {
    const entry = readdirSync(folder).find((name) => name.endsWith(`los_${part}.tif`));
    return entry && existsSync(path.join(folder, entry)) ? path.join(folder, entry) : null;
  };
  const [east, north] = [find('east'), find('north')];
  if (!east || !north) return null;
  const components: Float32Array[] = [];
  for (const file of [east, north]) components.push(await sameGrid(file, product));
  const [e, n] = components as [Float32Array, Float32Array];
  // 0, 0 is no data: the vector is never vertical.
  const up = e.map((value, i) => {
    const rest = 1 - value ** 2 - (n[i] as number) ** 2;
    return value === 0 && n[i] === 0 ? 0 : Math.sqrt(rest);
  });
  const { vectors } = vectorsFromComponents([e, n, up], path.basename(east));
  return { vectors, note: `line of sight from ${path.basename(east)} and ${path.basename(north)}` };
}

async function sameGrid(file: string, product: GridProduct): Promise<Float32Array> {
  return withRaster(file, async (raster) => {
    const { image, geo } = raster;
    const tolerance = 0.01 * product.transform[1];
    const moved = geo.transform?.some(
      (value, i) => Math.abs(value - (product.transform[i] as number)) > tolerance,
    );
    if (image.rows !== product.rows || image.columns !== product.columns || moved !== false) {
      throw new CorruptSourceError({
        source: path.basename(file),
        at: 'grid',
        reason: `${image.rows} x ${image.columns} pixels at ${geo.transform?.join(', ')} are not those of the displacement`,
      });
    }
    if (geo.crs !== product.crs) {
      const reason = `its CRS ${geo.crs} is not ${product.crs} of the displacement`;
      throw new CorruptSourceError({ source: path.basename(file), at: 'CRS', reason });
    }
    return Float32Array.from(await readWindow(raster));
  });
}
