/**
 * Tiles of rows that begin with the samples before a block: what filters with a finite memory work
 * on. In: history and a block. Out: calls with a tile in a kernel's memory, and the next history.
 * @module
 */
import { WORKSPACE_START, kernelWorkspace } from '../../kernels/workspace.js';
import { paddedChannels, type ChannelBlock, type ChannelRange } from './block.js';

/** A tile in the kernel's memory; addresses in bytes. */
export interface HistoryTile<Functions> {
  readonly functions: Functions;
  readonly buffer: ArrayBuffer;
  /** First channel, number of channels, and that rounded up to 4 (zeros beyond). */
  readonly channel: number;
  readonly count: number;
  readonly padded: number;
  /** First history sample of the first row; rows follow each other by `stride` bytes. */
  readonly rowsAt: number;
  readonly stride: number;
  /** Room of `outputLength` float32 a row, contiguous. */
  readonly outputAt: number;
  /** Room of `extraBytes`. */
  readonly extraAt: number;
}

/** Bytes of a tile: rows and outputs stay in the second-level cache. */
const TILE_BYTES = 524_288;

/**
 * Calls `run` for tiles of the channels with rows [history, block], then keeps the last
 * `historyLength` samples of each row as history. `history`: [channel][historyLength], overwritten.
 */
export function overHistoryTiles<Functions>(input: {
  readonly kernel: string;
  readonly block: ChannelBlock;
  readonly channels: ChannelRange;
  readonly history: Float32Array;
  readonly historyLength: number;
  readonly outputLength: number;
  readonly extraBytes: number;
  readonly run: (tile: HistoryTile<Functions>) => void;
}): void {
  const { block, channels, history, historyLength, outputLength, extraBytes } = input;
  const { samples, sampleCount } = block;
  // Four samples more: kernels read whole vectors.
  const length = historyLength + sampleCount + 4;
  const rowBytes = 4 * (length + outputLength);
  const rows = Math.min(64, Math.max(4, 4 * Math.floor(TILE_BYTES / (4 * rowBytes))));
  const extraAt = WORKSPACE_START;
  const rowsAt = extraAt + 16 * Math.ceil(extraBytes / 16);
  const outputAt = rowsAt + 4 * rows * length;
  const { functions, memory } = kernelWorkspace<Functions>({
    name: input.kernel,
    bytes: outputAt + 4 * rows * outputLength + 64 - WORKSPACE_START,
  });
  const tile = new Float32Array(memory.buffer, rowsAt, rows * length);
  for (let channel = channels.from; channel < channels.to; channel += rows) {
    const count = Math.min(rows, channels.to - channel);
    const padded = paddedChannels(count);
    for (let r = 0; r < padded; r++) {
      const at = r * length;
      const c = channel + r;
      if (r < count) {
        tile.set(history.subarray(c * historyLength, (c + 1) * historyLength), at);
        tile.set(samples.subarray(c * sampleCount, (c + 1) * sampleCount), at + historyLength);
        tile.fill(0, at + length - 4, at + length);
      } else tile.fill(0, at, at + length);
    }
    const stride = 4 * length;
    const { buffer } = memory;
    input.run({ functions, buffer, channel, count, padded, rowsAt, stride, outputAt, extraAt });
    for (let r = 0; r < count; r++) {
      const end = r * length + historyLength + sampleCount;
      history.set(tile.subarray(end - historyLength, end), (channel + r) * historyLength);
    }
  }
}
