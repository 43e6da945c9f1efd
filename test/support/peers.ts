/**
 * Runs a Python snippet with the peer libraries (obspy, pyarrow, rasterio, h5py, scipy, pyrocko,
 * lxml) and returns what it prints as JSON. The environment is made by `infra/peers.mjs`.
 * @module
 */
import { execFileSync } from 'node:child_process';
import { describe } from 'vitest';
import { ensurePeers } from '../../infra/peers.mjs';

let python: string | null = null;
let reason = '';
try {
  python = ensurePeers();
} catch (error) {
  reason = error instanceof Error ? error.message : String(error);
}

/** A suite that needs the peers: skipped with the reason elsewhere, failing in CI. */
export function describeWithPeers(title: string, suite: () => void): void {
  if (python) describe(title, suite);
  else if (process.env['CI']) {
    describe(title, () => {
      throw new Error(`peer libraries could not be installed: ${reason}`);
    });
  } else describe.skip(`${title} (peer libraries missing: ${reason})`, suite);
}

/** Runs `code` with `args` in sys.argv[1:]; its standard output must be one JSON value. */
export function runPeer<T>(code: string, args: readonly string[] = []): T {
  if (!python) throw new Error(`peer libraries missing: ${reason}`);
  const output = execFileSync(python, ['-c', code, ...args], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  return JSON.parse(output) as T;
}
