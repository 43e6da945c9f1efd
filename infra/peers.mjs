#!/usr/bin/env node
/**
 * Installs peer libraries that tests and benchmarks compare against into a cached virtual
 * environment and prints the path of its Python. Idempotent; the environment is keyed by the hash of
 * the requirements, by default those of the tests: `node infra/peers.mjs [requirements.txt]`.
 * @module
 */
import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheDir } from './cache-dir.mjs';

const REQUIREMENTS = fileURLToPath(new URL('./peers-requirements.txt', import.meta.url));

/** Path of the Python that has the peers; installs them on first use. Throws when it cannot. */
export function ensurePeers({
  requirements = REQUIREMENTS,
  python = process.env.PYTHON ?? 'python3',
  log = () => {},
} = {}) {
  const hash = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12);
  const home = path.join(cacheDir(), 'peers', hash);
  const executable = path.join(home, 'bin', 'python');
  const done = path.join(home, 'complete');
  if (existsSync(done)) return executable;
  // A half-made environment is thrown away: pip cannot tell how far it came.
  rmSync(home, { recursive: true, force: true });
  mkdirSync(path.dirname(home), { recursive: true });
  log(`installing peer libraries into ${home}`);
  const run = (file, args) => execFileSync(file, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  run(python, ['-m', 'venv', home]);
  run(executable, [
    '-m',
    'pip',
    'install',
    '-q',
    '--disable-pip-version-check',
    '-r',
    requirements,
  ]);
  writeFileSync(`${done}.tmp`, '');
  renameSync(`${done}.tmp`, done);
  return executable;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [requirements = REQUIREMENTS] = process.argv.slice(2);
  console.log(ensurePeers({ requirements, log: (line) => console.error(line) }));
}
