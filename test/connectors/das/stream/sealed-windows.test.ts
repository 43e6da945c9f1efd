/** A sealed window of a fibre depends on its samples, not on the files they came in. @module */
import { cpSync, mkdirSync, mkdtempSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { createActivities } from '../../../../activities/index.js';
import { decodeEvidence } from '../../../../activities/fuse.js';
import type { EvidenceSet } from '../../../../core/evidence.js';
import { attempt, memoryDeps } from '../../../support/activity.js';
import { REGION } from '../../../support/fakes.js';
import {
  CHANNELS,
  feedOptions,
  syntheticRecording,
  writePart,
  type Recording,
  type Writer,
} from './recording-cuts.js';

const home = mkdtempSync(path.join(tmpdir(), 'quakeloom-sealed-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));
let folders = 0;
function newFolder(): string {
  const folder = path.join(home, String(folders++));
  mkdirSync(folder);
  return folder;
}

const SECONDS = 30;
const WAVE_S = 17.03;
const window = { start: '2020-01-01T00:00:08Z', end: '2020-01-01T00:00:22Z' };
const reach = { start: '2020-01-01T00:00:06Z', end: '2020-01-01T00:00:24Z' };

/** Ingests and aligns a folder; the store may hold earlier versions. */
async function seal(folder: string, unit: string, deps = memoryDeps()) {
  const activities = createActivities(deps);
  const source = {
    kind: 'das' as const,
    id: 'fibre',
    uri: `file:${folder}`,
    options: feedOptions(unit),
  };
  const region = { ...REGION, sources: [source] };
  const ingested = await attempt(activities.ingestDas, { region, reach }).result;
  expect(deps.catalogue.refused).toEqual([]);
  const input = { region, window, reach, ingested: [ingested] };
  const sealed = await attempt(activities.alignWindow, input).result;
  const das = sealed.files.das;
  if (!das) throw new Error('no das.arrow');
  return { sealed, bytes: Buffer.from(await deps.store.get(das)), notes: ingested.notes, das };
}

async function evidence(
  folder: string,
  unit: string,
): Promise<{ bytes: Buffer; evidence: EvidenceSet }> {
  const deps = memoryDeps();
  const { sealed, bytes } = await seal(folder, unit, deps);
  const { evaluateEvidence } = createActivities(deps);
  const region = { ...REGION, sources: [] };
  const { evidence: ref } = await attempt(evaluateEvidence, { region, window, reach, sealed })
    .result;
  return { bytes, evidence: decodeEvidence(await deps.store.get(ref)) };
}

interface Part {
  readonly from: number;
  readonly to: number;
  readonly writer: Writer;
}

async function write(recording: Recording, parts: readonly Part[], names?: readonly string[]) {
  const folder = newFolder();
  for (const [i, part] of parts.entries()) {
    await writePart({ recording, folder, name: names?.[i] ?? `part-${i}`, ...part });
  }
  return folder;
}

const writers: readonly Writer[] = ['prodml', 'zarr', 'miniseed'];

/** Shortest piece: a file of a single sample need not say how fast it was sampled. */
const LEAST = 2;

/** Pieces that together cover the recording, some longer than needed, some twice, in any order. */
const cutting = (length: number) =>
  fc
    .record({
      cuts: fc.uniqueArray(fc.integer({ min: 1, max: length / LEAST - 1 }), { maxLength: 5 }),
      writers: fc.array(fc.constantFrom(...writers), { minLength: 6, maxLength: 6 }),
      overlap: fc.array(fc.integer({ min: 0, max: 200 }), { minLength: 6, maxLength: 6 }),
      again: fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }),
      order: fc.infiniteStream(fc.nat(999)),
    })
    .map(({ cuts, writers: chosen, overlap, again, order }) => {
      const ends = [...cuts.map((cut) => LEAST * cut).sort((a, b) => a - b), length];
      const parts = ends.flatMap((to, i): Part[] => {
        const from = Math.max(0, (ends[i - 1] ?? 0) - (overlap[i] ?? 0));
        const part = { from, to, writer: chosen[i] ?? 'prodml' };
        return again[i] ? [part, { ...part, writer: chosen[(i + 1) % 6] ?? 'zarr' }] : [part];
      });
      return { parts, names: parts.map((_, i) => `${order.next().value as number}-${i}`) };
    });

describe.each([
  { rateHz: 100, unit: 'microstrain/s' },
  { rateHz: 80, unit: 'microstrain/s' },
  // Differenced in time: one sample lies between two files.
  { rateHz: 100, unit: 'strain' },
])('a window of a fibre at $rateHz Hz of $unit', ({ rateHz, unit }) => {
  const recording = syntheticRecording({ rateHz, seconds: SECONDS, waveS: WAVE_S, unit });
  const length = SECONDS * rateHz;
  const whole: Part = { from: 0, to: length, writer: 'prodml' };

  it('has the same bytes however its files are cut, ordered, repeated and written', async () => {
    const { bytes: expected } = await seal(await write(recording, [whole]), unit);
    await fc.assert(
      fc.asyncProperty(cutting(length), async ({ parts, names }) => {
        const { bytes } = await seal(await write(recording, parts, names), unit);
        expect(bytes.equals(expected)).toBe(true);
      }),
      { numRuns: 8 },
    );
  });

  it('has the same evidence with a seam of files in its wave as without', async () => {
    const at = Math.round((WAVE_S + 0.05) * rateHz);
    const one = await evidence(await write(recording, [whole]), unit);
    const parts: Part[] = [
      { from: 0, to: at, writer: 'prodml' },
      { from: at, to: length, writer: 'prodml' },
    ];
    const two = await evidence(await write(recording, parts), unit);
    const arrivals = one.evidence.sensors.flatMap((sensor) => sensor.arrivals);
    expect(arrivals.length).toBeGreaterThan(0);
    expect(Math.abs((arrivals[0]?.timeS ?? 0) - (WAVE_S - 6))).toBeLessThan(0.5);
    expect(two.evidence).toEqual(one.evidence);
  });

  it('becomes a new version with late data, and none with a repeated file', async () => {
    const deps = memoryDeps();
    const late: Part = { from: 14 * rateHz, to: 20 * rateHz, writer: 'prodml' };
    const early: Part[] = [
      { from: 0, to: 14 * rateHz, writer: 'prodml' },
      { from: 20 * rateHz, to: length, writer: 'miniseed' },
    ];
    const folder = await write(recording, early);
    const first = await seal(folder, unit, deps);
    await writePart({ recording, folder, name: 'late', ...late });
    const second = await seal(folder, unit, deps);
    expect(second.sealed.version).not.toBe(first.sealed.version);
    expect(second.das.key).not.toBe(first.das.key);
    expect(Buffer.from(await deps.store.get(first.das)).equals(first.bytes)).toBe(true);
    const { bytes: expected } = await seal(await write(recording, [whole]), unit);
    expect(second.bytes.equals(expected)).toBe(true);
    cpSync(path.join(folder, 'late.h5'), path.join(folder, 'copy.h5'));
    await writePart({ recording, folder, name: 'again', ...late, writer: 'zarr' });
    expect((await seal(folder, unit, deps)).sealed.version).toBe(second.sealed.version);
  });

  it('takes of unequal samples those of the later written file, and says so', async () => {
    const corrected = { ...recording, samples: recording.samples.slice() };
    for (let i = 12 * rateHz * CHANNELS; i < 13 * rateHz * CHANNELS; i++) {
      corrected.samples[i] = 2 * (corrected.samples[i] as number) + 1;
    }
    const { bytes: expected } = await seal(await write(corrected, [whole]), unit);
    const folder = await write(recording, [whole], ['wrong']);
    const part: Part = { from: 10 * rateHz, to: 15 * rateHz, writer: 'prodml' };
    const right = await writePart({ recording: corrected, folder, name: 'a-right', ...part });
    const written = (file: string, s: number): void => utimesSync(file, s, s);
    written(path.join(folder, 'wrong.h5'), 1_600_000_000);
    written(right, 1_600_000_100);
    const { bytes, notes } = await seal(folder, unit);
    expect(bytes.equals(expected)).toBe(true);
    expect(notes.join('\n')).toMatch(
      /samples of 12 channels between 2020-01-01T00:00:1[12].*later written/,
    );
    // A copy of the old file, made later, corrects nothing.
    const copy = path.join(folder, 'wrong-copy.h5');
    cpSync(path.join(folder, 'wrong.h5'), copy);
    written(copy, 1_600_000_200);
    expect((await seal(folder, unit)).bytes.equals(expected)).toBe(true);
    written(right, 1_500_000_000);
    expect((await seal(folder, unit)).bytes.equals(expected)).toBe(false);
  });
});
