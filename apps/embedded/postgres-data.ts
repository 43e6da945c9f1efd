/**
 * PostgreSQL's data folder. In: a home folder and the user that runs the server; out: a folder
 * that this user can reach, whole, with a known password and no stale pid file.
 * @module
 */
import { createHash, randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { UnavailableError } from '../../core/errors.js';
import type { TaskSpec } from './children.js';
import { writeWhole, type HomePaths } from './home.js';
import { processStart } from './process-identity.js';
import { endProcess } from './survivors.js';
import { canUseFolder, type RunAs } from './unprivileged.js';

/** Role (owner of everything) of the embedded server. */
export const POSTGRES_ROLE = 'quakeloom';
/** Where root puts what PostgreSQL's user cannot reach inside the home folder. */
export const SYSTEM_FOLDER = '/var/lib/quakeloom';

/** Folder below SYSTEM_FOLDER that belongs to a home folder. */
export function systemFolderOf(input: {
  readonly home: string;
  readonly systemFolder?: string;
}): string {
  const hash = createHash('sha256').update(realpathSync(input.home)).digest('hex').slice(0, 16);
  return path.join(input.systemFolder ?? SYSTEM_FOLDER, hash);
}

/** Root goes on as the user that made the data; null without data or when we are not root. */
export function ownerOfData(paths: HomePaths, systemFolder: string | undefined): RunAs | null {
  if (process.getuid?.() !== 0) return null;
  const system = systemFolderOf({ home: paths.home, ...(systemFolder ? { systemFolder } : {}) });
  for (const folder of [system, paths.postgres]) {
    const data = statSync(path.join(folder, 'data'), { throwIfNoEntry: false });
    if (data && data.uid !== 0) return { uid: data.uid, gid: data.gid };
  }
  return null;
}

/** Inside the home folder where the user can work there, else below the system folder. */
export function choosePlace(input: {
  readonly paths: HomePaths;
  readonly user: RunAs;
  readonly systemFolder?: string;
}): { readonly folder: string; readonly isSystem: boolean } {
  const { paths, user } = input;
  // Data that was placed there stays there, also when the home folder has become reachable.
  const system = systemFolderOf({ home: paths.home, ...input });
  if (!existsSync(path.join(system, 'data'))) {
    giveFolder(paths.postgres, user);
    if (canUseFolder({ folder: paths.postgres, user })) {
      return { folder: paths.postgres, isSystem: false };
    }
  }
  try {
    mkdirSync(path.dirname(system), { recursive: true, mode: 0o755 });
    giveFolder(system, user);
    if (canUseFolder({ folder: system, user })) return { folder: system, isSystem: true };
  } catch {
    // Reported below, together with a folder that cannot be reached.
  }
  throw new UnavailableError({
    what: 'a folder for PostgreSQL',
    reason: `its user (uid ${user.uid ?? 'yours'}) can reach neither ${paths.postgres} nor ${system}`,
    remedy:
      'choose a home folder that it can reach, start as an ordinary user, or set DATABASE_URL',
    retryable: false,
  });
}

function giveFolder(folder: string, user: RunAs): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
  if (user.uid !== undefined) chownSync(folder, user.uid, user.gid ?? user.uid);
}

/** The folder appears under its name only when initdb has finished and synced it. */
export async function createDataFolder(input: {
  readonly run: (spec: TaskSpec) => Promise<void>;
  readonly common: Pick<TaskSpec, 'env' | 'cwd' | 'uid' | 'gid'>;
  readonly data: string;
  readonly user: RunAs;
  readonly password: string;
  readonly initdb: string;
}): Promise<void> {
  const draft = `${input.data}.draft`;
  const passwordDraft = `${input.data}.password`;
  rmSync(draft, { recursive: true, force: true });
  rmSync(passwordDraft, { force: true });
  try {
    writeFileSync(passwordDraft, `${input.password}\n`, { mode: 0o600, flag: 'wx' });
    if (input.user.uid !== undefined) {
      chownSync(passwordDraft, input.user.uid, input.user.gid ?? input.user.uid);
    }
    await input.run({
      ...input.common,
      name: 'initdb',
      command: input.initdb,
      args: [
        `--pgdata=${draft}`,
        `--username=${POSTGRES_ROLE}`,
        `--pwfile=${passwordDraft}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        '--locale=C',
        '--data-checksums',
      ],
    });
  } finally {
    rmSync(passwordDraft, { force: true });
  }
  renameSync(draft, input.data);
}

/**
 * Sets aside data that cannot be used and returns the password, a new one when there is none yet.
 * Throws UnavailableError when the data is there but its password is gone.
 */
export function settleDataFolder(input: {
  readonly paths: HomePaths;
  readonly data: string;
  /** The data lies outside the home folder, which may have been deleted meanwhile. */
  readonly isSystem: boolean;
  readonly log: (line: string) => void;
}): string {
  const { data, log } = input;
  const passwordFile = path.join(input.paths.secrets, 'postgres.password');
  if (existsSync(data) && !isWholeDataFolder(data)) setAside(data, 'is half-made', log);
  if (existsSync(data) && !existsSync(passwordFile)) {
    if (!input.isSystem) throw passwordMissing(passwordFile, data);
    setAside(data, 'belongs to a home folder that was deleted', log);
  }
  if (!existsSync(passwordFile)) writeWhole(passwordFile, randomBytes(24).toString('hex'));
  return readFileSync(passwordFile, 'utf8').trim();
}

function isWholeDataFolder(data: string): boolean {
  return ['PG_VERSION', 'postgresql.conf', 'global/pg_control', 'pg_wal'].every((file) =>
    existsSync(path.join(data, file)),
  );
}

/** Never deletes: a folder that cannot be used may still hold something that somebody wants. */
function setAside(data: string, why: string, log: (line: string) => void): void {
  const folder = path.dirname(data);
  const number = readdirSync(folder).filter((name) => name.startsWith('data.aside-')).length + 1;
  const aside = path.join(folder, `data.aside-${number}`);
  renameSync(data, aside);
  log(`the PostgreSQL data in ${data} ${why}: set aside as ${aside}, starting a new database`);
}

function passwordMissing(file: string, data: string): UnavailableError {
  return new UnavailableError({
    what: 'embedded PostgreSQL',
    reason: `its data is in ${data} but its password, ${file}, is gone`,
    remedy: 'put the file back, or move the data away to start with an empty database',
    retryable: false,
  });
}

/**
 * Removes a postmaster.pid that names no living postmaster of this folder, and ends one that is.
 * PostgreSQL itself refuses to start when the pid was given to another process of its user, or
 * belongs to a zombie.
 */
export async function clearStalePidFile(data: string): Promise<void> {
  const file = path.join(data, 'postmaster.pid');
  if (!existsSync(file)) return;
  const pid = Number(readFileSync(file, 'utf8').split('\n')[0]);
  const start = Number.isInteger(pid) && pid > 1 ? processStart(pid) : null;
  if (start !== null) {
    const folder = workingFolder(pid);
    if (folder === null) return; // not ours to see: PostgreSQL has to judge
    if (folder === realpathSync(data)) {
      await endProcess({ pid, start, name: 'postgres', stopSignal: 'SIGINT', stopGraceMs: 30_000 });
    }
  }
  rmSync(file, { force: true });
}

/** A postmaster works in its data folder. Null where the system does not tell. */
function workingFolder(pid: number): string | null {
  try {
    return realpathSync(readlinkSync(`/proc/${pid}/cwd`));
  } catch {
    return null;
  }
}
