/**
 * Accuracy and CPU seconds of the sweeper beside fast marching peers, and of its kernel beside
 * TypedArrays: `node --import tsx bench/fusion/traveltime/run.ts`.
 * @module
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import os from 'node:os';
import { fileURLToPath } from 'node:url';
import { ensurePeers } from '../../../infra/peers.mjs';
import { sweep } from '../../../models/traveltime/sweep.js';
import { roundOnArrays } from './typed-arrays.js';

interface Case {
  readonly model: 'gradient' | 'layers';
  readonly nodes: readonly [number, number, number];
  readonly stepKm: number;
  /** Node. */
  readonly source: readonly [number, number, number];
}
interface Figures {
  readonly cpuS: number;
  readonly rmsS: number;
  readonly mostS: number;
}

const CASES: readonly Case[] = [
  { model: 'gradient', nodes: [51, 51, 21], stepKm: 2, source: [15, 20, 1] },
  { model: 'gradient', nodes: [101, 101, 41], stepKm: 1, source: [30, 40, 2] },
  { model: 'gradient', nodes: [101, 101, 61], stepKm: 0.5, source: [40, 50, 4] },
  { model: 'layers', nodes: [61, 31, 17], stepKm: 1, source: [3, 15, 5] },
  { model: 'layers', nodes: [121, 61, 33], stepKm: 0.5, source: [6, 30, 10] },
];
const [V0, GRADIENT] = [4, 0.1];

type Place = readonly [number, number, number];
const velocityOf = (model: Case['model'], z: number): number =>
  model === 'gradient' ? V0 + GRADIENT * z : z < 10 ? 5 : 8;

/** Exact first arrivals; NaN where the ray leaves the grid or the formula says nothing. */
function exactOf({ model, nodes, stepKm }: Case, [x, y, z]: Place, [sx, sy, sz]: Place): number {
  const across = Math.hypot(x - sx, y - sy);
  if (model === 'layers') {
    if (z > 9) return Number.NaN;
    const legs = 20 - sz - z;
    const direct = Math.hypot(across, z - sz) / 5;
    const head = across / 8 + legs * Math.sqrt(1 / 25 - 1 / 64);
    return across >= legs * Math.tan(Math.asin(5 / 8)) ? Math.min(direct, head) : direct;
  }
  const [za, zb] = [sz + V0 / GRADIENT, z + V0 / GRADIENT];
  const middle = across > 0 ? (across * across + zb * zb - za * za) / (2 * across) : 0;
  const bottom = Math.hypot(middle, za) - V0 / GRADIENT;
  if (middle > 0 && middle < across && bottom > stepKm * (nodes[2] - 1)) return Number.NaN;
  return Math.acosh(1 + (across * across + (za - zb) ** 2) / (2 * za * zb)) / GRADIENT;
}

function cpuOf(work: () => void): number {
  let best = Infinity;
  for (let k = 0; k < 3; k++) {
    const begin = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(begin);
    best = Math.min(best, (user + system) / 1e6);
  }
  return best;
}

function ours(one: Case): Figures & { readonly rounds: number } {
  const [nx, ny, nz] = one.nodes;
  const h = one.stepKm;
  const velocityKmS = new Float32Array(nx * ny * nz);
  for (let i = 0; i < velocityKmS.length; i++) {
    velocityKmS[i] = velocityOf(one.model, (i % nz) * h);
  }
  const source = one.source.map((n) => n * h) as [number, number, number];
  const shape = { nodes: one.nodes, firstKm: [0, 0, 0] as const, stepKm: [h, h, h] as const };
  let field = sweep({ shape, velocityKmS, sourceKm: source });
  const cpuS = cpuOf(() => {
    field = sweep({ shape, velocityKmS, sourceKm: source });
  });
  let [count, sum, mostS] = [0, 0, 0];
  for (let i = 0; i < velocityKmS.length; i++) {
    const place: Place = [
      Math.floor(i / (ny * nz)) * h,
      (Math.floor(i / nz) % ny) * h,
      (i % nz) * h,
    ];
    const exact = exactOf(one, place, source);
    if (Number.isNaN(exact)) continue;
    const r = Math.hypot(place[0] - source[0], place[1] - source[1], place[2] - source[2]);
    const error = Math.abs((field.meanSlowness[i] as number) * r - exact);
    sum += error * error;
    mostS = Math.max(mostS, error);
    count++;
  }
  return { cpuS, rmsS: Math.sqrt(sum / count), mostS, rounds: field.rounds };
}

/** The same rounds on TypedArrays; the start is simpler: the nodes about the source are exact. */
function onArrays(one: Case): number {
  const [nx, ny, nz] = one.nodes;
  const h = one.stepKm;
  const source = one.source.map((n) => n * h) as [number, number, number];
  const slowness = Float64Array.from(
    { length: nx * ny * nz },
    (_, i) => 1 / velocityOf(one.model, (i % nz) * h),
  );
  return cpuOf(() => {
    const time = new Float64Array(slowness.length).fill(1e30);
    const tau = new Float64Array(slowness.length).fill(1e30);
    const active = new Uint8Array(slowness.length).fill(1);
    const sourceSlowness = 1 / velocityOf(one.model, source[2]);
    for (let i = 0; i < slowness.length; i++) {
      const place: Place = [Math.floor(i / (ny * nz)), Math.floor(i / nz) % ny, i % nz];
      if (place.some((n, a) => Math.abs(n - (one.source[a] as number)) > 2)) continue;
      const at: Place = [place[0] * h, place[1] * h, place[2] * h];
      const r = Math.hypot(at[0] - source[0], at[1] - source[1], at[2] - source[2]);
      const exact = r === 0 ? 0 : exactOf(one, at, source);
      time[i] = exact;
      tau[i] = r === 0 ? 1 : exact / (sourceSlowness * r);
      active[i] = 2;
    }
    const nodes = one.nodes;
    const input = {
      time,
      tau,
      slowness,
      active,
      nodes,
      stepKm: [h, h, h] as const,
      source,
      sourceSlowness,
    };
    for (let k = 0; k < 60; k++)
      if (roundOnArrays({ ...input, order: 1, tolerance: 1e-4 }) === 0) break;
    for (let i = 0; i < active.length; i++) if (active[i] === 0) active[i] = 1;
    for (let k = 0; k < 60; k++)
      if (roundOnArrays({ ...input, order: 2, tolerance: 1e-9 }) === 0) break;
  });
}

const python = ensurePeers({
  requirements: fileURLToPath(
    new URL('../../../infra/peers-traveltime-requirements.txt', import.meta.url),
  ),
  log: (line) => console.error(line),
});
const peersFile = fileURLToPath(new URL('./peers.py', import.meta.url));
const results = CASES.map((one) => {
  const first = ours(one);
  const peers = JSON.parse(
    execFileSync(python, [peersFile, JSON.stringify(one)], { encoding: 'utf8' }),
  ) as Record<string, Figures>;
  const second = ours(one);
  const result = {
    ...one,
    ours: { ...second, cpuS: Math.min(first.cpuS, second.cpuS) },
    typedArraysCpuS: onArrays(one),
    peers,
  };
  console.error(JSON.stringify(result));
  return result;
});
const report = {
  date: new Date().toISOString(),
  node: process.version,
  cpu: os.cpus()[0]?.model,
  load: os.loadavg(),
  results,
};
writeFileSync(new URL('./results.json', import.meta.url), `${JSON.stringify(report, null, 2)}\n`);
