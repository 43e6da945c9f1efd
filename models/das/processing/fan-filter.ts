/**
 * f-k fan filter: keeps what crosses the fibre within a range of apparent speeds, which takes away
 * traffic, ocean waves and steps. In: samples. Out: samples. In three steps over parts of the block,
 * so that threads can share the work: transform of rows, of columns with the mask, rows back.
 * @module
 */
import { runFft, type PassFunction } from '../../kernels/fft-plan.js';
import { WORKSPACE_START, kernelWorkspace } from '../../kernels/workspace.js';
import { checkBlock, type ChannelBlock, type ChannelRange } from './block.js';
import { FAN_BATCH, TILE_FLOATS, fanPlan, fanSpectra, type Fan, type FanPlan } from './fan-plan.js';

interface Functions {
  pass: PassFunction;
  packRows(
    ...numbers: [
      rows: number,
      stride: number,
      samples: number,
      padded: number,
      weights: number,
      rowWeights: number,
      out: number,
    ]
  ): void;
  unpackRows(from: number, rows: number, stride: number, samples: number): void;
  splitSpectra(z: number, n: number, bins: number, tiles: number): void;
  joinSpectra(tiles: number, n: number, bins: number, z: number): void;
  applyFan(
    ...numbers: [
      tile: number,
      n: number,
      frequencies: number,
      inverse: number,
      a: number,
      rise: number,
      d: number,
      fall: number,
      scale: number,
    ]
  ): void;
}

/** Filters one block. Throws InvalidInputError. */
export function fanFilter(input: {
  readonly fan: Fan;
  readonly block: ChannelBlock;
}): ChannelBlock {
  const { channelCount, sampleCount } = checkBlock(input.block);
  if (channelCount === 0 || sampleCount === 0) return input.block;
  const plan = fanPlan({ fan: input.fan, channelCount, sampleCount });
  const spectra = fanSpectra(plan);
  const samples = new Float32Array(input.block.samples.length);
  const channels = { from: 0, to: channelCount };
  fanForward({ plan, samples: input.block.samples, channels, spectra });
  fanMask({ plan, spectra, tiles: { from: 0, to: plan.tiles } });
  fanInverse({ plan, spectra, channels, output: samples });
  return { samples, channelCount, sampleCount };
}

/** Step 1: transforms rows of `samples` [channel][time] over time; `channels.from` a multiple of 8. */
export function fanForward(input: {
  readonly plan: FanPlan;
  readonly samples: Float32Array;
  readonly channels: ChannelRange;
  readonly spectra: Float32Array;
}): void {
  const { plan, samples, channels, spectra } = input;
  const { sampleCount, time, bins, tiles, rows } = plan;
  const { functions, view, at } = workspaceOf(plan);
  view(at.timeTwiddles, time.twiddles.length).set(time.twiddles);
  view(at.weights, sampleCount).set(plan.timeTaper);
  const room = view(at.rows, FAN_BATCH * sampleCount);
  const rowWeights = view(at.small, FAN_BATCH);
  const made = view(at.tiles, tiles * FAN_BATCH * TILE_FLOATS);
  for (let c = channels.from; c < channels.to; c += FAN_BATCH) {
    const count = Math.min(FAN_BATCH, channels.to - c);
    room.set(samples.subarray(c * sampleCount, (c + count) * sampleCount));
    room.fill(0, count * sampleCount);
    for (let r = 0; r < FAN_BATCH; r++) rowWeights[r] = plan.fibreTaper[c + r] ?? 0;
    functions.packRows(
      at.rows,
      4 * sampleCount,
      sampleCount,
      time.length,
      at.weights,
      at.small,
      at.a,
    );
    const z = runFft({
      plan: time,
      pass: functions.pass,
      from: at.a,
      spare: at.b,
      twiddlesAt: at.timeTwiddles,
      inverse: false,
    });
    functions.splitSpectra(z, time.length, bins, at.tiles);
    const size = FAN_BATCH * TILE_FLOATS;
    for (let tile = 0; tile < tiles; tile++) {
      const part = made.subarray(tile * size, (tile + 1) * size);
      spectra.set(part, (tile * rows + c) * TILE_FLOATS);
    }
  }
}

