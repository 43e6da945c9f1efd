/**
 * Who a process is: its pid and when it started, because pids are used again. In: a pid; out: a
 * start token that differs between two processes that had the same pid.
 * @module
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** One process for all time: the pid alone is used again, pid and start together are not. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Linux: boot id and clock ticks since boot; elsewhere the start time that `ps` prints. */
  readonly start: string;
}

/** Fields of /proc/<pid>/stat after the command name, see proc(5): state is 3, starttime 22. */
const STATE = 0;
const START_TICKS = 19;

let bootId: string | null = null;

/** Start token of a living process; null when it does not exist or is a zombie (already dead). */
export function processStart(pid: number): string | null {
  return process.platform === 'linux' ? startFromProc(pid) : startFromPs(pid);
}

/** This process. */
export function ownIdentity(): ProcessIdentity {
  const start = processStart(process.pid);
  if (start === null) throw new Error('this process is not in its own process table');
  return { pid: process.pid, start };
}

/** True while that very process lives (not a later one with its pid, not its zombie). */
export function isAlive(identity: ProcessIdentity): boolean {
  return processStart(identity.pid) === identity.start;
}

/** True for a value read from a file that has the shape of an identity. */
export function isIdentity(value: unknown): value is ProcessIdentity {
  const candidate = value as Partial<ProcessIdentity> | null;
  return (
    typeof candidate === 'object' &&
    candidate !== null &&
    Number.isInteger(candidate.pid) &&
    (candidate.pid as number) > 1 &&
    typeof candidate.start === 'string'
  );
}

/**
 * Sends a signal to a process, or to its whole group. False when there was nothing to signal or
 * the process belongs to somebody else.
 */
export function sendSignal(input: {
  readonly pid: number;
  readonly signal: NodeJS.Signals;
  /** Signal the process group that `pid` leads instead of the process alone. */
  readonly group?: boolean;
}): boolean {
  try {
    return process.kill(input.group ? -input.pid : input.pid, input.signal);
  } catch {
    return false;
  }
}

function startFromProc(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command name stands in parentheses and may itself contain spaces and parentheses.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[STATE] === 'Z' || fields[STATE] === 'X') return null;
    // Ticks count from boot, so two boots can give one pid the same ticks.
    bootId ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${bootId}:${fields[START_TICKS]}`;
  } catch {
    return null;
  }
}

function startFromPs(pid: number): string | null {
  try {
    const line = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' },
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
    const [state = '', ...start] = line.split(/\s+/);
    return line === '' || state.startsWith('Z') ? null : start.join(' ');
  } catch {
    return null;
  }
}
