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
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { runCli } from '../../../apps/cli/run-cli.js';
import { syntheticRecording, writePart } from '../../connectors/das/stream/recording-cuts.js';
import { startS3Server } from '../../support/s3-server.js';

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

const watch = (...options: string[]) => watchAt(folder, ...options);

async function watchAt(root: string, ...options: string[]) {
  let text = '';
  const errors: string[] = [];
  const code = await runCli({
    argv: [
      'das',
      'watch',
      root,
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

describe('das watch s3://', () => {
  it('follows a prefix as a folder: late, repeated, rewritten, torn, deleted, and through outages', async () => {
    const server = await startS3Server();
    vi.stubEnv('QUAKELOOM_CACHE', path.join(home, 'cache'));
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'key');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
    const upload = async (name: string, fromS: number, toS: number): Promise<void> => {
      server.put(`live/${name}.h5`, readFileSync(await put(name, fromS, toS)));
    };
    const address = `s3://fibre/live?endpoint=${server.endpoint}`;
    const quarantine = path.join(home, 's3-quarantine');
    const follow = () =>
      watchAt(address, '--gates-only', '--poll', '0.05s', '--quarantine', quarantine);
    try {
      await upload('b', 8, 14);
      await upload('c', 14, 20);
      await upload('a', 0, 8);
      server.put('live/b-again.h5', readFileSync(path.join(folder, 'b.h5')));
      server.put('live/torn.h5', readFileSync(path.join(folder, 'a.h5')).subarray(0, 5000));
      let faults = 4;
      server.fault = ({ key }) => {
        if (key?.endsWith('c.h5') && faults-- > 0) return 'cut';
        return null;
      };
      const first = await follow();
      expect(first.code).toBe(0);
      expect(first.errors.join('\n')).toContain('s3://fibre/live/c.h5 unavailable');
      expect(first.of('a')).toMatchObject({ samples: 800, path: 's3://fibre/live/a.h5' });
      expect(first.of('c')).toMatchObject({ samples: 600, gapS: 0, version: 1 });
      expect(first.of('torn')).toMatchObject({ problem: 'damaged' });
      expect(readdirSync(quarantine).sort()).toEqual(['torn.h5', 'torn.h5.reason.txt']);
      const reason = readFileSync(path.join(quarantine, 'torn.h5.reason.txt'), 'utf8');
      expect(reason).toMatch(/^s3:\/\/fibre\/live\/torn\.h5\n/);
      expect(server.objects.has('live/torn.h5')).toBe(true);
      const copies = [first.of('/b'), first.of('b-again')];
      expect(copies.map((line) => line?.['samples']).sort()).toEqual([0, 600]);

      // The folder of the same files gives the same gates.
      copyFileSync(path.join(folder, 'b.h5'), path.join(folder, 'b-again.h5'));
      const gates = ({ lines }: { lines: readonly Line[] }) =>
        lines.filter(({ kind }) => kind === 'gate');
      expect(gates(await watch('--gates-only'))).toEqual(gates(first));
      expect(gates(first)).toHaveLength(1);

      // Meanwhile: the torn one whole, one of later, one deleted.
      server.put('live/torn.h5', readFileSync(await put('e', 23, 24)));
      await upload('d', 20, 23);
      server.objects.delete('live/a.h5');
      const second = await follow();
      const names = second.lines.map(({ path: name }) => path.basename(name ?? ''));
      expect(names).toEqual(['d.h5', 'torn.h5']);
      expect(second.of('torn')).toMatchObject({ version: 2, samples: 100, problem: null });
      expect((await follow()).lines).toEqual([]);

      server.fault = () => ({ status: 403, code: 'AccessDenied' });
      const refused = await follow();
      expect(refused).toMatchObject({ code: 1, lines: [] });
      expect(refused.errors.join()).toContain('HTTP 403, AccessDenied');
      expect(await watchAt('s3://Fibre_/x')).toMatchObject({ code: 2, lines: [] });
    } finally {
      vi.unstubAllEnvs();
      await server.close();
    }
  }, 60_000);
});
