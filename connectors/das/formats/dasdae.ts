/**
 * DASDAE files, the own format of DASCore (HDF5 by PyTables). Layout: dascore `io/dasdae/utils.py`:
 * a group a patch below `/waveforms`, with `data`, `_coord_<dim>` and attributes `_attrs_<name>`,
 * some of them pickled. Pickles are never run.
 * @module
 */
import {
  CorruptSourceError,
  InvalidInputError,
  UnsupportedSourceError,
} from '../../../core/errors.js';
import { numberAttribute, textAttribute, type AttributeSet } from '../attributes.js';
import { assumption, note, type AuditEntry } from '../audit.js';
import { findRuns } from '../clock.js';
import type { DasFormat } from '../das-format.js';
import { distanceAxis, type DistanceAxis } from '../distance-axis.js';
import { hdf5Samples } from '../hdf5-samples.js';
import { withHdf5, type Hdf5Reader } from '../../hdf5/hdf5.js';
import type { DasOptions } from '../options.js';
import { withoutUnpickling } from './pickled.js';
import { probeHdf5 } from '../../hdf5/probe.js';
import type { DasRecording } from '../recording.js';
import { storedConversion } from '../stored-conversion.js';
import { readTimeStamps } from '../time-stamps.js';

const FORMAT = 'das/dasdae';
const WAVEFORMS = '/waveforms';

/** Reads a patch (option `rawIndex`, else the first); see DasOptions for the options. */
export const dasdaeFormat: DasFormat = {
  format: FORMAT,
  title: 'DAS, DASDAE (DASCore HDF5)',
  probe: (file) =>
    probeHdf5(file, (reader) => (reader.attributes('/')['__format__'] === 'DASDAE' ? 1 : 0)),
  withRecording: ({ file, options }, use) =>
    withHdf5(file, (reader) => use(recordingOf(reader, options))),
};

function recordingOf(reader: Hdf5Reader, options: DasOptions): DasRecording {
  const { source } = reader;
  const audit: AuditEntry[] = [];
  const group = choosePatch(reader, options, audit);
  const set = patchAttributes(reader, group, audit);
  const dims = (textAttribute(set, '_dims') ?? textAttribute(set, '_attrs_dims') ?? '').split(',');
  const timeAxis = dims.indexOf('time');
  const space = dims[1 - timeAxis];
  if (dims.length !== 2 || (timeAxis !== 0 && timeAxis !== 1) || space === undefined) {
    throw new UnsupportedSourceError({
      source,
      reason: `${group} has the dimensions '${dims.join(', ')}', not time and one other`,
      remedy: 'select a patch with the dimensions time and distance before writing it',
    });
  }
  const samples = hdf5Samples(reader, { path: `${group}/data`, timeAxis });
  const { timeCount, channelCount, type } = samples.layout;
  const clock = readClock(reader, `${group}/_coord_time`, timeCount, audit);
  const axis = readDistances(reader, { path: `${group}/_coord_${space}`, channelCount, audit });
  const unit = textAttribute(set, '_attrs_data_units');
  const gaugeLengthM =
    options.gaugeLengthM ??
    metres(
      numberAttribute(set, '_attrs_gauge_length'),
      textAttribute(set, '_attrs_gauge_length_units'),
    );
  const conversion = storedConversion({
    options,
    unit,
    type,
    rateHz: clock.runs[0]?.rateHz as number,
    gaugeLengthM,
    refractiveIndex: null,
  });
  const root: AttributeSet = { source, path: '/', values: reader.attributes('/') };
  return {
    format: FORMAT,
    version: textAttribute(root, '__DASDAE_version__'),
    ...samples,
    runs: clock.runs,
    conversion,
    storedUnit: unit,
    gaugeLengthM,
    firstChannel: 0,
    ...axis,
    facts: {
      dataset: `${group}/data`,
      dascoreVersion: textAttribute(root, '__dascore__version__'),
      dataType: textAttribute(set, '_attrs_data_type'),
      instrumentId: textAttribute(set, '_attrs_instrument_id'),
      tag: textAttribute(set, '_attrs_tag'),
    },
    audit: [...audit, ...clock.audit, ...conversion.audit],
  };
}

