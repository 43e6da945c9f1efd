/**
 * Samples in, a PRODML 2.1 DAS file out: for the simulator and for tests.
 * @module
 */
import { createHash } from 'node:crypto';
import { rename, rm } from 'node:fs/promises';
import type * as H5wasm from 'h5wasm/node';
import { InvalidInputError, UnavailableError } from '../../core/errors.js';
import { nsToIso } from '../../core/time.js';
import { guarded } from './hdf5.js';
import { loadH5wasm } from './load-h5wasm.js';

export interface ProdmlRecording {
  /** File to write; an existing one is replaced at once when the new one is complete. */
  readonly path: string;
  /** Time of the first sample, ns; PRODML keeps microseconds, the rest is cut off. */
  readonly startNs: bigint;
  readonly rateHz: number;
  readonly channelCount: number;
  /** Spacing of the channels along the fibre, m. */
  readonly dxM: number;
  readonly gaugeLengthM: number;
  /** Row-major [time, channel]. */
  readonly samples: Float32Array;
  /** For example `microstrain/s` or `nm/m/s`; written as RawDataUnit. */
  readonly unit: string;
  /** Number of the first channel on the fibre (0). */
  readonly startLocusIndex?: number;
}

/**
 * Writes the file (Energistics PRODML 2.1, DAS HDF5 layout) to `path`. HDF5 stamps its objects with
 * the wall clock, so that equal input does not give equal bytes. Throws InvalidInputError when
 * shapes and numbers do not fit together, UnavailableError when the file cannot be written.
 */
export async function writeProdml(recording: ProdmlRecording): Promise<void> {
  const sampleCount = checkedSampleCount(recording);
  const h5 = await loadH5wasm();
  const module = await h5.ready;
  // Hidden until complete: folder listings skip names that start with a dot.
  const partial = recording.path.replace(/([^/\\]+)$/, '.$1.part');
  try {
    guarded(module, partial, 'file', () => {
      const file = new h5.File(partial, 'w');
      try {
        writeGroups(file, recording, sampleCount);
      } finally {
        file.close();
      }
    });
    await rename(partial, recording.path);
  } catch (cause) {
    await rm(partial, { force: true });
    throw new UnavailableError({
      what: recording.path,
      reason: cause instanceof Error ? cause.message : String(cause),
      remedy: 'choose a folder that exists, can be written and has room',
      cause,
    });
  }
}

function checkedSampleCount(recording: ProdmlRecording): number {
  const { samples, channelCount, rateHz, dxM } = recording;
  const sampleCount = samples.length / channelCount;
  if (!Number.isInteger(sampleCount) || sampleCount < 1 || !(rateHz > 0) || !(dxM > 0)) {
    throw new InvalidInputError({
      what: 'recording',
      reason: `${samples.length} samples of ${channelCount} channels at ${rateHz} Hz, ${dxM} m apart`,
      remedy: 'give samples as [time, channel] and positive numbers',
    });
  }
  return sampleCount;
}

function writeGroups(file: H5wasm.File, recording: ProdmlRecording, sampleCount: number): void {
  const { channelCount, rateHz } = recording;
  const startUs = recording.startNs / 1000n;
  const timeUs = (i: number): bigint => startUs + BigInt(Math.round((i * 1e6) / rateHz));
  const startText = nsToIso(startUs * 1000n);
  const endText = nsToIso(timeUs(sampleCount - 1) * 1000n);
  const locus = BigInt(recording.startLocusIndex ?? 0);

  const acquisition = file.create_group('Acquisition');
  texts(acquisition, {
    schemaVersion: '2.1',
    uuid: nameUuid(`acquisition|${startText}|${channelCount}|${sampleCount}`),
    AcquisitionDescription: 'Written by quakeloom',
    ServiceCompanyName: 'quakeloom',
    MeasurementStartTime: startText,
    TriggeredMeasurement: 'false',
    'GaugeLength.uom': 'm',
    'SpatialSamplingInterval.uom': 'm',
    'PulseRate.uom': 'Hz',
    'MaximumFrequency.uom': 'Hz',
    'MinimumFrequency.uom': 'Hz',
  });
  reals(acquisition, {
    GaugeLength: recording.gaugeLengthM,
    SpatialSamplingInterval: recording.dxM,
    PulseRate: rateHz,
    MaximumFrequency: rateHz / 2,
    MinimumFrequency: 0,
  });
  wholes(acquisition, { NumberOfLoci: BigInt(channelCount), StartLocusIndex: locus });

  const raw = acquisition.create_group('Raw[0]');
  texts(raw, {
    uuid: nameUuid(`raw|${startText}|${channelCount}|${sampleCount}`),
    RawDataUnit: recording.unit,
    'OutputDataRate.uom': 'Hz',
  });
  reals(raw, { OutputDataRate: rateHz });
  wholes(raw, { NumberOfLoci: BigInt(channelCount), StartLocusIndex: locus });

  const data = raw.create_dataset({
    name: 'RawData',
    data: recording.samples,
    shape: [sampleCount, channelCount],
    dtype: '<f',
  });
  const count = BigInt(recording.samples.length);
  texts(data, { PartStartTime: startText, PartEndTime: endText });
  wholes(data, { Count: count, StartIndex: 0n });
  data.create_attribute('Dimensions', ['time', 'locus'], [2], 'A5');

  const stamps = BigInt64Array.from({ length: sampleCount }, (_, i) => timeUs(i));
  const time = raw.create_dataset({
    name: 'RawDataTime',
    data: stamps,
    shape: [sampleCount],
    dtype: '<q',
  });
  texts(time, { Uom: 'us', PartStartTime: startText, PartEndTime: endText });
  wholes(time, { Count: BigInt(sampleCount), StartIndex: 0n });
}

type Attributed = Pick<H5wasm.Group | H5wasm.Dataset, 'create_attribute'>;

/** Fixed-length ASCII, which every reader takes; HDF5 has no text of length 0. */
function texts(on: Attributed, values: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(values)) {
    const bytes = Math.max(1, Buffer.byteLength(value));
    on.create_attribute(name, value, [], `S${bytes}`);
  }
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
