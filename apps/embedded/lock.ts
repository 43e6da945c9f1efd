/**
 * One supervisor a home folder. In: a home folder; out: a lock that dies with its process.
 *
 * The lock is a pid file with the process's start time, `run/supervisor-<n>.lock`. The file with
 * the highest number counts; it is stale once its process is gone. Whoever finds it stale creates
 * the next number with link(2), which only one process can, and holds the lock if no higher number
 * exists then. Replacing one single file could not be made safe: a slow process would replace the
 * fresh lock of a faster one.
 * @module
 */
import { linkSync, mkdirSync, readdirSync, rmSync, unlinkSync } from 'node:fs';
import path from 'node:path';
import { UnavailableError } from '../../core/errors.js';
import { AlreadyRunningError } from './errors.js';
import { homePaths, readJson, writeWhole } from './home.js';
import { isAlive, isIdentity, ownIdentity, type ProcessIdentity } from './process-identity.js';

/** What a lock file says. */
export interface LockHolder extends ProcessIdentity {
  /** ISO-8601 UTC. */
  readonly startedAt: string;
  /** Addresses by name, without passwords; empty while starting. */
  readonly addresses: Readonly<Record<string, string>>;
  /** True after an orderly end: nothing was left behind. */
  readonly released: boolean;
}

/** A held lock. */
export interface HomeLock {
  /** Makes the addresses known to a second instance. */
  publish(addresses: Readonly<Record<string, string>>): void;
  /** Gives the home folder back; further calls do nothing. */
  release(): void;
}

/**
 * Takes the lock. Throws AlreadyRunningError (exit code 3) when a living process holds it; takes
 * a stale one over and says so in one line. Throws UnavailableError for a home that cannot be
 * written to.
 */
export function acquireLock(input: {
  readonly home: string;
  readonly log: (line: string) => void;
}): HomeLock {
  try {
    return takeLock(input);
  } catch (error) {
    if (error instanceof AlreadyRunningError || !(error instanceof Error) || !('code' in error)) {
      throw error;
    }
    throw new UnavailableError({
      what: `home folder ${path.resolve(input.home)}`,
      reason: error.message,
      remedy: 'set QUAKELOOM_HOME to a folder that can be written to and has room',
      retryable: false,
      cause: error,
    });
  }
}

function takeLock(input: {
  readonly home: string;
  readonly log: (line: string) => void;
}): HomeLock {
  const { home, run } = homePaths(input.home);
  mkdirSync(run, { recursive: true, mode: 0o700 });
  for (;;) {
    const last = latest(run);
    if (last?.holder && isHolding(last.holder)) {
      throw new AlreadyRunningError({ home, ...last.holder });
    }
    const generation = (last?.generation ?? 0) + 1;
    const holder: LockHolder = {
      ...ownIdentity(),
      startedAt: new Date().toISOString(),
      addresses: {},
      released: false,
    };
    if (!createExclusive(lockFile(run, generation), holder)) continue;
    if (latest(run)?.generation !== generation) {
      unlinkSync(lockFile(run, generation));
      continue;
    }
    if (last) removeUpTo(run, last.generation);
    if (last && !last.holder?.released) {
      const pid = last.holder ? `pid ${last.holder.pid}` : 'an unreadable lock file';
      input.log(`took over the stale lock of ${home}: ${pid} ended without cleaning up`);
    }
    return heldLock(lockFile(run, generation), holder);
  }
}

/** The living supervisor of a home folder, or null. */
export function readLock(home: string): LockHolder | null {
  const holder = latest(homePaths(home).run)?.holder;
  return holder && isHolding(holder) ? holder : null;
}

function heldLock(file: string, first: LockHolder): HomeLock {
  let current = first;
  const replace = (change: Partial<LockHolder>) => {
    if (current.released) return;
    current = { ...current, ...change };
    writeWhole(file, `${JSON.stringify(current)}\n`);
  };
  return {
    publish: (addresses) => replace({ addresses }),
    release: () => replace({ released: true, addresses: {} }),
  };
}

function isHolding(holder: LockHolder): boolean {
  return !holder.released && isAlive(holder);
}

function lockFile(run: string, generation: number): string {
  return path.join(run, `supervisor-${generation}.lock`);
}

function generations(run: string): number[] {
  let names: string[] = [];
  try {
    names = readdirSync(run);
  } catch {
    // No run folder: never started.
  }
  return names.flatMap((name) => {
    const match = /^supervisor-(\d+)\.lock$/.exec(name);
    return match ? [Number(match[1])] : [];
  });
}

function latest(run: string): { generation: number; holder: LockHolder | null } | null {
  const generation = Math.max(0, ...generations(run));
  if (generation === 0) return null;
  const value = readJson(lockFile(run, generation));
  return { generation, holder: isIdentity(value) ? (value as LockHolder) : null };
}

/** Creates the file with its content in one step; false when it exists. */
function createExclusive(file: string, holder: LockHolder): boolean {
  const draft = `${file}.${process.pid}.draft`;
  writeWhole(draft, `${JSON.stringify(holder)}\n`);
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function removeUpTo(run: string, generation: number): void {
  for (const old of generations(run)) {
    if (old <= generation) rmSync(lockFile(run, old), { force: true });
  }
}
