/**
 * The live fibre at its size with real files: 10,000 channels x 200 Hz in one-second PRODML files that
 * another process writes into a folder in real time. Measures from the moment a file is there under
 * its name to its evidence, and memory. Prints JSON:
 * `node --expose-gc --import tsx bench/das/live/files.ts [minutes of data] [folder]`.
 * @module
 */
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { unlink } from 'node:fs/promises';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { runLiveFibre, type LiveFile } from '../../../apps/live-fibre.js';

const minutes = Number(process.argv[2] ?? 10);
const root = mkdtempSync(path.join(process.argv[3] ?? tmpdir(), 'live-files-'));
const seconds = Math.round(minutes * 60);
const writer = fork(fileURLToPath(new URL('write-files.ts', import.meta.url)), [
  root,
  String(seconds),
]);
/** When each file got its name, ms since the epoch, by the writer's word. */
const writtenMs = new Map<string, number>();
writer.on('message', ({ name, atMs }: { name: string; atMs: number }) => writtenMs.set(name, atMs));
const stop = new AbortController();
const files: LiveFile<number>[] = [];
const cpuMs: number[] = [];
const rssMiB: number[] = [];
const backlog: number[] = [];
let before = process.cpuUsage();
await runLiveFibre<number>({
  root,
  options: { latitude: 0, longitude: 0, elevationM: 0, positionSigmaKm: 0.1, fibreId: 'f' },
  patienceMs: 3000,
  pollMs: 50,
  hook: ({ block }) => [block.sampleCount],
  signal: stop.signal,
  onFile: async (file) => {
    files.push(file);
    const used = process.cpuUsage(before);
    before = process.cpuUsage();
    cpuMs.push((used.user + used.system) / 1000);
    backlog.push(writtenMs.size - files.length);
    // Ten thousand channels fill a disk in minutes.
    await unlink(file.path);
    if (files.length % 60 === 0) {
      rssMiB.push(process.memoryUsage().rss / 2 ** 20);
      console.error(
        `${files.length} s, rss ${rssMiB.at(-1)?.toFixed(0)} MiB, load ${loadavg()[0]}`,
      );
    }
    if (files.length >= seconds) stop.abort();
  },
});
rmSync(root, { recursive: true, force: true });
const latencyMs = files.map(
  (file) => file.doneMs - (writtenMs.get(path.basename(file.path)) ?? Number.NaN),
);
const shakes = (second: number): boolean => second % 300 >= 120 && second % 300 < 180;
const withGates = files.flatMap((file, second) => (file.gates.length > 0 ? [second] : []));
console.log(
  JSON.stringify(
    {
      channels: 10_000,
      rateHz: 200,
      files: files.length,
      secondsTaken: files.reduce((sum, { taken }) => sum + taken, 0) / 200,
      gaps: files.filter(({ gapS }) => gapS > 0).length,
      errors: files.filter(({ error }) => error !== null).length,
      cores: availableParallelism(),
      loadAverage: loadavg(),
      latencyMs: summary(latencyMs.filter(Number.isFinite)),
      /** Without the first ten: program code is still being loaded and compiled. */
      latencyMsWarm: summary(latencyMs.slice(10).filter(Number.isFinite)),
      missedStamps: latencyMs.filter(Number.isNaN).length,
      cpuMs: summary(cpuMs),
      mostFilesWaiting: Math.max(...backlog),
      rssMiB: { eachMinute: rssMiB.map(Math.round) },
      quakes: Math.ceil((seconds - 120) / 300),
      quakesWithGates: new Set(withGates.filter(shakes).map((s) => Math.floor(s / 300))).size,
      filesWithGatesElsewhere: withGates.filter((s) => !shakes(s)).length,
    },
    null,
    2,
  ),
);
if (writer.connected) writer.disconnect();

function summary(values: readonly number[]) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (q: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] as number;
  return { median: at(0.5), p99: at(0.99), max: at(1) };
}
