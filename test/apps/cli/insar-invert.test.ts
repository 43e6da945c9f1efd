import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { distinct, readObservations } from '../../../apps/cli/commands/insar/observations.js';
import { readInvertConfig } from '../../../apps/cli/commands/insar/invert-config.js';
import { runCli } from '../../../apps/cli/run-cli.js';
import { createRandom } from '../../../core/random.js';

const folder = mkdtempSync(path.join(os.tmpdir(), 'insar-invert-'));
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

const VOLCANO = { eastM: 500, northM: -1500, depthM: 3000, volumeChangeM3: 3e6 };
const GRID = {
  ...{ file: 'made.f32', rows: 81, columns: 81, spacingM: 300 },
  ...{ cornerEastM: -12_000, cornerNorthM: -12_000, firstRow: 'north', positive: 'towards' },
  ...{ headingDeg: -12, incidenceDeg: 39, firstDate: '2020-01-01', secondDate: '2020-01-13' },
};

describe('quakeloom insar', () => {
  it('forward writes what invert finds again', { timeout: 60_000 }, async () => {
    const made = path.join(folder, 'clean.f32');
    const forward = await run([
      ...['insar', 'forward', '--source', 'mogi', '--parameters', JSON.stringify(VOLCANO)],
      ...['--size-km', '24', '--spacing-m', '300', '--heading-deg', '-12'],
      ...['--incidence-deg', '39', '--out', made, '--json'],
    ]);
    expect(forward.code).toBe(0);
    expect(JSON.parse(forward.text())).toMatchObject({ rows: 81, columns: 81 });
    const clean = new Float32Array(new Uint8Array(readFileSync(made)).buffer);
    const random = createRandom(8);
    const noisy = clean.map((v) => v + 0.003 * random.normal());
    writeFileSync(path.join(folder, 'made.f32'), new Uint8Array(noisy.buffer));
    const config = path.join(folder, 'volcano.json');
    const settings = { source: 'mogi', samples: 200, maxPoints: 150, scenes: [GRID] };
    writeFileSync(config, JSON.stringify(settings));
    const out = path.join(folder, 'out');
    const invert = await run(['insar', 'invert', config, '--out', out, '--json']);
    expect(invert.errors()).toContain('invert');
    expect(invert.code).toBe(0);
    const summary = JSON.parse(invert.text()) as {
      source: string;
      parameters: Record<string, { mean: number; std: number; p05: number; p95: number }>;
      varianceReduction: number;
      rmsM: number;
      seconds: number;
    };
    expect(summary.source).toBe('mogi');
    for (const [name, value] of Object.entries(VOLCANO)) {
      const { mean, std } = summary.parameters[name] as { mean: number; std: number };
      expect(Math.abs(mean - value), name).toBeLessThan(4 * std);
      expect(std).toBeLessThan(0.1 * Math.abs(value));
    }
    expect(summary.varianceReduction).toBeGreaterThan(0.95);
    expect(summary.rmsM).toBeLessThan(0.003);
    const written = JSON.parse(readFileSync(path.join(out, 'result.json'), 'utf8')) as unknown;
    expect(written).toMatchObject({ source: 'mogi' });
    expect(readFileSync(path.join(out, 'made.f32-residual.png')).length).toBeGreaterThan(100);
    const csv = readFileSync(path.join(out, 'samples.csv'), 'utf8').trim().split('\n');
    expect(csv.length).toBe(201);
    const learned = await run([
      ...['insar', 'invert', config, '--starting-model', '--out', out, '--json'],
    ]);
    expect(learned.code).toBe(0);
    const again = JSON.parse(learned.text()) as typeof summary & { readonly notes: string[] };
    expect(again.notes.join()).toContain('chosen by the learned starting model');
    expect(JSON.stringify(summary)).not.toContain('learned starting model');
    for (const [name, { mean, std }] of Object.entries(summary.parameters)) {
      expect(Math.abs((again.parameters[name]?.mean ?? Infinity) - mean)).toBeLessThan(std);
    }
  });

  it('names the field of a wrong configuration, and a grid of the wrong size', async () => {
    const config = path.join(folder, 'bad.json');
    writeFileSync(config, JSON.stringify({ scenes: [GRID], samples: 3 }));
    const wrong = await run(['insar', 'invert', config, '--out', folder]);
    expect(wrong.code).toBe(2);
    expect(wrong.errors()).toContain('samples');
    writeFileSync(config, JSON.stringify({ scenes: [{ ...GRID, file: 'short.f32' }] }));
    writeFileSync(path.join(folder, 'short.f32'), new Uint8Array(100));
    const short = await run(['insar', 'invert', config, '--out', folder]);
    expect(short.code).toBe(1);
    expect(short.errors()).toContain('100 bytes are not 81 x 81 float32');
    writeFileSync(config, '{');
    expect((await run(['insar', 'invert', config, '--out', folder])).code).toBe(2);
    const missing = await run(['insar', 'forward', '--parameters', '{"eastM":1}']);
    expect(missing.errors()).toContain('northM is missing');
    expect(missing.code).toBe(2);
  });

  it('tells scenes of one file name in several folders apart', async () => {
    const tracks = ['ascending', 'descending'].map((track) => {
      mkdirSync(path.join(folder, track));
      writeFileSync(path.join(folder, track, 'los.f32'), new Uint8Array(4 * 81 * 81));
      return { ...GRID, file: `${track}/los.f32` };
    });
    const config = path.join(folder, 'tracks.json');
    writeFileSync(config, JSON.stringify({ scenes: tracks }));
    const { scenes } = await readObservations(await readInvertConfig([config]));
    expect(scenes.map(({ sceneId }) => sceneId)).toEqual(['los.f32', 'los.f32-2']);
    expect(distinct(['a', 'a', 'a-2', 'b', 'a'])).toEqual(['a', 'a-3', 'a-2', 'b', 'a-4']);
  });
});
