/**
 * GeoTIFF (OGC 19-008r4) with one band of float32, laid out as a Cloud Optimized GeoTIFF: all
 * directories first, then tiles of 256 x 256, overviews before the full image, so that a reader can
 * fetch a part over HTTP with few requests. Deflate with the floating-point predictor; NaN is no data.
 * Pure: the same grid gives the same bytes.
 * @module
 */
import { InvalidInputError } from '../../core/errors.js';
import { encodeTiles } from './geotiff-tiles.js';
import { escapeXml } from './xml.js';
import { TIFF_TYPE, writeDirectory, type TiffEntry } from './tiff-directory.js';

/** A grid to write. */
export interface GeoTiffInput {
  readonly rows: number;
  readonly columns: number;
  /** Row-major from the upper-left corner, `rows * columns` long; NaN means no data. */
  readonly values: Float32Array;
  /**
   * GDAL order: x0, dx, rotation, y0, rotation, dy (negative when north is up) of the outer corner of
   * the upper-left cell, in the units of the CRS.
   */
  readonly transform: readonly [number, number, number, number, number, number];
  /** `EPSG:` and the code of a CRS in degrees or metres; which of both, its cells tell. */
  readonly crs: string;
  /** Name of the band. */
  readonly description?: string;
  /** Kept as GDAL metadata: units, sign convention, provenance. */
  readonly metadata?: Readonly<Record<string, string | number | boolean>>;
}

/** Side of a tile in cells; a multiple of 16 as TIFF wants. */
const TILE = 256;

/** Overviews halve the image until it fits this many cells. */
const SMALLEST_OVERVIEW = 512;

/** Says that a reader may rely on the layout (GDAL COG driver, "file format details"). */
const LAYOUT = [
  'LAYOUT=IFDS_BEFORE_DATA',
  'BLOCK_ORDER=ROW_MAJOR',
  'BLOCK_LEADER=SIZE_AS_UINT4',
  'BLOCK_TRAILER=LAST_4_BYTES_REPEATED',
  'KNOWN_INCOMPATIBLE_EDITION=NO',
  ' ',
].join('\n');

interface Level {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float32Array;
}

/** Encodes a grid. Errors: `InvalidInputError` for sizes that disagree and unknown CRS. */
export function encodeGeoTiff(input: GeoTiffInput): Uint8Array {
  check(input);
  const levels = pyramid(input);
  const tiles = levels.map((level) => encodeTiles({ ...level, tile: TILE }));
  const ghost = Buffer.from(
    `GDAL_STRUCTURAL_METADATA_SIZE=${String(LAYOUT.length).padStart(6, '0')} bytes\n${LAYOUT}`,
    'latin1',
  );

  // Directories have the same size whatever the offsets, so a first pass finds where tiles begin.
  const firstDirectory = even(8 + ghost.length);
  const directories = (offsets: readonly number[][]): Buffer[] => {
    const written: Buffer[] = [];
    let at = firstDirectory;
    for (const [i, level] of levels.entries()) {
      const entries = entriesOf(input, level, {
        isOverview: i > 0,
        offsets: offsets[i] as number[],
        sizes: (tiles[i] as Buffer[]).map((tile) => tile.length),
      });
      const directory = writeDirectory({ at, entries, isLast: i === levels.length - 1 });
      written.push(directory);
      at += directory.length;
    }
    return written;
  };
  const nowhere = tiles.map((level) => level.map(() => 0));
  let end = firstDirectory + directories(nowhere).reduce((sum, buffer) => sum + buffer.length, 0);
  const offsets: number[][] = nowhere;
  const blocks: Buffer[] = [];
  for (let i = levels.length - 1; i >= 0; i--) {
    offsets[i] = (tiles[i] as Buffer[]).map((tile) => {
      const size = Buffer.alloc(4);
      size.writeUInt32LE(tile.length);
      blocks.push(size, tile, tile.subarray(-4));
      const offset = end + 4;
      end = offset + tile.length + 4;
      return offset;
    });
  }
  if (end > 0xffff_ffff) throw invalid('image', 'it needs more than 4 GiB', 'write it in parts');

  const header = Buffer.alloc(8);
  header.write('II', 'latin1');
  header.writeUInt16LE(42, 2);
  header.writeUInt32LE(firstDirectory, 4);
  const padding = Buffer.alloc(firstDirectory - 8 - ghost.length);
  return new Uint8Array(
    Buffer.concat([header, ghost, padding, ...directories(offsets), ...blocks]),
  );
}

