/**
 * The live chain at its size: 10,000 channels x 200 Hz, one-second packets, faster than real time, on
 * one thread, the trained picker behind its gates. Traffic, common mode and an earthquake each five
 * minutes are in the packets. Prints JSON: `node --expose-gc --import tsx bench/das/live/run.ts
 * [minutes of data] [gates-only]`.
 * @module
 */
import { availableParallelism, loadavg } from 'node:os';
import { createLivePicker } from '../../../models/das/live-picker.js';
import { advanceLiveStream, startLiveStream } from '../../../models/das/live-stream.js';
import { loadPicker } from '../../../models/das/picker/pick-fibre-window.js';
import { CHANNELS, QUAKE_EACH_S, RATE_HZ, SPACING_KM, fillPacket } from './packets.js';

const minutes = Number(process.argv[2] ?? 60);

const samples = new Float32Array(CHANNELS * RATE_HZ);

const picker = process.argv[3] === 'gates-only' ? null : await loadPicker();
const pick = picker && createLivePicker({ picker });
let stream = startLiveStream({
  channelCount: CHANNELS,
  rateHz: RATE_HZ,
  distanceKm: Array.from({ length: CHANNELS }, (_, c) => c * SPACING_KM),
  settings: { contextS: 40.96 },
});
let [stretchesPicked, picks, events] = [0, 0, 0];
const wallMs: number[] = [];
const cpuMs: number[] = [];
const rssMiB: number[] = [];
const gatesOfSecond = new Map<number, number>();
for (let second = 0; second < minutes * 60; second++) {
  fillPacket(second, samples);
  const cpu = process.cpuUsage();
  const start = performance.now();
  const out = advanceLiveStream({
    stream,
    packet: {
      samples,
      channelCount: CHANNELS,
      sampleCount: RATE_HZ,
      startNs: 1_700_000_000_000_000_000n + BigInt(second) * 1_000_000_000n,
    },
  });
  ({ stream } = out);
  const evidence = pick ? await pick({ stream, gates: out.gates, firstChannel: 0 }) : [];
  wallMs.push(performance.now() - start);
  const used = process.cpuUsage(cpu);
  cpuMs.push((used.user + used.system) / 1000);
  stretchesPicked += evidence.length;
  picks += evidence.reduce((sum, one) => sum + one.picks.length, 0);
  events += evidence.reduce((sum, one) => sum + one.events.length, 0);
  if (out.gates.length > 0) gatesOfSecond.set(second, out.gates.length);
  if (second % 60 !== 59) continue;
  globalThis.gc?.();
  rssMiB.push(process.memoryUsage().rss / 2 ** 20);
  if (second % 300 === 299) {
    console.error(
      `${(second + 1) / 60} min, p99 ${quantile(wallMs, 0.99).toFixed(0)} ms, rss ${rssMiB.at(-1)?.toFixed(0)} MiB`,
    );
  }
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
        atMinutes: Object.fromEntries([1, 5, 15, 30, 60].map((m) => [m, rssMiB[m - 1]])),
        eachMinute: rssMiB.map(Math.round),
      },
      quakes: quakes.length,
      quakesWithGates: quakes.filter((q) =>
        [...gatesOfSecond.keys()].some((s) => s >= q && s < q + 60),
      ).length,
      gatesElsewhere: [...gatesOfSecond]
        .filter(([s]) => !inQuake(s))
        .reduce((sum, [, n]) => sum + n, 0),
      stretchesPicked,
      picks,
      events,
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
