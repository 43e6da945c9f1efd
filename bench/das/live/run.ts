/**
 * The live chain at its size: 10,000 channels x 200 Hz, one-second packets, faster than real time, on
 * one thread. Traffic, common mode and an earthquake each five minutes are in the packets. Prints JSON:
 * `node --expose-gc --import tsx bench/das/live/run.ts [minutes of data]`.
 * @module
 */
import { availableParallelism, loadavg } from 'node:os';
import { advanceLiveChain, type GateHook } from '../../../models/das/live-chain.js';
import { startLiveChain } from '../../../models/das/live-state.js';

const CHANNELS = 10_000;
const RATE_HZ = 200;
const SPACING_KM = 0.005;
const QUAKE_EACH_S = 300;
const minutes = Number(process.argv[2] ?? 60);

/** Noise drawn once; packets start anywhere in it, so that making them costs less than the chain. */
const noise = Float32Array.from({ length: 1 << 22 }, gaussian());
const samples = new Float32Array(CHANNELS * RATE_HZ);

let chain = startLiveChain({
  channelCount: CHANNELS,
  rateHz: RATE_HZ,
  distanceKm: Array.from({ length: CHANNELS }, (_, c) => c * SPACING_KM),
});
let hookCalls = 0;
const hook: GateHook<number> = ({ block }) => {
  hookCalls++;
  return [block.sampleCount];
};
const wallMs: number[] = [];
const cpuMs: number[] = [];
const rssMiB: number[] = [];
const gatesOfSecond = new Map<number, number>();
for (let second = 0; second < minutes * 60; second++) {
  fillPacket(second);
  const cpu = process.cpuUsage();
  const start = performance.now();
  const out = advanceLiveChain<number>({
    chain,
    packet: { samples, channelCount: CHANNELS, sampleCount: RATE_HZ },
    hook,
  });
  wallMs.push(performance.now() - start);
  const used = process.cpuUsage(cpu);
  cpuMs.push((used.user + used.system) / 1000);
  chain = out.chain;
  if (out.gates.length > 0) gatesOfSecond.set(second, out.gates.length);
  if (second % 60 !== 59) continue;
  globalThis.gc?.();
  rssMiB.push(process.memoryUsage().rss / 2 ** 20);
  if (second % 600 === 599)
    console.error(`${(second + 1) / 60} min, p99 ${quantile(wallMs, 0.99).toFixed(0)} ms`);
}
const quakes: number[] = [];
for (let q = 120; q + 60 <= minutes * 60; q += QUAKE_EACH_S) quakes.push(q);
const inQuake = (second: number): boolean => quakes.some((q) => second >= q && second < q + 60);
console.log(
  JSON.stringify(
    {
      channels: CHANNELS,
      rateHz: RATE_HZ,
      minutesOfData: minutes,
      threads: 1,
      cores: availableParallelism(),
      loadAverage: loadavg()[0],
      packetMs: summary(wallMs),
      cpuMs: summary(cpuMs),
      rssMiB: {
        atMinute1: rssMiB[0],
        eachMinute: rssMiB.map(Math.round),
        last: rssMiB[rssMiB.length - 1],
      },
      quakes: quakes.length,
      quakesWithGates: quakes.filter((q) =>
        [...gatesOfSecond.keys()].some((s) => s >= q && s < q + 60),
      ).length,
      gatesElsewhere: [...gatesOfSecond]
        .filter(([s]) => !inQuake(s))
        .reduce((sum, [, n]) => sum + n, 0),
      hookCalls,
    },
    null,
    2,
  ),
);

/** Noise of 1; a common mode of 0.5; a car at 20 m/s; P and S of a quake at 4 and 2.3 km/s. */
function fillPacket(second: number): void {
  const quakeS = Math.floor(second / QUAKE_EACH_S) * QUAKE_EACH_S + 120;
  const common = Float32Array.from(
    { length: RATE_HZ },
    (_, t) => 0.5 * Math.sin(second * 7 + t * 0.11),
  );
  const isShaking = second >= quakeS && second < quakeS + 60;
  for (let c = 0; c < CHANNELS; c++) {
    const from = ((second * 7919 + c * 104_729) * 61) % (noise.length - RATE_HZ);
    const at = c * RATE_HZ;
    const x = c * SPACING_KM;
    const carS = x / 0.02;
    const hasCar = Math.abs(second - (carS % 2500)) < 4;
    for (let t = 0; t < RATE_HZ; t++) {
      let value = (noise[from + t] as number) + (common[t] as number);
      const now = second + t / RATE_HZ;
      if (isShaking)
        value += 20 * train(now - quakeS - x / 4) + 40 * train(now - quakeS - 12 - x / 2.3);
      if (hasCar) value += 30 * train(now - (carS % 2500));
      samples[at + t] = value;
    }
  }
}

function train(t: number): number {
  return t < 0 || t > 8 ? 0 : Math.sin(2 * Math.PI * 4 * t) * Math.exp(-t / 2);
}

function gaussian(): () => number {
  let state = 99;
  const uniform = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}

function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] as number;
}

function summary(values: readonly number[]) {
  return { median: quantile(values, 0.5), p99: quantile(values, 0.99), max: Math.max(...values) };
}
