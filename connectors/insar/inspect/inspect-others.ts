/** What is in files that are no TIFF: netCDF products, raw grids, quadtree tables, NumPy arrays. @module */
import path from 'node:path';
import { CorruptSourceError, UnsupportedSourceError } from '../../../core/errors.js';
import { withHdf5 } from '../../hdf5/hdf5.js';
import { gridProductOf } from '../products/grid-product.js';
import { lookVectors } from '../products/hdf5-scene.js';
import { readQuadtree } from '../quadtree.js';
import { rawLookVector } from '../raw-companions.js';
import { readRawGrid, type RawGrid } from '../raw-grid.js';
import type { ByteSource } from '../tiff/byte-source.js';
import { samplesOfBytes, type SampleArray } from '../tiff/samples.js';
import { affineOf, type InsarInspection } from './report.js';
import { createStatistics, jsonNumber, type BandStatistics } from './statistics.js';

const UNKNOWN = {
  ...{ product: null, quantity: null, unit: null, bands: 1, crs: null, transform: null },
  ...{
    geoTransform: null,
    nodata: null,
    scale: 1,
    offset: 0,
    sign: null,
    lookVector: null,
    firstDate: null,
  },
  ...{ secondDate: null, wavelengthM: null, missing: [], notes: [], storage: {} },
} as const;

function statisticsOf(values: SampleArray, nodata: number | null): BandStatistics {
  const isSingle = values instanceof Float32Array;
  const statistics = createStatistics({ nodata, isComplex: false, isSingle });
  statistics.add(values);
  return statistics.end();
}

/** A netCDF-4 or HDF5 file. Throws UnsupportedSourceError when it is no known product. */
export async function inspectHdf5(file: string, head: Uint8Array): Promise<InsarInspection> {
  return withHdf5({ path: path.resolve(file), head }, async (reader) => {
    const found = gridProductOf(reader);
    if (!found) {
      throw new UnsupportedSourceError({
        source: path.basename(file),
        reason: 'it has neither the datasets of ARIA GUNW nor those of OPERA DISP-S1',
        remedy: 'give one of these products, or its grid as GeoTIFF',
        isRecognised: false,
      });
    }
    const { rows, columns } = found;
    const values = (await reader.read(found.dataset, [
      [0, rows],
      [0, columns],
    ])) as SampleArray;
    const look = await lookVectors(reader, found, {});
    const middle = Math.floor(rows / 2) * columns + Math.floor(columns / 2);
    const lookVector =
      look && [0, 1, 2].map((k) => look.vectors[k * rows * columns + middle] as number);
    const missing = [
      ...(look ? [] : ['line of sight: no static layers with los_east.tif and los_north.tif']),
      ...(found.crs ? [] : ['CRS']),
      ...(found.firstDate && found.secondDate ? [] : ['dates']),
      ...(found.wavelengthM ? [] : ['wavelength']),
    ];
    return {
      ...UNKNOWN,
      file: path.basename(file),
      format: 'netCDF-4/HDF5',
      ...{ product: found.product, quantity: found.quantity, unit: found.unit },
      ...{ shape: [rows, columns], rows, columns, dtype: found.dtype, crs: found.crs },
      transform: affineOf(found.transform),
      geoTransform: found.transform,
      nodata: jsonNumber(found.nodata),
      ...statisticsOf(values, found.nodata),
      sign: found.sign,
      lookVector: lookVector?.some(Number.isNaN) ? null : lookVector,
      ...{ firstDate: found.firstDate, secondDate: found.secondDate },
      ...{ wavelengthM: found.wavelengthM, missing },
      notes: [...found.notes, ...(look ? [look.note] : [])],
      storage: { dataset: found.dataset, rowZero: found.isSouthFirst ? 'south' : 'north' },
    };
  });
}

