import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCatalogue } from '../../catalogue/store.js';
import { createProgressBar } from '../../apps/cli/progress.js';
import type { Output } from '../../apps/cli/output.js';
import { createProgram, runCli } from '../../apps/cli/run-cli.js';
import { draft } from '../catalogue/drafts.js';
import { REGION } from '../support/fakes.js';
import { startPostgres, type TestPostgres } from '../support/postgres.js';

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly errors: readonly string[];
}

async function run(...argv: readonly string[]): Promise<Ran> {
  const errors: string[] = [];
  let out = '';
  const output: Output = {
    write: (text) => (out += text),
    error: (line) => errors.push(line),
    isTerminal: false,
  };
  const code = await runCli({ argv, output });
  return { code, out, errors };
}

const folder = mkdtempSync(path.join(tmpdir(), 'quakeloom-cli-'));
const before = { ...process.env };

beforeAll(() => {
  process.env['QUAKELOOM_HOME'] = path.join(folder, 'home');
  delete process.env['DATABASE_URL'];
  delete process.env['TEMPORAL_ADDRESS'];
});

afterAll(() => {
  process.env = before;
  rmSync(folder, { recursive: true, force: true });
});

const silent: Output = { write: () => undefined, error: () => undefined, isTerminal: false };

function leaves(command: Command, parents: readonly string[] = []): [string[], Command][] {
  const found = command.commands.flatMap((child) => leaves(child, [...parents, child.name()]));
  return command.commands.length > 0 ? found : [[[...parents], command]];
}

const commands = leaves(createProgram(silent));

describe('help', () => {
  it('lists every command', async () => {
    const { code, out, errors } = await run('--help');
    expect(code).toBe(0);
    expect(errors).toEqual([]);
    expect(out).toContain('Usage: quakeloom');
    expect(out).toContain('Examples:');
    for (const command of createProgram(silent).commands) expect(out).toContain(command.name());
  });

  it.each(commands.map(([words]) => [words.join(' ')]))('%s --help', async (name) => {
    const { code, out, errors } = await run(...name.split(' '), '--help');
    expect(code).toBe(0);
    expect(errors).toEqual([]);
    const lines = out.split('\n');
    expect(lines[0]).toMatch(new RegExp(`^Usage: quakeloom ${name}`));
    // What it does, in words, before the options.
    expect(lines[2]).toMatch(/^[a-z].{10,}/);
    expect(out).toContain('-h, --help');
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(100);
  });

  it('every option and argument of every command says what it is', () => {
    for (const [words, command] of commands) {
      for (const option of command.options) {
        expect(option.description, `${words.join(' ')} ${option.flags}`).not.toBe('');
      }
      expect(command.description(), words.join(' ')).not.toBe('');
    }
  });

  it('every example is understood', async () => {
    const { out } = await run('--help');
    const examples = out.split('\n').filter((line) => line.startsWith('  quakeloom '));
    expect(examples.length).toBeGreaterThanOrEqual(4);
    for (const example of examples) {
      // Understood, but there is no stack to run it on: not 2, which is for wrong arguments.
      const { code, errors } = await run(...example.trim().split(/\s+/).slice(1));
      expect([code, ...errors], example).toEqual([1, expect.stringMatching(/npm start/)]);
    }
  });

  it('the version is that of the package and, in a checkout, of the commit', async () => {
    const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    const { code, out, errors } = await run('--version');
    expect({ code, errors }).toEqual({ code: 0, errors: [] });
    expect(out.slice(0, manifest.version.length)).toBe(manifest.version);
    expect(out.slice(manifest.version.length)).toMatch(/^(\+[0-9a-f]{12}(\.dirty)?)?\n$/);
  });
});

const backfill = ['backfill', '--region', 'x', '--from', '2020-01-01', '--to', '2020-01-02'];

