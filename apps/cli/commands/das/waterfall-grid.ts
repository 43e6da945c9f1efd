/**
 * A recording of any size in, a picture's worth of cells out: the largest deviation in each cell, so
 * that a short arrival is not averaged away.
 * @module
 */
import type { StoredBlock } from '../../../../connectors/das/blocks.js';
import type { SampleBlock } from '../../../../connectors/das/recording.js';

export interface WaterfallGrid {
  /** Cells along the fibre. */
  readonly rows: number;
  /** Cells along time. */
  readonly columns: number;
  /** Signed deviation of largest size from the row's mean, row-major; NaN without data, as in gaps. */
  readonly values: Float64Array;
}

/**
 * Reads the blocks once. Rows are channels or groups of neighbouring ones, columns steps of time or
 * groups of them; a row's mean is taken off before sizes are compared, because raw counts have offsets.
 */
export async function waterfallGrid(input: {
  readonly blocks: AsyncIterable<StoredBlock>;
  readonly part: SampleBlock;
  readonly timeAxis: 0 | 1;
  /** Steps of time of the picture; `stepOf` gives the one of a sample of the file, from 0 on. */
  readonly steps: number;
  readonly stepOf: (sample: number) => number;
  readonly factor: number;
  readonly maxRows: number;
  readonly maxColumns: number;
}): Promise<WaterfallGrid> {
  const { part, timeAxis, steps, stepOf, factor } = input;
  const channels = part.channel[1] - part.channel[0];
  const rows = Math.min(channels, input.maxRows);
  const columns = Math.min(steps, input.maxColumns);
  const low = new Float64Array(rows * columns).fill(Infinity);
  const high = new Float64Array(rows * columns).fill(-Infinity);
  const sums = new Float64Array(rows);
  const counts = new Float64Array(rows);
  for await (const block of input.blocks) {
    const blockTimes = block.time[1] - block.time[0];
    const blockChannels = block.channel[1] - block.channel[0];
    const column = Int32Array.from({ length: blockTimes }, (_, t) =>
      Math.floor((stepOf(block.time[0] + t) * columns) / steps),
    );
    for (let c = 0; c < blockChannels; c++) {
      const row = Math.floor(((block.channel[0] - part.channel[0] + c) * rows) / channels);
      const start = timeAxis === 0 ? c : c * blockTimes;
      const stride = timeAxis === 0 ? blockChannels : 1;
      for (let t = 0; t < blockTimes; t++) {
        const value = Number(block.values[start + t * stride]);
        if (!Number.isFinite(value)) continue;
        const cell = row * columns + (column[t] as number);
        if (value < (low[cell] as number)) low[cell] = value;
        if (value > (high[cell] as number)) high[cell] = value;
        sums[row] = (sums[row] as number) + value;
        counts[row] = (counts[row] as number) + 1;
      }
    }
  }
  const values = low.map((least, cell) => {
    const row = Math.floor(cell / columns);
    const mean = (sums[row] as number) / (counts[row] as number);
    const [down, up] = [least - mean, (high[cell] as number) - mean];
    const largest = -down > up ? down : up;
    return Number.isFinite(largest) ? largest * factor : Number.NaN;
  });
  return { rows, columns, values };
}

/** Size that 98 % of the cells stay below; 1 where all are zero or unknown. */
export function robustScale(values: Float64Array): number {
  const sizes = values
    .filter((value) => Number.isFinite(value))
    .map(Math.abs)
    .sort();
  const scale = sizes[Math.floor(0.98 * (sizes.length - 1))] ?? 0;
  return scale > 0 ? scale : (sizes.at(-1) ?? 0) || 1;
}
