/**
 * In: a raster of one band. Out: a Cloud-Optimized GeoTIFF: all directories at the front, tiles of the
 * coarsest overview first, predictor 3 (2 for integers), statistics, nodata. It appears under its name only when whole.
 * Layout: OGC 21-026 (COG 1.0); GDAL's COG driver, whose validation rules the tests apply.
 * @module
 */
import { randomUUID } from 'node:crypto';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { InvalidInputError, UnavailableError } from '../../../core/errors.js';
import { asciiTag, directoryBytes, directorySize, type Tag } from './directory-bytes.js';
import { geoKeyTags, metadataXml, type CogInput } from './describe.js';
import { encodeLevels, type CogCompression, type EncodedLevel } from './encode.js';
import type { Plane } from './overviews.js';

export interface CogSettings {
  readonly compression?: CogCompression;
  /** Side of a tile, a multiple of 16. */
  readonly tile?: number;
  readonly onTiles?: (done: number, total: number) => void;
}

/** TIFF offsets of 32 bits end here. */
const CLASSIC_LIMIT = 2 ** 32 - 2 ** 20;

/**
 * Writes `file` and returns its size and levels. Throws InvalidInputError for a turned raster or a tile
 * size that TIFF does not allow, UnavailableError when it cannot be written; then there is no file.
 */
export async function writeCog(
  file: string,
  input: CogInput,
  settings: CogSettings = {},
): Promise<{ readonly bytes: number; readonly levels: number }> {
  const { compression = 'deflate', tile = 512 } = settings;
  if (!(tile >= 16) || tile > 4096 || tile % 16 !== 0) {
    throw new InvalidInputError({
      what: 'tile size',
      reason: `${tile} is no multiple of 16 from 16 to 4096`,
      remedy: 'use 256 or 512',
    });
  }
  const mark = randomUUID();
  const [scratchName, newName] = [`${file}.${mark}.tiles`, `${file}.${mark}.new`];
  let scratch: FileHandle | null = null;
  let made: FileHandle | null = null;
  try {
    scratch = await open(scratchName, 'wx+');
    made = await open(newName, 'wx');
    const levels = await encodeLevels({
      ...{ plane: input, nodata: input.nodata, tile, compression, scratch },
      ...(settings.onTiles ? { onTiles: settings.onTiles } : {}),
    });
    const bytes = await assemble({ input, levels, tile, compression, scratch, made });
    await made.sync();
    await made.close();
    made = null;
    await rename(newName, file);
    return { bytes, levels: levels.length };
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause) {
      throw new UnavailableError({
        what: file,
        reason: cause.message,
        remedy: 'check the folder, its permissions and the free space',
        retryable: false,
        cause,
      });
    }
    throw cause;
  } finally {
    await made?.close();
    await scratch?.close();
    await rm(scratchName, { force: true });
    await rm(newName, { force: true });
  }
}

