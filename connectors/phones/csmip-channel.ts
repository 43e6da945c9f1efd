/**
 * Lines of one channel of a CSMIP Volume 1 file in, header and samples out. Layout: Shakal, A. F. and
 * Huang, M. J. (1985), "Standard tape format for CSMIP strong-motion data tapes", CDMG OSMS 85-03,
 * with the header lines of CGS and CESMD since 2000. Pure.
 * @module
 */
import { CorruptSourceError, UnsupportedSourceError } from '../../core/errors.js';
import { isoToNs } from '../../core/time.js';

/** One component of a record, as the file says it. */
export interface CsmipChannel {
  readonly stationCode: string;
  readonly stationName: string;
  /** Network code from the SCSN record name (`CI`), empty when there is none. */
  readonly network: string;
  readonly latitude: number;
  readonly longitude: number;
  readonly startNs: bigint;
  readonly rateHz: number;
  /** `x` east, `y` north, `z` up. */
  readonly component: 'x' | 'y' | 'z';
  /** Acceleration, gal. */
  readonly samples: Float32Array;
  /** Peak of the header, gal, and its time after the start, s; null when not stated. */
  readonly statedPeakGal: number | null;
  readonly statedPeakS: number | null;
  readonly audit: readonly string[];
}

/** Standard gravity, gal (CODATA). */
const GAL_PER_G = 980.665;
const TEXT_LINES = 13;
/** 100 integers, 16 on a line of 5 columns each. */
const INTEGERS = 100;
const INTEGER_LINES = 7;
const END = /^\/&/;

/** Parses the channel that begins at line `first` (0-based); also gives the line after it. */
export function parseChannel(input: {
  readonly source: string;
  readonly lines: readonly string[];
  readonly first: number;
}): { readonly channel: CsmipChannel; readonly next: number } {
  const { source, lines, first } = input;
  const fail = (line: number, reason: string): CorruptSourceError =>
    new CorruptSourceError({ source, at: `line ${line + 1}`, reason });
  const text = lines.slice(first, first + TEXT_LINES);
  if (!/^uncorrected accelerogram data/i.test(text[0] ?? '')) {
    throw fail(first, 'a channel begins with "Uncorrected Accelerogram Data"');
  }
  const audit: string[] = [];
  const integers = numbers(lines.slice(first + TEXT_LINES, first + TEXT_LINES + INTEGER_LINES), 5);
  if (integers.length < INTEGERS || !integers.every(Number.isInteger)) {
    throw fail(first + TEXT_LINES, `the integer header has ${integers.length} of ${INTEGERS}`);
  }
  const dataLine = lines.findIndex(
    (line, i) => i > first + TEXT_LINES && (/\bpoints at\b/i.test(line) || END.test(line)),
  );
  const form =
    /^\s*(\d+)\s+\w+ points at\s*([\d.]+)\s*pts\/sec in units of\s*(\S+?)\.?\s+Format:\s*\((\d+)f(\d+)\.\d+\)/i.exec(
      lines[dataLine] ?? '',
    );
  if (!form) throw fail(Math.max(dataLine, first), 'no line with the number of points');
  const [, countText, rateText, unit, , widthText] = form;
  const reals = numbers(lines.slice(first + TEXT_LINES + INTEGER_LINES, dataLine), 10);
  const scale = scaleOf(source, unit as string);
  const end = lines.findIndex((line, i) => i > dataLine && END.test(line));
  if (end < 0) throw fail(lines.length - 1, 'the file ends inside the samples');
  const raw = numbers(lines.slice(dataLine + 1, end), Number(widthText));
  const bad = raw.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw fail(dataLine + 1, `sample ${bad} is no number`);
  if (raw.length !== Number(countText)) {
    throw fail(dataLine, `${countText} points stated, ${raw.length} found`);
  }
  const rateHz = Number(rateText);
  if (!(rateHz > 0)) throw fail(dataLine, `${rateText} points per second`);
  const station = stationOf(text);
  if (!station) throw fail(first + 4, 'no station code and coordinates');
  const component = componentOf(text[6] ?? '');
  if (!component) throw fail(first + 6, `no component along east, north or up: ${text[6]?.trim()}`);
  const fine = finePosition(station, reals);
  if (!fine) audit.push('no coordinates in the real header: used the three decimals of the text');
  return {
    channel: {
      ...station,
      ...fine,
      stationName: (text[5] ?? '').slice(0, 40).trim(),
      network: /^\s*\d+\.([A-Z0-9]{1,2})\./.exec(text[3] ?? '')?.[1] ?? '',
      startNs: startOf({ text, integers, audit, fail: (reason) => fail(first + 3, reason) }),
      rateHz,
      component,
      samples: Float32Array.from(raw, (value) => value * scale),
      statedPeakGal: stated(reals[6], scale),
      statedPeakS: stated(reals[7], 1),
      audit,
    },
    next: end + 1,
  };
}