function entriesOf(
  input: GeoTiffInput,
  level: Level,
  image: { isOverview: boolean; offsets: readonly number[]; sizes: readonly number[] },
): TiffEntry[] {
  const { short, long, double, ascii } = TIFF_TYPE;
  const common: TiffEntry[] = [
    { tag: 254, type: long, values: [image.isOverview ? 1 : 0] }, // NewSubfileType
    { tag: 256, type: long, values: [level.columns] },
    { tag: 257, type: long, values: [level.rows] },
    { tag: 258, type: short, values: [32] }, // BitsPerSample
    { tag: 259, type: short, values: [8] }, // Compression: deflate
    { tag: 262, type: short, values: [1] }, // Photometric: black is zero
    { tag: 277, type: short, values: [1] }, // SamplesPerPixel
    { tag: 284, type: short, values: [1] }, // PlanarConfiguration
    { tag: 317, type: short, values: [3] }, // Predictor: floating point
    { tag: 322, type: long, values: [TILE] },
    { tag: 323, type: long, values: [TILE] },
    { tag: 324, type: long, values: image.offsets },
    { tag: 325, type: long, values: image.sizes },
    { tag: 339, type: short, values: [3] }, // SampleFormat: IEEE floating point
    { tag: 42113, type: ascii, text: 'nan' }, // GDAL_NODATA
  ];
  if (image.isOverview) return common;
  return [
    ...common,
    ...placeEntries(input.transform),
    { tag: 34735, type: short, values: geoKeys(input) },
    { tag: 42112, type: ascii, text: gdalMetadata(input) },
  ].sort((a, b) => a.tag - b.tag);

  function placeEntries(transform: GeoTiffInput['transform']): TiffEntry[] {
    const [x0, dx, rotationX, y0, rotationY, dy] = transform;
    if (rotationX === 0 && rotationY === 0 && dy < 0) {
      return [
        { tag: 33550, type: double, values: [dx, -dy, 0] }, // ModelPixelScale
        { tag: 33922, type: double, values: [0, 0, 0, x0, y0, 0] }, // ModelTiepoint
      ];
    }
    const matrix = [dx, rotationX, 0, x0, rotationY, dy, 0, y0, 0, 0, 0, 0, 0, 0, 0, 1];
    return [{ tag: 34264, type: double, values: matrix }]; // ModelTransformation
  }
}

/** GeoKey directory: header, then key, location, count, value. */
function geoKeys(input: Pick<GeoTiffInput, 'crs' | 'transform'>): number[] {
  const code = epsgCode(input.crs);
  const isGeographic = code === 4326 || looksLikeDegrees(input.transform);
  const keys = [
    [1024, isGeographic ? 2 : 1], // GTModelType: geographic or projected
    [1025, 1], // GTRasterType: a cell is an area
    [isGeographic ? 2048 : 3072, code],
  ] as const;
  return [1, 1, 0, keys.length, ...keys.flatMap(([key, value]) => [key, 0, 1, value])];
}

/** Codes do not tell degrees from metres; a cell of a metre on the ground does, where places fit the globe. */
function looksLikeDegrees([x0, dx, rotationX, y0, , dy]: GeoTiffInput['transform']): boolean {
  const side = Math.max(Math.abs(dx), Math.abs(rotationX), Math.abs(dy));
  return side < 1 && Math.abs(x0) <= 540 && Math.abs(y0) <= 90.5;
}

/** Codes of EPSG fit 1024 to 32766; others have a meaning of their own in GeoTIFF. */
function epsgCode(crs: string): number {
  const code = Number(/^EPSG:(\d{4,5})$/.exec(crs)?.[1] ?? Number.NaN);
  if (code >= 1024 && code <= 32_766) return code;
  throw invalid('CRS', `'${crs}' cannot be written`, 'use EPSG:4326 or a WGS 84 UTM zone');
}

/** XML of the GDAL_METADATA tag. GDAL unescapes values once more after parsing the XML. */
function gdalMetadata(input: GeoTiffInput): string {
  const item = (attributes: string, value: string): string =>
    `<Item ${attributes}>${escapeXml(escapeXml(value))}</Item>`;
  const items = Object.entries(input.metadata ?? {}).map(([name, value]) =>
    item(`name="${escapeXml(name)}"`, String(value)),
  );
  if (input.description !== undefined) {
    items.push(item('name="DESCRIPTION" sample="0" role="description"', input.description));
  }
  return `<GDALMetadata>${items.join('')}</GDALMetadata>`;
}

/** The image and its overviews: each cell the mean of the valid ones among the four below it. */
function pyramid({ rows, columns, values }: GeoTiffInput): Level[] {
  const levels: Level[] = [{ rows, columns, values }];
  for (let last = levels[0] as Level; Math.max(last.rows, last.columns) > SMALLEST_OVERVIEW;) {
    last = halve(last);
    levels.push(last);
  }
  return levels;
}

function halve(level: Level): Level {
  const rows = Math.ceil(level.rows / 2);
  const columns = Math.ceil(level.columns / 2);
  const values = new Float32Array(rows * columns);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      let [sum, count] = [0, 0];
      for (let y = 2 * r; y < Math.min(2 * r + 2, level.rows); y++) {
        for (let x = 2 * c; x < Math.min(2 * c + 2, level.columns); x++) {
          const value = level.values[y * level.columns + x] as number;
          if (Number.isNaN(value)) continue;
          sum += value;
          count++;
        }
      }
      values[r * columns + c] = count === 0 ? Number.NaN : sum / count;
    }
  }
  return { rows, columns, values };
}

function check(input: GeoTiffInput): void {
  const { rows, columns, values, transform } = input;
  if (!(Number.isInteger(rows) && Number.isInteger(columns) && rows > 0 && columns > 0)) {
    throw invalid(
      'image',
      `it has ${rows} rows and ${columns} columns`,
      'give whole numbers above 0',
    );
  }
  if (values.length !== rows * columns) {
    throw invalid(
      'image',
      `${values.length} values for ${rows} x ${columns} cells`,
      'give rows * columns values',
    );
  }
  const [, dx, rotationX, , rotationY, dy] = transform;
  const determinant = dx * dy - rotationX * rotationY;
  if (!transform.every(Number.isFinite) || determinant === 0) {
    throw invalid('transform', `(${transform.join(', ')}) maps no area`, 'give GDAL order');
  }
  epsgCode(input.crs);
}

const even = (n: number): number => n + (n % 2);

function invalid(what: string, reason: string, remedy: string): InvalidInputError {
  return new InvalidInputError({ what, reason, remedy });
}