function choosePatch(reader: Hdf5Reader, options: DasOptions, audit: AuditEntry[]): string {
  const { source } = reader;
  const names = reader.children(WAVEFORMS);
  if (names.length === 0) {
    throw new CorruptSourceError({ source, at: WAVEFORMS, reason: 'no patch in the file' });
  }
  const index = options.rawIndex ?? 0;
  const name = names[index];
  if (name === undefined) {
    throw new InvalidInputError({
      what: 'option rawIndex',
      reason: `${index}, but the file has ${names.length} patches`,
      remedy: `choose 0 to ${names.length - 1}`,
    });
  }
  if (names.length > 1) {
    const why = "one patch is read; option 'rawIndex' chooses another";
    audit.push(note('selection', { patches: names.length }, name, why));
  }
  return `${WAVEFORMS}/${name}`;
}

/** Attributes without the pickled ones; those that say nothing (None) are left out. */
function patchAttributes(reader: Hdf5Reader, group: string, audit: AuditEntry[]): AttributeSet {
  const skipped: string[] = [];
  const kept = Object.entries(reader.attributes(group)).flatMap(([name, stored]) => {
    const found = withoutUnpickling(stored);
    if (found.kind === 'object') skipped.push(name);
    return found.kind === 'object' || found.value === null ? [] : [[name, found.value] as const];
  });
  if (skipped.length > 0) {
    const why = 'pickled Python objects are programs and are never run: left out';
    audit.push(note('selection', { attributes: skipped.slice(0, 20).join(', ') }, null, why));
  }
  return { source: reader.source, path: group, values: Object.fromEntries(kept) };
}

function readClock(
  reader: Hdf5Reader,
  path: string,
  timeCount: number,
  audit: AuditEntry[],
): ReturnType<typeof findRuns> {
  const { source } = reader;
  const header = reader.dataset(path);
  if (header === null || header.shape.length !== 1 || header.shape[0] !== timeCount) {
    const found = header === null ? 'no such dataset' : `shape [${header.shape.join(', ')}]`;
    const reason = `expected ${timeCount} times, found ${found}`;
    throw new CorruptSourceError({ source, at: path, reason });
  }
  const set: AttributeSet = { source, path, values: reader.attributes(path) };
  const isDate = header.kind === 'integer' && numberAttribute(set, 'is_datetime64') !== 0;
  if (!isDate) {
    const why = 'times are no dates: taken as seconds since 1970';
    audit.push(assumption('time', { [`${path}@is_datetime64`]: 0 }, 'seconds since 1970', why));
  }
  const stamps = readTimeStamps(reader, { path, ticksPerSecond: isDate ? 1e9 : 1 });
  return findRuns({ source, at: path, stamps, attributeRateHz: null });
}

function readDistances(
  reader: Hdf5Reader,
  input: { path: string; channelCount: number; audit: AuditEntry[] },
): DistanceAxis {
  const { path, channelCount, audit } = input;
  const header = reader.dataset(path);
  if (header?.shape.length !== 1 || header.shape[0] !== channelCount) {
    const found = header === null ? 'no such dataset' : `shape [${header.shape.join(', ')}]`;
    const reason = `expected ${channelCount} distances, found ${found}`;
    throw new CorruptSourceError({ source: reader.source, at: path, reason });
  }
  const values = reader.slice(path, [[0, channelCount]]);
  const distancesM = Float64Array.from(values as Float64Array, Number);
  const { axis, audit: found } = distanceAxis({ source: reader.source, at: path, distancesM });
  audit.push(...found);
  return axis;
}

/** A length in metres; feet are known, other units are taken as metres. */
function metres(value: number | null, unit: string | null): number | null {
  if (value === null || !(value > 0)) return null;
  return unit !== null && /^(ft|feet|foot)$/i.test(unit) ? value * 0.3048 : value;
}
