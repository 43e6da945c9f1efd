/**
 * A pretend checkout, cache and PATH in a temporary folder, so that the set-up's steps can be run
 * with any part of the machine taken away, and nothing of the real one is touched.
 * @module
 */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createContext } from '../../infra/setup/context.mjs';
import { SILENT } from '../../infra/setup/reporter.mjs';
import type { SetupContext } from '../../infra/setup/types.js';

/** Folders of one pretend machine. */
export interface Sandbox {
  readonly root: string;
  readonly cache: string;
  /** The only folder on the pretend PATH. */
  readonly bin: string;
  readonly lines: string[];
  /** A context in this sandbox; without network unless given. */
  readonly context: (overrides?: Partial<SetupContext>) => SetupContext;
  /** Puts a shell script on the pretend PATH; returns its path. */
  readonly program: (name: string, script: string, folder?: string) => string;
  readonly write: (file: string, text: string) => string;
  readonly remove: () => void;
}

/** Makes an empty sandbox; call `remove` when done. */
export function createSandbox(): Sandbox {
  const home = mkdtempSync(path.join(os.tmpdir(), 'quakeloom-setup-'));
  const [root, cache, bin] = ['checkout', 'cache', 'bin'].map((name) => {
    mkdirSync(path.join(home, name));
    return path.join(home, name);
  }) as [string, string, string];
  const lines: string[] = [];
  const write = (file: string, text: string): string => {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  };
  const program = (name: string, script: string, folder = bin): string => {
    const file = write(path.join(folder, name), `#!/bin/sh\n${script}\n`);
    chmodSync(file, 0o755);
    return file;
  };
  const context = (overrides: Partial<SetupContext> = {}): SetupContext =>
    createContext({
      root,
      cache,
      reporter: { ...SILENT, line: (text: string) => lines.push(text) },
      fetch: () => Promise.reject(new Error('no network')),
      ...overrides,
      env: { PATH: bin, ...overrides.env },
    });
  const remove = (): void => rmSync(home, { recursive: true, force: true });
  return { root, cache, bin, lines, context, program, write, remove };
}
