import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCli } from '../../../apps/cli/run-cli.js';
import { writeCog } from '../../../connectors/insar/cog/write-cog.js';

async function run(...argv: string[]): Promise<{ code: number; out: string; errors: string }> {
  let [out, errors] = ['', ''];
  const code = await runCli({
    argv,
    output: {
      write: (text) => void (out += text),
      error: (line) => void (errors += `${line}\n`),
      isTerminal: false,
    },
  });
  return { code, out, errors };
}

describe('quakeloom insar inspect and cog', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'insar-cli-'));
  const unw = path.join(folder, '20210218_20210303.geo.unw.tif');
  const values = Float32Array.from([0, 1, 2, Number.NaN, 4, 6]);
  const grid = { rows: 2, columns: 3, values, crs: 'EPSG:4326', nodata: 0 };
  const made = writeCog(unw, { ...grid, transform: [22, 0.5, 0, 40, 0, -0.5] });

  it('prints what the file holds and lacks', async () => {
    await made;
    const { code, out } = await run('insar', 'inspect', unw, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      ...{ product: 'LiCSAR', shape: [2, 3], crs: 'EPSG:4326', dtype: 'float32', nodata: 0 },
      ...{ transform: [0.5, 0, 22, 0, -0.5, 40], nanCount: 1, validCount: 4, min: 1, max: 6 },
      ...{ mean: 3.25, sign: 'away', lookVector: null, wavelengthM: 0.05546576 },
      missing: [expect.stringContaining('.geo.E.tif') as string],
    });
    const text = await run('insar', 'inspect', unw);
    expect(text.out).toContain('+ away from the satellite');
  });

  it('writes a part of it with a STAC item, and reads it through the item', async () => {
    await made;
    const [cog, item] = [path.join(folder, 'part.tif'), path.join(folder, 'part.json')];
    const part = await run(
      'insar',
      'cog',
      unw,
      cog,
      '--window',
      '0,1,2,2',
      '--stac',
      item,
      '--json',
    );
    expect(part.code).toBe(0);
    expect(JSON.parse(part.out)).toMatchObject({ rows: 2, columns: 2, levels: 1 });
    expect(JSON.parse(readFileSync(item, 'utf8'))).toMatchObject({
      id: 'part',
      bbox: [22.5, 39, 23.5, 40],
      assets: { data: { href: 'part.tif' } },
    });
    const again = path.join(folder, 'again.tif');
    expect((await run('insar', 'cog', item, again, '--compression', 'zstd')).code).toBe(0);
    const { out } = await run('insar', 'inspect', again, '--json');
    expect(JSON.parse(out)).toMatchObject({ transform: [0.5, 0, 22.5, 0, -0.5, 40], max: 6 });
  });

  it('says what is wrong in one line, with exit codes 1 and 2', async () => {
    await made;
    const text = path.join(folder, 'text.tif');
    writeFileSync(text, 'not a raster');
    const none = path.join(folder, 'none.tif');
    const out = path.join(folder, 'out.tif');
    const cases: readonly (readonly [number, RegExp, string[]])[] = [
      [1, /none\.tif unavailable/, ['inspect', none]],
      [1, /text\.tif.*What to do/, ['inspect', text]],
      [1, /text\.tif/, ['cog', text, out]],
      [2, /--window.*four whole numbers/, ['cog', unw, out, '--window', '1,2']],
      [2, /row 5, column 0/, ['cog', unw, out, '--window', '5,0,1,1']],
      [2, /not among the allowed/, ['inspect', 'https://example.org/a.tif']],
      [2, /error/, ['cog', unw, out, '--compression', 'rar']],
    ];
    for (const [code, message, argv] of cases) {
      const result = await run('insar', ...argv);
      expect(result.code, argv.join(' ')).toBe(code);
      if (message.source !== 'error') expect(result.errors).toMatch(message);
      expect(result.out).toBe('');
    }
  });
});
