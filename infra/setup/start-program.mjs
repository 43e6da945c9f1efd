/**
 * Runs the main program as a child of this one and stands aside: its input and output are the
 * caller's, signals reach it, and its exit code becomes ours.
 * @module
 */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';

const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'];

/**
 * Starts `node ...args` and resolves to its exit code, 128 + n after signal n. A terminal's Ctrl-C
 * reaches the child directly; it is then not sent a second time, because programs take a second
 * one for "stop at once".
 */
export function startProgram(args, { cwd, env = process.env }) {
  const child = spawn(process.execPath, args, {
    cwd,
    stdio: 'inherit',
    env: {
      ...env,
      // Read by TensorFlow's C++ code before any script of ours can speak for a worker thread.
      // Sample blocks of many megabytes: their memory comes in huge pages, not 4 KiB ones.
      GLIBC_TUNABLES: env.GLIBC_TUNABLES ?? 'glibc.malloc.hugetlb=1',
      TF_CPP_MIN_LOG_LEVEL: env.TF_CPP_MIN_LOG_LEVEL ?? '3',
      TF_FORCE_GPU_ALLOW_GROWTH: env.TF_FORCE_GPU_ALLOW_GROWTH ?? 'true',
    },
  });
  const isOnTerminal = process.stdin.isTTY === true;
  const forward = (signal) => {
    if (signal === 'SIGINT' && isOnTerminal) return;
    child.kill(signal);
  };
  for (const signal of FORWARDED) process.on(signal, forward);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      for (const name of FORWARDED) process.off(name, forward);
      resolve(code ?? 128 + (constants.signals[signal] ?? 0));
    });
  });
}
