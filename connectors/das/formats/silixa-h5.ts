/**
 * Silixa iDAS flat HDF5 files: one dataset `/Acoustic` [time, channel] of counts with the
 * interrogator's settings as text attributes. Layout: DASCore's reader and the maker's files.
 * @module
 */
import { CorruptSourceError } from '../../../core/errors.js';
import { nsToIso } from '../../../core/time.js';
import { placeOf, vendorTimeNs, type AttributeSet } from '../attributes.js';
import { assumption, disagreement, type AuditEntry } from '../audit.js';
import type { DasFormat } from '../das-format.js';
import {
  attributesIfAny,
  gaugeLength,
  heldAgainst,
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
import { uniformRun } from '../time-stamps.js';
import { strainRateConversion, type Conversion } from '../units.js';

const FORMAT = 'das/silixa-h5';
const DATASET = '/Acoustic';
const FINGERPRINT = ['Fibre Length Multiplier', 'SamplingFrequency[Hz]', 'SpatialResolution[m]'];
/** Optical path of one turn of the iDAS, nm, which the conversion of counts takes for granted. */
const NM_PER_TURN = 116;

export const silixaH5Format: DasFormat = {
  format: FORMAT,
  title: 'DAS, Silixa iDAS flat HDF5',
  probe: (file) =>
    probeHdf5(file, (reader) => {
      if (reader.dataset(DATASET) === null) return 0;
      const names = new Set(Object.keys(reader.attributes(DATASET)));
      return FINGERPRINT.every((name) => names.has(name)) ? 1 : 0;
    }),
  withRecording: ({ file, options }, use) =>
    withHdf5(file, (reader) => use(silixaRecording(reader, options))),
};

function silixaRecording(reader: Hdf5Reader, options: DasOptions): DasRecording {
  const header = reader.dataset(DATASET);
  if (header === null) {
    throw new CorruptSourceError({ source: reader.source, at: DATASET, reason: 'missing' });
  }
  const set = attributesIfAny(reader, DATASET);
  const samples = hdf5Samples(reader, { path: DATASET, timeAxis: 0 });
  const { timeCount, channelCount } = samples.layout;
  const rate = rateOf(set, timeCount);
  const start = startOf(set);
  const space = distancesOf(set, channelCount);
  const conversion = conversionOf(set, { header, options, rateHz: rate.rateHz });
  return {
    format: FORMAT,
    version: statedText(set, 'iDASVersion'),
    ...samples,
    runs: uniformRun({ startNs: start.startNs, rateHz: rate.rateHz, sampleCount: timeCount }),
    conversion,
    storedUnit: null,
    gaugeLengthM: gaugeLength(set, 'GaugeLength', options),
    firstChannel: 0,
    firstDistanceM: space.firstDistanceM,
    spacingM: space.spacingM,
    distancesM: null,
    facts: {
      dataset: DATASET,
      instrument: statedText(set, 'SystemInfomation.Devices1.SerialNum'),
      acousticOutput: statedText(set, 'Acoustic Output'),
      refractiveIndex: statedNumber(set, 'FibreIndex'),
      gpsStatus: statedText(set, 'SystemInfomation.GPS.Status'),
    },
    audit: [...rate.audit, ...start.audit, ...space.audit, ...lockOf(set), ...conversion.audit],
  };
}

/** The output rate; the measured pulse rate over the time decimation is held against it. */
function rateOf(
  set: AttributeSet,
  samples: number,
): { readonly rateHz: number; readonly audit: readonly AuditEntry[] } {
  const rateHz = positiveNumber(set, 'SamplingFrequency[Hz]');
  const precise = statedNumber(set, 'Precise Sampling Frequency (Hz)');
  const decimation = statedNumber(set, 'Time Decimation') ?? 1;
  const measured = precise === null || !(decimation > 0) ? null : precise / decimation;
  const used = 1 / rateHz;
  const audit = heldAgainst({
    topic: 'sampling-interval',
    claims: {
      'Time Decimation / Precise Sampling Frequency (Hz)':
        measured === null || measured <= 0 ? null : 1 / measured,
      'SamplingFrequency[Hz]': used,
    },
    used,
    tolerance: (0.5 * used) / samples,
    why: 'the output rate, to which the interrogator resamples',
  });
  return { rateHz, audit };
}

/** GPS time, else ISO text, else the computer's clock; the others are held against it. */
function startOf(set: AttributeSet): {
  readonly startNs: bigint;
  readonly audit: readonly AuditEntry[];
} {
  const times = (['GPSTimeStamp', 'ISO8601 Timestamp', 'CPUTimeStamp'] as const)
    .map((name) => ({ name, ns: startTime(statedText(set, name)) }))
    .filter((time): time is { name: typeof time.name; ns: bigint } => time.ns !== null);
  const [best] = times;
  if (best === undefined) {
    throw new CorruptSourceError({
      source: set.source,
      at: placeOf(set, 'GPSTimeStamp'),
      reason: 'neither GPSTimeStamp nor ISO8601 Timestamp nor CPUTimeStamp is a time',
    });
  }
  const found = Object.fromEntries(times.map(({ name, ns }) => [name, nsToIso(ns)]));
  const differs = times.some(({ ns }) => ns - best.ns > 1_000_000n || best.ns - ns > 1_000_000n);
  const why =
    best.name === 'CPUTimeStamp'
      ? "the computer's clock, as there is no other"
      : 'the time of the GPS goes before the clock of the computer';
  const entry = (differs ? disagreement : assumption)('time', found, nsToIso(best.ns), why);
  return { startNs: best.ns, audit: differs || best.name === 'CPUTimeStamp' ? [entry] : [] };
}

const DAY_FIRST = /^(\d{1,2})\/(\d{1,2})\/(\d{4})\s+(.*?)\s*(?:\(UTC\))?$/;

/** `22/09/2023 18:29:26.158 (UTC)` or ISO-8601, ns; null when it is neither. */
export function startTime(text: string | null): bigint | null {
  if (text === null) return null;
  const match = DAY_FIRST.exec(text);
  if (match === null) return vendorTimeNs(text);
  const [, day, month, year, clock] = match;
  return vendorTimeNs(`${year}-${month?.padStart(2, '0')}-${day?.padStart(2, '0')}T${clock}Z`);
}

/**
 * SpatialResolution * Fibre Length Multiplier a channel. The first one lies where DASCore, the
 * reference for this layout, puts it: StartPosition plus the measured length; `Start Distance (m)`
 * is named in the audit.
 */
function distancesOf(
  set: AttributeSet,
  channels: number,
): Pick<DasRecording, 'firstDistanceM' | 'spacingM' | 'audit'> {
  const multiplier = positiveNumber(set, 'Fibre Length Multiplier');
  const spacingM = positiveNumber(set, 'SpatialResolution[m]') * multiplier;
  const start = statedNumber(set, 'Start Distance (m)');
  const stop = statedNumber(set, 'Stop Distance (m)');
  const position = statedNumber(set, 'StartPosition[m]');
  const length = statedNumber(set, 'MeasureLength[m]');
  const audit: AuditEntry[] = [];
  const implied = start === null || stop === null ? null : (stop - start) / spacingM;
  audit.push(
    ...heldAgainst({
      topic: 'shape',
      claims: { '(Stop Distance (m) - Start Distance (m)) / spacing': implied },
      used: channels,
      tolerance: 1.5,
      why: 'the shape is what is stored',
    }),
  );
  const summed = position === null || length === null ? null : position + length * multiplier;
  const firstDistanceM = summed ?? start ?? 0;
  const found = {
    'Start Distance (m)': start,
    'StartPosition[m]': position,
    'StartPosition[m] + MeasureLength[m] * Fibre Length Multiplier': summed,
  };
  if (summed !== null && start !== null && Math.abs(summed - start) > 0.5 * spacingM) {
    const why =
      'the convention of the reference reader of this layout; the settings of the interrogator ' +
      'say Start Distance (m): set referenceDistanceM or check with a tap test';
    audit.push(disagreement('first-distance', found, firstDistanceM, why));
  } else if (summed === null) {
    const why = start === null ? 'nothing states the first distance' : 'as Start Distance (m) says';
    audit.push(assumption('first-distance', found, firstDistanceM, why));
  }
  return { firstDistanceM, spacingM, audit };
}

function lockOf(set: AttributeSet): AuditEntry[] {
  const name = 'SystemInfomation.GPS.Status';
  const status = statedText(set, name);
  if (status === null || !/error|no fix|unlock|fail|lost|uninit|not/i.test(status)) return [];
  const satellites = 'SystemInfomation.GPS.SatellitesAvailable';
  const found = {
    [placeOf(set, name)]: status,
    [placeOf(set, satellites)]: statedNumber(set, satellites),
  };
  return [
    disagreement('clock-lock', found, null, 'no GPS lock: the clock may be off; used as it is'),
  ];
}

/** Counts of the iDAS: 116 nm of optical path in 2^13 counts, per sample. */
function conversionOf(
  set: AttributeSet,
  input: { header: DatasetHeader; options: DasOptions; rateHz: number },
): Conversion {
  const { header, options, rateHz } = input;
  const nm = statedNumber(set, 'Unit Calibration (nm)');
  const assumed = nm === null ? null : '(nm/m)/s * Hz/m';
  const conversion = strainRateConversion({
    unit: options.unit ?? assumed,
    isInteger: header.kind === 'integer',
    bytesPerValue: header.bytesPerValue,
    rateHz,
    gaugeLengthM: gaugeLength(set, 'GaugeLength', options),
    refractiveIndex: options.refractiveIndex ?? statedNumber(set, 'FibreIndex'),
    wavelengthNm: options.wavelengthNm ?? 1550,
    photoelastic: options.photoelastic ?? 0.78,
    countScale:
      options.unit !== undefined || nm === null || nm === NM_PER_TURN
        ? null
        : { value: nm / NM_PER_TURN, at: placeOf(set, 'Unit Calibration (nm)') },
  });
  return statedConversion(conversion, {
    options,
    fileUnit: options.unit === undefined ? assumed : null,
  });
}