/** A raw float32 grid with its header. */
export async function inspectRawGrid(file: string, grid: RawGrid): Promise<InsarInspection> {
  const { rows, columns } = grid;
  const look = await rawLookVector(file, grid);
  const missing = [
    ...(grid.sign ? [] : ['sign and unit']),
    ...(grid.crs ? [] : ['CRS']),
    ...(look ? [] : ['line of sight (heading and incidence angle)']),
    ...(grid.firstDate && grid.secondDate ? [] : ['dates']),
    ...(grid.wavelengthM === null ? ['wavelength'] : []),
  ];
  return {
    ...UNKNOWN,
    file: path.basename(file),
    format: 'raw float32',
    ...{ product: grid.product, quantity: grid.quantity, unit: grid.unit },
    ...{ shape: [rows, columns], rows, columns, dtype: 'float32', crs: grid.crs },
    transform: affineOf(grid.transform),
    geoTransform: grid.transform,
    nodata: jsonNumber(grid.nodata),
    ...statisticsOf(await readRawGrid(file, grid), grid.nodata),
    sign: grid.sign,
    lookVector: look,
    ...{ firstDate: grid.firstDate, secondDate: grid.secondDate },
    wavelengthM: grid.wavelengthM,
    missing,
    notes: [`header ${grid.header}`, ...grid.notes],
    storage: {
      byteOrder: grid.isLittleEndian ? 'little' : 'big',
      rowZero: grid.isSouthFirst ? 'south' : 'north',
    },
  };
}

/** A table of quadtree points; statistics are those of the displacement. */
export async function inspectQuadtree(file: string): Promise<InsarInspection> {
  const points = await readQuadtree(file);
  const count = points.losM.length;
  const mean = [0, 1, 2].map(
    (k) => points.look.reduce((sum, v, i) => sum + (i % 3 === k ? v : 0), 0) / count,
  );
  const length = Math.hypot(...mean);
  return {
    ...UNKNOWN,
    file: path.basename(file),
    format: 'text table',
    ...{ product: points.product, quantity: 'displacement', unit: 'm' },
    ...{ shape: [count, points.columns], rows: count, columns: points.columns, dtype: 'float64' },
    ...statisticsOf(points.losM, null),
    sign: 'towards',
    lookVector: mean.map((value) => value / length),
    missing: ['CRS', 'dates', 'wavelength'],
    notes: ['statistics of the displacement column; look vector: mean of the points'],
  };
}

const NPY_TYPES: Readonly<Record<string, Parameters<typeof samplesOfBytes>[1]>> = {
  ...{ '<f4': 'float32', '<f8': 'float64', '<i2': 'int16', '<i4': 'int32', '|u1': 'uint8' },
};
const MAX_NPY_BYTES = 2 ** 31;

/** A NumPy array file (NEP 1): shape and statistics; it says nothing of place or meaning. */
export async function inspectNpy(source: ByteSource): Promise<InsarInspection> {
  const head = await source.read(0, Math.min(12, source.bytes), 'NPY header');
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const isNew = (head[6] ?? 0) >= 2;
  const size = isNew ? view.getUint32(8, true) : view.getUint16(8, true);
  const start = isNew ? 12 : 10;
  const corrupt = (reason: string): CorruptSourceError =>
    new CorruptSourceError({ source: source.name, at: 'NPY header', reason });
  if (size > 65_536) throw corrupt(`${size} bytes of header`);
  const text = new TextDecoder('latin1').decode(await source.read(start, size, 'NPY header'));
  const descr = /'descr':\s*'([^']+)'/.exec(text)?.[1] ?? '';
  const dtype = NPY_TYPES[descr];
  const shape = (/'shape':\s*\(([^)]*)\)/.exec(text)?.[1] ?? '')
    .split(',')
    .filter((part) => part.trim() !== '')
    .map(Number);
  if (!dtype || /'fortran_order':\s*True/.test(text)) {
    throw new UnsupportedSourceError({
      source: source.name,
      reason: `an array of '${descr}'${dtype ? ' in Fortran order' : ''}`,
      remedy: 'save it as float32 or float64 in C order',
    });
  }
  const count = shape.reduce((product, n) => product * n, 1);
  const bytes = count * (Number(/\d+$/.exec(dtype)?.[0]) / 8);
  if (
    !Number.isSafeInteger(count) ||
    bytes > MAX_NPY_BYTES ||
    start + size + bytes !== source.bytes
  ) {
    throw corrupt(`shape (${shape.join(', ')}) of ${descr} in a file of ${source.bytes} bytes`);
  }
  const values = samplesOfBytes(await source.read(start + size, bytes, 'NPY data'), dtype);
  return {
    ...UNKNOWN,
    file: source.name,
    format: 'NumPy array',
    ...{ shape, rows: shape[0] ?? 1, columns: shape[1] ?? 1, bands: shape[2] ?? 1, dtype },
    ...statisticsOf(values, null),
    missing: ['product', 'CRS', 'transform', 'sign', 'line of sight', 'dates', 'wavelength'],
  };
}
