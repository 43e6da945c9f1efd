/**
 * In: the path of a GeoTIFF. Out: band 1 of its first image with size, CRS, transform and nodata.
 * Every pixel is the stored one or the file is refused: blocks missing from the file, sizes that
 * disagree, complex numbers and unknown compressions are errors, never zeros.
 * @module
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { CorruptSourceError, UnavailableError, UnsupportedSourceError } from '../../core/errors.js';
import { decodeBlock, type BlockLayout } from './tiff-blocks.js';
import { COMPRESSIONS } from './tiff-codecs.js';
import { readTiffDirectory, type TiffDirectory } from './tiff-directory.js';

export type SampleType =
  'uint8' | 'uint16' | 'uint32' | 'int8' | 'int16' | 'int32' | 'float32' | 'float64';

/** What the header says; GDAL's conventions. */
export interface GeoTiffInfo {
  readonly rows: number;
  readonly columns: number;
  readonly bands: number;
  readonly dtype: SampleType;
  /** Value that stands for no data as declared in GDAL_NODATA; null when undeclared. */
  readonly nodata: number | null;
  /** x0, dx, 0, y0, 0, -dy of the upper-left corner; null when the file is not georeferenced. */
  readonly transform: readonly [number, number, number, number, number, number] | null;
  /** `EPSG:<code>`; null when the file names none. */
  readonly crs: string | null;
  readonly compression: string;
  readonly littleEndian: boolean;
}

export interface GeoTiffBand {
  readonly info: GeoTiffInfo;
  /** Row-major [y, x], row 0 first, as stored: nodata values are kept. */
  readonly values: Float32Array | Float64Array;
}

const RASTER_TYPE_KEY = 1025;
const PIXEL_IS_POINT = 2;
const GEODETIC_CRS_KEY = 2048;
const PROJECTED_CRS_KEY = 3072;
const USER_DEFINED = 32767;

/** Files above this are read by windows, not whole. */
const MAX_PIXELS = 2 ** 28;

interface Opened {
  readonly bytes: Uint8Array;
  readonly directory: TiffDirectory;
  readonly info: GeoTiffInfo;
  readonly name: string;
}

/** Header of a GeoTIFF. Throws UnavailableError, CorruptSourceError or UnsupportedSourceError. */
export async function readGeoTiffInfo(file: string): Promise<GeoTiffInfo> {
  return (await open(file)).info;
}

/** Band 1 of a GeoTIFF, whole. Errors as readGeoTiffInfo; CorruptSourceError names the block. */
export async function readGeoTiff(file: string): Promise<GeoTiffBand> {
  const { bytes, directory, info, name } = await open(file);
  const { rows, columns } = info;
  const tiled = directory.numbers(324) !== undefined;
  const offsets = directory.numbers(tiled ? 324 : 273);
  const counts = directory.numbers(tiled ? 325 : 279);
  const blockColumns = tiled ? one(directory, 322, name) : columns;
  const blockRows = tiled
    ? one(directory, 323, name)
    : Math.min(rows, directory.numbers(278)?.[0] ?? rows);
  const across = Math.ceil(columns / blockColumns);
  const blocks = across * Math.ceil(rows / blockRows);
  if (!offsets || !counts || offsets.length < blocks || counts.length < blocks) {
    throw new CorruptSourceError({
      source: name,
      at: tiled ? 'TIFF tag 324 (TileOffsets)' : 'TIFF tag 273 (StripOffsets)',
      reason: `${blocks} blocks are needed, ${offsets?.length ?? 0} are listed`,
    });
  }
  const size = Number(/\d+$/.exec(info.dtype)?.[0]) / 8;
  const layout: Omit<BlockLayout, 'rows'> = {
    compression: directory.numbers(259)?.[0] ?? 1,
    predictor: directory.numbers(317)?.[0] ?? 1,
    columns: blockColumns,
    bytesPerSample: size,
    littleEndian: info.littleEndian,
    lerc: directory.numbers(50674),
  };
  const values =
    info.dtype === 'float32' ? new Float32Array(rows * columns) : new Float64Array(rows * columns);
  const read = sampleReader(info.dtype);
  for (let block = 0; block < blocks; block++) {
    const offset = offsets[block] as number;
    const count = counts[block] as number;
    const at = `block ${block}, byte ${offset}`;
    const firstRow = Math.floor(block / across) * blockRows;
    const firstColumn = (block % across) * blockColumns;
    const height = Math.min(blockRows, rows - firstRow);
    const width = Math.min(blockColumns, columns - firstColumn);
    if (offset + count > bytes.length || (count === 0 && !isNoData(info))) {
      throw new CorruptSourceError({
        source: name,
        at,
        reason: `${count} bytes are listed but the file has ${Math.max(0, bytes.length - offset)} there`,
      });
    }
    // A block of no bytes is GDAL's way to write one that is nodata throughout.
    const stored = { ...layout, rows: tiled ? blockRows : height };
    const view = count
      ? await decodeBlock(bytes.subarray(offset, offset + count), stored, { source: name, at })
      : null;
    for (let y = 0; y < height; y++) {
      const target = (firstRow + y) * columns + firstColumn;
      for (let x = 0; x < width; x++) {
        const value = view ? read(view, (y * blockColumns + x) * size) : (info.nodata as number);
        values[target + x] = value;
      }
    }
  }
  return { info, values };
}

