/**
 * Points per second of the Okada forward model beside pyrocko's compiled extension, in one run: the two
 * take turns, the fastest call of each counts. `node --import tsx bench/insar/okada/run.ts [OUT.json]`
 * @module
 */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import os from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createRandom } from '../../../core/random.js';
import { ensurePeers } from '../../../infra/peers.mjs';
import { createForwardPool } from '../../../models/deformation/forward-pool.js';

const POINTS = 10_000;
const ROUNDS = 12;
const CALLS = 25;

const random = createRandom(85);
const place = (): number => -30_000 + 60_000 * random.uniform();
const points = {
  eastM: Float64Array.from({ length: POINTS }, place),
  northM: Float64Array.from({ length: POINTS }, place),
};
const source = {
  ...{ eastM: 0, northM: 0, centroidDepthM: 6000, strikeDeg: 315, dipDeg: 36, rakeDeg: -100 },
  ...{ slipM: 1.15, openingM: 0.1, lengthM: 9900, widthM: 9400 },
};

const peer = spawn(ensurePeers(), [fileURLToPath(new URL('./peer.py', import.meta.url))], {
  stdio: ['pipe', 'pipe', 'inherit'],
});
const answers = createInterface({ input: peer.stdout })[Symbol.asyncIterator]();
const tell = (value: unknown): void => void peer.stdin.write(`${JSON.stringify(value)}\n`);
const ask = async (
  threads: number,
  runs: number,
): Promise<{ seconds: number; displacement: number[][] | null }> => {
  tell([threads, runs]);
  const { value } = (await answers.next()) as { value: string };
  return JSON.parse(value) as { seconds: number; displacement: number[][] | null };
};
tell({ source, eastM: [...points.eastM], northM: [...points.northM] });

const ours = (call: () => void): number => {
  let best = Infinity;
  for (let i = 0; i < CALLS; i++) {
    const start = performance.now();
    call();
    best = Math.min(best, (performance.now() - start) / 1000);
  }
  return best;
};

const results = [];
for (const threads of [1, 2]) {
  const pool = await createForwardPool({ points, threads });
  const out = new Float64Array(12 * POINTS);
  const theirs = (await ask(threads, 1)).displacement as number[][];
  const mine = pool.displacement(source);
  let difference = 0;
  for (let i = 0; i < POINTS; i++) {
    const row = [theirs[1]?.[i], theirs[0]?.[i], -(theirs[2]?.[i] ?? 0)] as number[];
    row.forEach((value, k) => {
      difference = Math.max(difference, Math.abs(value - (mine[k * POINTS + i] as number)));
    });
  }
  let [displacement, gradient, peerSeconds] = [Infinity, Infinity, Infinity];
  for (let round = 0; round < ROUNDS; round++) {
    displacement = Math.min(
      displacement,
      ours(() => pool.displacement(source, out)),
    );
    peerSeconds = Math.min(peerSeconds, (await ask(threads, CALLS)).seconds);
    gradient = Math.min(
      gradient,
      ours(() => pool.displacementGradient(source, out)),
    );
  }
  await pool.close();
  results.push({
    threads,
    displacementPointsPerS: Math.round(POINTS / displacement),
    gradientPointsPerS: Math.round(POINTS / gradient),
    pyrockoPointsPerS: Math.round(POINTS / peerSeconds),
    ratioDisplacement: peerSeconds / displacement,
    ratioWithGradient: peerSeconds / gradient,
    largestDifferenceM: difference,
  });
}
peer.stdin.end();
const report = {
  what: `Okada 1985 at the surface, ${POINTS} points, one rectangle; pyrocko computes displacement and gradient in one call`,
  command: 'node --import tsx bench/insar/okada/run.ts',
  node: process.version,
  cpus: os.cpus().length,
  loadAverage: os.loadavg()[0],
  results,
};
process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
const [file] = process.argv.slice(2);
if (file) writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
