/**
 * Time series of 1000 x 1000 pixels and 200 pairs with holes, beside MintPy's network inversion.
 * `node --import tsx bench/insar/sbas/run.ts OUT.json [SIDE]`. Ours solves everything; MintPy, which takes pixels
 * with holes one by one, solves the first of them, and its time for all is by proportion. Both in one run, twice, the
 * smaller time counts; series of the common pixels are compared.
 * @module
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensurePeers } from '../../../infra/peers.mjs';
import { pairNetwork } from '../../../models/deformation/stack/network.js';
import { sbasVelocity } from '../../../models/deformation/stack/sbas.js';
import { DEFAULT_THRESHOLDS } from '../../../models/deformation/stack/sbas.js';
import { solvePixels } from '../../../models/deformation/stack/solve-pixels.js';
import { timeModel } from '../../../models/deformation/stack/time-model.js';
import { simulateStack, type Holes } from './simulate.js';

const [out = 'result.json', sideText = '1000'] = process.argv.slice(2);
const side = Number(sideText);
const PAIRS = 200;
const REPEATS = 2;
const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const python = ensurePeers({ requirements: file('../../../infra/peers-mintpy-requirements.txt') });
const folder = mkdtempSync(path.join(os.tmpdir(), 'sbas-'));

interface PeerResult {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly wholePixels: number;
  readonly partPixels: number;
}

function measure(holes: Holes) {
  const scenes = simulateStack(side, PAIRS, holes);
  const network = pairNetwork(scenes);
  const pixels = side * side;
  const peerPixels = Math.min(pixels, holes === 'none' ? 20_000 : 400);
  const stack = new Float32Array(PAIRS * peerPixels);
  scenes.forEach(({ losM }, k) => {
    const offset = losM[0] as number;
    const part = losM.subarray(0, peerPixels).map((v) => 1000 * (v - offset));
    stack.set(part, k * peerPixels);
  });
  const data = path.join(folder, 'stack.f32');
  const meta = path.join(folder, 'meta.json');
  const series = path.join(folder, 'series.f32');
  writeFileSync(data, stack);
  writeFileSync(
    meta,
    JSON.stringify({
      pairs: network.pairs,
      years: [...network.years],
      pixels: peerPixels,
      file: data,
      out: series,
    }),
  );
  const model = timeModel({
    ...{ epochs: network.epochs, years: network.years, bootstrap: 0, seed: 1 },
    terms: { seasonal: false, steps: [] },
  });
  const meanCoherence = new Float32Array(pixels).fill(Number.NaN);
  const ours: number[] = [];
  const oursCpu: number[] = [];
  const peer: PeerResult[] = [];
  let difference = 0;
  let patterns = 0;
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    const start = performance.now();
    const cpuBefore = process.cpuUsage();
    const solved = solvePixels({
      ...{ scenes, network, model, meanCoherence, referenceIndex: 0, looks: 20, weighting: 'none' },
      thresholds: DEFAULT_THRESHOLDS,
      pairCoherence: scenes.map(() => null),
    });
    ours.push((performance.now() - start) / 1000);
    const cpu = process.cpuUsage(cpuBefore);
    oursCpu.push((cpu.user + cpu.system) / 1e6);
    patterns = solved.patterns;
    peer.push(
      JSON.parse(
        execFileSync(python, [file('peer.py'), meta], {
          encoding: 'utf8',
          // Threads of BLAS gain nothing on problems of 200 x 59 and would double its processor time.
          env: { ...process.env, OPENBLAS_NUM_THREADS: '1' },
        }),
      ) as PeerResult,
    );
    const theirs = new Float32Array(new Uint8Array(readFileSync(series)).buffer);
    for (let k = 0; k < network.epochs.length; k++) {
      for (let i = 0; i < peerPixels; i++) {
        // Gaps are bridged in different ways (a line here, least velocity there): only whole networks compare.
        if (solved.rankDeficient[i]) continue;
        const apart =
          (solved.cumulativeMm[k * pixels + i] as number) - (theirs[k * peerPixels + i] as number);
        difference = Math.max(difference, Math.abs(apart));
      }
    }
  }
  const start = performance.now();
  sbasVelocity({ scenes, referencePixel: { row: 0, column: 0 }, bootstrap: 100 });
  const wholeStackSeconds = (performance.now() - start) / 1000;
  const oursSeconds = Math.min(...ours);
  const peerSeconds = Math.min(...peer.map(({ seconds }) => seconds));
  const peerAll = (peerSeconds * pixels) / peerPixels;
  return {
    ...{ holes, pixels, pairs: PAIRS, epochs: network.epochs.length, patterns },
    oursSeconds,
    oursRuns: ours,
    /** Measured over `peerPixels`. */
    ...{ peerSeconds, peerPixels, peerWholePixels: peer[0]?.wholePixels },
    peerRuns: peer.map(({ seconds }) => seconds),
    peerSecondsForAll: peerAll,
    ratio: peerAll / oursSeconds,
    /** Processor time: what a loaded machine does not stretch. */
    oursCpuSeconds: Math.min(...oursCpu),
    peerCpuSecondsForAll: (Math.min(...peer.map((p) => p.cpuSeconds)) * pixels) / peerPixels,
    cpuRatio:
      (Math.min(...peer.map((p) => p.cpuSeconds)) * pixels) / peerPixels / Math.min(...oursCpu),
    largestDifferenceMm: difference,
    /** Loops, components, velocity and 100 bootstrap resamples added to the time series. */
    wholeStackSeconds,
    peakMemoryMiB: Math.round(process.resourceUsage().maxRSS / 1024),
  };
}

try {
  const kinds = (process.env['HOLES']?.split(',') ?? ['none', 'blocks', 'scattered']) as Holes[];
  const results = kinds.map(measure);
  const summary = {
    command: `node --import tsx bench/insar/sbas/run.ts bench/insar/sbas/result.json ${side}`,
    peer: 'MintPy 1.6.4, estimate_timeseries, without weights; both one thread',
    machine: `2 cores, load ${os.loadavg()[0]?.toFixed(1)}`,
    results,
  };
  writeFileSync(out, `${JSON.stringify(summary, null, 2)}\n`);
  process.stdout.write(`${JSON.stringify(summary, null, 2)}\n`);
} finally {
  rmSync(folder, { recursive: true });
}