describe('wrong arguments', () => {
  it.each<[RegExp, string[]]>([
    [/unknown command 'bogus'/, ['bogus']],
    [/unknown command 'event'.*Did you mean events/, ['event']],
    [/unknown command 'ad'.*Did you mean add/, ['region', 'ad']],
    [/unknown option '--bogus'/, ['events', '--bogus']],
    [/'--region <id>' not specified/, ['backfill', '--from', '2020-01-01', '--to', '2020-01-02']],
    [/'--region <id>' not specified/, ['watch', 'start']],
    [/missing required argument 'file'/, ['region', 'add']],
    [/too many arguments/, ['status', 'now']],
    [/'--from <time>' argument 'yesterday' is invalid/, ['events', '--from', 'yesterday']],
    [/2018-02-30.*is invalid/, ['events', '--from', '2018-02-30']],
    [/'--to <time>'/, ['export', '--format', 'quakeml', '--to', '2018-02-16T23:39:39+01:00']],
    [/whole number from 1 to 20000/, ['events', '--limit', '0']],
    [/whole number from 1 to 20000/, ['events', '--limit', '']],
    [/whole number/, ['events', '--limit', '1e3']],
    [/whole number from 1 to 50/, [...backfill, '--parallel', '51']],
    [/give a number/, ['events', '--min-magnitude', 'five']],
    [/give a number/, ['events', '--min-magnitude', '']],
    [/one of .*quakeml/, ['export', '--format', 'pdf']],
    [/'gps' is none of das, phones/, [...backfill, '--sources', 'das,gps']],
    [/30s, 5m, 1h or 1d/, ['schedule', 'create', '--region', 'x', '--every', '5 minutes']],
    [/30s, 5m, 1h or 1d/, ['watch', 'start', '--region', 'x', '--settle', '0s']],
    [/okada, mogi/, ['deform', 'invert', '--region', 'x', '--uri', 'file:/x', '--model', 'sun']],
    [
      /both --reference-row and --reference-column/,
      ['deform', 'stack', '--region', 'x', '--uri', 'file:/x', '--reference-row', '3'],
    ],
    [
      /is not after start/,
      ['backfill', '--region', 'x', '--from', '2020-01-02', '--to', '2020-01-01'],
    ],
    [/region file .*nowhere\.json.*no such file/, ['region', 'add', 'nowhere.json']],
  ])('%s in one line, exit code 2', async (pattern, argv) => {
    const { code, out, errors } = await run(...argv);
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatch(pattern);
    expect(errors[0]).not.toContain('\n');
  });

  it('a broken region file is one line too, whatever its text', async () => {
    const file = path.join(folder, 'broken.json');
    writeFileSync(file, 'a\nb\nc');
    const { code, errors } = await run('region', 'add', file);
    expect(code).toBe(2);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toContain('broken.json');
    expect(errors[0]).not.toContain('\n');
  });

  it('a group without its command shows its help and is an error', async () => {
    const { code, out, errors } = await run('region');
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(errors.join('\n')).toContain('Usage: quakeloom region');
  });
});

describe('without a stack', () => {
  it('settings as a table and as JSON, without passwords', async () => {
    process.env['DATABASE_URL'] = 'postgres://ql:s3cret@127.0.0.1:1/ql';
    try {
      const text = await run('config', 'print');
      expect(text.out).toContain('postgres://ql:***@127.0.0.1:1/ql');
      expect(text.out).toMatch(/^apiPort +8080 +QUAKELOOM_API_PORT$/m);
      const { code, out, errors } = await run('config', 'print', '--json');
      expect([code, errors]).toEqual([0, []]);
      expect(JSON.parse(out)).toMatchObject({ apiPort: 8080 });
      expect(out + text.out).not.toContain('s3cret');
    } finally {
      delete process.env['DATABASE_URL'];
    }
  });

  it('a server that does not answer is one line that says so, exit code 1', async () => {
    process.env['DATABASE_URL'] = 'postgres://127.0.0.1:1/ql';
    try {
      const { code, out, errors } = await run('events');
      expect([code, out]).toEqual([1, '']);
      expect(errors).toHaveLength(1);
      expect(errors[0]).toMatch(/What to do: /);
    } finally {
      delete process.env['DATABASE_URL'];
    }
  });

  it('sample sets as a table and as JSON', async () => {
    const { code, out, errors } = await run('samples', 'list', '--json');
    expect([code, errors]).toEqual([0, []]);
    const sets = JSON.parse(out) as { name: string }[];
    expect(sets.map(({ name }) => name)).toContain('brady-2016');
    const { out: text } = await run('samples', 'list');
    for (const { name } of sets) expect(text).toContain(name);
  });

  it('an unknown sample set is refused with those there are', async () => {
    const { code, errors } = await run('samples', 'get', 'atlantis');
    expect(code).toBe(2);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toContain('brady-2016');
  });
});

