import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ROOT } from '../../infra/setup/context.mjs';
import { checkSetup, runSetup, toolsFile } from '../../infra/setup/plan.mjs';
import type { Step, StepOutcome } from '../../infra/setup/types.js';
import { createSandbox } from './setup-sandbox.js';
import type { Sandbox } from './setup-sandbox.js';

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = createSandbox();
});
afterEach(() => sandbox.remove());

/** A step whose work is a file in the checkout. */
function fileStep(name: string, events: string[] = []): Step {
  const result = { path: `/tools/${name}`, version: '1', from: 'test' };
  const file = (root: string): string => path.join(root, name);
  return {
    name,
    title: name,
    inspect: async ({ root }): Promise<StepOutcome> =>
      existsSync(file(root)) ? { ready: true, result } : { ready: false, reason: 'no file' },
    install: async ({ root }): Promise<StepOutcome> => {
      events.push(name);
      sandbox.write(file(root), '');
      return { ready: true, result };
    },
  };
}

const tree = (): string[] => readdirSync(sandbox.root, { recursive: true }).map(String).sort();

describe('the set-up', () => {
  it('checks without changing anything', async () => {
    const steps = [fileStep('temporal')];
    const found = await checkSetup(sandbox.context(), steps);
    expect(found).toMatchObject([{ name: 'temporal', ready: false, reason: 'no file' }]);
    expect(tree()).toEqual([]);
    expect(readdirSync(sandbox.cache)).toEqual([]);
  });

  it('does what is missing in order, tells the tools, and does nothing the second time', async () => {
    const events: string[] = [];
    const steps = [fileStep('first', events), fileStep('temporal', events)];
    await runSetup(sandbox.context(), { steps });
    expect(events).toEqual(['first', 'temporal']);
    expect(JSON.parse(readFileSync(toolsFile(sandbox.context()), 'utf8'))).toEqual({
      temporal: { path: '/tools/temporal', version: '1', from: 'test' },
    });
    const after = tree();
    await runSetup(sandbox.context(), { steps });
    expect(events).toHaveLength(2);
    expect(tree()).toEqual(after);
  });

  it('goes on after a step that failed the last time, without doing the others again', async () => {
    const events: string[] = [];
    const last = fileStep('last', events);
    const failing = { ...last, install: () => Promise.reject(new Error('power cut')) };
    const steps = (end: Step): Step[] => [fileStep('first', events), end];
    await expect(runSetup(sandbox.context(), { steps: steps(failing) })).rejects.toThrow('power');
    expect(existsSync(toolsFile(sandbox.context()))).toBe(false);
    await runSetup(sandbox.context(), { steps: steps(last) });
    expect(events).toEqual(['first', 'last']);
  });

  it('lets two set-ups of one checkout do the work once', async () => {
    const events: string[] = [];
    const steps = [fileStep('one', events), fileStep('two', events)];
    await Promise.all([1, 2].map(() => runSetup(sandbox.context(), { steps })));
    expect(events).toEqual(['one', 'two']);
    expect(readdirSync(sandbox.cache)).toEqual([]);
  });

  it('writes why TensorFlow is not native', async () => {
    const step: Step = {
      name: 'tensorflow',
      title: 'TensorFlow',
      inspect: async () => ({ ready: true, result: null, reason: 'no compiler' }),
      install: () => Promise.reject(new Error('not reached')),
    };
    await runSetup(sandbox.context(), { steps: [step] });
    expect(JSON.parse(readFileSync(toolsFile(sandbox.context()), 'utf8'))).toEqual({
      tensorflow: null,
      tensorflowReason: 'no compiler',
    });
  });
});

/** Copies what a clean clone has for its set-up into the sandbox, and runs a file of it. */
function runInClone(file: string, args: string[], env: NodeJS.ProcessEnv = {}) {
  for (const name of ['infra', 'bin', 'package.json', 'package-lock.json']) {
    cpSync(path.join(ROOT, name), path.join(sandbox.root, name), { recursive: true });
  }
  return spawnSync(process.execPath, [path.join(sandbox.root, file), ...args], {
    encoding: 'utf8',
    cwd: sandbox.bin,
    env: { PATH: sandbox.bin, HOME: sandbox.bin, QUAKELOOM_CACHE: sandbox.cache, ...env },
  });
}

