/**
 * Header of a PRODML 2.0 or 2.1 DAS file (Energistics, "PRODML Technical Usage Guide", DAS HDF5
 * layout) in, DasRecording out: axes, clock, distances, units, and every disagreement found.
 * @module
 */
import {
  CorruptSourceError,
  InvalidInputError,
  UnsupportedSourceError,
} from '../../../core/errors.js';
import {
  numberAttribute,
  textAttribute,
  textListAttribute,
  type AttributeSet,
} from '../attributes.js';
import { assumption, disagreement, note, type AuditEntry } from '../audit.js';
import { findRuns, type TimeStamps } from '../clock.js';
import type { DatasetHeader, Hdf5Reader } from '../../hdf5/hdf5.js';
import { hdf5Samples } from '../hdf5-samples.js';
import type { DasOptions } from '../options.js';
import { auditStampClaims, prodmlStamps } from './prodml-clock.js';
import { customAttributes, distances, lengthAttribute } from './prodml-space.js';
import type { DasRecording } from '../recording.js';
import { storedConversion } from '../stored-conversion.js';

export const PRODML_FORMAT = 'das/prodml';

/** Reads the header. Throws CorruptSourceError or UnsupportedSourceError. */
export function prodmlRecording(reader: Hdf5Reader, options: DasOptions): DasRecording {
  const { source } = reader;
  const raw = rawGroup(reader, options);
  const attributesOf = (path: string): AttributeSet => ({
    source,
    path,
    values: reader.attributes(path),
  });
  const acquisition = attributesOf('/Acquisition');
  const group = attributesOf(raw.path);
  const dataset = `${raw.path}/RawData`;
  const timeDataset = `${raw.path}/RawDataTime`;
  const header = reader.dataset(dataset) ?? missing(source, dataset);
  const data = attributesOf(dataset);
  const timed = { path: timeDataset, header, acquisition, group, data };
  const { stamps, audit: ofStamps } = prodmlStamps(reader, timed);
  const audit: AuditEntry[] = [...raw.audit, ...ofStamps];
  const timeAxis = findTimeAxis({ acquisition, group, data, header, stamps, audit });
  const rateHz = numberAttribute(group, 'OutputDataRate');
  const clock = findRuns({ source, at: timeDataset, stamps, attributeRateHz: rateHz });
  audit.push(...clock.audit);
  const firstRateHz = clock.runs[0]?.rateHz as number;
  audit.push(...auditStampClaims({ acquisition, data, stamps }));
  const space = distances({ reader, acquisition, group, audit });
  const gaugeLengthM = options.gaugeLengthM ?? lengthAttribute(acquisition, 'GaugeLength', audit);
  const fibre = fibreConstants(reader);
  const unit = textAttribute(group, 'RawDataUnit') ?? textAttribute(data, 'RawDataUnit');
  const samples = hdf5Samples(reader, { path: dataset, timeAxis });
  const conversion = storedConversion({
    options,
    unit,
    type: samples.layout.type,
    rateHz: firstRateHz,
    gaugeLengthM,
    refractiveIndex: fibre.refractiveIndex,
  });
  return {
    format: PRODML_FORMAT,
    version: textAttribute(acquisition, 'schemaVersion'),
    ...samples,
    runs: clock.runs,
    conversion,
    storedUnit: unit,
    gaugeLengthM,
    ...space,
    distancesM: null,
    facts: {
      dataset,
      serviceCompany: textAttribute(acquisition, 'ServiceCompanyName'),
      pulseRateHz: numberAttribute(acquisition, 'PulseRate'),
      pulseWidth: numberAttribute(acquisition, 'PulseWidth'),
      description: textAttribute(group, 'RawDescription'),
      refractiveIndex: options.refractiveIndex ?? fibre.refractiveIndex,
      gpsStatus: fibre.gpsStatus,
    },
    audit: [...audit, ...fibre.audit, ...conversion.audit],
  };
}

