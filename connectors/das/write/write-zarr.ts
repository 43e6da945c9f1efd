/**
 * A recording in, a Zarr version 3 store out, laid out as xarray writes a DataArray (array `data`,
 * CF coordinate `time`, coordinate `distance` in m): `xarray.open_zarr` reads it.
 * @module
 */
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as zarr from 'zarrita';
import { InvalidInputError, isQuakeError, UnavailableError } from '../../../core/errors.js';
import { runTimeNs } from '../clock.js';
import {
  channelDistanceM,
  type DasRecording,
  type SampleArray,
  type SampleType,
} from '../recording.js';
import { installBoundedCodecs } from '../formats/zarr-codecs.js';
import type { WriteSource } from './write-source.js';

/** Longest sides of a chunk: 4 MiB of float32. */
const CHUNK = { time: 4096, channel: 256 } as const;
const STAMPS_PER_CHUNK = 2 ** 20;

/**
 * Writes the store to `path`, which must not exist: it appears when it is complete. One chunk is in
 * memory at a time. Throws InvalidInputError, UnavailableError, or what the recording throws.
 */
export async function writeZarr(input: {
  readonly path: string;
  readonly recording: WriteSource;
}): Promise<void> {
  const { recording } = input;
  installBoundedCodecs();
  if ((await stat(input.path).catch(() => null)) !== null) {
    throw new InvalidInputError({
      what: 'output folder',
      reason: `${input.path} exists`,
      remedy: 'choose another name, or remove it first',
    });
  }
  // Hidden until complete: folder listings skip names that start with a dot.
  const partial = path.join(path.dirname(input.path), `.${path.basename(input.path)}.part`);
  try {
    await rm(partial, { recursive: true, force: true });
    // Not the folders above it: in some file systems Node's search for one that is there never ends.
    await mkdir(partial);
    await writeStore(partial, recording);
    await rename(partial, input.path);
  } catch (cause) {
    await rm(partial, { recursive: true, force: true });
    if (isQuakeError(cause)) throw cause;
    throw new UnavailableError({
      what: input.path,
      reason: cause instanceof Error ? cause.message : String(cause),
      remedy: 'choose a folder that can be written and has room',
      cause,
    });
  }
}

async function writeStore(folder: string, recording: WriteSource): Promise<void> {
  const store = {
    get: () => Promise.resolve(undefined),
    set: async (key: string, value: Uint8Array): Promise<void> => {
      const file = path.join(folder, key);
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(file, value);
    },
  };
  const { gaugeLengthM, storedUnit, firstChannel } = recording;
  const attributes = {
    ...(storedUnit === null ? {} : { units: storedUnit }),
    ...(gaugeLengthM === null ? {} : { gauge_length: gaugeLengthM, gauge_length_units: 'm' }),
    first_channel: firstChannel,
  };
  await zarr.create(zarr.root(store), { attributes: { ...attributes, Conventions: 'CF-1.9' } });
  await writeTime(store, recording);
  await writeDistance(store, recording);
  await writeData(store, recording, attributes);
}

interface Writable {
  get(): Promise<undefined>;
  set(key: string, value: Uint8Array): Promise<void>;
}

async function writeData(
  store: Writable,
  recording: WriteSource,
  attributes: Readonly<Record<string, unknown>>,
): Promise<void> {
  const { timeCount, channelCount, timeAxis, type } = recording.layout;
  const time = Math.min(CHUNK.time, timeCount);
  const channel = Math.min(CHUNK.channel, channelCount);
  const inOrder = <T>(ofTime: T, ofChannel: T): T[] =>
    timeAxis === 0 ? [ofTime, ofChannel] : [ofChannel, ofTime];
  const array = await zarr.create(zarr.root(store).resolve('data'), {
    shape: inOrder(timeCount, channelCount),
    chunkShape: inOrder(time, channel),
    dtype: type,
    fillValue: fillValue(type),
    codecs: codecs(type),
    dimensionNames: inOrder('time', 'distance'),
    attributes: { ...attributes },
  });
  for (let t = 0; t < timeCount; t += time) {
    for (let c = 0; c < channelCount; c += channel) {
      const block: Parameters<DasRecording['readBlock']>[0] = {
        time: [t, Math.min(timeCount, t + time)],
        channel: [c, Math.min(channelCount, c + channel)],
      };
      const values = await recording.readBlock(block);
      const shape = inOrder(block.time[1] - t, block.channel[1] - c);
      const place = inOrder(zarr.slice(t, block.time[1]), zarr.slice(c, block.channel[1]));
      await put(array, place, values, shape);
    }
  }
}

async function writeTime(store: Writable, recording: WriteSource): Promise<void> {
  const { timeCount } = recording.layout;
  const array = await zarr.create(zarr.root(store).resolve('time'), {
    shape: [timeCount],
    chunkShape: [Math.min(STAMPS_PER_CHUNK, timeCount)],
    dtype: 'int64',
    fillValue: fillValue('int64'),
    codecs: codecs('int64'),
    dimensionNames: ['time'],
    attributes: {
      standard_name: 'time',
      units: 'nanoseconds since 1970-01-01T00:00:00',
      calendar: 'proleptic_gregorian',
    },
  });
  for (let from = 0; from < timeCount; from += STAMPS_PER_CHUNK) {
    const to = Math.min(timeCount, from + STAMPS_PER_CHUNK);
    const stamps = new BigInt64Array(to - from);
    for (const run of recording.runs) {
      const first = Math.max(from, run.firstIndex);
      const end = Math.min(to, run.firstIndex + run.sampleCount);
      for (let i = first; i < end; i++) stamps[i - from] = runTimeNs(run, i - run.firstIndex);
    }
    await put(array, [zarr.slice(from, to)], stamps, [to - from]);
  }
}

/** Unknown distances are left out: readers then see channels without a place. */
async function writeDistance(store: Writable, recording: WriteSource): Promise<void> {
  const { channelCount } = recording.layout;
  const whole = recording as DasRecording;
  const distances = Float64Array.from({ length: channelCount }, (_, i) =>
    channelDistanceM(whole, i),
  );
  if (!distances.every((distance) => Number.isFinite(distance))) return;
  const array = await zarr.create(zarr.root(store).resolve('distance'), {
    shape: [channelCount],
    chunkShape: [channelCount],
    dtype: 'float64',
    fillValue: Number.NaN,
    codecs: codecs('float64'),
    dimensionNames: ['distance'],
    attributes: { units: 'm', long_name: 'distance along the fibre' },
  });
  await put(array, [zarr.slice(0, channelCount)], distances, [channelCount]);
}

/** What a chunk that is not there would hold: no data. */
function fillValue(type: SampleType): never {
  if (type.startsWith('float')) return Number.NaN as never;
  // JSON has no bigint; zarrita makes one of it.
  return 0 as never;
}

/** Little-endian values, gzip level 1: what every Zarr reader knows. */
function codecs(type: string): zarr.CodecMetadata[] {
  const bytes = /8$/.test(type) ? {} : { endian: 'little' };
  return [
    { name: 'bytes', configuration: bytes },
    { name: 'gzip', configuration: { level: 1 } },
  ];
}

async function put(
  array: zarr.Array<zarr.DataType, Writable>,
  place: zarr.Slice[],
  data: SampleArray,
  shape: readonly number[],
): Promise<void> {
  const stride = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  await zarr.set(array, place, { data, shape: [...shape], stride } as never);
}
