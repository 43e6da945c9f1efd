/**
 * The live chain at its size: 10,000 channels x 200 Hz, one-second packets, faster than real time, on
 * one thread. Traffic, common mode and an earthquake each five minutes are in the packets. Prints JSON:
 * `node --expose-gc --import tsx bench/das/live/run.ts [minutes of data]`.
 * @module
 */
import { availableParallelism, loadavg } from 'node:os';
import { advanceLiveChain, type GateHook } from '../../../models/das/live-chain.js';
import { startLiveChain } from '../../../models/das/live-state.js';
import { CHANNELS, QUAKE_EACH_S, RATE_HZ, SPACING_KM, fillPacket } from './packets.js';

const minutes = Number(process.argv[2] ?? 60);

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
  fillPacket(second, samples);
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

function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] as number;
}

function summary(values: readonly number[]) {
  return { median: quantile(values, 0.5), p99: quantile(values, 0.99), max: Math.max(...values) };
}
