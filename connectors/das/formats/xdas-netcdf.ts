/**
 * netCDF-4 files of xdas: an array with CF coordinates, written out or by tie points. Layout:
 * xdas `coordinates/interp.py`, `coordinates/sampled.py`; CF conventions 1.13, section 8.3.
 * @module
 */
import { CorruptSourceError, isQuakeError, UnsupportedSourceError } from '../../../core/errors.js';
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

/** Reads the first array with a time axis; see DasOptions for the options. */
export const xdasNetcdfFormat: DasFormat = {
  format: FORMAT,
  title: 'DAS, xdas (netCDF-4 with CF coordinates)',
  probe: (file) =>
    probeHdf5(file, (reader) => {
      const conventions = reader.attributes('/')['Conventions'];
      if (typeof conventions !== 'string' || !conventions.startsWith('CF-')) return 0;
      return arrays(reader).length > 0 ? 0.9 : 0;
    }),
  withRecording: ({ file, options }, use) =>
    withHdf5(file, (reader) => use(recordingOf(reader, options))),
};

/** Datasets of two axes at the root that are an xdas array. */
function arrays(reader: Hdf5Reader): AttributeSet[] {
  return reader
    .children('/')
    .filter((name) => {
      try {
        return reader.dataset(`/${name}`)?.shape.length === 2;
      } catch (error) {
        // Text and other variables that are no samples.
        if (isQuakeError(error) && error._tag === 'CorruptSource') return false;
        throw error;
      }
    })
    .map((name): AttributeSet => {
      const path = `/${name}`;
      return { source: reader.source, path, values: reader.attributes(path) };
    })
    .filter(
      ({ path, values }) =>
        path === '/__values__' ||
        'coordinate_interpolation' in values ||
        'coordinate_sampling' in values,
    );
}

function recordingOf(reader: Hdf5Reader, options: DasOptions): DasRecording {
  const { source } = reader;
  const found = arrays(reader);
  const [data] = found;
  if (data === undefined) {
    throw new CorruptSourceError({ source, at: '/', reason: 'no array with CF coordinates' });
  }
  const audit: AuditEntry[] = [];
  if (found.length > 1) {
    const names = found.map(({ path }) => path).join(', ');
    audit.push(note('selection', { arrays: names }, data.path, 'the first one is read'));
  }
  const header = reader.dataset(data.path);
  const shape = header?.shape ?? [];
  const time = xdasAxis(reader, { data, shape, name: 'time' });
  const space =
    xdasAxis(reader, { data, shape, name: 'distance' }) ??
    xdasAxis(reader, { data, shape, name: 'channel' });
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
    version: textAttribute({ source, path: '/', values: reader.attributes('/') }, 'Conventions'),
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
