import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runCli } from '../../../apps/cli/run-cli.js';
import { createRandom } from '../../../core/random.js';
import { mogiLos } from '../../../models/deformation/line-of-sight.js';

const folder = mkdtempSync(path.join(os.tmpdir(), 'insar-tables-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function run(argv: readonly string[]) {
  let [text, errors] = ['', ''];
  const output = {
    write: (part: string) => void (text += part),
    error: (line: string) => void (errors += `${line}\n`),
    isTerminal: false,
  };
  return { code: await runCli({ argv, output }), text: () => text, errors: () => errors };
}

const TRUTH = { eastM: 9500, northM: 8200, depthM: 3000, volumeChangeM3: 4e6 };
const NOISE_M = 0.002;

/** A track of 196 points over 18 km: places in metres, line of sight, displacement with an offset and noise. */
function track(lookEast: number, lookNorth: number, seed: number) {
  const random = createRandom(seed);
  const n = 196;
  const eastM = Float64Array.from({ length: n }, (_, i) => 400 + 1300 * (i % 14));
  const northM = Float64Array.from({ length: n }, (_, i) => 300 + 1300 * Math.floor(i / 14));
  const fill = (v: number): Float64Array => new Float64Array(n).fill(v);
  const lookUp = Math.sqrt(1 - lookEast ** 2 - lookNorth ** 2);
  const look = { lookEast: fill(lookEast), lookNorth: fill(lookNorth), lookUp: fill(lookUp) };
  const losM = mogiLos(TRUTH, { eastM, northM, ...look }).map(
    (v) => v + 0.01 + NOISE_M * random.normal(),
  );
  return { n, eastM, northM, losM, vector: [lookEast, lookNorth, lookUp] as const };
}

/** Kite `export_csv`; degrees count from the corner of the frame. */
function kiteCsv(t: ReturnType<typeof track>, degreesAt: number | null): string {
  const [e, n, u] = t.vector;
  const metres = 111_194.92664;
  const [x, y] =
    degreesAt === null ? [1, 1] : [metres * Math.cos((degreesAt * Math.PI) / 180), metres];
  const rows = Array.from({ length: t.n }, (_, i) =>
    [
      ...[`0-${i}`.length, (t.eastM[i] as number) / x, (t.northM[i] as number) / y],
      ...[Math.asin(u), Math.atan2(n, e), e, n, u, t.losM[i], t.losM[i], 1],
    ].join(', '),
  );
  const names = 'theta, phi, unitE, unitN, unitU, mean_displacement, median_displacement';
  return `# node_id, focal_point_E, focal_point_N, ${names}, absolute_weight\n${rows.join('\n')}\n`;
}

function vmodText(t: ReturnType<typeof track>): string {
  const [e, n, u] = t.vector;
  const azimuth = Math.atan2(n, -e);
  return Array.from(t.losM, (v, i) =>
    [t.eastM[i], t.northM[i], azimuth, Math.acos(u), v, NOISE_M].join(' '),
  ).join('\n');
}

function put(name: string, text: string): string {
  const file = path.join(folder, name);
  writeFileSync(file, text);
  return file;
}

interface Summary {
  readonly parameters: Record<string, { mean: number; std: number }>;
  readonly varianceReduction: number;
  readonly points: readonly number[];
  readonly notes: readonly string[];
}

function expectTruth(summary: Summary): void {
  for (const [name, value] of Object.entries(TRUTH)) {
    const { mean, std } = summary.parameters[name] as { mean: number; std: number };
    expect(Math.abs(mean - value), `${name} ${mean} +- ${std}`).toBeLessThan(4 * std);
    expect(std).toBeLessThan(0.1 * value);
  }
  expect(summary.varianceReduction).toBeGreaterThan(0.9);
}

const [ASCENDING, DESCENDING] = [track(-0.6, -0.11, 1), track(0.58, -0.12, 2)];

describe('quakeloom insar invert of quadtree tables', () => {
  it('finds the source of two VMOD tables', { timeout: 90_000 }, async () => {
    const files = [put('a.txt', vmodText(ASCENDING)), put('d.txt', vmodText(DESCENDING))];
    const out = path.join(folder, 'vmod');
    const done = await run([
      'insar',
      'invert',
      ...files,
      '--source',
      'mogi',
      '--out',
      out,
      '--json',
    ]);
    expect(done.errors()).not.toContain('error');
    expect(done.code).toBe(0);
    const summary = JSON.parse(done.text()) as Summary;
    expectTruth(summary);
    expect(summary.points).toEqual([196, 196]);
    const csv = readFileSync(path.join(out, 'a.txt-fit.csv'), 'utf8').trim().split('\n');
    expect(csv[0]).toBe('eastM,northM,dataM,modelM,residualM');
    expect(csv.length).toBe(197);
  });

  it(
    'reads Kite in metres and in degrees, with the place of its frame',
    { timeout: 90_000 },
    async () => {
      const file = put('k.csv', kiteCsv(ASCENDING, null));
      const settings = { source: 'mogi', samples: 200, nuisance: 'offset' };
      const config = put('k.json', JSON.stringify({ ...settings, scenes: [{ file: 'k.csv' }] }));
      const metres = await run(['insar', 'invert', config, '--out', folder, '--json']);
      expect(metres.code).toBe(0);
      const summary = JSON.parse(metres.text()) as Summary;
      expectTruth(summary);
      expect(summary.notes.join()).toMatch(/k\.csv gives no deviations/);
      const degrees = put('deg.csv', kiteCsv(ASCENDING, 39.5));
      const lost = await run(['insar', 'invert', degrees, '--out', folder]);
      expect(lost.code).toBe(1);
      expect(lost.errors()).toMatch(/latitude is unknown.*originLatitude/s);
      put('deg.yml', '!kite.SceneConfig\nframe:\n  llLat: 39.5\n  llLon: 22.1\n');
      const scenes = [{ file: 'deg.csv' }];
      const placed = put('deg.json', JSON.stringify({ ...settings, scenes }));
      const found = await run(['insar', 'invert', placed, '--out', folder, '--json']);
      const same = JSON.parse(found.text()) as Summary;
      expect(same.parameters['depthM']?.mean).toBeCloseTo(
        summary.parameters['depthM']?.mean ?? 0,
        -2,
      );
      const pair = await run(['insar', 'invert', file, file, '--out', folder]);
      expect(pair.errors()).toMatch(/corner of its own frame/);
    },
  );

  it('refuses settings that only scenes have', async () => {
    put('t.txt', vmodText(ASCENDING));
    const start = { x: 0, y: 0, depthM: 3000 };
    const settings = { source: 'mogi', maxPoints: 100, startAt: start, startingModel: true };
    const scenes = [{ file: 't.txt' }];
    const config = put('t.json', JSON.stringify({ ...settings, distributed: false, scenes }));
    const done = await run(['insar', 'invert', config, '--out', folder]);
    expect(done.code).toBe(2);
    expect(done.errors()).toMatch(/maxPoints, startAt, startingModel has no meaning for quadtree/);
  });

  it('names the line, the point and the column that are wrong', async () => {
    const lines = vmodText(ASCENDING).split('\n');
    const broken = (name: string, change: (line: string) => string) =>
      put(name, lines.map((line, i) => (i === 3 ? change(line) : line)).join('\n'));
    const cases: readonly (readonly [string, RegExp])[] = [
      [
        broken('bad1.txt', (line) => line.replace(/ \S+$/, '')),
        /bad1\.txt: expected 6 numbers.*line 4/,
      ],
      [
        broken('bad2.txt', (line) => line.replace(/\S+$/, '0')),
        /deviation is 0, not above 0.*point 4/,
      ],
      [
        broken('bad3.txt', (line) => line.replace(/\S+ \S+ \S+$/, '2.5 0.01 1e-6')),
        /no angles in radians/,
      ],
      [
        put('no.csv', kiteCsv(ASCENDING, null).replace('theta,', 'thet,')),
        /lacks the column theta/,
      ],
      [path.join(folder, 'absent.txt'), /cannot be opened/],
    ];
    for (const [file, message] of cases) {
      const done = await run(['insar', 'invert', file, '--out', folder]);
      expect(done.errors()).toMatch(message);
      expect(done.code).toBe(1);
    }
  });
});
