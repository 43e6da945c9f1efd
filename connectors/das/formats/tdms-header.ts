/**
 * Properties of a Silixa iDAS file (TDMS 4713) in, clock, axis and meaning of its samples out, with
 * every contradiction between them.
 * @module
 */
import { CorruptSourceError, UnsupportedSourceError } from '../../../core/errors.js';
import { isoToNs, nsToIso } from '../../../core/time.js';
import { assumption, disagreement, note, type AuditEntry } from '../audit.js';
import type { TdmsFile } from './tdms-segments.js';

export interface TdmsHeader {
  readonly startNs: bigint;
  readonly rateHz: number;
  readonly firstDistanceM: number;
  readonly spacingM: number;
  readonly gaugeLengthM: number | null;
  readonly refractiveIndex: number | null;
  /** Nanometres of one turn of 2^13 counts; null when not stated. */
  readonly nmPerTurn: number | null;
  readonly facts: Readonly<Record<string, unknown>>;
  readonly audit: readonly AuditEntry[];
}

/** Decides. Throws UnsupportedSourceError naming a property that is missing. */
export function tdmsHeader(source: string, file: TdmsFile): TdmsHeader {
  const of = propertiesOf(source, file);
  const audit: AuditEntry[] = [];
  const rateHz = rate(of, audit);
  const startNs = start(source, of, audit);
  const space = distances(of, file.channelCount, audit);
  const gpsStatus = of.text('SystemInfomation.GPS.Status');
  if (gpsStatus !== null && /error|no fix|unlock|fail|lost/i.test(gpsStatus)) {
    const found = { 'SystemInfomation.GPS.Status': gpsStatus };
    audit.push(
      note('clock-lock', found, null, 'the clock may be off: the stamps are used as they are'),
    );
  }
  if (file.lostBytes > 0) {
    const why =
      'the writer did not finish the segment: whole samples are used, the rest is left out';
    audit.push(note('shape', { 'bytes after the last sample': file.lostBytes }, null, why));
  }
  return {
    startNs,
    rateHz,
    ...space,
    gaugeLengthM: of.number('GaugeLength'),
    refractiveIndex: of.number('FibreIndex'),
    nmPerTurn: of.number('Unit Calibration (nm)'),
    facts: {
      instrument: of.text('SystemInfomation.Devices0.SerialNum'),
      software: of.text('iDASVersion'),
      acousticOutput: of.text('Acoustic Output'),
      pulseWidthNs: of.number('PulseWidth[ns]'),
      gpsStatus,
    },
    audit,
  };
}

type Properties = ReturnType<typeof propertiesOf>;

function propertiesOf(source: string, { properties }: TdmsFile) {
  const number = (name: string): number | null => {
    const value = properties.get(name);
    if (value === undefined || typeof value === 'boolean') return null;
    const parsed = typeof value === 'object' ? Number.NaN : Number(value);
    if (Number.isFinite(parsed)) return parsed;
    const reason = `${typeof value === 'object' ? 'a time' : `'${value}'`} is not a number`;
    throw new CorruptSourceError({ source, at: `/ ${name}`, reason });
  };
  return {
    number,
    positive: (name: string): number | null => {
      const value = number(name);
      if (value === null || value > 0) return value;
      throw new CorruptSourceError({ source, at: `/ ${name}`, reason: `${value} is not positive` });
    },
    required: <T>(name: string, value: T | null): T => {
      if (value !== null) return value;
      throw new UnsupportedSourceError({
        source,
        reason: `a TDMS file without the property '${name}', so not one of a Silixa iDAS`,
        remedy: 'give a file as the interrogator wrote it',
      });
    },
    text: (name: string): string | null => {
      const value = properties.get(name);
      return typeof value === 'string' && value.trim() !== '' ? value.trim() : null;
    },
    time: (name: string): bigint | null => {
      const value = properties.get(name);
      // An unset stamp is 0, which is 1904. The clock counts microseconds; fractions of 2^64 cannot
      // hold them exactly, and Silixa's PRODML files of the same recording have the whole ones.
      return typeof value === 'object' && value.ns > 0n
        ? ((value.ns + 500n) / 1000n) * 1000n
        : null;
    },
  };
}

function rate(of: Properties, audit: AuditEntry[]): number {
  const name = 'SamplingFrequency[Hz]';
  const preciseName = 'Precise Sampling Frequency (Hz)';
  const nominal = of.required(name, of.positive(name));
  const precise = of.number(preciseName);
  if (precise === null || precise === nominal || !(precise > 0)) return nominal;
  // Off by more than a percent it is another quantity (the rate before decimation).
  const used = Math.abs(precise / nominal - 1) < 0.01 ? precise : nominal;
  const why = used === precise ? 'the precise one is measured' : 'too far apart to be one quantity';
  const found = { [name]: nominal, [preciseName]: precise };
  audit.push(disagreement('sampling-interval', found, used, why));
  return used;
}

