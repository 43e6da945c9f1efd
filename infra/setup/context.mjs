/**
 * Everything the steps touch (folders, environment, network, programs), gathered in one object so
 * that a test can take any of it away.
 * @module
 */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheDir } from '../cache-dir.mjs';
import { createReporter } from './reporter.mjs';
import { runCommand } from './run-command.mjs';

/** The checkout that this file belongs to. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The context of a real set-up, with any part replaced by `overrides`. */
export function createContext(overrides = {}) {
  const env = overrides.env ?? process.env;
  const root = overrides.root ?? ROOT;
  return {
    root,
    env,
    cache: cacheDir(env),
    stateDir: path.join(root, 'node_modules', '.cache', 'quakeloom'),
    platform: process.platform,
    arch: process.arch,
    nodeVersion: process.versions.node,
    fetch: globalThis.fetch,
    run: runCommand,
    reporter: createReporter(),
    ...overrides,
  };
}
