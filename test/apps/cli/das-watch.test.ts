/** `das watch`: a folder that fills, file by file, through the command line. @module */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from '../../../apps/cli/run-cli.js';
import { syntheticRecording, writePart } from '../../connectors/das/stream/recording-cuts.js';

const home = mkdtempSync(path.join(tmpdir(), 'quakeloom-das-watch-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));
let folder = '';
let count = 0;
beforeEach(() => {
  folder = path.join(home, String(count++));
  mkdirSync(folder);
});

const RATE_HZ = 100;
const recording = syntheticRecording({ rateHz: RATE_HZ, seconds: 24, waveS: 16.2 });
const put = (name: string, fromS: number, toS: number): Promise<string> =>
  writePart({
    recording,
    folder,
    name,
    writer: 'prodml',
    from: fromS * RATE_HZ,
    to: toS * RATE_HZ,
  });

interface Line {
  readonly kind: string;
  readonly path?: string;
  readonly [name: string]: unknown;
}

async function watch(...options: string[]) {
  let text = '';
  const errors: string[] = [];
  const code = await runCli({
    argv: [
      'das',
      'watch',
      folder,
      '--json',
      '--idle',
      '0.7s',
      '--settle',
      '0.05s',
      '--patience',
      '0.3s',
      ...options,
    ],
    output: {
      write: (part) => void (text += part),
      error: (line) => void errors.push(line),
      isTerminal: false,
    },
  });
  const lines = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);
  const of = (name: string) => lines.find(({ path: file }) => file?.endsWith(`${name}.h5`));
  return { code, errors, lines, of };
}

describe('das watch', () => {
  it('gives a line a file and a gate, keeps what is damaged apart, and goes on after a stop', async () => {
    await put('a', 0, 8);
    await put('b', 8, 14);
    await put('c', 14, 20);
    copyFileSync(path.join(folder, 'b.h5'), path.join(folder, 'b-again.h5'));
    const whole = readFileSync(path.join(folder, 'a.h5'));
    const bad = Buffer.from(whole);
    bad.fill(0xff, 200, 4000);
    writeFileSync(path.join(folder, 'bad.h5'), bad);
    writeFileSync(path.join(folder, '.half.h5'), whole.subarray(0, 900));
    const quarantine = path.join(home, 'quarantine');
    const first = await watch('--gates-only', '--quarantine', quarantine);
    expect(first.code).toBe(0);
    expect(first.of('a')).toMatchObject({ samples: 800, problem: null, late: false });
    expect(first.of('c')).toMatchObject({ samples: 600, gapS: 0 });
    const copies = [first.of('/b'), first.of('b-again')];
    expect(copies.map((line) => line?.['samples']).sort()).toEqual([0, 600]);
    expect(first.of('bad')).toMatchObject({ problem: 'damaged' });
    expect(String(first.of('bad')?.['error'])).toContain('bad.h5');
    expect(existsSync(path.join(folder, 'bad.h5'))).toBe(false);
    expect(readdirSync(quarantine).sort()).toEqual(['bad.h5', 'bad.h5.reason.txt']);
    expect(first.lines.filter(({ kind }) => kind === 'gate')).toHaveLength(1);
    expect(first.lines.find(({ kind }) => kind === 'gate')?.['time']).toContain(
      '2020-01-01T00:00:16.',
    );

    // Meanwhile: one renamed, one written again with other samples, one more.
    renameSync(path.join(folder, 'b-again.h5'), path.join(folder, 'moved.h5'));
    await put('a', 1, 8);
    await put('d', 20, 24);
    const second = await watch('--gates-only');
    const names = second.lines.map(({ path: file }) => path.basename(file ?? ''));
    expect(names.sort()).toEqual(['a.h5', 'd.h5', 'moved.h5']);
    expect(second.of('a')).toMatchObject({ version: 2 });
    expect((await watch('--gates-only')).lines).toEqual([]);
  }, 30_000);

  it('refuses a folder that is not there, two folders and a state that is no state', async () => {
    rmSync(folder, { recursive: true });
    expect(await watch('--gates-only')).toMatchObject({ code: 1, lines: [] });
    mkdirSync(folder);
    expect(await watch('--gates-only', home)).toMatchObject({ code: 2 });
    writeFileSync(path.join(folder, '.quakeloom-watch.json'), '{"files":{}}');
    const torn = await watch('--gates-only');
    expect(torn.code).toBe(1);
    expect(torn.errors.join()).toContain('remove it to begin anew');
  });
});
