/**
 * Samples of overlapping blocks as one axis of time: ranges of it in, reads of the kept part of each
 * stored block out. What overlaps is never read.
 * @module
 */
import type { FebusTrim } from './febus-trim.js';
import type { DatasetHeader, Hdf5Reader, NumericArray } from '../../hdf5/hdf5.js';
import { sampleType } from '../hdf5-samples.js';
import type { DasRecording, SampleArray, SampleBlock } from '../recording.js';

/** Layout and reader of `/<dataset>` [block, time, channel], `trim` applied. */
export function blockSamples(
  reader: Hdf5Reader,
  input: { readonly path: string; readonly header: DatasetHeader; readonly trim: FebusTrim },
): Pick<DasRecording, 'layout' | 'readBlock'> {
  const { path, header, trim } = input;
  const [, chunkTime, chunkChannels] = header.chunks ?? [];
  const isWholeBlock = chunkTime !== undefined && chunkTime >= trim.stored;
  return {
    layout: {
      timeCount: trim.blockCount * trim.kept,
      channelCount: trim.channelCount,
      timeAxis: 0,
      type: sampleType(header),
      chunks: chunkChannels === undefined ? null : [isWholeBlock ? trim.kept : 1, chunkChannels],
    },
    readBlock: (block) => readTrimmed(reader, { path, trim, block }),
  };
}

interface Part {
  readonly blocks: readonly [number, number];
  readonly rows: readonly [number, number];
}

/** The range of time as at most three boxes: part of a block, whole blocks, part of a block. */
function parts(time: readonly [number, number], kept: number): Part[] {
  const [from, to] = time;
  const out: Part[] = [];
  let at = from;
  while (at < to) {
    const block = Math.floor(at / kept);
    const row = at - block * kept;
    const wholeBlocks = row === 0 ? Math.floor((to - at) / kept) : 0;
    if (wholeBlocks > 0) {
      out.push({ blocks: [block, block + wholeBlocks], rows: [0, kept] });
      at += wholeBlocks * kept;
    } else {
      const end = Math.min(kept, row + to - at);
      out.push({ blocks: [block, block + 1], rows: [row, end] });
      at += end - row;
    }
  }
  return out;
}

async function readTrimmed(
  reader: Hdf5Reader,
  input: { path: string; trim: FebusTrim; block: SampleBlock },
): Promise<SampleArray> {
  const { path, trim, block } = input;
  const read = ({ blocks, rows }: Part): Promise<NumericArray> =>
    reader.read(path, [blocks, [trim.before + rows[0], trim.before + rows[1]], block.channel]);
  const boxes = parts(block.time, trim.kept);
  const [only] = boxes;
  if (boxes.length === 1 && only !== undefined) return read(only);
  const width = block.channel[1] - block.channel[0];
  let out: NumericArray | null = null;
  let at = 0;
  for (const box of boxes) {
    const values = await read(box);
    out ??= emptyLike(values, (block.time[1] - block.time[0]) * width);
    // All parts come from one dataset and have its type.
    (out as Float32Array).set(values as Float32Array, at);
    at += values.length;
  }
  return out ?? new Float32Array(0);
}

function emptyLike(values: NumericArray, length: number): NumericArray {
  return new (values.constructor as new (length: number) => NumericArray)(length);
}
