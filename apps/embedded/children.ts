/**
 * One child process: how it is described, started, recorded and stopped. In: a ChildSpec; out: a
 * running process in a group of its own (Ctrl-C in the terminal reaches the supervisor only).
 * @module
 */
import { spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import path from 'node:path';
import { childLogPath, lastLines, openChildLog } from './child-log.js';
import { ChildFailedError } from './errors.js';
import { readJson, writeWhole } from './home.js';
import { isIdentity, processStart, sendSignal, type ProcessIdentity } from './process-identity.js';

/** A process that runs to its end, such as initdb. */
export interface TaskSpec {
  /** Unique in the stack; names the log. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Added to the stack's environment; `undefined` takes a variable away. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Default: the supervisor's own. */
  readonly cwd?: string;
  readonly uid?: number;
  readonly gid?: number;
}

/** A process that the supervisor keeps running. */
export interface ChildSpec extends TaskSpec {
  /**
   * Asked again and again until true. A rejection counts as false and is reported in the end; one
   * with a QuakeError that is not retryable ends the waiting at once.
   */
  readonly ready: () => Promise<boolean>;
  /** How long a start may take, ms. */
  readonly readyTimeoutMs: number;
  /** Start it again when it ends unexpectedly. */
  readonly restart: boolean;
  /** Asks it to end; default SIGTERM. */
  readonly stopSignal?: NodeJS.Signals;
  /** Asks it to end at once, when the user is impatient; default SIGKILL. */
  readonly hurrySignal?: NodeJS.Signals;
  /** How long it may take to end before SIGKILL, ms; default 10 s. */
  readonly stopGraceMs?: number;
}

/** Default of ChildSpec.stopGraceMs. */
export const STOP_GRACE_MS = 10_000;

/** How a process ended; `error` when it could not be started at all. */
export interface ChildExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly error?: Error;
}

/** A started process. */
export interface RunningChild {
  readonly name: string;
  /** Null when it could not be started. */
  readonly identity: ProcessIdentity | null;
  readonly logPath: string;
  /** Resolves, never rejects, once the process is gone. */
  readonly exited: Promise<ChildExit>;
  /** What it wrote last in this run. */
  readonly lastLines: () => string;
}

/** What the next supervisor needs to know about a child of a killed one. */
export interface ChildRecord extends ProcessIdentity {
  readonly name: string;
  readonly stopSignal: NodeJS.Signals;
  readonly stopGraceMs: number;
}

/** Environment variable that marks every process of a stack with its home folder. */
export const HOME_MARK = 'QUAKELOOM_SUPERVISED_HOME';

/** Starts a process; a failure to start is reported by `exited`, not thrown. */
export function spawnChild(input: {
  readonly spec: TaskSpec;
  readonly home: string;
  readonly logs: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}): RunningChild {
  const { spec } = input;
  const logPath = childLogPath({ logs: input.logs, name: spec.name });
  const { fd, startByte } = openChildLog(logPath);
  try {
    const child = spawn(spec.command, [...spec.args], {
      env: { ...input.env, ...spec.env, [HOME_MARK]: input.home },
      stdio: ['ignore', fd, fd],
      detached: true, // its own session and process group
      ...(spec.cwd === undefined ? {} : { cwd: spec.cwd }),
      ...(spec.uid === undefined ? {} : { uid: spec.uid }),
      ...(spec.gid === undefined ? {} : { gid: spec.gid }),
    });
    const exited = new Promise<ChildExit>((resolve) => {
      child.once('exit', (code, signal) => resolve({ code, signal }));
      child.once('error', (error) => {
        if (child.pid === undefined) resolve({ code: null, signal: null, error });
      });
    });
    const { pid } = child;
    return {
      name: spec.name,
      identity: pid === undefined ? null : { pid, start: processStart(pid) ?? '' },
      logPath,
      exited,
      lastLines: () => lastLines({ file: logPath, startByte }),
    };
  } finally {
    closeSync(fd);
  }
}

/**
 * Asks a child to end and makes sure that it does: `signal`, after `graceMs` SIGKILL to its whole
 * group. When `hurry` aborts, `hurrySignal` is sent and only `hurryGraceMs` are left.
 */
export async function stopChild(input: {
  readonly child: RunningChild;
  readonly signal: NodeJS.Signals;
  readonly graceMs: number;
  readonly hurry: AbortSignal;
  readonly hurrySignal: NodeJS.Signals;
  readonly hurryGraceMs: number;
}): Promise<void> {
  const { child, hurry } = input;
  const pid = child.identity?.pid;
  if (pid !== undefined) {
    let timer: NodeJS.Timeout | undefined;
    const killAfter = (ms: number) => {
      clearTimeout(timer);
      timer = setTimeout(() => killGroup(pid), ms);
    };
    const onHurry = () => {
      sendSignal({ pid, signal: input.hurrySignal });
      killAfter(input.hurryGraceMs);
    };
    sendSignal({ pid, signal: input.signal });
    killAfter(input.graceMs);
    if (hurry.aborted) onHurry();
    hurry.addEventListener('abort', onHurry);
    await child.exited;
    hurry.removeEventListener('abort', onHurry);
    clearTimeout(timer);
    killLeftovers(pid);
  }
  await child.exited;
}

/** SIGKILL to a process and everything in its group. */
export function killGroup(pid: number): void {
  if (!sendSignal({ pid, signal: 'SIGKILL', group: true })) sendSignal({ pid, signal: 'SIGKILL' });
}

/** SIGKILL to what is left of the group of a child that has ended. */
export function killLeftovers(pid: number): void {
  sendSignal({ pid, signal: 'SIGKILL', group: true });
}

/** In words: "ended with code 1", "was killed by SIGKILL", "could not be started: ...". */
export function describeExit(exit: ChildExit): string {
  if (exit.error) return `could not be started: ${exit.error.message}`;
  return exit.signal ? `was killed by ${exit.signal}` : `ended with code ${exit.code}`;
}

/** The error that tells why a child is not running. */
export function childFailed(child: RunningChild, reason: string): ChildFailedError {
  return new ChildFailedError({
    child: child.name,
    reason,
    logPath: child.logPath,
    lastLines: child.lastLines(),
  });
}

/** What to write down about a child; nothing when it could not be started. */
export function recordOf(child: RunningChild, spec: Partial<ChildSpec>): ChildRecord[] {
  if (!child.identity) return [];
  const stopSignal = spec.stopSignal ?? 'SIGTERM';
  const stopGraceMs = spec.stopGraceMs ?? STOP_GRACE_MS;
  return [{ ...child.identity, name: child.name, stopSignal, stopGraceMs }];
}

/** Writes down the running children (whole file, synchronously: a crash must not come between). */
export function writeChildRecords(run: string, records: readonly ChildRecord[]): void {
  writeWhole(path.join(run, 'children.json'), `${JSON.stringify(records, null, 2)}\n`);
}

/** The children that the last supervisor wrote down; empty when there is no such file. */
export function readChildRecords(run: string): readonly ChildRecord[] {
  const value = readJson(path.join(run, 'children.json'));
  return Array.isArray(value) ? (value.filter(isIdentity) as ChildRecord[]) : [];
}
