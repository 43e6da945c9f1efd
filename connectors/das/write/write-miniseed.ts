/**
 * A recording in, a MiniSEED 2 file out: a station a channel, named by its number on the fibre (from
 * 0 on where that would be negative).
 * @module
 */
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { InvalidInputError, isQuakeError, UnavailableError } from '../../../core/errors.js';
import { writeSeedRecord, type SeedEncoding } from '../../seed/write-record.js';
import { runTimeNs, type SampleRun } from '../clock.js';
import { bytesPerSample, type SampleArray, type SampleType } from '../recording.js';
import { SLICE_BYTES } from '../samples.js';
import type { WriteSource } from './write-source.js';

export interface MiniseedTarget {
  readonly path: string;
  readonly recording: WriteSource;
  /** SEED network code (`XX`). */
  readonly network?: string;
  /** SEED channel code (see `fibreChannelCode`). */
  readonly channel?: string;
  /**
   * Default: Steim 2 for integers (int32 where they jump by more than it holds), float64 for uint32,
   * else the type of the samples.
   */
  readonly encoding?: SeedEncoding;
  /** Power of two from 256 to 65,536 (4096). */
  readonly recordBytes?: number;
}

const DEFAULTS: Readonly<Record<SampleType, SeedEncoding | null>> = {
  int8: 'steim2',
  uint8: 'steim2',
  int16: 'steim2',
  uint16: 'steim2',
  int32: 'steim2',
  uint32: 'float64',
  int64: null,
  uint64: null,
  float32: 'float32',
  float64: 'float64',
};

/**
 * Writes the file; an existing one is replaced when the new one is complete. At most 64 MiB of
 * samples are in memory. Throws InvalidInputError for samples that the encoding cannot hold,
 * UnavailableError, or what the recording throws.
 */
export async function writeMiniseed(target: MiniseedTarget): Promise<void> {
  const settings = checked(target);
  const partial = path.join(path.dirname(target.path), `.${path.basename(target.path)}.part`);
  try {
    const handle = await open(partial, 'w');
    try {
      await writeRuns(handle, target.recording, settings);
    } finally {
      await handle.close();
    }
    await rename(partial, target.path);
  } catch (cause) {
    await rm(partial, { force: true });
    if (isQuakeError(cause)) throw cause;
    throw new UnavailableError({
      what: target.path,
      reason: cause instanceof Error ? cause.message : String(cause),
      remedy: 'choose a folder that exists, can be written and has room',
      cause,
    });
  }
}

/**
 * Lowest rate of each band code, Hz, of instruments that see long periods too: FDSN source
 * identifiers, table of band codes.
 */
const BANDS: readonly (readonly [code: string, fromHz: number])[] = [
  ['J', 5000],
  ['F', 1000],
  ['C', 250],
  ['H', 80],
  ['B', 10],
  ['M', 1.05],
  ['L', 0.95],
  ['V', 0.095],
];

/** Band by the rate, `S` for linear strain, `F` along the fibre: `HSF` from 80 to 250 Hz. */
export function fibreChannelCode({ runs }: Pick<WriteSource, 'runs'>): string {
  const rateHz = runs[0]?.rateHz ?? Number.NaN;
  const [band] = BANDS.find(([, fromHz]) => rateHz >= fromHz) ?? ['U'];
  return `${band}SF`;
}

/** SEED codes of a recording as it is written where the target says nothing else. */
export function seedCodes(recording: WriteSource): {
  readonly network: string;
  readonly location: string;
  readonly channel: string;
  readonly stations: readonly [first: string, last: string];
} {
  const first = firstNumber(recording);
  const station = (number: number): string => String(number).padStart(5, '0');
  return {
    network: NETWORK,
    location: '',
    channel: fibreChannelCode(recording),
    stations: [station(first), station(first + recording.layout.channelCount - 1)],
  };
}

/** For recordings of no network (FDSN: experimental and test data). */
const NETWORK = 'XX';

interface Settings {
  readonly network: string;
  readonly channel: string;
  readonly encoding: SeedEncoding;
  /** The encoding was asked for: no other will do. */
  readonly isFixed: boolean;
  readonly recordBytes: number;
}

