/** A folder that fills: files in any order, repeated, torn and missing, in; evidence in order of time, out. @module */
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { runLiveFibre, type LiveFile } from '../../apps/live-fibre.js';
import type { WatchState } from '../../connectors/das/stream/watch-state.js';
import {
  CHANNELS,
  feedOptions,
  syntheticRecording,
  writePart,
} from '../connectors/das/stream/recording-cuts.js';

const home = mkdtempSync(path.join(tmpdir(), 'quakeloom-live-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));
let folder = '';
let count = 0;
beforeEach(() => {
  folder = path.join(home, String(count++));
  mkdirSync(folder);
});

const RATE_HZ = 100;
const WAVE_S = 16.2;
const recording = syntheticRecording({ rateHz: RATE_HZ, seconds: 24, waveS: WAVE_S });
const settings = {
  decimation: 1,
  gate: {
    groupChannels: CHANNELS,
    leastChannels: 6,
    leastShare: 0.5,
    maxSKm: 1 / 1.5,
    toleranceS: 0.3,
    refractoryS: 2,
  },
};

const put = (name: string, fromS: number, toS: number): Promise<string> =>
  writePart({
    recording,
    folder,
    name,
    writer: 'prodml',
    from: fromS * RATE_HZ,
    to: toS * RATE_HZ,
  });

/** Runs until `files` files were dealt with. */
async function live(input: { files: number; patienceMs?: number; state?: WatchState }) {
  const done: LiveFile<number>[] = [];
  const stop = new AbortController();
  let state: WatchState | null = null;
  await runLiveFibre<number>({
    root: folder,
    options: feedOptions('microstrain/s'),
    settings,
    watch: { settleMs: 0, giveUpMs: 0 },
    patienceMs: input.patienceMs ?? 60_000,
    pollMs: 10,
    hook: ({ block }) => [block.sampleCount],
    onFile: (file) => {
      done.push(file);
      if (done.length >= input.files) stop.abort();
    },
    onState: (give) => void (state = give()),
    ...(input.state ? { state: input.state } : {}),
    signal: stop.signal,
  });
  return { done, state: state as WatchState | null };
}

const names = (done: readonly LiveFile<number>[]): string[] =>
  done.map(({ path: file }) => path.basename(file, '.h5'));

describe('live fibre', () => {
  it('takes files by their time, whatever their names, and finds the wave once', async () => {
    await put('whole', 0, 24);
    const whole = await live({ files: 1 });
    rmSync(path.join(folder, 'whole.h5'));
    for (let s = 0; s < 24; s += 4) await put(`z${9 - s / 4}`, s, s + 4);
    const { done } = await live({ files: 6 });
    expect(names(done)).toEqual(['z9', 'z8', 'z7', 'z6', 'z5', 'z4']);
    expect(done.map(({ gapS }) => gapS)).toEqual([0, 0, 0, 0, 0, 0]);
    const gates = done.flatMap((file) => file.gates);
    expect(gates).toHaveLength(1);
    expect(gates[0]?.timeNs).toBe(whole.done[0]?.gates[0]?.timeNs);
    expect(done.flatMap((file) => file.candidates)).toHaveLength(1);
  });

  it('reports repeated and torn files, and goes on', async () => {
    await put('a', 0, 6);
    await put('b', 6, 12);
    copyFileSync(path.join(folder, 'b.h5'), path.join(folder, 'b-again.h5'));
    await put('overlap', 10, 14);
    const bytes = readFileSync(path.join(folder, 'a.h5'));
    writeFileSync(path.join(folder, 'torn.h5'), bytes.subarray(0, bytes.length / 2));
    writeFileSync(path.join(folder, 'notes.txt'), 'hello');
    const { done } = await live({ files: 6 });
    const of = (name: string) => done.find((file) => file.path.includes(`${name}.`));
    expect(of('a')).toMatchObject({ taken: 600, repeated: 0, error: null, repeats: null });
    const copies = [of('b'), of('b-again')].sort((x, y) => (y?.taken ?? 0) - (x?.taken ?? 0));
    expect(copies[0]).toMatchObject({ taken: 600, repeated: 0, repeats: null });
    expect(copies[1]).toMatchObject({ taken: 0, repeated: 600, repeats: copies[0]?.path });
    expect(of('overlap')).toMatchObject({ taken: 200, repeated: 200, repeats: null });
    expect(of('torn')?.error).toContain('torn.h5');
    expect(of('notes')?.error).toContain('no fibre format');
  });

  it('takes slow recordings, and says of slower ones that they are of no use, not that they are damaged', async () => {
    for (const [name, rateHz] of [
      ['slow', 20],
      ['slower', 2],
    ] as const) {
      const own = syntheticRecording({ rateHz, seconds: 24, waveS: WAVE_S });
      const to = 24 * rateHz;
      await writePart({ recording: own, folder, name, writer: 'prodml', from: 0, to });
    }
    const { done } = await live({ files: 2 });
    const of = (name: string) => done.find((file) => file.path.includes(`${name}.`));
    expect(of('slow')).toMatchObject({ taken: 480, error: null, problem: null });
    expect(of('slower')).toMatchObject({ taken: 0, problem: 'unusable' });
    expect(of('slower')?.error).toMatch(/slower\.h5: .*2 Hz/);
  });

  it('waits for a missing file as long as it is told, then calls it a gap; the file is late', async () => {
    await put('a', 0, 4);
    await put('c', 8, 12);
    const stop = live({ files: 4, patienceMs: 60_000 });
    setTimeout(() => void put('b', 4, 8).then(() => put('d', 12, 13)), 300);
    const patient = await stop;
    expect(names(patient.done)).toEqual(['a', 'b', 'c', 'd']);
    expect(patient.done.map(({ gapS }) => gapS)).toEqual([0, 0, 0, 0]);
    rmSync(path.join(folder, 'b.h5'));
    const first = await live({ files: 3, patienceMs: 0 });
    expect(first.done.map(({ gapS }) => gapS)).toEqual([0, 4, 0]);
  });

  it('goes on after a restart with the files that were not dealt with', async () => {
    await put('a', 0, 4);
    await put('b', 4, 8);
    const { state } = await live({ files: 2 });
    await put('c', 8, 12);
    const kept = JSON.parse(JSON.stringify(state)) as WatchState;
    expect(names((await live({ files: 1, state: kept })).done)).toEqual(['c']);
  });
});
