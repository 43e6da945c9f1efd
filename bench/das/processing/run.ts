/**
 * Fibre processing beside its peers: 5,000 channels x 60 s x 100 Hz float32, the same numbers in both,
 * runs alternating, the least time of each, results compared. Prints a table on stderr, JSON on stdout:
 * `node --import tsx bench/das/processing/run.ts [rounds]`.
 * @module
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createComputePool } from '../../../apps/threads/pool.js';
import { ensurePeers } from '../../../infra/peers.mjs';
import { startBandPass } from '../../../models/das/processing/band-pass.js';
import { float32, type ChannelBlock } from '../../../models/das/processing/block.js';
import {
  decimateParallel,
  fanFilterParallel,
  filterParallel,
  removeCommonModeParallel,
  staLtaParallel,
  type Threads,
} from '../../../models/das/processing/parallel.js';
import { finishDecimation, startDecimation } from '../../../models/das/processing/decimate.js';
import { startStaLta } from '../../../models/das/processing/sta-lta.js';
import { fanPlan, fanSpectra, type Fan } from '../../../models/das/processing/fan-plan.js';

const CHANNELS = 5000;
const RATE_HZ = 100;
const SAMPLES = 60 * RATE_HZ;
const SPACING_M = 10;
const rounds = Number(process.argv[2] ?? 5);

const block = makeBlock();
const folder = mkdtempSync(path.join(tmpdir(), 'bench-das-'));
const file = path.join(folder, 'data.f32');
writeFileSync(file, block.samples);

const THREADS = 2;
const pool = createComputePool({ size: THREADS });
const two: Threads = { pool, parts: 8 };
const lone = createComputePool({ size: 1 });
const one: Threads = { pool: lone, parts: 1 };
const fan: Fan = {
  rateHz: RATE_HZ,
  channelSpacingM: SPACING_M,
  speedsMPerS: [1000, 1500, Infinity, Infinity],
};
const exact: Fan = { ...fan, padShare: 0, taperShare: 0 };
// Work space is kept between blocks, as a stream does; results are allocated anew, as the peers do.
const spectra = fanSpectra(fanPlan({ fan, channelCount: CHANNELS, sampleCount: SAMPLES }), true);
const classic = {
  kind: 'classic',
  shortSamples: 50,
  longSamples: 500,
  channelCount: CHANNELS,
  shared: true,
} as const;

const bandPass = async (threads: Threads): Promise<ChannelBlock> => {
  const band = { order: 4, lowHz: 1, highHz: 10, rateHz: RATE_HZ, channelCount: CHANNELS };
  const state = startBandPass({ ...band, shared: true });
  return (await filterParallel({ ...threads, state, block })).block;
};

interface Case {
  readonly what: string;
  readonly peer: string;
  readonly bar: number | null;
  readonly ours: () => Promise<ChannelBlock>;
  /** What is compared with the peer, where it differs from what is timed. */
  readonly compared?: () => Promise<ChannelBlock>;
}

const cases: readonly Case[] = [
  {
    what: 'causal band-pass, 2 threads, xdas 2 threads',
    peer: 'xdas-band-pass',
    bar: 1.5,
    ours: () => bandPass(two),
  },
  {
    what: 'causal band-pass, 1 thread, xdas 1 thread',
    peer: 'xdas-band-pass-1',
    bar: null,
    ours: () => bandPass(one),
  },
  {
    what: 'f-k fan, padded 10 % and tapered (DASCore pads nothing)',
    peer: 'dascore-fan',
    bar: 10,
    ours: () => fanFilterParallel({ ...two, fan, block, spectra }),
    compared: () => fanFilterParallel({ ...two, fan: exact, block }),
  },
  {
    what: 'classic STA/LTA',
    peer: 'xdas-classic',
    bar: null,
    ours: async () => (await staLtaParallel({ ...two, state: startStaLta(classic), block })).ratio,
  },
  {
    what: 'recursive STA/LTA',
    peer: 'xdas-recursive',
    bar: null,
    ours: async () =>
      (
        await staLtaParallel({
          ...two,
          state: startStaLta({ ...classic, kind: 'recursive' }),
          block,
        })
      ).ratio,
  },
  { what: 'decimation by 5, 101-tap FIR', peer: 'xdas-decimate', bar: null, ours: decimated },
  {
    what: 'common mode (median over channels)',
    peer: 'numpy-common-mode',
    bar: null,
    ours: async () => (await removeCommonModeParallel({ ...two, block })).block,
  },
];

