/**
 * Coordinates of an xdas array in its three spellings: tie points (`coordinate_interpolation`), runs
 * of one interval (`coordinate_sampling`), or a value a sample; old and new grammar.
 * @module
 */
import { CorruptSourceError, UnsupportedSourceError } from '../../../core/errors.js';
import { numberAttribute, textAttribute, type AttributeSet } from '../attributes.js';
import { assumption, type AuditEntry } from '../audit.js';
import { cfTime, timeUnitNs } from './cf-time.js';
import { findRuns, type SampleRun } from '../clock.js';
import { distanceAxis, type DistanceAxis } from '../distance-axis.js';
import type { Hdf5Reader, NumericArray } from '../../hdf5/hdf5.js';
import type { DasOptions } from '../options.js';
import { interpolated, runsOfTiePoints } from './tie-points.js';

/** Values of a coordinate that are read at once. */
const MAX_VALUES = 2 ** 25;

/** Where the values of a coordinate stand. */
export interface XdasCoordinate {
  readonly kind: 'tie-points' | 'sampled' | 'dense';
  readonly values: string;
  /** Tie indices, or lengths of the runs; the dataset itself for dense ones. */
  readonly positions: string;
  /** Variable with the attributes of the description; null when there is none. */
  readonly description: string | null;
  /** Axis of the array; null when it cannot be told. */
  readonly axis: 0 | 1 | null;
}

interface Group {
  readonly first: string;
  readonly words: readonly string[];
}

interface AxisInput {
  /** Group of the array, with a slash at its end. */
  readonly group: string;
  readonly data: AttributeSet;
  readonly shape: readonly number[];
  readonly name: string;
}

/** The coordinate of that name; null when the array has none. */
export function xdasAxis(reader: Hdf5Reader, input: AxisInput): XdasCoordinate | null {
  const { group, data, name } = input;
  const there = new Set(reader.children(group));
  const place = (variable: string): string => `${group}${variable}`;
  const mapped = (
    attribute: string,
    kind: 'tie-points' | 'sampled',
  ): Omit<XdasCoordinate, 'axis'> | null => {
    for (const { first, words } of groups(textAttribute(data, attribute))) {
      // Before CF-1.13: `time: time_indices time_values`, and for runs `time: time_sampling`.
      if (kind === 'tie-points' && words.length === 2 && first === name) {
        const [positions, values] = words as [string, string];
        return { kind, values: place(values), positions: place(positions), description: null };
      }
      const [variable] = words;
      if (words.length !== 1 || variable === undefined || !there.has(variable)) continue;
      const set = attributesOf(reader, place(variable));
      const [mapping] = groups(textAttribute(set, 'tie_point_mapping'));
      if (mapping?.first !== name && variable.replace(/_(interpolation|sampling)$/, '') !== name) {
        continue;
      }
      const [second, third] = mapping?.words ?? [];
      if (second === undefined || third === undefined) continue;
      const isOld = kind === 'sampled' && !('sampling_interval' in set.values);
      return {
        kind,
        values: place(isOld ? second : first),
        positions: place(isOld ? third : second),
        description: place(variable),
      };
    }
    return null;
  };
  const dense = {
    kind: 'dense',
    values: place(name),
    positions: place(name),
    description: null,
  } as const;
  const found =
    mapped('coordinate_interpolation', 'tie-points') ??
    mapped('coordinate_sampling', 'sampled') ??
    (there.has(name) && isDense(reader, place(name)) ? dense : null);
  return found === null ? null : { ...found, axis: axisOf(reader, input, there) };
}

/** `time: a b distance: c d` as its groups. */
function groups(text: string | null): Group[] {
  const found: { first: string; words: string[] }[] = [];
  for (const word of (text ?? '').split(/\s+/).filter((part) => part !== '')) {
    if (word.endsWith(':')) found.push({ first: word.slice(0, -1), words: [] });
    else found.at(-1)?.words.push(word);
  }
  return found;
}

