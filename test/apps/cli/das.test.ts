import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { decode } from 'fast-png';
import { afterAll, expect, it } from 'vitest';
import { runCli } from '../../../apps/cli/run-cli.js';
import { describeWithSamples, samplePath } from '../../support/sample-data.js';

const folder = mkdtempSync(path.join(tmpdir(), 'das-cli-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function run(...argv: string[]): Promise<{ code: number; text: string; errors: string }> {
  let [text, errors] = ['', ''];
  const output = {
    write: (part: string) => void (text += part),
    error: (line: string) => void (errors += `${line}\n`),
    isTerminal: false,
  };
  const code = await runCli({ argv: ['das', ...argv], output });
  return { code, text, errors };
}

const BRADY = 'das/brady_eq_daspy_example_f32.h5';

describeWithSamples('Brady earthquake', [BRADY], () => {
  const file = samplePath(BRADY);

  it('scan prints exact nanoseconds, distances and the audit as data', async () => {
    const { code, text } = await run('scan', '--json', file);
    expect(code).toBe(0);
    expect(text).toContain('"startTime": 1458545850532309000,');
    expect(text).toContain('"endTime": 1458545900522309000,');
    expect(JSON.parse(text)).toMatchObject({
      format: 'das/ai4eps',
      shape: [500, 5000],
      dims: ['distance', 'time'],
      dtype: 'float32',
      rateHz: 100,
      firstDistanceM: 2520,
      lastDistanceM: 3019,
      distanceStepM: 1,
      gaugeLengthM: null,
      audit: [{ severity: 'disagreement', used: 2520 }, { topic: 'units' }],
    });
    expect((await run('scan', '--strict', file)).code).toBe(1);
  });

  it('read --stats gives the published mean, deviation and first samples', async () => {
    const stats = JSON.parse((await run('read', '--stats', '--json', file)).text) as {
      mean: number;
      std: number;
      first: number[];
    };
    expect(stats.mean / -4.147878715106244e-5).toBeCloseTo(1, 6);
    expect(stats.std / 0.12380258967243395).toBeCloseTo(1, 9);
    expect(stats.first).toEqual([
      -0.030204910784959793, 0.004729929845780134, 0.017808251082897186, 0.012035495601594448,
      0.009832660667598248,
    ]);
    const part = await run(
      ...['read', '--stats', '--json', '--time', '1', '2', file],
      ...['--distance', '2520', '2530'],
    );
    expect(JSON.parse(part.text)).toMatchObject({ shape: [11, 100], count: 1100 });
  });

  it('a bad file is an entry of the list, the rest goes on, the exit code is 1', async () => {
    const bad = path.join(folder, 'bad.h5');
    writeFileSync(bad, 'not HDF5');
    const { code, text, errors } = await run('scan', '--json', bad, file);
    expect(code).toBe(1);
    expect(JSON.parse(text)).toMatchObject([
      { file: bad, error: { type: 'UnsupportedSource' } },
      { file, format: 'das/ai4eps' },
    ]);
    expect(errors).toMatch(/1 of 2 files failed/);
    expect((await run('read', '--stats', file, '--time', '5')).code).toBe(2);
  });

  it('converts to PRODML and back to the same statistics, and draws a picture', async () => {
    const target = path.join(folder, 'brady.h5');
    expect((await run('convert', '--to', 'prodml', '--out', target, file)).code).toBe(0);
    const pick = (text: string) => {
      const { count, min, max } = JSON.parse(text) as Record<string, number>;
      return { count, min, max };
    };
    const [before, after] = [
      await run('read', '--stats', '--json', file),
      await run('read', '--stats', '--json', target),
    ];
    expect(pick(after.text)).toEqual(pick(before.text));
    const picture = path.join(folder, 'brady.png');
    expect((await run('plot', '--out', picture, file)).code).toBe(0);
    const { width, height, data } = decode(readFileSync(picture));
    expect([width, height]).toEqual([1444, 604]);
    expect(new Set(data).size).toBeGreaterThan(50);
  });
});