async function open(file: string): Promise<Opened> {
  const name = path.basename(file);
  let bytes: Uint8Array;
  try {
    const buffer = await readFile(file);
    // A plain array, because slices of a Buffer share its memory.
    bytes = new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  } catch (cause) {
    throw new UnavailableError({
      what: file,
      reason: cause instanceof Error ? cause.message : String(cause),
      remedy: 'check the path and that the file can be read',
      cause,
    });
  }
  const directory = readTiffDirectory(bytes, name);
  const info = describe(directory, geoKeys(directory), name);
  return { bytes, directory, info, name };
}

function describe(directory: TiffDirectory, keys: GeoKeys, name: string): GeoTiffInfo {
  const columns = one(directory, 256, name);
  const rows = one(directory, 257, name);
  const refuse = (reason: string, remedy: string): UnsupportedSourceError =>
    new UnsupportedSourceError({ source: name, reason, remedy });
  if (rows * columns === 0 || rows * columns > MAX_PIXELS) {
    throw refuse(`${rows} x ${columns} pixels`, `crop it to 1 to ${MAX_PIXELS} pixels`);
  }
  const compression = directory.numbers(259)?.[0] ?? 1;
  const known = COMPRESSIONS[compression];
  if (!known) {
    throw refuse(`TIFF compression ${compression}`, 'convert it to DEFLATE with gdal_translate');
  }
  const bands = directory.numbers(277)?.[0] ?? 1;
  if (bands > 1) throw refuse(`${bands} bands`, 'give a file with one band');
  const nodataText = directory.text(42113)?.trim();
  return {
    rows,
    columns,
    bands,
    dtype: sampleType(directory, name),
    nodata: nodataText ? parseNoData(nodataText, name) : null,
    transform: transformOf(directory, keys.pixelIsPoint),
    crs: keys.crs,
    compression: known,
    littleEndian: directory.littleEndian,
  };
}

function sampleType(directory: TiffDirectory, name: string): SampleType {
  const bits = directory.numbers(258)?.[0] ?? 1;
  const format = directory.numbers(339)?.[0] ?? 1;
  const kinds: Readonly<Record<number, string>> = { 1: 'uint', 2: 'int', 3: 'float' };
  const type = `${kinds[format] ?? 'complex'}${bits}` as SampleType;
  if (!(type in READERS)) {
    throw new UnsupportedSourceError({
      source: name,
      reason: `samples of ${bits} bits in format ${format}${format >= 5 ? ' (complex)' : ''}`,
      remedy: 'give unwrapped phase as float32; a complex interferogram must be unwrapped first',
    });
  }
  return type;
}

function parseNoData(text: string, name: string): number {
  if (/^nan$/i.test(text)) return Number.NaN;
  const value = Number(text);
  if (Number.isNaN(value)) {
    throw new CorruptSourceError({
      source: name,
      at: 'TIFF tag 42113 (GDAL_NODATA)',
      reason: `'${text}' is no number`,
    });
  }
  return value;
}

function isNoData(info: GeoTiffInfo): boolean {
  return info.nodata !== null;
}

function one(directory: TiffDirectory, tag: number, name: string): number {
  const value = directory.numbers(tag)?.[0];
  if (value === undefined) {
    throw new CorruptSourceError({ source: name, at: `TIFF tag ${tag}`, reason: 'it is missing' });
  }
  return value;
}

function transformOf(directory: TiffDirectory, pixelIsPoint: boolean): GeoTiffInfo['transform'] {
  const scale = directory.numbers(33550);
  const tie = directory.numbers(33922);
  if (!scale || !tie || tie.length < 6) return null;
  const [dx, dy] = [scale[0] as number, scale[1] as number];
  const shift = pixelIsPoint ? 0.5 : 0;
  const x0 = (tie[3] as number) - ((tie[0] as number) + shift) * dx;
  const y0 = (tie[4] as number) + ((tie[1] as number) + shift) * dy;
  return [x0, dx, 0, y0, 0, -dy];
}

interface GeoKeys {
  readonly crs: string | null;
  readonly pixelIsPoint: boolean;
}

/** GeoTIFF 1.1 section 7.1.3: four header numbers, then four numbers a key. */
function geoKeys(directory: TiffDirectory): GeoKeys {
  const numbers = directory.numbers(34735) ?? [];
  const keys = new Map<number, number>();
  for (let i = 4; i + 3 < numbers.length; i += 4) {
    // Only keys whose value is stored in place hold codes.
    if (numbers[i + 1] === 0) keys.set(numbers[i] as number, numbers[i + 3] as number);
  }
  const code = keys.get(PROJECTED_CRS_KEY) ?? keys.get(GEODETIC_CRS_KEY);
  const named = code !== undefined && code > 0 && code < USER_DEFINED;
  return {
    crs: named ? `EPSG:${code}` : null,
    pixelIsPoint: keys.get(RASTER_TYPE_KEY) === PIXEL_IS_POINT,
  };
}

const READERS: Readonly<Record<SampleType, (view: DataView, at: number) => number>> = {
  uint8: (view, at) => view.getUint8(at),
  uint16: (view, at) => view.getUint16(at, true),
  uint32: (view, at) => view.getUint32(at, true),
  int8: (view, at) => view.getInt8(at),
  int16: (view, at) => view.getInt16(at, true),
  int32: (view, at) => view.getInt32(at, true),
  float32: (view, at) => view.getFloat32(at, true),
  float64: (view, at) => view.getFloat64(at, true),
};

function sampleReader(type: SampleType): (view: DataView, at: number) => number {
  return READERS[type];
}
