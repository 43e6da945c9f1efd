#!/usr/bin/env node
/**
 * The `quakeloom` command: the command-line program, run in the caller's working directory. Only a
 * missing set-up is noticed here; changes since then are the business of `npm run setup`.
 * @module
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { createContext, ROOT } from '../infra/setup/context.mjs';
import { toolsFile } from '../infra/setup/plan.mjs';
import { startProgram } from '../infra/setup/start-program.mjs';

/** tools.json is written last by a set-up, so its presence means that one ended well. */
async function main(args) {
  if (!existsSync(toolsFile(createContext()))) {
    const setup = fileURLToPath(new URL('../infra/setup.mjs', import.meta.url));
    process.stderr.write(`quakeloom is not set up. What to do: run node ${setup}\n`);
    return 1;
  }
  // Node resolves a bare `tsx` from the working directory, which need not be this checkout.
  const loader = pathToFileURL(path.join(ROOT, 'node_modules', 'tsx', 'dist', 'loader.mjs')).href;
  const program = path.join(ROOT, 'apps', 'cli', 'main.ts');
  const tsconfig = path.join(ROOT, 'tsconfig.json');
  return startProgram(['--import', loader, program, ...args], {
    cwd: process.cwd(),
    env: { ...process.env, TSX_TSCONFIG_PATH: tsconfig },
  });
}

process.exitCode = await main(process.argv.slice(2));
