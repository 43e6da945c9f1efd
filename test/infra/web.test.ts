import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunProgram } from '../../infra/setup/types.js';
import { webStep } from '../../infra/setup/web.mjs';
import { createSandbox } from './setup-sandbox.js';
import type { Sandbox } from './setup-sandbox.js';

let sandbox: Sandbox;
let builds: number;
beforeEach(() => {
  sandbox = createSandbox();
  builds = 0;
});
afterEach(() => sandbox.remove());

const inWeb = (...parts: string[]): string => path.join(sandbox.root, 'web', ...parts);

/** Plays vite: writes one page where it is told. */
const vite: RunProgram = async (_file, args) => {
  builds++;
  const target = args[args.indexOf('--outDir') + 1]!;
  sandbox.write(path.join(target, 'index.html'), `build ${builds}`);
  return { code: 0, stdout: '', stderr: '' };
};

describe('the dashboard', () => {
  it('is not missed before it has sources', async () => {
    expect(await webStep.inspect(sandbox.context())).toMatchObject({ ready: true });
  });

  it('is built once, and again when a source changed', async () => {
    sandbox.write(inWeb('vite.config.ts'), '');
    const page = sandbox.write(inWeb('src', 'page.ts'), 'one');
    const context = sandbox.context({ run: vite });
    expect(await webStep.inspect(context)).toMatchObject({ reason: 'not built yet' });
    await webStep.install(context);
    expect(await webStep.inspect(context)).toMatchObject({ ready: true });
    sandbox.write(page, 'two');
    expect(await webStep.inspect(context)).toMatchObject({ reason: 'its sources changed' });
    await webStep.install(context);
    expect(readFileSync(inWeb('dist', 'index.html'), 'utf8')).toBe('build 2');
    expect(await webStep.inspect(context)).toMatchObject({ ready: true });
  });

  it('is built again when somebody removed the build', async () => {
    sandbox.write(inWeb('vite.config.ts'), '');
    const context = sandbox.context({ run: vite });
    await webStep.install(context);
    sandbox.remove();
    sandbox.write(inWeb('vite.config.ts'), '');
    expect(await webStep.inspect(context)).toMatchObject({ ready: false });
  });

  it('keeps the old build when the new one fails, and says why', async () => {
    sandbox.write(inWeb('vite.config.ts'), '');
    await webStep.install(sandbox.context({ run: vite }));
    const run: RunProgram = async () => ({
      code: 1,
      stdout: '',
      stderr: 'building\nerror during build: page.ts is wrong\n',
    });
    await expect(webStep.install(sandbox.context({ run }))).rejects.toThrow(
      'the dashboard does not build: error during build: page.ts is wrong',
    );
    expect(existsSync(inWeb('dist', 'index.html'))).toBe(true);
  });
});