describe('on the command line', () => {
  it('--check names what a bare machine lacks, exits 1 and changes nothing', () => {
    const { status, stdout } = runInClone('infra/setup.mjs', ['--check']);
    expect(status).toBe(1);
    expect(stdout).toContain('- npm packages: node_modules does not exist\n');
    expect(stdout).toContain('! TensorFlow native binding: not available (no C++ compiler');
    expect(stdout).toContain('- Temporal CLI: no temporal on PATH; TEMPORAL_CLI is not set; not d');
    expect(stdout).toMatch(/- Temporal test server: .*\n.*\n.*\n3 missing: run npm run setup\n$/);
    expect(tree().filter((name) => /(^|\/)(node_modules|\.quakeloom)(\/|$)/.test(name))).toEqual(
      [],
    );
    expect(readdirSync(sandbox.cache)).toEqual([]);
  });

  it('--check --json is one document', () => {
    const env = { TEMPORAL_CLI: 'nowhere' };
    const { status, stdout } = runInClone('infra/setup.mjs', ['--check', '--json'], env);
    expect(status).toBe(1);
    const { ok, steps } = JSON.parse(stdout) as { ok: boolean; steps: StepOutcome[] };
    expect(ok).toBe(false);
    expect(steps.find((step) => step.name === 'temporal')).toMatchObject({
      ready: false,
      reason: 'TEMPORAL_CLI=nowhere is not an executable file',
      remedy: expect.stringContaining('correct TEMPORAL_CLI'),
    });
  });

  it('a failing set-up is two lines without a stack, and leaves no lock', () => {
    const { status, stdout, stderr } = runInClone('infra/setup.mjs', []);
    expect(status).toBe(1);
    expect(stdout).toMatch(/^\+ Node\.js: /);
    expect(stderr).toMatch(/set-up failed: npm ci failed \(exit 127\).*\nWhat to do: /);
    expect(stderr).not.toContain('    at ');
    expect(readdirSync(path.join(sandbox.root, '.quakeloom'))).toEqual([]);
    expect(readdirSync(sandbox.cache)).toEqual([]);
  });

  it('a wrong argument or mode is one line and exit 2', () => {
    for (const [file, args] of [
      ['infra/setup.mjs', ['--chekc']],
      ['infra/run.mjs', ['dmeo']],
      ['infra/run.mjs', []],
    ] as const) {
      const { status, stderr } = runInClone(file, [...args]);
      expect(status).toBe(2);
      expect(stderr.trim().split('\n')).toHaveLength(1);
    }
  });

  it('the quakeloom command says how to set up', () => {
    const { status, stderr } = runInClone('bin/quakeloom.mjs', ['status']);
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /^quakeloom is not set up\. What to do: run node .*infra\/setup\.mjs\n$/,
    );
  });
});

describe('the started program', () => {
  const START = path.join(ROOT, 'infra', 'setup', 'start-program.mjs');
  /** Starts a program the way run.mjs does. */
  const start = (program: string) =>
    spawn(process.execPath, [
      '-e',
      `import(process.argv[1])
        .then((m) => m.startProgram(['-e', process.argv[2], '--', 'last'], { cwd: '/' }))
        .then((code) => (process.exitCode = code))`,
      START,
      program,
    ]);

  it('gets its arguments and gives its exit code', async () => {
    const child = start(`process.exit(process.argv.at(-1) === 'last' ? 7 : 1)`);
    expect(await once(child, 'exit')).toEqual([7, null]);
  });

  it('gets signals and may end in its own way', async () => {
    const child = start(
      `process.on('SIGTERM', () => process.exit(42)); console.log('up'); setInterval(() => {}, 1e3)`,
    );
    await once(child.stdout, 'data');
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([42, null]);
  });

  it('killed by a signal gives 128 and its number', async () => {
    const child = start(`process.kill(process.pid, 'SIGKILL')`);
    expect(await once(child, 'exit')).toEqual([137, null]);
  });
});
