/**
 * Terra15 Treble HDF5 files, versions 4 to 6: a group `data_product` (version 4: named by the root
 * attribute of that name) with `data` [time, channel] and a time stamp a sample. Layout: Terra15's
 * file description as DASCore and xdas read it.
 * @module
 */
import { CorruptSourceError } from '../../../core/errors.js';
import { placeOf, requiredNumber, type AttributeSet } from '../attributes.js';
import { assumption, disagreement, type AuditEntry } from '../audit.js';
import type { DasFormat } from '../das-format.js';
import {
  attributesIfAny,
  gaugeLength,
  heldAgainst,
  positiveIfAny,
  positiveNumber,
  statedNumber,
  statedText,
} from '../header-fields.js';
import { withHdf5, type Hdf5Reader } from '../../hdf5/hdf5.js';
import { hdf5Samples } from '../hdf5-samples.js';
import type { DasOptions } from '../options.js';
import { probeHdf5 } from '../../hdf5/probe.js';
import type { DasRecording } from '../recording.js';
import { storedConversion } from '../stored-conversion.js';
import { terra15Clock } from './terra15-clock.js';
import { timeAxisOf } from '../time-axis.js';

const FORMAT = 'das/terra15';
const KNOWN_VERSIONS = ['4', '5', '6'];
/** Root attributes that no other vendor writes together. */
const FINGERPRINT = ['file_version', 'data_product', 'sensing_range_start', 'dx', 'nx'];

export const terra15Format: DasFormat = {
  format: FORMAT,
  title: 'DAS, Terra15 Treble v4 to v6 (HDF5)',
  probe: (file) =>
    probeHdf5(file, (reader) => {
      const names = new Set(Object.keys(reader.attributes('/')));
      return FINGERPRINT.every((name) => names.has(name)) ? 1 : 0;
    }),
  withRecording: ({ file, options }, use) =>
    withHdf5(file, (reader) => use(terra15Recording(reader, options))),
};

function terra15Recording(reader: Hdf5Reader, options: DasOptions): DasRecording {
  const { source } = reader;
  const root = attributesIfAny(reader, '/');
  const group = productGroup(reader, root);
  const path = `${group}/data`;
  const header = reader.dataset(path);
  if (header === null) throw new CorruptSourceError({ source, at: path, reason: 'missing' });
  const { path: stampPath, audit: ofClock } = stampsOf(reader, group);
  const axis = timeAxisOf({
    source,
    at: path,
    shape: header.shape,
    samples: [{ at: stampPath, length: reader.dataset(stampPath)?.shape[0] ?? null }],
    channels: [{ at: placeOf(root, 'nx'), length: statedNumber(root, 'nx') }],
    usual: 0,
  });
  const samples = hdf5Samples(reader, { path, timeAxis: axis.timeAxis });
  const data = attributesIfAny(reader, path);
  const clock = terra15Clock(reader, {
    path: stampPath,
    timeCount: samples.layout.timeCount,
    claims: {
      [placeOf(root, 'dt_computer')]: positiveIfAny(root, 'dt_computer'),
      [placeOf(data, 'dT')]: positiveIfAny(data, 'dT'),
    },
  });
  const product = statedText(root, 'data_product');
  const unit = statedText(root, 'data_product_units') ?? (product === 'velocity' ? 'm/s' : null);
  const gaugeLengthM = gaugeLength(root, 'gauge_length', options);
  const conversion = storedConversion({
    options,
    unit,
    type: samples.layout.type,
    rateHz: clock.runs[0]?.rateHz as number,
    gaugeLengthM,
    refractiveIndex: statedNumber(root, 'refractive_index'),
  });
  const space = distancesOf({ root, data, channels: samples.layout.channelCount });
  const version = statedText(root, 'file_version');
  return {
    format: FORMAT,
    version,
    ...samples,
    layout: { ...samples.layout, timeCount: clock.timeCount },
    runs: clock.runs,
    conversion,
    storedUnit: unit,
    gaugeLengthM,
    firstChannel: 0,
    firstDistanceM: space.firstDistanceM,
    spacingM: space.spacingM,
    distancesM: null,
    facts: {
      dataset: path,
      product,
      instrument: statedText(root, 'serial_number'),
      pulseRateHz: statedNumber(root, 'pulse_rate'),
      pulseLengthM: statedNumber(root, 'pulse_length'),
      clockSource: statedText(root, 'clock_source'),
    },
    audit: [
      ...versionAudit(root, version),
      ...axis.audit,
      ...ofClock,
      ...clock.audit,
      ...space.audit,
      ...lockOf(root),
      ...conversion.audit,
    ],
  };
}

