#!/usr/bin/env node
/**
 * The front door: `node infra/run.mjs MODE [arguments]` sets the checkout up if needed and starts
 * one program (demo, start, cli or test) with the remaining arguments. Plain Node.js, so that it
 * runs before anything is installed. The exit code is that of the program.
 * @module
 */
import { fileURLToPath } from 'node:url';
import { describeStep } from './setup/describe-step.mjs';
import { createContext, ROOT } from './setup/context.mjs';
import { startProgram } from './setup/start-program.mjs';
import { runSetup } from './setup/plan.mjs';

/** What each mode starts: arguments for node, before the caller's own. */
const MODES = {
  demo: ['--import', 'tsx', 'apps/demo/main.ts'],
  start: ['--import', 'tsx', 'apps/start.ts'],
  cli: ['--import', 'tsx', 'apps/cli/main.ts'],
  test: ['node_modules/vitest/vitest.mjs', 'run'],
};

/** Sets up (saying something only where there is work or a lack), then runs the mode's program. */
export async function runMode(mode, args, { env = process.env } = {}) {
  if (!Object.hasOwn(MODES, mode ?? '')) {
    const problem = mode ? `unknown mode ${mode}` : 'a mode is missing';
    process.stderr.write(`${problem}: node infra/run.mjs ${Object.keys(MODES).join('|')} [...]\n`);
    return 2;
  }
  const context = createContext({ env });
  try {
    const onReady = (step, hasWorked) => {
      if (hasWorked || step.isDegraded) context.reporter.line(describeStep(step));
    };
    await runSetup(context, { onReady });
  } catch (error) {
    if (error.name !== 'SetupError') throw error;
    context.reporter.line(`set-up failed: ${error.message}\nWhat to do: ${error.remedy}`);
    return 1;
  }
  return startProgram([...MODES[mode], ...args], { cwd: ROOT, env });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [mode, ...args] = process.argv.slice(2);
  process.exitCode = await runMode(mode, args);
}
