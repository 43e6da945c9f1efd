/** What the tests of vendors' fibre formats share: opened recordings, ground truth, peers. @module */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { expect } from 'vitest';
import type { AuditEntry } from '../../../connectors/das/audit.js';
import { runTimeNs } from '../../../connectors/das/clock.js';
import type { DasFormat } from '../../../connectors/das/das-format.js';
import { dasOptions } from '../../../connectors/das/options.js';
import { channelDistanceM, type DasRecording } from '../../../connectors/das/recording.js';
import { openSourceFile } from '../../../connectors/source-file.js';
import type { ReadRequest } from '../../../core/connector.js';
import { isoToNs } from '../../../core/time.js';
import { peersOf } from '../../support/peers.js';
import { samplePath } from '../../support/sample-data.js';

export const { describeWithPeers, runPeer } = peersOf('das');

/** Opens the file with the format, whatever its probe says. */
export async function withOpen<Result>(
  format: DasFormat,
  input: { readonly path: string; readonly options?: ReadRequest['options'] },
  use: (recording: DasRecording) => Promise<Result> | Result,
): Promise<Result> {
  const file = await openSourceFile({ path: input.path });
  const { options } = dasOptions(input.options ?? {});
  return format.withRecording({ file, options }, async (recording) => use(recording));
}

/** Probe of a file. */
export async function probeOf(format: DasFormat, file: string): Promise<number> {
  return format.probe(await openSourceFile({ path: file }));
}

/** All stored values, row-major in the order of the layout. */
export async function allValues(recording: DasRecording): Promise<Float64Array> {
  const { timeCount, channelCount } = recording.layout;
  const values = await recording.readBlock({ time: [0, timeCount], channel: [0, channelCount] });
  return Float64Array.from(values as ArrayLike<number | bigint>, Number);
}

/** Shape in the order of the layout. */
export function shapeOf({ layout }: DasRecording): [number, number] {
  const { timeCount, channelCount } = layout;
  return layout.timeAxis === 0 ? [timeCount, channelCount] : [channelCount, timeCount];
}

/** Time of the last sample, ns. */
export function lastSampleNs({ runs }: DasRecording): bigint {
  const run = runs.at(-1);
  if (run === undefined) throw new Error('a recording without runs');
  return runTimeNs(run, run.sampleCount - 1);
}

/** Entries of a topic. */
export function entriesOn(recording: DasRecording, topic: AuditEntry['topic']): AuditEntry[] {
  return recording.audit.filter((entry) => entry.topic === topic);
}

/** Relative difference as the ground truth is compared. */
function near(value: number, expected: number, what: string): void {
  const scale = Math.max(Math.abs(expected), 1e-300);
  expect(Math.abs(value - expected) / scale, `${what}: ${value} for ${expected}`).toBeLessThan(
    1e-6,
  );
}

/** What independent readers say of a file. */
export interface Truth {
  readonly shape: readonly [number, number];
  readonly dtype: string;
  readonly start: string;
  readonly end: string;
  readonly firstM: number;
  readonly lastM: number;
  readonly stepM: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly std: number;
  readonly first5: readonly number[];
  readonly last5: readonly number[];
}

interface Coordinate {
  readonly first: never;
  readonly last: never;
  readonly step: number;
}

/** DASCore's values in `das/ground-truth.json`. */
export function groundTruth(name: string): Truth {
  const all = JSON.parse(readFileSync(samplePath('das/ground-truth.json'), 'utf8')) as {
    files: Record<string, { dascore: { patches: Record<string, never>[] } }>;
  };
  const patch = all.files[name]?.dascore.patches[0] as unknown as {
    shape: [number, number];
    dtype: string;
    coords: Record<'time' | 'distance', Coordinate>;
    min: number;
    max: number;
    mean: number;
    std: number;
    first5_flat_C: number[];
    last5_flat_C: number[];
  };
  return {
    ...patch,
    start: `${patch.coords.time.first as string}Z`,
    end: `${patch.coords.time.last as string}Z`,
    firstM: patch.coords.distance.first,
    lastM: patch.coords.distance.last,
    stepM: patch.coords.distance.step,
    first5: patch.first5_flat_C,
    last5: patch.last5_flat_C,
  };
}

/** Holds a recording against the truth to 1e-6 relative; times to a microsecond. */
export async function expectTruth(recording: DasRecording, truth: Truth): Promise<void> {
  expect(shapeOf(recording)).toEqual(truth.shape);
  expect(recording.layout.type).toBe(truth.dtype);
  const [first] = recording.runs;
  expect(Math.abs(Number((first?.startNs ?? 0n) - isoToNs(truth.start)))).toBeLessThan(1000);
  expect(Math.abs(Number(lastSampleNs(recording) - isoToNs(truth.end)))).toBeLessThan(1000);
  near(channelDistanceM(recording, 0), truth.firstM, 'first distance');
  near(
    channelDistanceM(recording, recording.layout.channelCount - 1),
    truth.lastM,
    'last distance',
  );
  near(recording.spacingM, truth.stepM, 'spacing');
  const values = await allValues(recording);
  let sum = 0;
  let [min, max] = [Infinity, -Infinity];
  for (const value of values) {
    sum += value;
    min = Math.min(min, value);
    max = Math.max(max, value);
  }
  const mean = sum / values.length;
  let squares = 0;
  for (const value of values) squares += (value - mean) ** 2;
  near(min, truth.min, 'min');
  near(max, truth.max, 'max');
  near(mean, truth.mean, 'mean');
  near(Math.sqrt(squares / values.length), truth.std, 'std');
  expect(Array.from(values.subarray(0, 5))).toEqual(truth.first5);
  expect(Array.from(values.subarray(-5))).toEqual(truth.last5);
}

