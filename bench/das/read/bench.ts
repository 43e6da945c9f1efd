/**
 * Reading HDF5 by slices, beside h5py in the same run, taking turns.
 * `node --import tsx bench/das/read/bench.ts [--folder DIR] [--rounds N] [--layouts a,b]`
 * @module
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { withHdf5 } from '../../../connectors/hdf5/hdf5.js';
import { openSourceFile } from '../../../connectors/source-file.js';
import { ensurePeers } from '../../../infra/peers.mjs';

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const KINDS = ['whole64', 'whole16', 'slices'] as const;
const LAYOUTS = [
  'contiguous',
  'chunked',
  'gzip4',
  'shuffle-gzip1',
  'shuffle-gzip4',
  'zstd3',
  'blosc-lz4',
  'bitshuffle-lz4',
];

type Kind = (typeof KINDS)[number];
interface Timing {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly bytes: number;
  readonly check: number;
}

const { values: options } = parseArgs({
  options: {
    folder: { type: 'string', default: path.join(tmpdir(), 'quakeloom-bench-read') },
    rounds: { type: 'string', default: '5' },
    layouts: { type: 'string', default: LAYOUTS.join(',') },
    out: { type: 'string', default: here('./results.json') },
  },
});

type Range = readonly [number, number];

/** The same parts as h5py-reader.py reads. */
function parts(shape: readonly number[], kind: Kind): [Range, Range][] {
  const [rows, columns] = shape as [number, number];
  const found: [Range, Range][] = [];
  if (kind !== 'slices') {
    const sliceBytes = Number(kind.slice('whole'.length)) * 1024 * 1024;
    const step = Math.floor(sliceBytes / (columns * 4) / 1000) * 1000;
    for (let a = 0; a < rows; a += step)
      found.push([
        [a, Math.min(rows, a + step)],
        [0, columns],
      ]);
    return found;
  }
  for (let a = 0; a < rows; a += 5000) {
    for (let b = 0; b < columns; b += 500)
      found.push([
        [a, a + 5000],
        [b, b + 500],
      ]);
  }
  return found;
}

async function readOurs(file: string, kind: Kind): Promise<Timing> {
  const source = await openSourceFile({ path: file });
  return withHdf5(source, async (reader) => {
    const shape = reader.dataset('/data')?.shape ?? [];
    const start = performance.now();
    const cpu = process.cpuUsage();
    let bytes = 0;
    let check = 0;
    for (const ranges of parts(shape, kind)) {
      const values = await reader.read('/data', ranges);
      bytes += values.byteLength;
      check += Number(values[0]) + Number(values.at(-1));
    }
    const seconds = (performance.now() - start) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    return { seconds, cpuSeconds: (user + system) / 1e6, bytes, check };
  });
}

const python = ensurePeers({ requirements: here('../../../infra/peers-das-requirements.txt') });
mkdirSync(options.folder, { recursive: true });
execFileSync(python, [here('./write-files.py'), options.folder], { stdio: 'inherit' });
const peer = spawn(python, [here('./h5py-reader.py')], { stdio: ['pipe', 'pipe', 'inherit'] });
const answers = createInterface({ input: peer.stdout })[Symbol.asyncIterator]();

async function readPeer(file: string, kind: Kind): Promise<Timing> {
  peer.stdin.write(`${JSON.stringify({ file, kind })}\n`);
  return JSON.parse((await answers.next()).value as string) as Timing;
}

const loadBefore = loadavg()[0];
const results = [];
for (const layout of options.layouts.split(',')) {
  for (const kind of KINDS) {
    const file = path.join(options.folder, `${layout}.h5`);
    const ours: number[] = [];
    const theirs: number[] = [];
    const cpu = { ours: Infinity, h5py: Infinity };
    // The first round fills the page cache and is not counted.
    for (let round = 0; round <= Number(options.rounds); round++) {
      const a = await readOurs(file, kind);
      const b = await readPeer(file, kind);
      if (a.bytes !== b.bytes || Math.abs(a.check - b.check) > 1e-9) {
        throw new Error(`${layout} ${kind}: not the same values as h5py`);
      }
      if (round === 0) continue;
      ours.push(a.bytes / 1e6 / a.seconds);
      theirs.push(b.bytes / 1e6 / b.seconds);
      cpu.ours = Math.min(cpu.ours, a.cpuSeconds);
      cpu.h5py = Math.min(cpu.h5py, b.cpuSeconds);
    }
    const oursMBs = Math.round(Math.max(...ours));
    const h5pyMBs = Math.round(Math.max(...theirs));
    const median = ours.map((v, i) => v / (theirs[i] as number)).sort((a, b) => a - b);
    const result = {
      layout,
      kind,
      oursMBs,
      h5pyMBs,
      ratioOfBest: Number((oursMBs / h5pyMBs).toFixed(2)),
      ratioOfProcessorTime: Number((cpu.h5py / cpu.ours).toFixed(2)),
      medianOfPairedRatios: Number((median[Math.floor(median.length / 2)] as number).toFixed(2)),
    };
    results.push(result);
    process.stderr.write(`${JSON.stringify(result)}\n`);
  }
}
peer.stdin.end();
const report = {
  what: '25,000 x 2,000 float32 (200 MB), chunks 1,000 x 500, warm page cache; MB/s of decoded data',
  rounds: Number(options.rounds),
  cores: cpus().length,
  loadAverage: { before: loadBefore, after: loadavg()[0] },
  results,
};
writeFileSync(options.out, `${JSON.stringify(report, null, 2)}\n`);
