/**
 * OptaSense ODH3 HDF5 files: `/data` [channel, time] with the axes as datasets `/x_axis` (m) and
 * `/t_axis` (s since 1970). Layout: DASPy's reader and writer.
 * @module
 */
import { CorruptSourceError, UnsupportedSourceError } from '../../../core/errors.js';
import { assumption, disagreement, note, type AuditEntry } from '../audit.js';
import { findRuns } from '../clock.js';
import type { DasFormat } from '../das-format.js';
import { withHdf5, type Hdf5Reader } from '../../hdf5/hdf5.js';
import { hdf5Samples } from '../hdf5-samples.js';
import type { DasOptions } from '../options.js';
import { probeHdf5 } from '../../hdf5/probe.js';
import type { DasRecording } from '../recording.js';
import { storedConversion } from '../stored-conversion.js';
import { timeAxisOf } from '../time-axis.js';
import { meanStep, readTimeStamps } from '../time-stamps.js';

const FORMAT = 'das/odh3';
const DATASET = '/data';
const TIMES = '/t_axis';
const POSITIONS = '/x_axis';
/** Times before 1980 count from the start of the measurement, not from 1970. */
const EARLIEST_NS = 315_532_800_000_000_000n;
/** Distances of neighbours may differ by this part of the mean before each gets its own. */
const REGULAR = 1e-3;

export const odh3Format: DasFormat = {
  format: FORMAT,
  title: 'DAS, OptaSense ODH3 (HDF5)',
  probe: (file) =>
    probeHdf5(file, (reader) => {
      const names = reader.children('/');
      const isOurs = ['data', 't_axis', 'x_axis'].every((name) => names.includes(name));
      return isOurs && reader.dataset(DATASET) !== null ? 0.9 : 0;
    }),
  withRecording: ({ file, options }, use) =>
    withHdf5(file, (reader) => use(odh3Recording(reader, options))),
};

function odh3Recording(reader: Hdf5Reader, options: DasOptions): DasRecording {
  const { source } = reader;
  const header = reader.dataset(DATASET);
  if (header === null) throw new CorruptSourceError({ source, at: DATASET, reason: 'missing' });
  const lengthOf = (path: string): number | null =>
    reader.dataset(path)?.shape.reduce((product, length) => product * length, 1) ?? null;
  const axis = timeAxisOf({
    source,
    at: DATASET,
    shape: header.shape,
    samples: [{ at: TIMES, length: lengthOf(TIMES) }],
    channels: [{ at: POSITIONS, length: lengthOf(POSITIONS) }],
    usual: 1,
  });
  const samples = hdf5Samples(reader, { path: DATASET, timeAxis: axis.timeAxis });
  const stamps = readTimeStamps(reader, { path: TIMES, ticksPerSecond: 1 });
  if (stamps.offsetsS.length !== samples.layout.timeCount) {
    const reason = `${stamps.offsetsS.length} times for ${samples.layout.timeCount} samples`;
    throw new CorruptSourceError({ source, at: TIMES, reason });
  }
  if (stamps.originNs < EARLIEST_NS) {
    throw new UnsupportedSourceError({
      source,
      reason: `${TIMES} begins at ${Number(stamps.originNs) / 1e9} s: no date, only time since some start`,
      remedy: 'write seconds since 1970 into t_axis',
    });
  }
  const stepS = meanStep(stamps.offsetsS);
  const attributeRateHz = stepS === null ? null : 1 / stepS;
  const clock = findRuns({ source, at: TIMES, stamps, attributeRateHz });
  const conversion = storedConversion({
    options,
    unit: null,
    type: samples.layout.type,
    rateHz: clock.runs[0]?.rateHz as number,
    gaugeLengthM: options.gaugeLengthM ?? null,
    refractiveIndex: null,
  });
  const space = positionsOf(reader, samples.layout.channelCount);
  return {
    format: FORMAT,
    version: null,
    ...samples,
    runs: clock.runs,
    conversion,
    storedUnit: null,
    gaugeLengthM: options.gaugeLengthM ?? null,
    firstChannel: 0,
    ...space,
    facts: { dataset: DATASET },
    audit: [...axis.audit, ...clock.audit, ...space.audit, ...conversion.audit],
  };
}

function positionsOf(
  reader: Hdf5Reader,
  channels: number,
): Pick<DasRecording, 'firstDistanceM' | 'spacingM' | 'distancesM' | 'audit'> {
  const { source } = reader;
  // The same list of numbers as times are: metres here.
  const list = readTimeStamps(reader, { path: POSITIONS, ticksPerSecond: 1 });
  const firstDistanceM = Number(list.originNs) / 1e9;
  const offsetsM = list.offsetsS;
  if (offsetsM.length !== channels) {
    const reason = `${offsetsM.length} positions for ${channels} channels`;
    throw new CorruptSourceError({ source, at: POSITIONS, reason });
  }
  const lastM = offsetsM.at(-1) as number;
  if (channels === 1) {
    const why = 'a single channel has no spacing';
    const audit = [assumption('channel-spacing', { [POSITIONS]: 1 }, 1, why)];
    return { firstDistanceM, spacingM: 1, distancesM: null, audit };
  }
  const spacingM = lastM / (channels - 1);
  const audit: AuditEntry[] = [];
  let worst = 0;
  for (let i = 0; i < channels; i++) {
    worst = Math.max(worst, Math.abs((offsetsM[i] as number) - i * spacingM));
  }
  if (!Number.isFinite(worst) || spacingM === 0) {
    throw new CorruptSourceError({ source, at: POSITIONS, reason: 'not a list of distances' });
  }
  const isRegular = worst <= Math.abs(spacingM) * REGULAR;
  if (!isRegular) {
    const why = 'channels are not equally spaced: each has its own distance';
    audit.push(note('channel-spacing', { 'largest offset': worst }, spacingM, why));
  }
  if (spacingM < 0) {
    const why = 'distances fall along the channels';
    audit.push(disagreement('channel-spacing', { [POSITIONS]: spacingM }, spacingM, why));
  }
  const distancesM = isRegular ? null : offsetsM.map((offset) => firstDistanceM + offset);
  return { firstDistanceM, spacingM, distancesM, audit };
}
