/**
 * Damaged HDF5 files by the thousand: each has to give data or a typed error, in bounded time and
 * memory. `node --import tsx bench/das/fuzz/fuzz-hdf5.ts [--seeds layouts|vendors] [--cases 50000]
 * [--first 0] [--out FILE]`. `vendors` cuts its seeds from the recordings in QUAKELOOM_DATA. The cases
 * run in a child, so that a hang or crash is seen, counted and stepped over.
 * @module
 */
import { execFileSync, fork } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ensurePeers } from '../../../infra/peers.mjs';
import { fuzzCase, WRITE_SEEDS } from '../../../test/connectors/das/hdf5-seeds.js';

/** Without a sign of life for so long a case hangs: more than the reader's own limits take. */
const HANG_MS = 180_000;

interface Progress {
  readonly number: number;
  readonly outcome: string;
  readonly rssBytes: number;
}

const { values: options } = parseArgs({
  options: {
    cases: { type: 'string', default: '50000' },
    first: { type: 'string', default: '0' },
    out: { type: 'string', default: fileURLToPath(new URL('./hdf5.json', import.meta.url)) },
    seeds: { type: 'string', default: 'layouts' },
    folder: { type: 'string' },
    names: { type: 'string' },
  },
});
const first = Number(options.first);
const last = first + Number(options.cases);

if (process.send !== undefined) await runChild();
else await runParent();

async function runChild(): Promise<void> {
  const names = JSON.parse(options.names as string) as string[];
  const folder = options.folder as string;
  const target = path.join(folder, 'damaged', `${process.pid}.h5`);
  for (let number = first; number < last; number++) {
    const outcome = await fuzzCase({ folder, names, number, target }).catch(
      (error: unknown) =>
        `untyped: ${error instanceof Error ? (error.stack ?? '') : String(error)}`,
    );
    process.send?.({ number, outcome, rssBytes: process.memoryUsage.rss() } satisfies Progress);
  }
  rmSync(target, { force: true });
  process.disconnect();
}

async function runParent(): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'fuzz-hdf5-'));
  const requirements = fileURLToPath(
    new URL('../../../infra/peers-das-requirements.txt', import.meta.url),
  );
  const python = ensurePeers({ requirements });
  const writer =
    options.seeds === 'vendors'
      ? [
          fileURLToPath(new URL('./vendor-seeds.py', import.meta.url)),
          path.join(process.env['QUAKELOOM_DATA'] ?? '../shared/data', 'das'),
        ]
      : ['-c', WRITE_SEEDS];
  const written = execFileSync(python, [...writer, folder], { encoding: 'utf8' });
  const names = JSON.parse(written) as string[];
  mkdirSync(path.join(folder, 'damaged'));
  const outcomes: Record<string, number> = {};
  const failures: { number: number; what: string }[] = [];
  let largestRssBytes = 0;
  let endedByLimit = 0;
  let done = first - 1;
  const report = (): void => {
    const largestRssMB = Math.round(largestRssBytes / 1e6);
    const summary = {
      cases: done + 1 - first,
      first,
      seeds: names,
      outcomes,
      endedByLimit,
      largestRssMB,
      failures,
    };
    writeFileSync(options.out, `${JSON.stringify(summary, null, 2)}\n`);
  };
  while (done + 1 < last) {
    const ended = await runPart(folder, names, done + 1, (progress) => {
      done = progress.number;
      largestRssBytes = Math.max(largestRssBytes, progress.rssBytes);
      const kind = progress.outcome.split(':')[0] as string;
      outcomes[kind] = (outcomes[kind] ?? 0) + 1;
      if (progress.outcome.endsWith(': endless')) endedByLimit += 1;
      if (kind === 'untyped') failures.push({ number: done, what: progress.outcome });
      if (done % 1000 === 0) report();
    });
    if (ended !== null) {
      done += 1;
      failures.push({ number: done, what: ended });
      outcomes[ended] = (outcomes[ended] ?? 0) + 1;
    }
  }
  report();
  rmSync(folder, { recursive: true, force: true });
}

/** Runs cases in a child; null when all went well, else how it ended. */
function runPart(
  folder: string,
  names: readonly string[],
  from: number,
  each: (progress: Progress) => void,
): Promise<string | null> {
  const args = ['--folder', folder, '--names', JSON.stringify(names), '--first', String(from)];
  const child = fork(fileURLToPath(import.meta.url), [...args, '--cases', String(last - from)], {
    execArgv: process.execArgv,
  });
  return new Promise((resolve) => {
    let isHung = false;
    const hang = (): void => {
      isHung = true;
      child.kill('SIGKILL');
    };
    let timer = setTimeout(hang, HANG_MS * 4);
    child.on('message', (message) => {
      clearTimeout(timer);
      timer = setTimeout(hang, HANG_MS);
      each(message as Progress);
    });
    child.on('exit', (code, signal) => {
      clearTimeout(timer);
      resolve(isHung ? 'hang' : code === 0 ? null : `crash ${signal ?? code}`);
    });
  });
}
