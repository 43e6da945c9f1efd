/**
 * Errors of the embedded stack. In: what went wrong; out: typed errors with an exit code, for the
 * program that starts the stack.
 * @module
 */
import { QuakeError } from '../../core/errors.js';

/** Exit code of a program that found another supervisor on its home folder. */
export const EXIT_ALREADY_RUNNING = 3;

/** Another supervisor owns the home folder. Use it, stop it, or choose another home. */
export class AlreadyRunningError extends QuakeError {
  readonly _tag = 'AlreadyRunning';
  readonly retryable = false;
  readonly exitCode = EXIT_ALREADY_RUNNING;
  /** Process id of the running supervisor. */
  readonly pid: number;
  /** Its addresses by name; empty while it is still starting. No passwords. */
  readonly addresses: Readonly<Record<string, string>>;
  constructor(input: {
    readonly home: string;
    readonly pid: number;
    readonly addresses: Readonly<Record<string, string>>;
  }) {
    const list = Object.entries(input.addresses).map(([name, address]) => `${name} ${address}`);
    const where = list.length > 0 ? list.join(', ') : 'it is still starting';
    super(
      `Quakeloom already runs on ${input.home} as pid ${input.pid} (${where})`,
      `use it, stop it with 'kill ${input.pid}', or choose another home folder`,
    );
    this.pid = input.pid;
    this.addresses = input.addresses;
  }
}

/** A wanted port is taken by another program. Free it or name another one. */
export class PortTakenError extends QuakeError {
  readonly _tag = 'PortTaken';
  readonly retryable = false;
  readonly port: number;
  constructor(input: { readonly name: string; readonly port: number; readonly holder: string }) {
    super(
      `port ${input.port}, named for ${input.name}, is taken by ${input.holder}`,
      'stop that program or name another port',
    );
    this.port = input.port;
  }
}

/** A child could not be started, was not ready in time, or died too often. Its log says why. */
export class ChildFailedError extends QuakeError {
  readonly _tag = 'ChildFailed';
  readonly retryable = false;
  readonly child: string;
  readonly logPath: string;
  constructor(input: {
    readonly child: string;
    readonly reason: string;
    readonly logPath: string;
    /** Last lines the child wrote in this run; may be empty. */
    readonly lastLines: string;
  }) {
    const said = input.lastLines ? `; its last words: ${input.lastLines}` : '';
    super(`${input.child} ${input.reason}${said}`, `read its log, ${input.logPath}`);
    this.child = input.child;
    this.logPath = input.logPath;
  }
}

/** The stack was asked to stop (by a signal or a call) before it had started completely. */
export class StoppedError extends QuakeError {
  readonly _tag = 'Stopped';
  readonly retryable = true;
  /** 128 + signal number when a signal asked for it, else 1. */
  readonly exitCode: number;
  constructor(input: { readonly exitCode?: number }) {
    super('stopped before everything had started', 'start it again');
    this.exitCode = input.exitCode ?? 1;
  }
}

/** The exit code a program should end with after `error`: the error's own, else 1. */
export function exitCodeOf(error: unknown): number {
  const own = (error as { exitCode?: unknown } | null | undefined)?.exitCode;
  return typeof own === 'number' ? own : 1;
}
