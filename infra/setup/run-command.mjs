/**
 * Runs other programs for the set-up. In: a file and arguments; out: exit code and captured text.
 * Never throws for a failing program, so that callers decide what a failure means.
 * @module
 */
import { spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';

/** Keeps the end of a long output, where the reason of a failure stands. */
const KEPT_CHARACTERS = 64 * 1024;

/**
 * Runs `file` and waits for it. `show` lets a person see the program's own output (on stderr, so
 * that stdout stays clean). A program that cannot be started gives code 127, one that ran past
 * `timeoutMs` is ended and gives code 124.
 */
export function runCommand(file, args, options = {}) {
  const { cwd, env = process.env, show = false, timeoutMs = 0 } = options;
  return new Promise((resolve) => {
    const output = { stdout: '', stderr: '' };
    const child = spawn(file, args, {
      cwd,
      env,
      stdio: ['ignore', show ? 2 : 'pipe', show ? 'inherit' : 'pipe'],
    });
    // A program that outlived an interrupted set-up would write into the next one's folders.
    const end = () => child.kill('SIGTERM');
    process.on('exit', end);
    let timedOut = false;
    const timer =
      timeoutMs > 0 &&
      setTimeout(() => {
        timedOut = true;
        child.kill('SIGKILL');
      }, timeoutMs);
    for (const name of ['stdout', 'stderr']) {
      child[name]?.setEncoding('utf8').on('data', (text) => {
        output[name] = (output[name] + text).slice(-KEPT_CHARACTERS);
      });
    }
    let settled = false;
    const settle = (code) => {
      if (settled) return;
      settled = true;
      clearTimeout(timer || undefined);
      process.off('exit', end);
      resolve({ code, ...output });
    };
    child.on('error', (error) => {
      output.stderr += error.message;
      settle(127);
    });
    child.on('close', (code, signal) => settle(timedOut ? 124 : (code ?? (signal ? 128 : 1))));
  });
}

/** Absolute path of an executable named `name` on `env.PATH`, or null. A path is checked as it is. */
export function findOnPath(name, env = process.env) {
  const folders = name.includes(path.sep) ? [''] : (env.PATH ?? '').split(path.delimiter);
  for (const folder of folders) {
    if (folder === '' && !name.includes(path.sep)) continue;
    const candidate = path.resolve(folder, name);
    if (isExecutable(candidate)) return candidate;
  }
  return null;
}

/** True for a file that this user may execute. */
export function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/** The last line that says something: the reason in most programs' error output. */
export function lastLine(text) {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.at(-1)?.trim() ?? '';
}
