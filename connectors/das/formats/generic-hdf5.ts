/**
 * HDF5 files without a format of their own: an array `data` or `raw`, its times `time` or
 * `timestamp`, perhaps `distance` or `channels`. Layout: dascore `io/h5simple`.
 * @module
 */
import { CorruptSourceError } from '../../../core/errors.js';
import { numberAttribute, textAttribute, type AttributeSet } from '../attributes.js';
import { assumption, type AuditEntry } from '../audit.js';
import { findRuns, type SampleRun, type TimeStamps } from '../clock.js';
import type { DasFormat } from '../das-format.js';
import { distanceAxis, type DistanceAxis } from '../distance-axis.js';
import { hdf5Samples } from '../hdf5-samples.js';
import { withHdf5, type Hdf5Reader } from '../../hdf5/hdf5.js';
import type { DasOptions } from '../options.js';
import { probeHdf5 } from '../../hdf5/probe.js';
import type { DasRecording } from '../recording.js';
import { storedConversion } from '../stored-conversion.js';
import { timeAxisOf } from '../time-axis.js';
import { readTimeStamps } from '../time-stamps.js';

const FORMAT = 'das/generic-hdf5';
const DATA = ['data', 'raw'] as const;
const TIMES = ['time', 'timestamp', 'timestamps'] as const;
const DISTANCES = ['distance', 'distances', 'channels'] as const;

/** Reads the array; see DasOptions for the options. Any format with a name of its own wins. */
export const genericHdf5Format: DasFormat = {
  format: FORMAT,
  title: 'DAS, HDF5 with data and time',
  probe: (file) =>
    probeHdf5(file, (reader) => {
      const { data, times } = partsOf(reader);
      const rank = data === null ? 0 : (reader.dataset(data)?.shape.length ?? 0);
      return rank === 2 && times !== null && reader.dataset(times) !== null ? 0.3 : 0;
    }),
  withRecording: ({ file, options }, use) =>
    withHdf5(file, (reader) => use(recordingOf(reader, options))),
};

interface Parts {
  readonly data: string | null;
  readonly times: string | null;
  readonly distances: string | null;
}

function partsOf(reader: Hdf5Reader): Parts {
  const names = new Map(reader.children('/').map((name) => [name.toLowerCase(), `/${name}`]));
  const first = (wanted: readonly string[]): string | null =>
    names.get(wanted.find((name) => names.has(name)) ?? '') ?? null;
  return { data: first(DATA), times: first(TIMES), distances: first(DISTANCES) };
}

function recordingOf(reader: Hdf5Reader, options: DasOptions): DasRecording {
  const { source } = reader;
  const { data, times, distances } = partsOf(reader);
  const header = data === null ? null : reader.dataset(data);
  if (data === null || times === null || header === null) {
    const at = data === null || header === null ? '/data' : '/time';
    throw new CorruptSourceError({ source, at, reason: 'missing from the file' });
  }
  const audit: AuditEntry[] = [];
  const values = { ...reader.attributes('/'), ...reader.attributes(data) };
  const set: AttributeSet = { source, path: data, values };
  const stamps = readTimes(reader, times, audit);
  const channels = distances === null ? null : (reader.dataset(distances)?.shape[0] ?? null);
  const dims = textAttribute(set, 'dims')?.split(',') ?? [];
  const found = timeAxisOf({
    source,
    at: data,
    shape: header.shape,
    samples: [{ at: times, length: stamps.offsetsS.length }],
    channels: distances === null ? [] : [{ at: distances, length: channels }],
    labelled: dims[0] === 'time' ? 0 : dims[1] === 'time' ? 1 : null,
    usual: 0,
  });
  const { timeAxis } = found;
  if (header.shape[timeAxis] !== stamps.offsetsS.length) {
    const reason = `${stamps.offsetsS.length} times, shape [${header.shape.join(', ')}]`;
    throw new CorruptSourceError({ source, at: times, reason });
  }
  const samples = hdf5Samples(reader, { path: data, timeAxis });
  const clock = findRuns({ source, at: times, stamps, attributeRateHz: null });
  const runs = clock.runs.map((run) => meanRate(run, stamps));
  const axis = readDistances(reader, { distances, samples, options, audit });
  const unit = textAttribute(set, 'units') ?? textAttribute(set, 'unit');
  const gaugeLengthM = options.gaugeLengthM ?? numberAttribute(set, 'gauge_length');
  const conversion = storedConversion({
    options,
    unit,
    type: samples.layout.type,
    rateHz: runs[0]?.rateHz as number,
    gaugeLengthM,
    refractiveIndex: null,
  });
  return {
    format: FORMAT,
    version: null,
    ...samples,
    runs,
    conversion,
    storedUnit: unit,
    gaugeLengthM,
    firstChannel: 0,
    ...axis,
    facts: { dataset: data, timeDataset: times },
    audit: [...audit, ...found.audit, ...clock.audit, ...conversion.audit],
  };
}

/** Ticks a second by the size of a time in our century; the files do not say. */
const SCALES = [
  { below: 1e11, ticksPerSecond: 1, name: 'seconds' },
  { below: 1e14, ticksPerSecond: 1e3, name: 'milliseconds' },
  { below: 1e17, ticksPerSecond: 1e6, name: 'microseconds' },
  { below: Infinity, ticksPerSecond: 1e9, name: 'nanoseconds' },
] as const;

function readTimes(reader: Hdf5Reader, path: string, audit: AuditEntry[]): TimeStamps {
  const length = reader.dataset(path)?.shape[0] ?? 0;
  const first = length > 0 ? Number(reader.slice(path, [[0, 1]])[0]) : NaN;
  const scale = SCALES.find(({ below }) => Math.abs(first) < below) ?? SCALES[0];
  const used = `${scale.name} since 1970`;
  const why = 'the file does not say what its times count; judged by their size';
  audit.push(assumption('time', { [`${path}[0]`]: first }, used, why));
  return readTimeStamps(reader, { path, ticksPerSecond: scale.ticksPerSecond });
}

/**
 * Seconds since 1970 as float64 are whole multiples of 0.24 microseconds, so that single steps are
 * coarse; the mean step of a run is not.
 */
function meanRate(run: SampleRun, stamps: TimeStamps): SampleRun {
  const steps = run.sampleCount - 1;
  if (steps < 1) return run;
  const from = stamps.offsetsS[run.firstIndex] as number;
  const to = stamps.offsetsS[run.firstIndex + steps] as number;
  return { ...run, rateHz: steps / (to - from) };
}

function readDistances(
  reader: Hdf5Reader,
  input: {
    distances: string | null;
    samples: Pick<DasRecording, 'layout'>;
    options: DasOptions;
    audit: AuditEntry[];
  },
): DistanceAxis {
  const { distances, options, audit } = input;
  const { channelCount } = input.samples.layout;
  if (distances !== null && options.spacingM === undefined) {
    const shape = reader.dataset(distances)?.shape ?? [];
    if (shape.length === 1 && shape[0] === channelCount) {
      const values = reader.slice(distances, [[0, channelCount]]);
      const distancesM = Float64Array.from(values as Float64Array, Number);
      const found = distanceAxis({ source: reader.source, at: distances, distancesM });
      audit.push(...found.audit);
      return found.axis;
    }
  }
  const spacingM = options.spacingM ?? 1;
  const firstDistanceM = options.firstDistanceM ?? 0;
  if (options.spacingM === undefined) {
    const why = "no distances that fit the channels; option 'spacingM' can state the step";
    audit.push(assumption('channel-spacing', { distance: null }, spacingM, why));
  }
  return { firstDistanceM, spacingM, distancesM: null };
}
