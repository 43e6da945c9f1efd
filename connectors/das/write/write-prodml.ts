/**
 * Samples in, a PRODML 2.1 DAS file out, block by block: for conversions, the simulator and tests.
 * @module
 */
import { createHash } from 'node:crypto';
import { rename, rm } from 'node:fs/promises';
import type * as H5wasm from 'h5wasm/node';
import { InvalidInputError, UnavailableError, isQuakeError } from '../../../core/errors.js';
import { nsToIso } from '../../../core/time.js';
import { guarded } from '../../hdf5/library/guard.js';
import { loadH5wasm } from '../../hdf5/library/load-h5wasm.js';
import type { SampleArray, SampleType } from '../recording.js';

/** What stands in the header. */
export interface ProdmlHeader {
  /** File to write; an existing one is replaced at once when the new one is complete. */
  readonly path: string;
  readonly rateHz: number;
  readonly channelCount: number;
  /** Spacing of the channels along the fibre, m. */
  readonly dxM: number;
  /** Null: unknown, the attribute is left out. */
  readonly gaugeLengthM: number | null;
  /** For example `microstrain/s` or `nm/m/s`, written as RawDataUnit; null: left out. */
  readonly unit: string | null;
  /** Number of the first channel on the fibre (0). */
  readonly startLocusIndex?: number;
}

export interface ProdmlRecording extends ProdmlHeader {
  /** Time of the first sample, ns; PRODML keeps microseconds, the rest is cut off. */
  readonly startNs: bigint;
  /** Row-major [time, channel]. */
  readonly samples: Float32Array;
}

export interface ProdmlStream extends ProdmlHeader {
  readonly sampleCount: number;
  readonly type: SampleType;
  /** Time of sample `i`, ns; PRODML keeps microseconds, the rest is cut off. */
  readonly timeNs: (i: number) => bigint;
  /** Row-major [time, channel] blocks of that type, one after another in time. */
  readonly blocks: AsyncIterable<SampleArray>;
}

/** Samples of one HDF5 chunk of a streamed file: 1 MiB of float32. */
const CHUNK_VALUES = 256 * 1024;
const STAMPS_PER_SLICE = 1024 * 1024;

const DTYPES: Readonly<Record<SampleType, string>> = {
  int8: '<b',
  uint8: '<B',
  int16: '<h',
  uint16: '<H',
  int32: '<i',
  uint32: '<I',
  int64: '<q',
  uint64: '<Q',
  float32: '<f',
  float64: '<d',
};

/**
 * Writes the file (Energistics PRODML 2.1, DAS HDF5 layout) to `path`. HDF5 stamps its objects with
 * the wall clock, so that equal input does not give equal bytes. Throws InvalidInputError when
 * shapes and numbers do not fit together, UnavailableError when the file cannot be written.
 */
export async function writeProdml(recording: ProdmlRecording): Promise<void> {
  const { samples, startNs, rateHz, channelCount } = recording;
  await writeProdmlStream({
    ...recording,
    sampleCount: samples.length / channelCount,
    type: 'float32',
    timeNs: (i) => startNs + BigInt(Math.round((i * 1e6) / rateHz)) * 1000n,

    blocks: (async function* () {
      yield samples;
    })(),
  });
}

/**
 * Like writeProdml, but holds one block at a time. Throws also InvalidInputError when the blocks do
 * not add up to `sampleCount`, and what `blocks` throws; no file is left then.
 */
export async function writeProdmlStream(stream: ProdmlStream): Promise<void> {
  checkShape(stream);
  const h5 = await loadH5wasm();
  const module = await h5.ready;
  // Hidden until complete: folder listings skip names that start with a dot.
  const partial = stream.path.replace(/([^/\\]+)$/, '.$1.part');
  const guard = <T>(call: () => T): T => guarded(module, partial, 'file', call);
  try {
    const file = guard(() => new h5.File(partial, 'w'));
    try {
      const data = guard(() => writeGroups(file, stream));
      let row = 0;
      for await (const block of stream.blocks) {
        const rows = block.length / stream.channelCount;
        if (!Number.isInteger(rows) || row + rows > stream.sampleCount) throw misfit(stream);
        const range: [number, number][] = [
          [row, row + rows],
          [0, stream.channelCount],
        ];
        guard(() => data.write_slice(range, block));
        row += rows;
      }
      if (row !== stream.sampleCount) throw misfit(stream);
    } finally {
      guard(() => file.close());
    }
    await rename(partial, stream.path);
  } catch (cause) {
    await rm(partial, { force: true });
    // What the blocks were read from, or the arguments, is at fault, not the file written.
    if (isQuakeError(cause) && (cause as { source?: string }).source !== partial) throw cause;
    throw new UnavailableError({
      what: stream.path,
      reason: cause instanceof Error ? cause.message : String(cause),
      remedy: 'choose a folder that exists, can be written and has room',
      cause,
    });
  }
}

function checkShape(stream: ProdmlStream): void {
  const { sampleCount, channelCount, rateHz, dxM } = stream;
  const whole = Number.isInteger(sampleCount) && Number.isInteger(channelCount);
  if (!whole || sampleCount < 1 || channelCount < 1 || !(rateHz > 0) || !(dxM > 0)) {
    throw misfit(stream);
  }
}

function misfit(stream: ProdmlStream): InvalidInputError {
  const { sampleCount, channelCount, rateHz, dxM } = stream;
  return new InvalidInputError({
    what: 'recording',
    reason: `${sampleCount} samples of ${channelCount} channels at ${rateHz} Hz, ${dxM} m apart`,
    remedy: 'give samples as [time, channel], as many as announced, and positive numbers',
  });
}

