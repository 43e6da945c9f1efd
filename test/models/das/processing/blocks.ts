/** Made-up blocks, and blocks cut into packets and put together again. @module */
import fc from 'fast-check';
import type { ChannelBlock } from '../../../../models/das/processing/block.js';

/** Numbers from -1 to 1 that are the same everywhere (Lehmer's generator). */
export function noiseBlock(channelCount: number, sampleCount: number, seed = 1): ChannelBlock {
  let state = seed;
  const samples = Float32Array.from({ length: channelCount * sampleCount }, () => {
    state = (state * 48_271) % 2_147_483_647;
    return (2 * state) / 2_147_483_647 - 1;
  });
  return { samples, channelCount, sampleCount };
}

/** Samples `[from, to)` of every channel. */
export function cut(block: ChannelBlock, from: number, to: number): ChannelBlock {
  const { samples, channelCount, sampleCount } = block;
  const part = new Float32Array(channelCount * (to - from));
  for (let c = 0; c < channelCount; c++) {
    part.set(samples.subarray(c * sampleCount + from, c * sampleCount + to), c * (to - from));
  }
  return { samples: part, channelCount, sampleCount: to - from };
}

/** Packets in time order as one block. */
export function joined(parts: readonly ChannelBlock[], channelCount: number): ChannelBlock {
  const sampleCount = parts.reduce((sum, part) => sum + part.sampleCount, 0);
  const samples = new Float32Array(channelCount * sampleCount);
  let at = 0;
  for (const part of parts) {
    const n = part.sampleCount;
    for (let c = 0; c < channelCount; c++) {
      samples.set(part.samples.subarray(c * n, (c + 1) * n), c * sampleCount + at);
    }
    at += n;
  }
  return { samples, channelCount, sampleCount };
}

/** Random ascending places to cut `[0, sampleCount)` at, repeated ones included (empty packets). */
export function anyCuts(sampleCount: number): fc.Arbitrary<readonly number[]> {
  return fc
    .array(fc.integer({ min: 0, max: sampleCount }), { maxLength: 8 })
    .map((places) => [0, ...places.sort((a, b) => a - b), sampleCount]);
}

/** Runs a stateful step over the packets between the cuts. */
export function inPackets<State>(input: {
  readonly block: ChannelBlock;
  readonly cuts: readonly number[];
  readonly start: State;
  readonly step: (state: State, block: ChannelBlock) => { block: ChannelBlock; state: State };
}): { readonly block: ChannelBlock; readonly state: State } {
  let state = input.start;
  const parts: ChannelBlock[] = [];
  for (let i = 0; i + 1 < input.cuts.length; i++) {
    const [from, to] = [input.cuts[i] as number, input.cuts[i + 1] as number];
    const done = input.step(state, cut(input.block, from, to));
    state = done.state;
    parts.push(done.block);
  }
  return { block: joined(parts, input.block.channelCount), state };
}

/** The bytes, so that -0 and 0 or two NaN differ. */
export function bytesOf(block: ChannelBlock): string {
  const { buffer, byteOffset, byteLength } = block.samples;
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64');
}

/** Largest difference as a share of the largest expected value. */
export function relativeError(got: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (got.length !== expected.length) return Infinity;
  let [worst, largest] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs((got[i] as number) - (expected[i] as number));
    if (Number.isNaN(difference)) return Infinity;
    worst = Math.max(worst, difference);
    largest = Math.max(largest, Math.abs(expected[i] as number));
  }
  return largest === 0 ? worst : worst / largest;
}