/** netCDF dimensions without values are datasets too; their NAME says so. */
function isDense(reader: Hdf5Reader, path: string): boolean {
  if (reader.dataset(path)?.shape.length !== 1) return false;
  const scale = textAttribute(attributesOf(reader, path), 'NAME');
  return scale?.startsWith('This is a netCDF dimension but not a netCDF variable') !== true;
}

/** By netCDF's dimension numbers, else by lengths that differ. */
function axisOf(reader: Hdf5Reader, input: AxisInput, there: ReadonlySet<string>): 0 | 1 | null {
  const { group, data, shape, name } = input;
  if (!there.has(name)) return null;
  const path = `${group}${name}`;
  const id = numberAttribute(attributesOf(reader, path), '_Netcdf4Dimid');
  const ids = data.values['_Netcdf4Coordinates'];
  if (id !== null && ids !== null && typeof ids === 'object') {
    const axis = Array.from(ids, Number).indexOf(id);
    if (axis === 0 || axis === 1) return axis;
  }
  const length = reader.dataset(path)?.shape[0];
  const fits = [0, 1].filter((axis) => shape[axis] === length);
  return fits.length === 1 ? (fits[0] as 0 | 1) : null;
}

/** Gap-free runs of a time coordinate of `length` samples. Throws CorruptSourceError. */
export function xdasRuns(
  reader: Hdf5Reader,
  coordinate: XdasCoordinate & { readonly length: number },
): { readonly runs: readonly SampleRun[]; readonly audit: readonly AuditEntry[] } {
  const { source } = reader;
  const { kind, length, values: at } = coordinate;
  const units = textAttribute(attributesOf(reader, at), 'units');
  const toNs = cfTime({ source, at, units });
  const values = Array.from(whole(reader, at) as Float64Array | BigInt64Array, toNs);
  if (kind === 'tie-points') {
    const indices = Array.from(whole(reader, coordinate.positions), Number);
    return runsOfTiePoints({ source, at, indices, values, length });
  }
  if (kind === 'sampled') return { runs: sampledRuns(reader, coordinate, values), audit: [] };
  const [originNs] = values;
  if (originNs === undefined || values.length !== length) {
    const reason = `${values.length} times of ${length} samples`;
    throw new CorruptSourceError({ source, at, reason });
  }
  const offsetsS = Float64Array.from(values, (ns) => Number(ns - originNs) / 1e9);
  return findRuns({ source, at, stamps: { originNs, offsetsS }, attributeRateHz: null });
}

function sampledRuns(
  reader: Hdf5Reader,
  coordinate: XdasCoordinate & { readonly length: number },
  startsNs: readonly bigint[],
): SampleRun[] {
  const { source } = reader;
  const { positions, length } = coordinate;
  const at = coordinate.description ?? coordinate.values;
  const counts = Array.from(whole(reader, positions), Number);
  const rateHz = 1 / intervalS(reader, at);
  checkRuns({ source, at: positions, counts, starts: startsNs, length });
  let firstIndex = 0;
  return counts.map((sampleCount, i) => {
    const run = { firstIndex, sampleCount, startNs: startsNs[i] as bigint, rateHz };
    firstIndex += sampleCount;
    return run;
  });
}

/** Throws CorruptSourceError unless the runs make up the axis. */
function checkRuns(input: {
  readonly source: string;
  readonly at: string;
  readonly counts: readonly number[];
  readonly starts: readonly unknown[];
  readonly length: number;
}): void {
  const { source, at, counts, length } = input;
  const total = counts.reduce((sum, count) => sum + count, 0);
  const isSound = counts.every((count) => Number.isSafeInteger(count) && count > 0);
  if (isSound && total === length && counts.length === input.starts.length) return;
  const reason = `runs of ${counts.slice(0, 5).join(', ')} do not make up an axis of ${length}`;
  throw new CorruptSourceError({ source, at, reason });
}