/** The `Raw[i]` group asked for. */
function rawGroup(
  reader: Hdf5Reader,
  options: DasOptions,
): { readonly path: string; readonly audit: readonly AuditEntry[] } {
  const names = reader.children('/Acquisition');
  const groups = names.filter((name) => /^Raw\[\d+\]$/.test(name));
  // Writers of processed data leave an empty Raw[0] behind.
  const isEmpty = (name: string): boolean =>
    !reader.children(`/Acquisition/${name}`).includes('RawData');
  if (groups.length === 0 || (names.includes('Processed') && groups.every(isEmpty))) {
    if (names.includes('Processed')) {
      throw new UnsupportedSourceError({
        source: reader.source,
        reason: 'only processed data (FBE bands or spectra), which are no waveforms',
        remedy: 'export the raw data (/Acquisition/Raw[0]) from the interrogator',
      });
    }
    return missing(reader.source, names.length > 0 ? '/Acquisition/Raw[0]' : '/Acquisition');
  }
  const index = options.rawIndex ?? Number(groups[0]?.slice(4, -1));
  if (!groups.includes(`Raw[${index}]`)) {
    throw new InvalidInputError({
      what: 'option rawIndex',
      reason: `the file has ${groups.join(', ')}`,
      remedy: 'choose one of them',
    });
  }
  const audit: AuditEntry[] = [];
  if (groups.length > 1) {
    const why = "choose another with option 'rawIndex'";
    audit.push(note('selection', { groups: groups.join(', ') }, `Raw[${index}]`, why));
  }
  if (names.includes('Processed')) {
    const why = '/Acquisition/Processed was not read: no waveforms';
    audit.push(note('selection', {}, null, why));
  }
  return { path: `/Acquisition/Raw[${index}]`, audit };
}

/** Which axis is time, by the lengths first, by the `Dimensions` label where lengths allow both. */
function findTimeAxis(input: {
  acquisition: AttributeSet;
  group: AttributeSet;
  data: AttributeSet;
  header: DatasetHeader;
  stamps: TimeStamps;
  audit: AuditEntry[];
}): 0 | 1 {
  const { acquisition, group, data, header, stamps, audit } = input;
  const { shape } = header;
  const [rows, columns] = shape;
  const times = stamps.offsetsS.length;
  const loci =
    numberAttribute(group, 'NumberOfLoci') ?? numberAttribute(acquisition, 'NumberOfLoci');
  const fits = (timeAxis: 0 | 1): boolean =>
    shape[timeAxis] === times && (loci === null || shape[1 - timeAxis] === loci);
  if (
    rows === undefined ||
    columns === undefined ||
    shape.length !== 2 ||
    rows * columns === 0 ||
    (!fits(0) && !fits(1))
  ) {
    throw new CorruptSourceError({
      source: data.source,
      at: data.path,
      reason:
        `shape [${shape.join(', ')}] disagrees with ${times} time stamps and ` +
        `NumberOfLoci ${loci ?? '(missing)'}`,
    });
  }
  if (loci === null) {
    const channels = shape[fits(0) ? 1 : 0] as number;
    audit.push(assumption('shape', { NumberOfLoci: null }, channels, 'as the shape says'));
  }
  const count = numberAttribute(data, 'Count');
  if (count !== null && count !== rows * columns) {
    const found = { 'RawData@Count': count, shape: rows * columns };
    audit.push(disagreement('shape', found, rows * columns, 'the shape is what is stored'));
  }
  const label = textListAttribute(data, 'Dimensions')?.map((name) => name.toLowerCase());
  const labelled = label?.[0] === 'time' ? 0 : label?.[1] === 'time' ? 1 : null;
  if (labelled === null) {
    const used = fits(0) ? 0 : 1;
    const why = `time on axis ${used}, as the lengths say`;
    audit.push(assumption('shape', { 'RawData@Dimensions': null }, `time on axis ${used}`, why));
    return used;
  }
  if (fits(labelled)) return labelled;
  const used = labelled === 0 ? 1 : 0;
  audit.push(
    disagreement(
      'shape',
      { 'RawData@Dimensions': `[${label?.join(', ')}]`, shape: `[${shape.join(', ')}]` },
      `time on axis ${used}`,
      'only this fits the number of time stamps and loci',
    ),
  );
  return used;
}

function fibreConstants(reader: Hdf5Reader): {
  readonly refractiveIndex: number | null;
  readonly gpsStatus: string | null;
  readonly audit: readonly AuditEntry[];
} {
  // Silixa writes Custom/SystemSettings@FibreIndex, OptaSense Custom@Fibre Refractive Index.
  const system = customAttributes(reader, 'SystemSettings');
  const custom = customAttributes(reader, null);
  const gps = customAttributes(reader, 'SystemInformation/GPS');
  const status = gps === null ? null : textAttribute(gps, 'Status');
  const bad = status !== null && /error|no fix|unlock|fail|lost/i.test(status);
  return {
    refractiveIndex:
      (custom && numberAttribute(custom, 'Fibre Refractive Index')) ??
      (system && numberAttribute(system, 'FibreIndex')),
    gpsStatus: status,
    audit: bad
      ? [
          disagreement(
            'clock-lock',
            { 'GPS@Status': status },
            null,
            'the clock may be off; the stamps are used as they are',
          ),
        ]
      : [],
  };
}

function missing(source: string, at: string): never {
  throw new CorruptSourceError({ source, at, reason: 'missing from the file' });
}