describe('with a catalogue', () => {
  let postgres: TestPostgres;
  beforeAll(async () => {
    postgres = await startPostgres();
    process.env['DATABASE_URL'] = postgres.databaseUrl;
    const catalogue = await createCatalogue({ databaseUrl: postgres.databaseUrl });
    await catalogue.close();
  });
  afterAll(async () => {
    delete process.env['DATABASE_URL'];
    await postgres.stop();
  });

  it('a region is added, listed and shown', async () => {
    expect(await run('region', 'list')).toEqual({ code: 0, out: 'No regions.\n', errors: [] });
    const file = path.join(folder, 'region.json');
    writeFileSync(file, JSON.stringify(REGION));
    expect((await run('region', 'add', file)).out).toBe('Region test (Test region) saved.\n');
    const again = await run('region', 'add', file, '--json');
    expect(JSON.parse(again.out)).toEqual(REGION);
    const { out } = await run('region', 'list', '--json');
    expect(JSON.parse(out)).toEqual([REGION]);
    expect(JSON.parse((await run('region', 'show', 'test')).out)).toEqual(REGION);
    expect((await run('region', 'list')).out).toMatch(
      /^test +Test region +300 s +phones,reports$/m,
    );
  });

  it.each([
    ['region', 'show', 'tset'],
    ['watch', 'start', '--region', 'tset'],
    ['schedule', 'create', '--region', 'tset'],
    ['deform', 'invert', '--region', 'tset', '--uri', 'file:/x'],
    ['backfill', '--region', 'tset', '--from', '2020-01-01', '--to', '2020-01-02'],
  ])('an unknown region is refused with those there are: %s %s', async (...argv) => {
    const { code, out, errors } = await run(...argv);
    expect([code, out]).toEqual([2, '']);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatch(/'tset' is not in the catalogue \(known: test\)/);
  });

  it('the windows of a backfill without running it', async () => {
    const range = ['--from', '2020-01-01T00:02:00Z', '--to', '2020-01-01T00:11:00Z'];
    const argv = ['backfill', '--region', 'test', ...range, '--dry-run'];
    const { out } = await run(...argv, '--json');
    expect(JSON.parse(out)).toEqual({
      windows: ['00:00', '00:05', '00:10'].map((start, i) => ({
        start: `2020-01-01T${start}:00Z`,
        end: `2020-01-01T${['00:05', '00:10', '00:15'][i]}:00Z`,
      })),
    });
    expect((await run(...argv)).out.trimEnd().split('\n')).toHaveLength(4);
  });

  it('events as a table, as JSON and in exchange formats', async () => {
    expect((await run('events')).out).toBe('No events.\n');
    expect(JSON.parse((await run('events', '--json')).out)).toEqual([]);
    const catalogue = await createCatalogue({ databaseUrl: postgres.databaseUrl });
    const stored = await catalogue.appendOrigin(draft({ regionId: 'test', synthetic: true }));
    await catalogue.close();

    const { out } = await run('events', '--json');
    expect((JSON.parse(out) as { eventId: string }[]).map((each) => each.eventId)).toEqual([
      stored.eventId,
    ]);
    const { out: text } = await run('events', '--min-magnitude', '7');
    expect(text).toMatch(
      new RegExp(`^${stored.eventId} +2018-02-16T23:39:39Z +7\\.2 .*SIMULATED$`, 'm'),
    );
    for (const filter of [
      ['--min-magnitude', '7.5'],
      ['--region', 'other'],
      ['--to', '2018-02-16'],
      ['--min-probability', '0.9999'],
    ]) {
      expect((await run('events', ...filter)).out, filter.join(' ')).toBe('No events.\n');
    }
    expect((await run('export', '--format', 'quakeml')).out).toContain(stored.eventId);
    const file = path.join(folder, 'events.json');
    const written = await run('export', '--format', 'geojson', '--out', file);
    expect([written.code, written.out]).toEqual([0, '']);
    expect(readFileSync(file, 'utf8')).toContain(stored.eventId);
  });
});

describe('progress without a terminal', () => {
  it('is a line at every tenth, also for no work at all', () => {
    const lines: string[] = [];
    const output = { ...silent, error: (line: string) => lines.push(line) };
    const bar = createProgressBar({ title: 'windows', total: 30, output });
    for (let done = 0; done <= 30; done++) bar.update(done, 'x');
    bar.stop();
    expect(lines).toHaveLength(11);
    expect(lines.at(-1)).toBe('windows 30/30 x');
    createProgressBar({ title: 'none', total: 0, output }).update(0, 'y');
    expect(lines.at(-1)).toBe('none 0/0 y');
  });
});