async function assemble(work: {
  readonly input: CogInput;
  readonly levels: readonly EncodedLevel[];
  readonly tile: number;
  readonly compression: CogCompression;
  readonly scratch: FileHandle;
  readonly made: FileHandle;
}): Promise<number> {
  const { input, levels, scratch, made } = work;
  const tileBytes = levels.reduce((sum, { sizes }) => sum + sizes.reduce((a, b) => a + b, 0), 0);
  const bigTiff = tileBytes > CLASSIC_LIMIT;
  const common = commonTags(input);
  const tagsOf = (level: EncodedLevel, index: number, offsets: readonly number[]): Tag[] => [
    ...levelTags(level, index, work),
    { tag: 324, type: bigTiff ? 'long8' : 'long', values: offsets },
    { tag: 325, type: 'long', values: level.sizes },
    ...(index === 0 ? common : common.filter(({ tag }) => tag === NODATA)),
  ];
  // Sizes do not depend on the offsets inside, so they are laid out with the scratch offsets first.
  const head = bigTiff ? 16 : 8;
  const starts: number[] = [];
  let next = head;
  levels.forEach((level, index) => {
    starts.push(next);
    next += directorySize(tagsOf(level, index, level.offsets), bigTiff);
  });
  // The coarsest overview comes first behind the directories.
  const places: number[][] = levels.map(() => []);
  for (let index = levels.length - 1; index >= 0; index--) {
    for (const size of (levels[index] as EncodedLevel).sizes) {
      places[index]?.push(next);
      next += size;
    }
  }
  await made.write(header(bigTiff, head), 0, head, 0);
  for (const [index, level] of levels.entries()) {
    const at = starts[index] as number;
    const tags = tagsOf(level, index, places[index] as number[]);
    const bytes = directoryBytes({ tags, at, next: starts[index + 1] ?? 0, bigTiff });
    await made.write(bytes, 0, bytes.length, at);
  }
  for (const [index, level] of levels.entries()) {
    for (const [i, size] of level.sizes.entries()) {
      const bytes = Buffer.alloc(size);
      await scratch.read(bytes, 0, size, level.offsets[i] as number);
      await made.write(bytes, 0, size, places[index]?.[i] as number);
    }
  }
  return next;
}

function header(bigTiff: boolean, first: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(first));
  view.setUint16(0, 0x4949);
  view.setUint16(2, bigTiff ? 43 : 42, true);
  if (bigTiff) {
    view.setUint16(4, 8, true);
    view.setBigUint64(8, BigInt(first), true);
  } else view.setUint32(4, first, true);
  return new Uint8Array(view.buffer);
}

const NODATA = 42113;

function levelTags(
  level: EncodedLevel,
  index: number,
  work: { readonly input: Plane; readonly tile: number; readonly compression: CogCompression },
): Tag[] {
  const { values } = work.input;
  const isFloat = values instanceof Float32Array || values instanceof Float64Array;
  const isSigned =
    values instanceof Int8Array || values instanceof Int16Array || values instanceof Int32Array;
  return [
    { tag: 254, type: 'long', values: [index === 0 ? 0 : 1] },
    { tag: 256, type: 'long', values: [level.columns] },
    { tag: 257, type: 'long', values: [level.rows] },
    { tag: 258, type: 'short', values: [8 * work.input.values.BYTES_PER_ELEMENT] },
    { tag: 259, type: 'short', values: [work.compression === 'deflate' ? 8 : 50_000] },
    { tag: 262, type: 'short', values: [1] },
    { tag: 277, type: 'short', values: [1] },
    { tag: 284, type: 'short', values: [1] },
    { tag: 317, type: 'short', values: [isFloat ? 3 : 2] },
    { tag: 322, type: 'long', values: [work.tile] },
    { tag: 323, type: 'long', values: [work.tile] },
    { tag: 339, type: 'short', values: [isFloat ? 3 : isSigned ? 2 : 1] },
  ];
}

/** Georeference, nodata and metadata. */
function commonTags(input: CogInput): Tag[] {
  const { transform, nodata } = input;
  const tags: Tag[] = [asciiTag(42112, metadataXml(input))];
  if (nodata !== null) tags.push(asciiTag(NODATA, Number.isNaN(nodata) ? 'nan' : String(nodata)));
  if (transform) {
    const [x0, dx, rowTurn, y0, columnTurn, dy] = transform;
    if (rowTurn !== 0 || columnTurn !== 0 || !(dx > 0) || !(dy < 0)) {
      throw new InvalidInputError({
        what: 'transform',
        reason: `${transform.join(', ')} is not north-up`,
        remedy: 'warp the raster with gdalwarp',
      });
    }
    tags.push(
      { tag: 33550, type: 'double', values: [dx, -dy, 0] },
      { tag: 33922, type: 'double', values: [0, 0, 0, x0, y0, 0] },
    );
  }
  return [...tags, ...geoKeyTags(input)];
}