/** `sampling_interval`, or the exact ratio where the file has one, with its unit. */
function sampledInterval(
  reader: Hdf5Reader,
  path: string,
): { readonly at: string; readonly number: number; readonly unit: string | null } {
  const set = attributesOf(reader, path);
  const isOld = !('sampling_interval' in set.values);
  const name = 'sampling_denominator' in set.values ? 'sampling_numerator' : 'sampling_interval';
  const stored = isOld ? Number(reader.value(path)) : (numberAttribute(set, name) ?? Number.NaN);
  const number = stored / (numberAttribute(set, 'sampling_denominator') ?? 1);
  const at = `${path}@${name}`;
  if (Number.isFinite(number)) {
    return { at, number, unit: textAttribute(set, isOld ? 'units' : `${name}_units`) };
  }
  throw new CorruptSourceError({ source: reader.source, at, reason: 'the interval is no number' });
}

/** Interval of a sampled axis of time, s. */
function intervalS(reader: Hdf5Reader, path: string): number {
  const { at, number, unit } = sampledInterval(reader, path);
  const unitNs = unit === null ? 1_000_000_000n : timeUnitNs(unit);
  const seconds = (number * Number(unitNs ?? NaN)) / 1e9;
  if (seconds > 0 && Number.isFinite(seconds)) return seconds;
  const reason = `the interval ${number} ${unit ?? ''} is no positive time`;
  throw new CorruptSourceError({ source: reader.source, at, reason });
}

/** Distances of the channels. Throws CorruptSourceError. */
export function xdasDistances(
  reader: Hdf5Reader,
  input: {
    readonly coordinate: XdasCoordinate | null;
    readonly length: number;
    readonly options: DasOptions;
  },
): { readonly axis: DistanceAxis; readonly audit: readonly AuditEntry[] } {
  const { source } = reader;
  const { coordinate, length, options } = input;
  if (coordinate === null) {
    const spacingM = options.spacingM ?? 1;
    const axis = { firstDistanceM: options.firstDistanceM ?? 0, spacingM, distancesM: null };
    const why =
      "no distances that can be read: options 'spacingM' and 'firstDistanceM', else 1 m and 0 m";
    return { axis, audit: [assumption('channel-spacing', { distance: null }, spacingM, why)] };
  }
  const at = coordinate.values;
  if (length > MAX_VALUES) {
    const reason = `${length} channels, the limit is ${MAX_VALUES}`;
    throw new UnsupportedSourceError({ source, reason, remedy: 'write fewer channels to a file' });
  }
  const values = Array.from(whole(reader, at), Number);
  if (coordinate.kind === 'dense') {
    if (values.length !== length) {
      const reason = `${values.length} distances of ${length} channels`;
      throw new CorruptSourceError({ source, at, reason });
    }
    return distanceAxis({ source, at, distancesM: Float64Array.from(values) });
  }
  const positions = Array.from(whole(reader, coordinate.positions), Number);
  if (coordinate.kind === 'sampled') {
    checkRuns({ source, at: coordinate.positions, counts: positions, starts: values, length });
    const stepM = sampledInterval(reader, coordinate.description ?? at).number;
    const distancesM = new Float64Array(length);
    let next = 0;
    positions.forEach((count, run) => {
      for (let i = 0; i < count; i++) distancesM[next++] = (values[run] as number) + i * stepM;
    });
    return distanceAxis({ source, at, distancesM });
  }
  const distancesM = interpolated({ source, at, indices: positions, values, length });
  return distanceAxis({ source, at, distancesM });
}

function whole(reader: Hdf5Reader, path: string): NumericArray {
  const { source } = reader;
  const header = reader.dataset(path);
  const [count] = header?.shape ?? [];
  if (header?.shape.length !== 1 || !count || count > MAX_VALUES) {
    const reason =
      header === null ? 'missing' : `expected a list, found [${header.shape.join(', ')}]`;
    throw new CorruptSourceError({ source, at: path, reason });
  }
  return reader.slice(path, [[0, count]]);
}

function attributesOf(reader: Hdf5Reader, path: string): AttributeSet {
  return { source: reader.source, path, values: reader.attributes(path) };
}
