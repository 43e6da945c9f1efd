/**
 * OptaSense ODH4 HDF5 files: one dataset `/raw_data` [channel, time] with informal root attributes.
 * Layout: readers of DASCore and DASPy. Bounds are exclusive: `endtime - starttime` is the number
 * of samples over the rate, `channel_end - channel_start` the number of channels.
 * @module
 */
import { CorruptSourceError } from '../../../core/errors.js';
import { nsToIso } from '../../../core/time.js';
import { placeOf, requiredText, timeAttribute, type AttributeSet } from '../attributes.js';
import { assumption, disagreement, type AuditEntry } from '../audit.js';
import type { DasFormat } from '../das-format.js';
import {
  attributesIfAny,
  gaugeLength,
  positiveNumber,
  statedNumber,
  statedText,
} from '../header-fields.js';
import { withHdf5, type DatasetHeader, type Hdf5Reader } from '../../hdf5/hdf5.js';
import { hdf5Samples } from '../hdf5-samples.js';
import type { DasOptions } from '../options.js';
import { probeHdf5 } from '../../hdf5/probe.js';
import type { DasRecording } from '../recording.js';
import { statedConversion } from '../stated-unit.js';
import { timeAxisOf } from '../time-axis.js';
import { uniformRun } from '../time-stamps.js';
import { strainRateConversion, type Conversion } from '../units.js';

const FORMAT = 'das/odh4';
const DATASET = '/raw_data';
const FINGERPRINT = ['channel spacing m', 'sampling rate Hz', 'starttime'];

export const odh4Format: DasFormat = {
  format: FORMAT,
  title: 'DAS, OptaSense ODH4 (HDF5)',
  probe: (file) =>
    probeHdf5(file, (reader) => {
      const names = new Set(Object.keys(reader.attributes('/')));
      return reader.children('/').includes('raw_data') &&
        FINGERPRINT.every((name) => names.has(name))
        ? 1
        : 0;
    }),
  withRecording: ({ file, options }, use) =>
    withHdf5(file, (reader) => use(odh4Recording(reader, options))),
};

function odh4Recording(reader: Hdf5Reader, options: DasOptions): DasRecording {
  const { source } = reader;
  const header = reader.dataset(DATASET);
  if (header === null) throw new CorruptSourceError({ source, at: DATASET, reason: 'missing' });
  const root = attributesIfAny(reader, '/');
  const rateHz = positiveNumber(root, 'sampling rate Hz');
  const times = timesOf(root, rateHz);
  const channels = channelsOf(root);
  const axis = timeAxisOf({
    source,
    at: DATASET,
    shape: header.shape,
    samples: [
      { at: '(endtime - starttime) * sampling rate Hz', length: nearest(times.samples, header) },
    ],
    channels: [{ at: 'channel_end - channel_start', length: nearest(channels.count, header) }],
    usual: 1,
  });
  const samples = hdf5Samples(reader, { path: DATASET, timeAxis: axis.timeAxis });
  const spacingM = positiveNumber(root, 'channel spacing m');
  const conversion = conversionOf(root, { header, options, rateHz });
  return {
    format: FORMAT,
    version: null,
    ...samples,
    runs: uniformRun({ startNs: times.startNs, rateHz, sampleCount: samples.layout.timeCount }),
    conversion,
    storedUnit: statedText(root, 'raw_data_units'),
    gaugeLengthM: gaugeLength(root, 'GL m', options),
    firstChannel: channels.first,
    firstDistanceM: channels.first * spacingM,
    spacingM,
    distancesM: null,
    facts: { dataset: DATASET, scaleFactorToStrain: statedNumber(root, 'scale factor to strain') },
    audit: [
      ...axis.audit,
      ...auditSpan(root, { times, rateHz, timeCount: samples.layout.timeCount }),
      ...channels.audit,
      ...conversion.audit,
    ],
  };
}

/** A claimed length that inclusive writers make one too short, as the length of the axis it means. */
function nearest(claimed: number | null, header: DatasetHeader): number | null {
  if (claimed === null) return null;
  const [exact, inclusive] = [Math.round(claimed), Math.round(claimed) + 1];
  return !header.shape.includes(exact) && header.shape.includes(inclusive) ? inclusive : exact;
}

function timesOf(
  root: AttributeSet,
  rateHz: number,
): { readonly startNs: bigint; readonly endNs: bigint | null; readonly samples: number | null } {
  requiredText(root, 'starttime');
  const startNs = timeAttribute(root, 'starttime') as bigint;
  const endNs = timeAttribute(root, 'endtime');
  const samples = endNs === null ? null : (Number(endNs - startNs) / 1e9) * rateHz;
  return { startNs, endNs, samples };
}

function auditSpan(
  root: AttributeSet,
  input: { times: ReturnType<typeof timesOf>; rateHz: number; timeCount: number },
): AuditEntry[] {
  const { times, rateHz, timeCount } = input;
  if (times.samples === null || times.endNs === null) return [];
  // A writer may mean the last sample by the end.
  if (times.samples > timeCount - 1.5 && times.samples < timeCount + 0.5) return [];
  const found = {
    [placeOf(root, 'endtime')]: nsToIso(times.endNs),
    '(endtime - starttime) * sampling rate Hz': times.samples,
    'samples of the shape': timeCount,
  };
  return [
    disagreement('time', found, 1 / rateHz, 'the shape is what is stored; starttime and rate'),
  ];
}

function channelsOf(root: AttributeSet): {
  readonly first: number;
  readonly count: number | null;
  readonly audit: readonly AuditEntry[];
} {
  const first = statedNumber(root, 'channel_start');
  const end = statedNumber(root, 'channel_end');
  if (first !== null) return { first, count: end === null ? null : end - first, audit: [] };
  const found = { [placeOf(root, 'channel_start')]: null };
  const why = 'no field states the first channel: counted from 0';
  return { first: 0, count: end, audit: [assumption('first-distance', found, 0, why)] };
}

/** Phase in radians; `scale factor to strain` is the strain of one stored value. */
function conversionOf(
  root: AttributeSet,
  input: { header: DatasetHeader; options: DasOptions; rateHz: number },
): Conversion {
  const { header, options, rateHz } = input;
  const stated = statedText(root, 'raw_data_units');
  const scale = statedNumber(root, 'scale factor to strain');
  const hasScale = scale !== null && scale > 0 && options.unit === undefined;
  const isPhase = /phase|rad/i.test(stated ?? '');
  const conversion = strainRateConversion({
    unit: options.unit ?? (hasScale ? 'strain' : isPhase ? 'rad' : stated),
    isInteger: header.kind === 'integer',
    bytesPerValue: header.bytesPerValue,
    rateHz,
    gaugeLengthM: gaugeLength(root, 'GL m', options),
    refractiveIndex: options.refractiveIndex ?? null,
    wavelengthNm: options.wavelengthNm ?? 1550,
    photoelastic: options.photoelastic ?? 0.78,
    countScale: hasScale ? { value: scale, at: placeOf(root, 'scale factor to strain') } : null,
  });
  return statedConversion(conversion, { options, fileUnit: stated });
}
