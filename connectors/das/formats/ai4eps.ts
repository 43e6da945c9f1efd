/**
 * AI4EPS / QuakeFlow-DAS HDF5 files: one dataset `/data` [channel, time] with its attributes (begin
 * time, steps, unit). Layout: AI4EPS/EQNet `eqnet/data/das.py`.
 * @module
 */
import { CorruptSourceError } from '../../../core/errors.js';
import { nsToIso } from '../../../core/time.js';
import {
  numberAttribute,
  requiredNumber,
  requiredText,
  textAttribute,
  timeAttribute,
  type AttributeSet,
} from '../attributes.js';
import { assumption, disagreement, type AuditEntry } from '../audit.js';
import type { SampleRun } from '../clock.js';
import type { DasFormat } from '../das-format.js';
import { hdf5Samples, sampleType } from '../hdf5-samples.js';
import { withHdf5, type DatasetHeader, type Hdf5Reader } from '../../hdf5/hdf5.js';
import type { DasOptions } from '../options.js';
import { probeHdf5 } from '../../hdf5/probe.js';
import type { DasRecording } from '../recording.js';
import { storedConversion } from '../stored-conversion.js';

const FORMAT = 'das/ai4eps';
const DATASET = '/data';

/** Reads `/data`; see DasOptions for the options. */
export const ai4epsFormat: DasFormat = {
  format: FORMAT,
  title: 'DAS, AI4EPS / QuakeFlow (HDF5)',
  probe: (file) =>
    probeHdf5(file, (reader) => {
      if (reader.dataset(DATASET) === null) return 0;
      const { values } = dataAttributes(reader);
      return 'dt_s' in values && 'begin_time' in values ? 0.9 : 0;
    }),
  withRecording: ({ file, options }, use) =>
    withHdf5(file, (reader) => use(ai4epsRecording(reader, options))),
};

/** Attributes stand on the dataset in most files, on the root group in some. */
function dataAttributes(reader: Hdf5Reader): AttributeSet {
  const own = reader.attributes(DATASET);
  const root = 'dt_s' in own ? {} : reader.attributes('/');
  return { source: reader.source, path: DATASET, values: { ...root, ...own } };
}

function ai4epsRecording(reader: Hdf5Reader, options: DasOptions): DasRecording {
  const header = reader.dataset(DATASET);
  if (header === null) {
    throw new CorruptSourceError({ source: reader.source, at: DATASET, reason: 'missing' });
  }
  const attributes = dataAttributes(reader);
  const audit: AuditEntry[] = [];
  const run = clockOf(attributes, header, audit);
  const spacingM = positive(attributes, 'dx_m');
  const unit = textAttribute(attributes, 'unit');
  const gaugeLengthM =
    options.gaugeLengthM ??
    numberAttribute(attributes, 'gauge_length_m') ??
    numberAttribute(attributes, 'gauge_length');
  const conversion = storedConversion({
    options,
    unit,
    type: sampleType(header),
    rateHz: run.rateHz,
    gaugeLengthM,
    refractiveIndex: null,
  });
  const eventNs = timeAttribute(attributes, 'event_time');
  return {
    format: FORMAT,
    version: null,
    ...hdf5Samples(reader, { path: DATASET, timeAxis: 1 }),
    runs: [run],
    conversion,
    storedUnit: unit,
    gaugeLengthM,
    ...distancesOf(attributes, spacingM, audit),
    distancesM: null,
    facts: {
      dataset: DATASET,
      eventTime: eventNs === null ? null : nsToIso(eventNs),
    },
    audit: [...audit, ...conversion.audit],
  };
}

function clockOf(set: AttributeSet, header: DatasetHeader, audit: AuditEntry[]): SampleRun {
  const [channels, samples] = header.shape;
  if (header.shape.length !== 2 || !channels || !samples) {
    throw new CorruptSourceError({
      source: set.source,
      at: DATASET,
      reason: `expected [channel, time], found shape [${header.shape.join(', ')}]`,
    });
  }
  const sizes = [
    ['nx', channels],
    ['nt', samples],
  ] as const;
  for (const [name, length] of sizes) {
    const claimed = numberAttribute(set, name);
    if (claimed !== null && claimed !== length) {
      throw new CorruptSourceError({
        source: set.source,
        at: `${DATASET}@${name}`,
        reason: `says ${claimed}, the shape is [${header.shape.join(', ')}]`,
      });
    }
  }
  const rateHz = 1 / positive(set, 'dt_s');
  requiredText(set, 'begin_time');
  const startNs = timeAttribute(set, 'begin_time') as bigint;
  const endNs = timeAttribute(set, 'end_time');
  if (endNs !== null) {
    // Writers mean the last sample or the end of it.
    const steps = (Number(endNs - startNs) / 1e9) * rateHz;
    if (steps < samples - 1.5 || steps > samples + 0.5) {
      const found = { '(end_time - begin_time) / dt_s': Number(steps.toFixed(2)), shape: samples };
      audit.push(
        disagreement('time', found, samples, 'end_time is not needed: begin_time and dt_s'),
      );
    }
  }
  return { firstIndex: 0, sampleCount: samples, startNs, rateHz };
}

function distancesOf(
  set: AttributeSet,
  spacingM: number,
  audit: AuditEntry[],
): Pick<DasRecording, 'firstChannel' | 'firstDistanceM' | 'spacingM'> {
  const startChannel = numberAttribute(set, 'start_channel');
  const firstChannel = startChannel ?? 0;
  const stated = numberAttribute(set, 'start_distance_m');
  const counted = firstChannel * spacingM;
  if (stated !== null && startChannel !== null && Math.abs(stated - counted) > 0.5 * spacingM) {
    const found = { start_distance_m: stated, 'start_channel * dx_m': counted };
    const why = 'start_distance_m was written for this purpose';
    audit.push(disagreement('first-distance', found, stated, why));
  }
  if (stated === null) {
    const found = { start_distance_m: null, start_channel: startChannel };
    audit.push(assumption('first-distance', found, counted, 'start_channel (or 0) times dx_m'));
  }
  return { firstChannel, firstDistanceM: stated ?? counted, spacingM };
}

function positive(set: AttributeSet, name: string): number {
  const value = requiredNumber(set, name);
  if (value > 0) return value;
  throw new CorruptSourceError({
    source: set.source,
    at: `${set.path}@${name}`,
    reason: `${value} is not positive`,
  });
}
