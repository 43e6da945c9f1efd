/** Peers that are built from their source: where it is, and what a run of theirs takes. @module */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { cacheDir } from '../../../infra/cache-dir.mjs';

/** A public repository at a commit; `variable` names the one that may hold a folder with it. */
export interface PeerSource {
  readonly name: string;
  readonly repository: string;
  readonly commit: string;
  readonly variable: string;
}

/** The folder of a peer's source: the variable's, else a clone in the cache. Throws when there is none. */
export function sourceFolder({ name, repository, commit, variable }: PeerSource): string {
  const given = process.env[variable];
  if (given) return path.resolve(given);
  const folder = path.join(cacheDir(), 'peers', `${name}-${commit.slice(0, 7)}`);
  const done = path.join(folder, '.git', 'checked-out');
  if (existsSync(done)) return folder;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const git = (...words: string[]): unknown =>
    execFileSync('git', ['-C', folder, ...words], { stdio: ['ignore', 'ignore', 'pipe'] });
  git('init', '-q');
  git('fetch', '-q', '--depth', '1', repository, commit);
  git('checkout', '-q', 'FETCH_HEAD');
  mkdirSync(done);
  return folder;
}

/** Why a peer could not be built. */
export function notBuilt(source: PeerSource, error: unknown): string {
  const [line] = (error instanceof Error ? error.message : String(error)).split('\n');
  const { variable, repository, commit } = source;
  return `not built: ${line}; set ${variable} to a folder with ${repository} at ${commit}`;
}

/** Runs a program in a folder, its words into `<folder>/log`; CPU seconds, at most `limitS` of them. */
export function timedRun(input: {
  readonly program: string;
  readonly words: readonly string[];
  readonly folder: string;
  readonly limitS: number;
}): number {
  const { program, words, folder, limitS } = input;
  const command = `ulimit -t ${limitS}; TIMEFORMAT='%U %S'; { time "$0" "$@" >>log 2>&1; } 2>cpu`;
  spawnSync('bash', ['-c', command, program, ...words], { cwd: folder });
  const last = readFileSync(path.join(folder, 'cpu'), 'utf8').trim().split('\n').at(-1) ?? '';
  return last.split(' ').reduce((sum, part) => sum + Number(part), 0);
}
