/**
 * The user that PostgreSQL runs as. PostgreSQL refuses to run as root, so root lends it another
 * user. In: nothing or a path; out: ids, and what that user can reach.
 * @module
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { UnavailableError } from '../../core/errors.js';

/** Ids for spawn; empty when the current user may run PostgreSQL itself. */
export interface RunAs {
  readonly uid?: number;
  readonly gid?: number;
}

/** Users that root runs PostgreSQL as, in this order. */
const CANDIDATES = ['postgres', 'nobody'];

/** Nobody when we are not root, else the first user of `candidates` that exists. */
export function postgresUser(candidates: readonly string[] = CANDIDATES): RunAs {
  if (process.getuid?.() !== 0) return {};
  for (const name of candidates) {
    try {
      const id = (flag: string) =>
        Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: 'pipe' }));
      return { uid: id('-u'), gid: id('-g') };
    } catch {
      // No such user: the next one.
    }
  }
  throw new UnavailableError({
    what: 'embedded PostgreSQL',
    reason: `it does not run as root, and none of the users ${candidates.join(', ')} exists`,
    remedy: 'start Quakeloom as an ordinary user, create one of them, or set DATABASE_URL',
    retryable: false,
  });
}

/**
 * True when that user can enter and write a folder. Asked by trying, as that user: mode bits of
 * the folder alone say nothing about the folders above it or access lists.
 */
export function canUseFolder(input: { readonly folder: string; readonly user: RunAs }): boolean {
  const result = spawnSync('/bin/sh', ['-c', 'cd "$1" && test -w .', 'sh', input.folder], {
    ...input.user,
    cwd: '/',
    stdio: 'ignore',
  });
  return result.status === 0;
}

/** Null when that user can run the program, else the reason (missing library, no permission). */
export function whyNotRunnable(input: {
  readonly program: string;
  readonly user: RunAs;
}): string | null {
  const result = spawnSync(input.program, ['--version'], {
    ...input.user,
    cwd: '/',
    encoding: 'utf8',
  });
  if (result.status === 0) return null;
  return (result.error?.message ?? result.stderr.trim()) || `exit code ${result.status}`;
}
