/**
 * Fuzzing of the formats other than HDF5: a mutated file must be read or refused with a typed error,
 * in bounded time and memory.
 * @module
 */
import { mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { DasFormat } from '../../../connectors/das/das-format.js';
import { miniseedFormat } from '../../../connectors/das/formats/miniseed.js';
import { dasOptions } from '../../../connectors/das/options.js';
import { bytesPerSample } from '../../../connectors/das/recording.js';
import { segyFormat } from '../../../connectors/das/formats/segy.js';
import { sintelaFormat } from '../../../connectors/das/formats/sintela.js';
import { tdmsFormat } from '../../../connectors/das/formats/tdms.js';
import { memoryRecording } from '../../../connectors/das/write/write-source.js';
import { writeMiniseed } from '../../../connectors/das/write/write-miniseed.js';
import { writeZarr } from '../../../connectors/das/write/write-zarr.js';
import { zarrFormat } from '../../../connectors/das/formats/zarr.js';
import { openSourceFile } from '../../../connectors/source-file.js';
import { isQuakeError } from '../../../core/errors.js';
import { generator, mutated } from './mutations.js';
import { SINTELA, sintelaBytes } from './sintela-file.js';
import { tdmsBytes } from './tdms-file.js';
import { segyBytes } from './segy-file.js';

/** Bytes of one block that a run reads. */
const BLOCK_BYTES = 1024 * 1024;

export interface FuzzResult {
  readonly inputs: number;
  /** Inputs that were read whole in spite of the damage. */
  readonly read: number;
  /** Typed errors by tag. */
  readonly refused: Readonly<Record<string, number>>;
  /** Longest time of one input, ms, and the largest resident set seen, bytes. */
  readonly slowestMs: number;
  readonly residentBytes: number;
}

export interface FuzzTarget {
  readonly format: DasFormat;
  /** Damages a copy of the sample in `folder` and gives the path to open. */
  readonly damage: (folder: string, random: () => number) => string;
}

/** A target for each format, with small sound samples written below `folder`. */
export async function fuzzTargets(folder: string): Promise<Readonly<Record<string, FuzzTarget>>> {
  const recording = memoryRecording({
    samples: Int32Array.from({ length: 400 * 5 }, (_, i) => Math.round(Math.sin(i) * 900)),
    type: 'int32',
    channelCount: 5,
    runs: [{ firstIndex: 0, sampleCount: 400, startNs: 1_700_000_000_000_000_000n, rateHz: 100 }],
    firstDistanceM: 0,
    spacingM: 1,
  });
  const seed = path.join(folder, 'seed.mseed');
  await writeMiniseed({ path: seed, recording, recordBytes: 512 });
  const store = path.join(folder, 'seed.zarr');
  await writeZarr({ path: store, recording });
  const file = (format: DasFormat, bytes: Buffer, headBytes: number): FuzzTarget => ({
    format,
    damage: (scratch, random) => {
      const target = path.join(scratch, 'fuzz.bin');
      writeFileSync(target, mutated(bytes, random, headBytes));
      return target;
    },
  });
  return {
    tdms: file(tdmsFormat, tdmsBytes(), 1200),
    sintela: file(sintelaFormat, sintelaBytes(SINTELA), 200),
    segy: file(segyFormat, segyBytes(), 4200),
    miniseed: file(miniseedFormat, readFileSync(seed), 8000),
    zarr: { format: zarrFormat, damage: (scratch, random) => damagedStore(store, scratch, random) },
  };
}

/** A copy of the store in which one file or two are damaged. */
function damagedStore(store: string, scratch: string, random: () => number): string {
  const target = path.join(scratch, 'fuzz.zarr');
  rmSync(target, { recursive: true, force: true });
  const files = filesBelow(store);
  const hit = new Set([0, 1].map(() => Math.floor(random() * files.length)));
  files.forEach((name, i) => {
    const bytes = readFileSync(path.join(store, name));
    const copy = path.join(target, name);
    mkdirSync(path.dirname(copy), { recursive: true });
    writeFileSync(copy, hit.has(i) ? mutated(bytes, random, bytes.length) : bytes);
  });
  return target;
}

function filesBelow(folder: string, below = ''): string[] {
  return readdirSync(path.join(folder, below)).flatMap((name) => {
    const full = path.join(below, name);
    return statSync(path.join(folder, full)).isDirectory() ? filesBelow(folder, full) : [full];
  });
}

/** Runs `inputs` mutations; anything that is no typed error is thrown with its seed. */
export async function fuzz(
  target: FuzzTarget,
  input: { readonly folder: string; readonly seed: number; readonly inputs: number },
): Promise<FuzzResult> {
  const refused: Record<string, number> = {};
  let read = 0;
  let slowestMs = 0;
  let residentBytes = 0;
  for (let i = 0; i < input.inputs; i++) {
    const seed = input.seed + i;
    const start = performance.now();
    try {
      await readDamaged(target.format, target.damage(input.folder, generator(seed)));
      read++;
    } catch (error) {
      if (!isQuakeError(error)) throw new Error(`seed ${seed}: untyped error`, { cause: error });
      refused[error._tag] = (refused[error._tag] ?? 0) + 1;
    }
    slowestMs = Math.max(slowestMs, performance.now() - start);
    if (i % 64 === 0) residentBytes = Math.max(residentBytes, process.memoryUsage.rss());
  }
  return { inputs: input.inputs, read, refused, slowestMs, residentBytes };
}

/** Probe, header, and the first and last block. */
async function readDamaged(format: DasFormat, file: string): Promise<void> {
  const source = await openSourceFile({ path: file });
  const score = await format.probe(source);
  if (!(score >= 0 && score <= 1)) throw new Error(`probe gave ${score}`);
  await format.withRecording(
    { file: source, options: dasOptions({}).options },
    async (recording) => {
      const { timeCount, channelCount, type } = recording.layout;
      const channels = Math.min(channelCount, 64);
      const samples = Math.min(
        timeCount,
        Math.floor(BLOCK_BYTES / (channels * bytesPerSample(type))),
      );
      for (const time of [
        [0, samples],
        [timeCount - samples, timeCount],
      ] as const) {
        const values = await recording.readBlock({
          time,
          channel: [channelCount - channels, channelCount],
        });
        if (values.length !== samples * channels) throw new Error(`${values.length} values`);
      }
      const covered = recording.runs.reduce((sum, run) => sum + run.sampleCount, 0);
      if (covered !== timeCount) throw new Error(`runs cover ${covered} of ${timeCount}`);
    },
  );
}