/** GPS time, else the ISO text, else the computer's clock. */
function start(source: string, of: Properties, audit: AuditEntry[]): bigint {
  const gps = of.time('GPSTimeStamp');
  const computer = of.time('CPUTimeStamp');
  const isoText = of.text('ISO8601 Timestamp');
  const iso = isoText === null ? null : parseIso(isoText);
  if (isoText !== null && iso === null) {
    const why = 'not a time: not used';
    audit.push(disagreement('time', { 'ISO8601 Timestamp': isoText.slice(0, 60) }, null, why));
  }
  const used = of.required('GPSTimeStamp', gps ?? iso ?? computer);
  const found = {
    GPSTimeStamp: gps === null ? null : timeText(source, gps),
    'ISO8601 Timestamp': isoText,
    CPUTimeStamp: computer === null ? null : timeText(source, computer),
  };
  const offS = (other: bigint | null): number =>
    other === null ? 0 : Math.abs(Number(other - used)) / 1e9;
  const usedText = timeText(source, used);
  if (gps === null) {
    const why = 'no GPS time: the next best clock';
    audit.push(assumption('time', found, usedText, why));
  } else if (offS(iso) > 2e-3 || offS(computer) > 1) {
    const why = 'GPS time belongs to the samples, the computer stamps what it received';
    audit.push(disagreement('time', found, usedText, why));
  }
  return used;
}

function timeText(source: string, ns: bigint): string {
  try {
    return nsToIso(ns);
  } catch (cause) {
    const reason = 'the time is outside the years 0 to 9999';
    throw new CorruptSourceError({ source, at: '/ GPSTimeStamp', reason, cause });
  }
}

/** ISO-8601 with offset to ns; null for anything else. */
function parseIso(text: string): bigint | null {
  const match = /^(.{19})(\.\d{1,9})?(Z|[+-]\d\d:?\d\d)?$/.exec(text);
  if (match === null) return null;
  try {
    const base = isoToNs(`${match[1]}${match[2] ?? ''}Z`);
    const zone = /^([+-])(\d\d):?(\d\d)$/.exec(match[3] ?? '');
    if (zone === null) return base;
    const minutes = BigInt(Number(zone[2]) * 60 + Number(zone[3]));
    return base - (zone[1] === '-' ? -minutes : minutes) * 60_000_000_000n;
  } catch {
    return null;
  }
}

function distances(
  of: Properties,
  channelCount: number,
  audit: AuditEntry[],
): Pick<TdmsHeader, 'firstDistanceM' | 'spacingM'> {
  const stepName = 'SpatialResolution[m]';
  const base = of.required(stepName, of.positive(stepName));
  const multiplier = of.positive('Fibre Length Multiplier');
  const spacingM = base * (multiplier ?? 1);
  const steps = { [stepName]: base, 'Fibre Length Multiplier': multiplier };
  if (multiplier === null) {
    audit.push(assumption('channel-spacing', steps, spacingM, 'no multiplier: taken for 1'));
  } else if (multiplier !== 1) {
    const why =
      'the resolution counts metres of the box, the multiplier makes them metres of fibre';
    audit.push(note('channel-spacing', steps, spacingM, why));
  }
  const found = {
    'Start Distance (m)': of.number('Start Distance (m)'),
    'Zero Offset (m)': of.number('Zero Offset (m)'),
    'StartPosition[m]': of.number('StartPosition[m]'),
  };
  const values = Object.values(found).filter((value) => value !== null);
  const firstDistanceM = values[0] ?? 0;
  if (values.length === 0) {
    audit.push(assumption('first-distance', found, 0, 'none is stated'));
  } else if (values.some((value) => Math.abs(value - firstDistanceM) > 0.5 * spacingM)) {
    const why =
      'the distance at which the box started to record; StartPosition is what the user asked for. ' +
      'PRODML files of the same recording count their loci from there';
    audit.push(disagreement('first-distance', found, firstDistanceM, why));
  }
  const lastM = firstDistanceM + (channelCount - 1) * spacingM;
  const stopM = of.number('Stop Distance (m)');
  if (stopM !== null && (stopM < lastM - 0.5 * spacingM || stopM > lastM + 1.5 * spacingM)) {
    const stop = { 'Stop Distance (m)': stopM, 'first + (channels - 1) * step': lastM };
    audit.push(disagreement('channel-spacing', stop, spacingM, 'the step is stated, not derived'));
  }
  const length = of.number('MeasureLength[m]');
  if (length !== null && Math.abs(length - channelCount * base) > 1.5 * base) {
    const shape = { 'MeasureLength[m]': length, channels: channelCount };
    audit.push(disagreement('shape', shape, channelCount, 'the channels are there'));
  }
  return { firstDistanceM, spacingM };
}