/** Writes all but the samples and gives their dataset. */
function writeGroups(file: H5wasm.File, stream: ProdmlStream): H5wasm.Dataset {
  const { channelCount, sampleCount, rateHz, gaugeLengthM } = stream;
  const timeUs = (i: number): bigint => stream.timeNs(i) / 1000n;
  const startText = nsToIso(timeUs(0) * 1000n);
  const endText = nsToIso(timeUs(sampleCount - 1) * 1000n);

  const acquisition = file.create_group('Acquisition');
  texts(acquisition, {
    schemaVersion: '2.1',
    uuid: nameUuid(`acquisition|${startText}|${channelCount}|${sampleCount}`),
    AcquisitionDescription: 'Written by quakeloom',
    ServiceCompanyName: 'quakeloom',
    MeasurementStartTime: startText,
    TriggeredMeasurement: 'false',
    'SpatialSamplingInterval.uom': 'm',
    'PulseRate.uom': 'Hz',
    'MaximumFrequency.uom': 'Hz',
    'MinimumFrequency.uom': 'Hz',
  });
  if (gaugeLengthM !== null) {
    texts(acquisition, { 'GaugeLength.uom': 'm' });
    reals(acquisition, { GaugeLength: gaugeLengthM });
  }
  reals(acquisition, {
    SpatialSamplingInterval: stream.dxM,
    PulseRate: rateHz,
    MaximumFrequency: rateHz / 2,
    MinimumFrequency: 0,
  });
  wholes(acquisition, { NumberOfLoci: BigInt(channelCount) });
  writeStart(acquisition, stream.startLocusIndex ?? 0);

  const raw = acquisition.create_group('Raw[0]');
  texts(raw, {
    uuid: nameUuid(`raw|${startText}|${channelCount}|${sampleCount}`),
    ...(stream.unit === null ? {} : { RawDataUnit: stream.unit }),
    'OutputDataRate.uom': 'Hz',
  });
  reals(raw, { OutputDataRate: rateHz });
  wholes(raw, { NumberOfLoci: BigInt(channelCount) });
  writeStart(raw, stream.startLocusIndex ?? 0);

  const shape = [sampleCount, channelCount];
  const rows = Math.max(1, Math.min(sampleCount, Math.floor(CHUNK_VALUES / channelCount)));
  const data = emptyDataset(raw, {
    name: 'RawData',
    shape,
    chunks: [rows, channelCount],
    dtype: DTYPES[stream.type],
  });
  texts(data, { PartStartTime: startText, PartEndTime: endText });
  wholes(data, { Count: BigInt(sampleCount) * BigInt(channelCount), StartIndex: 0n });
  data.create_attribute('Dimensions', ['time', 'locus'], [2], 'A5');

  const perChunk = Math.min(sampleCount, STAMPS_PER_SLICE);
  const time = emptyDataset(raw, {
    name: 'RawDataTime',
    shape: [sampleCount],
    chunks: [perChunk],
    dtype: '<q',
  });
  for (let from = 0; from < sampleCount; from += perChunk) {
    const length = Math.min(perChunk, sampleCount - from);
    const stamps = BigInt64Array.from({ length }, (_, i) => timeUs(from + i));
    time.write_slice([[from, from + length]], stamps);
  }
  texts(time, { Uom: 'us', PartStartTime: startText, PartEndTime: endText });
  wholes(time, { Count: BigInt(sampleCount), StartIndex: 0n });
  return data;
}

/** A dataset to be filled by slices. h5wasm makes none without values: it begins with one. */
function emptyDataset(
  group: H5wasm.Group,
  input: { name: string; shape: number[]; chunks: number[]; dtype: string },
): H5wasm.Dataset {
  const isBig = /[qQ]/.test(input.dtype);
  const dataset = group.create_dataset({
    name: input.name,
    data: isBig ? BigInt64Array.of(0n) : Float64Array.of(0),
    shape: input.shape.map(() => 1),
    maxshape: input.shape,
    chunks: input.chunks,
    dtype: input.dtype,
  });
  dataset.resize(input.shape);
  return dataset;
}

type Attributed = Pick<H5wasm.Group | H5wasm.Dataset, 'create_attribute'>;

/** Fixed-length ASCII, which every reader takes; HDF5 has no text of length 0. */
function texts(on: Attributed, values: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(values)) {
    const bytes = Math.max(1, Buffer.byteLength(value));
    on.create_attribute(name, value, [], `S${bytes}`);
  }
}

/** A whole number, as PRODML has it, unless that would move the first channel by over a millionth. */
function writeStart(on: Attributed, startLocusIndex: number): void {
  const whole = Math.round(startLocusIndex);
  if (Math.abs(startLocusIndex - whole) < 1e-6) wholes(on, { StartLocusIndex: BigInt(whole) });
  else reals(on, { StartLocusIndex: startLocusIndex });
}

function reals(on: Attributed, values: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(values)) on.create_attribute(name, value, [], '<d');
}

function wholes(on: Attributed, values: Readonly<Record<string, bigint>>): void {
  for (const [name, value] of Object.entries(values)) {
    on.create_attribute(name, BigInt64Array.of(value), [], '<q');
  }
}

/** A UUID (version 8, RFC 9562) made from a name: a simulation repeated has the same ones. */
function nameUuid(name: string): string {
  const hash = createHash('sha256').update(name).digest('hex');
  return [
    hash.slice(0, 8),
    hash.slice(8, 12),
    `8${hash.slice(13, 16)}`,
    `8${hash.slice(17, 20)}`,
    hash.slice(20, 32),
  ].join('-');
}