/** Step 2, after step 1 of all channels: transforms tiles over the fibre, masks, transforms back. */
export function fanMask(input: {
  readonly plan: FanPlan;
  readonly spectra: Float32Array;
  readonly tiles: { readonly from: number; readonly to: number };
}): void {
  const { plan, spectra, tiles } = input;
  const { channelCount, fibre, time, rows, fan, inverseWavenumber } = plan;
  const { functions, view, at } = workspaceOf(plan);
  view(at.fibreTwiddles, fibre.twiddles.length).set(fibre.twiddles);
  view(at.wavenumbers, fibre.length).set(inverseWavenumber);
  const frequencies = view(at.small, 4);
  const { a, rise, d, fall } = slopes(fan.speedsMPerS);
  const scale = 1 / (fibre.length * time.length);
  for (let tile = tiles.from; tile < tiles.to; tile++) {
    const own = spectra.subarray(tile * rows * TILE_FLOATS, (tile + 1) * rows * TILE_FLOATS);
    const column = view(at.a, fibre.length * TILE_FLOATS);
    column.set(own.subarray(0, channelCount * TILE_FLOATS));
    column.fill(0, channelCount * TILE_FLOATS);
    for (let i = 0; i < 4; i++) frequencies[i] = ((4 * tile + i) * fan.rateHz) / time.length;
    const shared = { plan: fibre, pass: functions.pass, twiddlesAt: at.fibreTwiddles };
    const z = runFft({ ...shared, from: at.a, spare: at.b, inverse: false });
    functions.applyFan(z, fibre.length, at.small, at.wavenumbers, a, rise, d, fall, scale);
    const spare = z === at.a ? at.b : at.a;
    const back = runFft({ ...shared, from: z, spare, inverse: true });
    own.set(view(back, channelCount * TILE_FLOATS));
  }
}

/** Step 3, after step 2 of all tiles: rows back to time, into `output` [channel][time]. */
export function fanInverse(input: {
  readonly plan: FanPlan;
  readonly spectra: Float32Array;
  readonly channels: ChannelRange;
  readonly output: Float32Array;
}): void {
  const { plan, spectra, channels, output } = input;
  const { sampleCount, time, bins, tiles, rows } = plan;
  const { functions, view, at } = workspaceOf(plan);
  view(at.timeTwiddles, time.twiddles.length).set(time.twiddles);
  const room = view(at.rows, FAN_BATCH * sampleCount);
  const made = view(at.tiles, tiles * FAN_BATCH * TILE_FLOATS);
  const size = FAN_BATCH * TILE_FLOATS;
  for (let c = channels.from; c < channels.to; c += FAN_BATCH) {
    const count = Math.min(FAN_BATCH, channels.to - c);
    for (let tile = 0; tile < tiles; tile++) {
      const from = (tile * rows + c) * TILE_FLOATS;
      made.set(spectra.subarray(from, from + size), tile * size);
    }
    functions.joinSpectra(at.tiles, time.length, bins, at.a);
    const z = runFft({
      plan: time,
      pass: functions.pass,
      from: at.a,
      spare: at.b,
      twiddlesAt: at.timeTwiddles,
      inverse: true,
    });
    functions.unpackRows(z, at.rows, 4 * sampleCount, sampleCount);
    output.set(room.subarray(0, count * sampleCount), c * sampleCount);
  }
}

function workspaceOf(plan: FanPlan) {
  const longest = Math.max(plan.time.length, plan.fibre.length);
  let next = WORKSPACE_START;
  const take = (bytes: number): number => {
    const address = next;
    next += 64 * Math.ceil(bytes / 64);
    return address;
  };
  const at = {
    a: take(32 * longest),
    b: take(32 * longest),
    timeTwiddles: take(plan.time.twiddles.byteLength),
    fibreTwiddles: take(plan.fibre.twiddles.byteLength),
    wavenumbers: take(4 * plan.fibre.length),
    weights: take(4 * plan.sampleCount),
    rows: take(4 * FAN_BATCH * plan.sampleCount),
    tiles: take(4 * plan.tiles * FAN_BATCH * TILE_FLOATS),
    small: take(64),
  };
  const bytes = next - WORKSPACE_START;
  const { functions, memory } = kernelWorkspace<Functions>({ name: 'fk', bytes });
  const { buffer } = memory;
  const view = (address: number, length: number): Float32Array =>
    new Float32Array(buffer, address, length);
  return { functions, view, at };
}

/** Speeds as the kernel takes them: no infinities, no division by zero. */
function slopes([a, b, c, d]: Fan['speedsMPerS']) {
  const top = Math.min(d, 3e38);
  return {
    a,
    rise: 1 / Math.max(b - a, 1e-30),
    d: top,
    fall: 1 / Math.max(Math.min(top - Math.min(c, top), 1e30), 1e-30),
  };
}
