/**
 * In: a raster of one band. Out: the tiles of it and of its overviews, compressed, in a scratch file, so that
 * memory holds a few tiles at a time. Deflate runs in Node's thread pool.
 * @module
 */
import type { FileHandle } from 'node:fs/promises';
import { promisify } from 'node:util';
import { deflate } from 'node:zlib';
import Zstd from 'numcodecs/zstd';
import { predictedBytes } from '../tiff/decode.js';
import type { SampleArray } from '../tiff/samples.js';
import { emptyLike, halved, type Plane } from './overviews.js';

export type CogCompression = 'deflate' | 'zstd';

/** One image of the file: its size and where its tiles lie in the scratch file. */
export interface EncodedLevel {
  readonly rows: number;
  readonly columns: number;
  readonly offsets: readonly number[];
  readonly sizes: readonly number[];
}

const deflateAsync = promisify(deflate);
const zstd = Zstd.fromConfig({ level: 6 });

/** Compresses each level, the full image first, and appends its tiles to `scratch`. */
export async function encodeLevels(input: {
  readonly plane: Plane;
  readonly nodata: number | null;
  readonly tile: number;
  readonly compression: CogCompression;
  readonly scratch: FileHandle;
  readonly onTiles?: (done: number, total: number) => void;
}): Promise<readonly EncodedLevel[]> {
  const { tile, compression, scratch, nodata } = input;
  const pack = (bytes: Uint8Array): Promise<Uint8Array> =>
    compression === 'deflate'
      ? deflateAsync(bytes, { level: 6 })
      : (zstd.encode(bytes) as Promise<Uint8Array>);
  const sizes = levelSizes(input.plane, tile);
  const tilesOf = (level: { rows: number; columns: number }): number =>
    Math.ceil(level.rows / tile) * Math.ceil(level.columns / tile);
  const total = sizes.reduce((sum, level) => sum + tilesOf(level), 0);
  const levels: EncodedLevel[] = [];
  let [at, done] = [0, 0];
  let plane = input.plane;
  for (const [index, size] of sizes.entries()) {
    if (index > 0) plane = halved(plane, nodata);
    const across = Math.ceil(size.columns / tile);
    const [offsets, bytes]: [number[], number[]] = [[], []];
    const count = tilesOf(size);
    for (let first = 0; first < count; first += BATCH) {
      const batch = Array.from({ length: Math.min(BATCH, count - first) }, (_, i) => {
        const place = { row: Math.floor((first + i) / across), column: (first + i) % across };
        return pack(predictedBytes(tileOf(plane, place, tile, nodata), tile));
      });
      for (const packed of await Promise.all(batch)) {
        await scratch.write(packed, 0, packed.length, at);
        offsets.push(at);
        bytes.push(packed.length);
        at += packed.length;
      }
      done += batch.length;
      input.onTiles?.(done, total);
    }
    levels.push({ ...size, offsets, sizes: bytes });
  }
  return levels;
}

const BATCH = 8;

/** The full size and its halves, until one fits into a tile. */
function levelSizes(plane: Plane, tile: number): { rows: number; columns: number }[] {
  const sizes = [{ rows: plane.rows, columns: plane.columns }];
  for (;;) {
    const { rows, columns } = sizes.at(-1) as { rows: number; columns: number };
    if (rows <= tile && columns <= tile) return sizes;
    sizes.push({ rows: Math.ceil(rows / 2), columns: Math.ceil(columns / 2) });
  }
}

/** A square tile; beyond the edge it repeats nodata, or 0 where there is none. */
function tileOf(
  plane: Plane,
  place: { readonly row: number; readonly column: number },
  tile: number,
  nodata: number | null,
): SampleArray {
  const out = emptyLike(plane.values, tile * tile).fill(nodata ?? 0);
  const [top, left] = [place.row * tile, place.column * tile];
  const rows = Math.min(tile, plane.rows - top);
  const columns = Math.min(tile, plane.columns - left);
  for (let row = 0; row < rows; row++) {
    const from = (top + row) * plane.columns + left;
    out.set(plane.values.subarray(from, from + columns), row * tile);
  }
  return out;
}
