/**
 * The places inside a home folder, and files written so that a crash never leaves half of one.
 * In: the home folder; out: paths and whole files.
 * @module
 */
import {
  chmodSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';

/** Paths that the embedded stack uses below its home folder. */
export interface HomePaths {
  readonly home: string;
  /** Lock, ports, running children, addresses; mode 0700. */
  readonly run: string;
  /** One log a child; mode 0700. */
  readonly logs: string;
  /** Passwords; mode 0700, files 0600. */
  readonly secrets: string;
  /** PostgreSQL's folder when its user can reach it. */
  readonly postgres: string;
  /** Temporal's database file. */
  readonly temporalDb: string;
}

/** Names the places; creates nothing. */
export function homePaths(home: string): HomePaths {
  const root = path.resolve(home);
  return {
    home: root,
    run: path.join(root, 'run'),
    logs: path.join(root, 'logs'),
    secrets: path.join(root, 'secrets'),
    postgres: path.join(root, 'postgres'),
    temporalDb: path.join(root, 'temporal', 'temporal.db'),
  };
}

/** Creates the home folder and its private folders. */
export function createHome(home: string): HomePaths {
  mkdirSync(home, { recursive: true });
  const paths = homePaths(realpathSync(home)); // one name, also through symbolic links
  for (const folder of [paths.run, paths.logs, paths.secrets, path.dirname(paths.temporalDb)]) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    chmodSync(folder, 0o700);
  }
  return paths;
}

/** Replaces a file as a whole (write beside it, rename), mode 0600. */
export function writeWhole(file: string, text: string): void {
  const temporary = `${file}.${process.pid}.tmp`;
  writeFileSync(temporary, text, { mode: 0o600 });
  renameSync(temporary, file);
}

/** Parses a JSON file; null when it is missing or damaged (all readers can start without it). */
export function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as unknown;
  } catch {
    return null;
  }
}