function productGroup(reader: Hdf5Reader, root: AttributeSet): string {
  const product = statedText(root, 'data_product');
  const names = reader.children('/');
  const name = [product, 'data_product'].find((each) => each !== null && names.includes(each));
  if (typeof name === 'string') return `/${name}`;
  throw new CorruptSourceError({
    source: reader.source,
    at: '/data_product',
    reason: `no group 'data_product'${product === null ? '' : ` or '${product}'`}`,
  });
}

/** Times of the GPS, where there are any: without its signal they are zero, or not there at all. */
function stampsOf(
  reader: Hdf5Reader,
  group: string,
): { readonly path: string; readonly audit: readonly AuditEntry[] } {
  const [gps, posix] = [`${group}/gps_time`, `${group}/posix_time`];
  const names = reader.children(group);
  const first = names.includes('gps_time') ? firstStamp(reader, gps) : null;
  const isOnly = first !== null && !names.includes('posix_time');
  if (isOnly || (first !== null && first > 0)) return { path: gps, audit: [] };
  const why = "no time of the GPS: the computer's clock";
  return { path: posix, audit: [assumption('time', { [`${gps}[0]`]: first }, posix, why)] };
}

function firstStamp(reader: Hdf5Reader, path: string): number | null {
  const shape = reader.dataset(path)?.shape ?? [];
  if (shape.length === 0 || shape.includes(0)) return null;
  const first = shape.map((): [number, number] => [0, 1]);
  return Number(reader.slice(path, first)[0]);
}

function versionAudit(root: AttributeSet, version: string | null): AuditEntry[] {
  if (version !== null && KNOWN_VERSIONS.includes(version)) return [];
  const why = 'read as versions 4 to 6, whose layout is known';
  return [assumption('selection', { [placeOf(root, 'file_version')]: version }, null, why)];
}

function distancesOf(input: {
  root: AttributeSet;
  data: AttributeSet;
  channels: number;
}): Pick<DasRecording, 'firstDistanceM' | 'spacingM' | 'audit'> {
  const { root, data, channels } = input;
  const spacingM = positiveNumber(root, 'dx');
  const firstDistanceM = requiredNumber(root, 'sensing_range_start');
  const end = statedNumber(root, 'sensing_range_end');
  // Writers mean the last channel or the end of it.
  const implied = end === null ? null : (end - firstDistanceM) / spacingM;
  return {
    firstDistanceM,
    spacingM,
    audit: [
      ...heldAgainst({
        topic: 'channel-spacing',
        claims: {
          [placeOf(root, 'dx')]: spacingM,
          [placeOf(data, 'dx')]: positiveIfAny(data, 'dx'),
        },
        used: spacingM,
        tolerance: (0.5 * spacingM) / channels,
        why: 'the attribute of the whole file',
      }),
      ...heldAgainst({
        topic: 'shape',
        claims: { '(sensing_range_end - sensing_range_start) / dx': implied },
        used: channels,
        tolerance: 1.5,
        why: 'the shape is what is stored; distances run from sensing_range_start by dx',
      }),
    ],
  };
}

function lockOf(root: AttributeSet): AuditEntry[] {
  const locked = root.values['gps_locked'];
  if (locked === undefined || locked === true || Number(locked) === 1) return [];
  const found = {
    [placeOf(root, 'gps_locked')]: 'false',
    [placeOf(root, 'gps_num_satellites')]: statedNumber(root, 'gps_num_satellites'),
    [placeOf(root, 'clock_source')]: statedText(root, 'clock_source'),
  };
  return [
    disagreement('clock-lock', found, null, 'no GPS lock: the clock may be off; used as it is'),
  ];
}
