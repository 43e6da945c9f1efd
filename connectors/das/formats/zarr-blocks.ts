/**
 * A block of a two-dimensional Zarr array in, its values out, one chunk in memory at a time.
 * @module
 */
import { UnsupportedSourceError } from '../../../core/errors.js';
import { sampleArray } from '../matrix-file.js';
import type { SampleArray } from '../recording.js';
import type { ZarrArray } from './zarr-group.js';

/** Chunks of one block; each is a file to look for. */
const MAX_CHUNKS = 100_000;

/** Values of the half-open ranges, row-major. Throws CorruptSourceError, UnsupportedSourceError. */
export async function readZarrBlock(
  source: string,
  array: ZarrArray,
  block: { readonly rows: readonly [number, number]; readonly columns: readonly [number, number] },
): Promise<SampleArray> {
  const { rows, columns } = block;
  const [height, breadth] = array.chunks as readonly [number, number];
  const rowChunks = chunksOf(rows, height);
  const columnChunks = chunksOf(columns, breadth);
  const count = (rowChunks.to - rowChunks.from) * (columnChunks.to - columnChunks.from);
  if (count > MAX_CHUNKS) {
    throw new UnsupportedSourceError({
      source,
      reason: `a block of ${array.path} has ${count} chunks, the limit is ${MAX_CHUNKS}`,
      remedy: 'write the store with larger chunks, or ask for less at once',
    });
  }
  const width = columns[1] - columns[0];
  const out = sampleArray(array.type, (rows[1] - rows[0]) * width);
  for (let i = rowChunks.from; i < rowChunks.to; i++) {
    for (let j = columnChunks.from; j < columnChunks.to; j++) {
      const { data, stride } = await array.chunk([i, j]);
      const [r0, c0] = [Math.max(rows[0], i * height), Math.max(columns[0], j * breadth)];
      const r1 = Math.min(rows[1], (i + 1) * height);
      const c1 = Math.min(columns[1], (j + 1) * breadth);
      const [rowStride = 1, columnStride = 1] = stride;
      for (let r = r0; r < r1; r++) {
        const from = (r - i * height) * rowStride + (c0 - j * breadth) * columnStride;
        const into = (r - rows[0]) * width + c0 - columns[0];
        if (columnStride === 1) out.set(data.subarray(from, from + c1 - c0) as never, into);
        else
          for (let c = 0; c < c1 - c0; c++) out[into + c] = data[from + c * columnStride] as never;
      }
    }
  }
  return out;
}

function chunksOf(range: readonly [number, number], size: number): { from: number; to: number } {
  return { from: Math.floor(range[0] / size), to: Math.ceil(range[1] / size) };
}