async function decimated(): Promise<ChannelBlock> {
  const start = startDecimation({
    factor: 5,
    channelCount: CHANNELS,
    cornerShare: 1,
    shared: true,
  });
  const { block: most, state } = await decimateParallel({ ...two, state: start, block });
  const rest = finishDecimation(state);
  const sampleCount = most.sampleCount + rest.sampleCount;
  const samples = new Float32Array(CHANNELS * sampleCount);
  for (let c = 0; c < CHANNELS; c++) {
    const row = most.samples.subarray(c * most.sampleCount, (c + 1) * most.sampleCount);
    samples.set(row, c * sampleCount);
    const last = rest.samples.subarray(c * rest.sampleCount, (c + 1) * rest.sampleCount);
    samples.set(last, c * sampleCount + most.sampleCount);
  }
  return { samples, channelCount: CHANNELS, sampleCount };
}

const peer = await startPeer();
const results = [];
for (const { what, peer: name, bar, ours, compared } of cases) {
  const expected = await peer.check(name);
  const got = await (compared ?? ours)();
  const relativeError = largestError(got.samples, expected);
  await ours();
  const times: { ours: Spent; peer: Spent }[] = [];
  for (let round = 0; round < rounds; round++) {
    times.push({ ours: await spent(ours), peer: await peer.time(name) });
  }
  const least = (pick: (t: (typeof times)[number]) => number): number =>
    Math.min(...times.map(pick));
  const oursS = least((t) => t.ours.seconds);
  const peerS = least((t) => t.peer.seconds);
  const [oursCpuS, peerCpuS] = [least((t) => t.ours.cpu), least((t) => t.peer.cpu)];
  const result = {
    what,
    peer: name,
    bar,
    oursS,
    peerS,
    ratio: peerS / oursS,
    // Seconds of processor time depend less on what else the machine does.
    oursCpuS,
    peerCpuS,
    cpuRatio: peerCpuS / oursCpuS,
    relativeError,
  };
  results.push(result);
  console.error(
    `${what.padEnd(58)} ${rate(oursS)} MB/s  peer ${rate(peerS)} MB/s  ratio ${result.ratio.toFixed(2)}` +
      ` (bar ${bar ?? '-'}, processor time ${result.cpuRatio.toFixed(2)})` +
      `  difference ${relativeError.toExponential(1)}`,
  );
}
console.log(
  JSON.stringify(
    {
      channels: CHANNELS,
      samples: SAMPLES,
      rateHz: RATE_HZ,
      rounds,
      cores: availableParallelism(),
      loadAverage: loadavg()[0],
      versions: peer.versions,
      results,
    },
    null,
    2,
  ),
);
peer.stop();
await Promise.all([pool.close(), lone.close()]);
rmSync(folder, { recursive: true });

interface Spent {
  readonly seconds: number;
  /** Of all threads, s. */
  readonly cpu: number;
}

async function spent(run: () => Promise<unknown>): Promise<Spent> {
  const [start, cpu] = [performance.now(), process.cpuUsage()];
  await run();
  const used = process.cpuUsage(cpu);
  return { seconds: (performance.now() - start) / 1000, cpu: (used.user + used.system) / 1e6 };
}

function rate(seconds: number): string {
  return ((4e-6 * CHANNELS * SAMPLES) / seconds).toFixed(0).padStart(5);
}

/** Noise with a slow common part, in shared memory. */
function makeBlock(): ChannelBlock {
  const samples = float32(CHANNELS * SAMPLES, true);
  let state = 12_345;
  for (let i = 0; i < samples.length; i++) {
    state = (state * 48_271) % 2_147_483_647;
    samples[i] = (2 * state) / 2_147_483_647 - 1 + 0.3 * Math.sin((i % SAMPLES) * 0.01);
  }
  return { samples, channelCount: CHANNELS, sampleCount: SAMPLES };
}

function largestError(got: Float32Array, expected: Float32Array): number {
  if (got.length !== expected.length) return Infinity;
  let [worst, largest] = [0, 0];
  for (let i = 0; i < got.length; i++) {
    worst = Math.max(worst, Math.abs((got[i] as number) - (expected[i] as number)));
    largest = Math.max(largest, Math.abs(expected[i] as number));
  }
  return worst / largest;
}

async function startPeer() {
  const requirements = fileURLToPath(
    new URL('../../../infra/peers-das-requirements.txt', import.meta.url),
  );
  const script = fileURLToPath(new URL('./peer.py', import.meta.url));
  const args = [script, file, CHANNELS, SAMPLES, RATE_HZ, SPACING_M, folder].map(String);
  const child = spawn(ensurePeers({ requirements }), args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async (): Promise<Record<string, unknown>> => {
    const { value, done } = await lines.next();
    if (done) throw new Error('the peer process ended');
    return JSON.parse(value) as Record<string, unknown>;
  };
  const versions = await answer();
  return {
    versions,
    time: async (name: string): Promise<Spent> => {
      child.stdin.write(`run ${name}\n`);
      return (await answer()) as unknown as Spent;
    },
    check: async (name: string): Promise<Float32Array> => {
      child.stdin.write(`check ${name}\n`);
      await answer();
      const bytes = readFileSync(path.join(folder, `${name}.f32`));
      return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
    },
    stop: () => child.stdin.end(),
  };
}
