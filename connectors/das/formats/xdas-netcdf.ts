/**
 * netCDF-4 files of xdas: an array with CF coordinates, written out or by tie points. Layout:
 * xdas `coordinates/interp.py`, `coordinates/sampled.py`; CF conventions 1.13, section 8.3.
 * @module
 */
import {
  CorruptSourceError,
  InvalidInputError,
  isQuakeError,
  UnsupportedSourceError,
} from '../../../core/errors.js';
import { numberAttribute, textAttribute, type AttributeSet } from '../attributes.js';
import { assumption, note, type AuditEntry } from '../audit.js';
import type { DasFormat } from '../das-format.js';
import { hdf5Samples } from '../hdf5-samples.js';
import { withHdf5, type Hdf5Reader } from '../../hdf5/hdf5.js';
import type { DasOptions } from '../options.js';
import { probeHdf5 } from '../../hdf5/probe.js';
import type { DasRecording } from '../recording.js';
import { storedConversion } from '../stored-conversion.js';
import { xdasAxis, xdasDistances, xdasRuns } from './xdas-coordinates.js';

const FORMAT = 'das/xdas-netcdf';

/** Groups looked at for arrays, and how deep: collections of xdas are instruments, cables, lists. */
const MAX_GROUPS = 256;
const MAX_DEPTH = 6;

/** Reads an array with a time axis (option `rawIndex`, else the first); see DasOptions. */
export const xdasNetcdfFormat: DasFormat = {
  format: FORMAT,
  title: 'DAS, xdas (netCDF-4 with CF coordinates)',
  probe: (file) => probeHdf5(file, (reader) => (arrays(reader).length > 0 ? 0.9 : 0)),
  withRecording: ({ file, options }, use) =>
    withHdf5(file, (reader) => use(recordingOf(reader, options))),
};

interface XdasArray {
  /** With a slash at its end. */
  readonly group: string;
  readonly data: AttributeSet;
}

/** The xdas arrays of the file: at the root, or in the groups of a collection, in order of names. */
function arrays(reader: Hdf5Reader): XdasArray[] {
  const found: XdasArray[] = [];
  const groups: { readonly path: string; readonly depth: number }[] = [{ path: '/', depth: 0 }];
  for (let i = 0; i < groups.length && i < MAX_GROUPS; i++) {
    const { path, depth } = groups[i] as (typeof groups)[number];
    const conventions = reader.attributes(path)['Conventions'];
    if (typeof conventions === 'string' && conventions.startsWith('CF-')) {
      found.push(...arraysIn(reader, path));
    } else if (depth < MAX_DEPTH) {
      const inside = reader.children(path).map((name) => `${path}${name}/`);
      const more = inside.filter((name) => reader.children(name).length > 0).sort(byNumbers);
      groups.push(...more.map((each) => ({ path: each, depth: depth + 1 })));
    }
  }
  return found;
}

/** Members of a list are numbered: 10 comes after 9. */
function byNumbers(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}

/** Datasets of two axes in a group that are an xdas array. */
function arraysIn(reader: Hdf5Reader, group: string): XdasArray[] {
  return reader
    .children(group)
    .map((name) => `${group}${name}`)
    .filter((path) => {
      try {
        return reader.dataset(path)?.shape.length === 2;
      } catch (error) {
        // Text and other variables that are no samples.
        if (isQuakeError(error) && error._tag === 'CorruptSource') return false;
        throw error;
      }
    })
    .map((path): AttributeSet => ({ source: reader.source, path, values: reader.attributes(path) }))
    .filter(
      ({ path, values }) =>
        path.endsWith('/__values__') ||
        'coordinate_interpolation' in values ||
        'coordinate_sampling' in values,
    )
    .map((data) => ({ group, data }));
}

/** The array asked for. Throws InvalidInputError for one that is not there. */
function chooseArray(
  reader: Hdf5Reader,
  options: DasOptions,
): XdasArray & { readonly audit: AuditEntry[] } {
  const found = arrays(reader);
  if (found.length === 0) {
    const reason = 'no array with CF coordinates';
    throw new CorruptSourceError({ source: reader.source, at: '/', reason });
  }
  const index = options.rawIndex ?? 0;
  const chosen = found[index];
  if (chosen === undefined) {
    throw new InvalidInputError({
      what: 'option rawIndex',
      reason: `${index}, but the file has ${found.length} arrays`,
      remedy: `choose 0 to ${found.length - 1}`,
    });
  }
  if (found.length === 1) return { ...chosen, audit: [] };
  const names = found.map(({ data }) => data.path).join(', ');
  const why = "one array is read; option 'rawIndex' chooses another";
  const entry = note('selection', { arrays: names.slice(0, 500) }, chosen.data.path, why);
  return { ...chosen, audit: [entry] };
}

function recordingOf(reader: Hdf5Reader, options: DasOptions): DasRecording {
  const { source } = reader;
  const { group, data, audit } = chooseArray(reader, options);
  const header = reader.dataset(data.path);
  const shape = header?.shape ?? [];
  const time = xdasAxis(reader, { group, data, shape, name: 'time' });
  const space =
    xdasAxis(reader, { group, data, shape, name: 'distance' }) ??
    xdasAxis(reader, { group, data, shape, name: 'channel' });
  if (time === null || header === null) {
    throw new UnsupportedSourceError({
      source,
      reason: `${data.path} has no axis 'time'`,
      remedy: "name the axes 'time' and 'distance' before writing the file",
    });
  }
  const timeAxis = time.axis ?? (space?.axis === 0 ? 1 : 0);
  if (time.axis === null) {
    const why = 'lengths do not tell the axes apart; time comes first in xdas files';
    audit.push(
      assumption('shape', { shape: `[${shape.join(', ')}]` }, `time on axis ${timeAxis}`, why),
    );
  }
  const samples = hdf5Samples(reader, { path: data.path, timeAxis });
  const { timeCount, channelCount } = samples.layout;
  const clock = xdasRuns(reader, { ...time, length: timeCount });
  const place = xdasDistances(reader, { coordinate: space, length: channelCount, options });
  audit.push(...clock.audit, ...place.audit);
  const unit = textAttribute(data, 'units') ?? textAttribute(data, 'unit');
  const gaugeLengthM = options.gaugeLengthM ?? numberIfAny(data, 'gauge_length');
  const rateHz = clock.runs[0]?.rateHz as number;
  const { type } = samples.layout;
  const conversion = storedConversion({
    options,
    unit,
    type,
    rateHz,
    gaugeLengthM,
    refractiveIndex: numberIfAny(data, 'refractive_index'),
  });
  return {
    format: FORMAT,
    version: textAttribute(
      { source, path: group, values: reader.attributes(group) },
      'Conventions',
    ),
    ...samples,
    runs: clock.runs,
    conversion,
    storedUnit: unit,
    gaugeLengthM,
    firstChannel: 0,
    ...place.axis,
    facts: { dataset: data.path, isVirtual: header.isVirtual },
    audit: [...audit, ...conversion.audit],
  };
}

/** Number of a free attribute; null when it is missing or says something else. */
function numberIfAny(set: AttributeSet, name: string): number | null {
  try {
    return numberAttribute(set, name);
  } catch {
    return null;
  }
}
