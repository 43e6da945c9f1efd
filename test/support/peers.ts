/**
 * Runs Python snippets with peer libraries and returns what they print as JSON. The environments are
 * made by `infra/peers.mjs`, one for each requirements file.
 * @module
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe } from 'vitest';
import { ensurePeers } from '../../infra/peers.mjs';

export interface Peers {
  /** A suite that needs the peers: skipped with the reason elsewhere, failing in CI. */
  describeWithPeers(title: string, suite: () => void): void;
  /** Runs `code` with `args` in sys.argv[1:]; its standard output must be one JSON value. */
  runPeer<T>(code: string, args?: readonly string[]): T;
}

/** The peers of `infra/peers-<set>-requirements.txt`, installed on first use. */
export function peersOf(set: string): Peers {
  const file = new URL(`../../infra/peers-${set}-requirements.txt`, import.meta.url);
  return makePeers(fileURLToPath(file));
}

/** Ends before the interpreter tears down the threads of pyarrow, which now and then aborts it. */
const LEAVE = '\nimport os, sys\nsys.stdout.flush()\nos._exit(0)\n';

function makePeers(requirements?: string): Peers {
  let python: string | null = null;
  let reason = '';
  try {
    python = ensurePeers(requirements === undefined ? {} : { requirements });
  } catch (error) {
    reason = error instanceof Error ? error.message : String(error);
  }
  return {
    describeWithPeers: (title, suite) => {
      if (python) describe(title, suite);
      else if (process.env['CI']) {
        describe(title, () => {
          throw new Error(`peer libraries could not be installed: ${reason}`);
        });
      } else describe.skip(`${title} (peer libraries missing: ${reason})`, suite);
    },
    runPeer: <T>(code: string, args: readonly string[] = []): T => {
      if (!python) throw new Error(`peer libraries missing: ${reason}`);
      const options = { encoding: 'utf8', maxBuffer: 1 << 28 } as const;
      return JSON.parse(execFileSync(python, ['-c', code + LEAVE, ...args], options)) as T;
    },
  };
}

/** obspy, pyarrow, rasterio, h5py, scipy, pyrocko, lxml. */
export const { describeWithPeers, runPeer } = makePeers();