function checked(target: MiniseedTarget): Settings {
  const { type, channelCount } = target.recording.layout;
  const encoding = target.encoding ?? DEFAULTS[type];
  const recordBytes = target.recordBytes ?? 4096;
  const isFloat = type.startsWith('float');
  const holds = encoding === 'float64' || (isFloat ? encoding === type : DEFAULTS[type] !== null);
  const isNarrow = encoding === 'int16' && !['int8', 'uint8', 'int16'].includes(type);
  const isRounded = encoding === 'float32' && type === 'int32';
  if (encoding === null || !holds || isNarrow || isRounded) {
    throw invalid(
      `${type} samples as ${encoding ?? 'MiniSEED'}, which cannot hold all of them`,
      'convert to arrow, prodml or zarr, which keep every type',
    );
  }
  if (!Number.isInteger(Math.log2(recordBytes)) || recordBytes < 256 || recordBytes > 65_536) {
    throw invalid(`records of ${recordBytes} bytes`, 'choose a power of two from 256 to 65536');
  }
  const first = firstNumber(target.recording);
  if (first + channelCount > 100_000) {
    throw invalid(`channels ${first} to ${first + channelCount}`, 'SEED has five digits for them');
  }
  return {
    network: target.network ?? NETWORK,
    channel: target.channel ?? fibreChannelCode(target.recording),
    encoding,
    isFixed: target.encoding !== undefined,
    recordBytes,
  };
}

/** SEED station codes have no sign. */
function firstNumber({ firstChannel }: WriteSource): number {
  return Math.max(0, firstChannel);
}

function invalid(reason: string, remedy: string): InvalidInputError {
  return new InvalidInputError({ what: 'MiniSEED output', reason, remedy });
}

async function writeRuns(
  handle: FileHandle,
  recording: WriteSource,
  settings: Settings,
): Promise<void> {
  const { channelCount, type } = recording.layout;
  const perBlock = Math.floor(SLICE_BYTES / (channelCount * bytesPerSample(type)));
  const step = Math.max(1, perBlock);
  let sequence = 0;
  for (const run of recording.runs) {
    for (let from = 0; from < run.sampleCount; from += step) {
      const to = Math.min(run.sampleCount, from + step);
      sequence = await writeBlock(handle, recording, { ...settings, run, from, to, sequence });
    }
  }
}

async function writeBlock(
  handle: FileHandle,
  recording: WriteSource,
  part: Settings & { run: SampleRun; from: number; to: number; sequence: number },
): Promise<number> {
  const { run, from, to } = part;
  const { channelCount, timeAxis } = recording.layout;
  const values = await recording.readBlock({
    time: [run.firstIndex + from, run.firstIndex + to],
    channel: [0, channelCount],
  });
  const count = to - from;
  let { sequence } = part;
  for (let c = 0; c < channelCount; c++) {
    const samples = channelOf(values, { c, count, channelCount, timeAxis });
    const records: Uint8Array[] = [];
    for (let at = 0; at < count;) {
      const content = {
        ...part,
        station: String(firstNumber(recording) + c).padStart(5, '0'),
        location: '',
        startNs: runTimeNs(run, from + at),
        rateHz: run.rateHz,
        samples,
        from: at,
        sequence,
      };
      const record =
        writeSeedRecord(content) ??
        (part.isFixed ? null : writeSeedRecord({ ...content, encoding: 'int32' }));
      if (record === null) {
        throw invalid(
          `channel ${firstNumber(recording) + c} jumps by more than 30 bits, which Steim 2 cannot hold`,
          "choose the encoding 'int32'",
        );
      }
      records.push(record.bytes);
      at += record.sampleCount;
      sequence++;
    }
    await handle.write(Buffer.concat(records));
  }
  return sequence;
}

function channelOf(
  values: SampleArray,
  input: { c: number; count: number; channelCount: number; timeAxis: 0 | 1 },
): Int32Array | Float64Array {
  const { c, count, channelCount, timeAxis } = input;
  const isFloat = !(
    values instanceof Int8Array ||
    values instanceof Uint8Array ||
    values instanceof Int16Array ||
    values instanceof Uint16Array ||
    values instanceof Int32Array
  );
  const out = isFloat ? new Float64Array(count) : new Int32Array(count);
  const [start, stride] = timeAxis === 0 ? [c, channelCount] : [c * count, 1];
  for (let i = 0; i < count; i++) out[i] = Number(values[start + i * stride]);
  return out;
}