/** Random blocks hold the values of the whole. */
export async function expectBlocksOfWhole(recording: DasRecording, runs = 40): Promise<void> {
  const whole = await allValues(recording);
  const { timeCount, channelCount, timeAxis } = recording.layout;
  const range = (count: number) =>
    fc
      .tuple(fc.integer({ min: 0, max: count - 1 }), fc.integer({ min: 1, max: count }))
      .map(([from, length]): [number, number] => [from, Math.min(count, from + length)]);
  await fc.assert(
    fc.asyncProperty(range(timeCount), range(channelCount), async (time, channel) => {
      const block = await recording.readBlock({ time, channel });
      const [rows, columns] = timeAxis === 0 ? [time, channel] : [channel, time];
      const width = timeAxis === 0 ? channelCount : timeCount;
      expect(block).toHaveLength((rows[1] - rows[0]) * (columns[1] - columns[0]));
      let wrong = 0;
      let i = 0;
      for (let row = rows[0]; row < rows[1]; row++) {
        for (let column = columns[0]; column < columns[1]; column++) {
          if (!Object.is(Number(block[i++]), whole[row * width + column])) wrong += 1;
        }
      }
      expect(wrong).toBe(0);
    }),
    { numRuns: runs },
  );
}

/** Runs Python with h5py, numpy and `f`, the new file at `at`. */
export function writeFile(at: string, statements: string): string {
  runPeer(
    `
import json, sys, h5py, numpy as np
with h5py.File(sys.argv[1], 'w') as f:
${statements.replace(/^/gm, '    ')}
print(json.dumps(True))
`,
    [at],
  );
  return at;
}

/** A copy of `from` at `to` that Python statements with `f` have changed. */
export function changedCopy(from: string, to: string, statements: string): string {
  runPeer(
    `
import json, sys, shutil, h5py, numpy as np
shutil.copy(sys.argv[1], sys.argv[2])
with h5py.File(sys.argv[2], 'r+') as f:
${statements.replace(/^/gm, '    ')}
print(json.dumps(True))
`,
    [from, to],
  );
  return to;
}

/** What DASCore reads of a file. */
export interface PeerReading {
  readonly format: string;
  readonly shape: readonly number[];
  readonly dims: readonly string[];
  readonly startNs: string;
  readonly endNs: string;
  readonly firstM: number;
  readonly lastM: number;
  readonly values: readonly number[];
}

/** DASCore's first patch of each file, with at most 5,000 values. */
export function readByDascore(files: readonly string[]): PeerReading[] {
  return runPeer<PeerReading[]>(
    `
import json, sys, warnings
warnings.simplefilter('ignore')
import numpy as np, dascore as dc
ns = lambda v: str(np.datetime64(v, 'ns').astype('int64'))
out = []
for file in sys.argv[1:]:
    p = dc.read(file)[0]
    t, d = p.get_coord('time'), p.get_coord('distance')
    a = np.asarray(p.data, dtype='f8')
    out.append({'format': dc.get_format(file)[0], 'shape': a.shape, 'dims': p.dims, 'startNs': ns(t.min()), 'endNs': ns(t.max()),
      'firstM': float(d.min()), 'lastM': float(d.max()), 'values': a.ravel()[:5000].tolist()})
print(json.dumps(out))
`,
    files,
  );
}

/** xdas's reading of each file with one of its engines. */
export function readByXdas(engine: string, files: readonly string[]): PeerReading[] {
  return runPeer<PeerReading[]>(
    `
import json, sys, warnings
warnings.simplefilter('ignore')
import numpy as np, xdas
ns = lambda v: str(np.datetime64(v, 'ns').astype('int64'))
out = []
for file in sys.argv[2:]:
    p = xdas.open_dataarray(file, engine=sys.argv[1])
    t, d = p['time'].values, p['distance'].values
    a = np.asarray(p.values, dtype='f8')
    out.append({'format': sys.argv[1], 'shape': a.shape, 'dims': list(p.dims), 'startNs': ns(t[0]), 'endNs': ns(t[-1]),
      'firstM': float(d[0]), 'lastM': float(d[-1]), 'values': a.ravel()[:5000].tolist()})
print(json.dumps(out))
`,
    [engine, ...files],
  );
}

/** Holds a recording against what a peer read of the same file. */
export async function expectPeer(recording: DasRecording, peer: PeerReading): Promise<void> {
  expect(shapeOf(recording)).toEqual(peer.shape);
  expect(Math.abs(Number((recording.runs[0]?.startNs ?? 0n) - BigInt(peer.startNs)))).toBeLessThan(
    1000,
  );
  expect(Math.abs(Number(lastSampleNs(recording) - BigInt(peer.endNs)))).toBeLessThan(1000);
  expect(channelDistanceM(recording, 0)).toBeCloseTo(peer.firstM, 6);
  expect(channelDistanceM(recording, recording.layout.channelCount - 1)).toBeCloseTo(peer.lastM, 6);
  const values = await allValues(recording);
  expect(Array.from(values.subarray(0, peer.values.length))).toEqual(peer.values);
}

/** A path in a temporary folder. */
export function inside(folder: string): (name: string) => string {
  return (name) => path.join(folder, name);
}