/** Fixed columns; blanks at the end of the last line are no values. */
function numbers(lines: readonly string[], width: number): number[] {
  return lines.flatMap((line) => {
    const text = line.trimEnd();
    const count = Math.ceil(text.length / width);
    return Array.from({ length: count }, (_, i) => {
      const field = text.slice(i * width, (i + 1) * width).trim();
      return field === '' ? Number.NaN : Number(field);
    });
  });
}

function scaleOf(source: string, unit: string): number {
  if (/^g$/i.test(unit)) return GAL_PER_G;
  if (/^(gal|cm\/s(ec)?(\/s(ec)?|\*\*2|2))$/i.test(unit)) return 1;
  throw new UnsupportedSourceError({
    source,
    reason: `samples in units of ${unit}`,
    remedy: 'use acceleration in g or cm/s/s (uncorrected, volume 1)',
  });
}

function stationOf(
  text: readonly string[],
): { stationCode: string; latitude: number; longitude: number } | null {
  const match = /^Station\s+(?:Id|No)\.?\s+(\S+)\s+([\d.]+)([NS]),\s*([\d.]+)([EW])/i.exec(
    text[4] ?? '',
  );
  if (!match) return null;
  const [, code, lat, ns, lon, ew] = match;
  const latitude = Number(lat) * (/s/i.test(ns as string) ? -1 : 1);
  const longitude = Number(lon) * (/w/i.test(ew as string) ? -1 : 1);
  const isPlace = Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180;
  return isPlace ? { stationCode: code as string, latitude, longitude } : null;
}

/** Five decimals stand in the real header; they count when they agree with the text. */
function finePosition(
  station: { latitude: number; longitude: number },
  reals: readonly number[],
): { latitude: number; longitude: number } | null {
  const near = (a: number | undefined, b: number): boolean =>
    a !== undefined && Math.abs(a - b) < 0.001;
  for (let i = 0; i + 1 < reals.length; i++) {
    if (near(reals[i], station.latitude) && near(reals[i + 1], station.longitude)) {
      return { latitude: reals[i] as number, longitude: reals[i + 1] as number };
    }
  }
  return null;
}

/** Azimuth clockwise from north, or up. Only the main axes: a turned sensor is not rotated here. */
function componentOf(line: string): 'x' | 'y' | 'z' | null {
  if (/:\s*up\b/i.test(line)) return 'z';
  const azimuth = Number(/:\s*(\d+)\s*deg/i.exec(line)?.[1] ?? Number.NaN);
  if (azimuth === 90) return 'x';
  return azimuth === 0 || azimuth === 360 ? 'y' : null;
}

/** The start in UTC from the text, checked against hour, minute, second and date of the integers. */
function startOf(input: {
  text: readonly string[];
  integers: readonly number[];
  audit: string[];
  fail: (reason: string) => CorruptSourceError;
}): bigint {
  const match =
    /Start time:\s*(\d{1,2})\/(\d{1,2})\/(\d{2}),\s*(\d{1,2}):\s*(\d{1,2}):\s*([\d.]+)\s+(?:UTC|GMT)/i.exec(
      input.text[3] ?? '',
    );
  if (!match) throw input.fail('no start time in UTC');
  const [month, day, year, hour, minute, second] = match.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  // Two digits of the year: instruments of the seventies are the oldest in the format.
  const fullYear = year < 70 ? 2000 + year : 1900 + year;
  const iso =
    `${fullYear}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}:` +
    `${second.toFixed(3).padStart(6, '0')}Z`;
  if (Number.isNaN(Date.parse(iso))) throw input.fail(`start time ${iso}`);
  const [, iHour, iMinute, iSecond] = input.integers.slice(15, 19);
  const agrees = iHour === hour && iMinute === minute && iSecond === Math.floor(second);
  if (!agrees) {
    input.audit.push(
      `integer header starts at ${iHour}:${iMinute}:${iSecond}, the text at ${iso}: used the text`,
    );
  }
  return isoToNs(iso);
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

/** -999 means "not known". */
function stated(value: number | undefined, scale: number): number | null {
  return value === undefined || !Number.isFinite(value) || value === -999 ? null : value * scale;
}
