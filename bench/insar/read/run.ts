/**
 * Reading a 144 MB float32 Cloud-Optimized GeoTIFF, 6000 x 6000 pixels in tiles of 512: ours beside
 * rasterio, each with two threads, in turns; the best of several rounds counts. The rasters are written
 * by GDAL's COG driver. Also a window and an overview.
 *
 *   node --import tsx bench/insar/read/run.ts bench/insar/read/result.json [rounds]
 */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { existsSync, mkdtempSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createRasterPool } from '../../../apps/threads/raster-pool.js';
import { openFileSource } from '../../../connectors/insar/tiff/byte-source.js';
import { openRaster, readWindow } from '../../../connectors/insar/tiff/read.js';
import { ensurePeers } from '../../../infra/peers.mjs';

const [out = 'result.json', rounds = '7'] = process.argv.slice(2);
const requirements = fileURLToPath(
  new URL('../../../infra/peers-insar-requirements.txt', import.meta.url),
);
const folder = process.env['BENCH_DIR'] ?? mkdtempSync(path.join(os.tmpdir(), 'bench-read-'));
const peer = startPeer();
const pool = createRasterPool(2);
const cases = (process.env['BENCH_CASES'] ?? 'deflate-p3,lzw-p3,zstd-p1,zstd-p3').split(',');
const missing = cases.filter((name) => !existsSync(path.join(folder, `${name}.tif`)));
if (missing.length > 0) await peer.ask({ make: folder });

const results = [];
for (const name of cases) {
  const file = path.join(folder, `${name}.tif`);
  const ours: number[] = [];
  const theirs: number[] = [];
  const [cpu, peerCpu]: [number[], number[]] = [[], []];
  let checksum = 0;
  for (let round = 0; round < Number(rounds); round++) {
    const start = performance.now();
    const used = process.cpuUsage();
    const source = await openFileSource(file);
    const samples = await readWindow(await openRaster(source), { pool });
    await source.close();
    ours.push((performance.now() - start) / 1000);
    const { user, system } = process.cpuUsage(used);
    cpu.push((user + system) / 1e6);
    if (round === 0) checksum = checksumOf(samples as Float32Array);
    const answer = await peer.ask({ read: file });
    theirs.push(answer.seconds as number);
    peerCpu.push(answer.cpuSeconds as number);
  }
  const megabytes = 144;
  const peerChecksum = (await peer.ask({ checksum: file })).checksum as number;
  const [best, peerBest] = [Math.min(...ours), Math.min(...theirs)];
  const result = {
    name,
    fileBytes: statSync(file).size,
    oursMBps: round1(megabytes / best),
    rasterioMBps: round1(megabytes / peerBest),
    ratio: Number((peerBest / best).toFixed(3)),
    ratioOfMedians: Number((median(theirs) / median(ours)).toFixed(3)),
    /** Processor seconds of all threads, theirs to ours: what a loaded machine changes least. */
    ratioOfCpu: Number((Math.min(...peerCpu) / Math.min(...cpu)).toFixed(3)),
    samePixels: checksum === peerChecksum,
  };
  console.log(JSON.stringify(result));
  results.push(result);
}
writeFileSync(
  out,
  `${JSON.stringify({ rounds: Number(rounds), threads: 2, loadAverage: os.loadavg().map(round1), results }, null, 2)}\n`,
);
await pool.close();
peer.process.kill();

/** Sum of the bit patterns of all pixels, NaN as one pattern, modulo 2^32. */
function checksumOf(values: Float32Array): number {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  let sum = 0;
  for (let i = 0; i < bits.length; i++) {
    const value = Number.isNaN(values[i]) ? 0x7fc00000 : (bits[i] as number);
    sum = (sum + Math.imul(value, (i % 65_521) + 1)) >>> 0;
  }
  return sum;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] as number;
}

function round1(value: number): number {
  return Number(value.toFixed(1));
}

interface Answer {
  readonly seconds?: number;
  readonly cpuSeconds?: number;
  readonly checksum?: number;
}

function startPeer(): {
  process: ChildProcessWithoutNullStreams;
  ask: (question: object) => Promise<Answer>;
} {
  const child = spawn(ensurePeers({ requirements }), [
    fileURLToPath(new URL('peer.py', import.meta.url)),
  ]);
  child.stderr.pipe(process.stderr);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    process: child,
    ask: async (question) => {
      child.stdin.write(`${JSON.stringify(question)}\n`);
      const line = await lines.next();
      if (line.done) throw new Error('the peer ended');
      return JSON.parse(line.value) as Answer;
    },
  };
}
