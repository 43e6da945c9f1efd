/**
 * Header of a PRODML 2.0 or 2.1 DAS file (Energistics, "PRODML Technical Usage Guide", DAS HDF5
 * layout) in, DasRecording out: axes, clock, distances, units, and every disagreement found.
 * @module
 */
import {
  CorruptSourceError,
  InvalidInputError,
  UnsupportedSourceError,
} from '../../core/errors.js';
import {
  numberAttribute,
  requiredNumber,
  textAttribute,
  textListAttribute,
  type AttributeSet,
} from './attributes.js';
import { remarks } from './audit.js';
import { findRuns, type TimeStamps } from './clock.js';
import type { DatasetHeader, Hdf5Reader } from './hdf5.js';
import { hdf5Samples } from './hdf5-samples.js';
import type { DasOptions } from './options.js';
import { auditStampClaims, readStamps } from './prodml-clock.js';
import type { DasRecording } from './recording.js';
import { statedConversion } from './stated-unit.js';
import { strainRateConversion } from './units.js';

export const PRODML_FORMAT = 'das/prodml';

const METRES: Readonly<Record<string, number>> = { m: 1, ft: 0.3048, km: 1000, cm: 0.01 };

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
  const stamps = readStamps(reader, timeDataset);
  const audit: string[] = [...raw.audit];
  const timeAxis = findTimeAxis({ acquisition, group, data, header, stamps, audit });
  const rateHz = numberAttribute(group, 'OutputDataRate');
  const clock = findRuns({ source, at: timeDataset, stamps, attributeRateHz: rateHz });
  audit.push(...clock.audit);
  const firstRateHz = clock.runs[0]?.rateHz as number;
  audit.push(...auditStampClaims({ acquisition, data, stamps }));
  const space = distances({ reader, acquisition, group, header, timeAxis, audit });
  const gaugeLengthM = lengthAttribute(acquisition, 'GaugeLength', audit);
  const fibre = fibreConstants(reader);
  const unit = textAttribute(group, 'RawDataUnit') ?? textAttribute(data, 'RawDataUnit');
  const conversion = strainRateConversion({
    unit: options.unit ?? unit,
    isInteger: header.kind === 'integer',
    bytesPerValue: header.bytesPerValue,
    rateHz: firstRateHz,
    gaugeLengthM,
    refractiveIndex: options.refractiveIndex ?? fibre.refractiveIndex,
    wavelengthNm: options.wavelengthNm ?? 1550,
    photoelastic: options.photoelastic ?? 0.78,
  });
  const stated = statedConversion(conversion, { options, fileUnit: unit });
  return {
    format: PRODML_FORMAT,
    version: textAttribute(acquisition, 'schemaVersion'),
    ...hdf5Samples(reader, { path: dataset, timeAxis }),
    runs: clock.runs,
    conversion: stated,
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
    audit: remarks([...audit, ...fibre.audit, ...stated.audit]),
  };
}

/** The `Raw[i]` group asked for. */
function rawGroup(
  reader: Hdf5Reader,
  options: DasOptions,
): { readonly path: string; readonly audit: readonly string[] } {
  const names = reader.children('/Acquisition');
  const groups = names.filter((name) => /^Raw\[\d+\]$/.test(name));
  if (groups.length === 0) {
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
  const audit: string[] = [];
  if (groups.length > 1) {
    audit.push(`groups ${groups.join(', ')}: used Raw[${index}]; choose with option rawIndex`);
  }
  if (names.includes('Processed')) audit.push('/Acquisition/Processed was not read: no waveforms');
  return { path: `/Acquisition/Raw[${index}]`, audit };
}

/** Which axis is time, by the lengths first, by the `Dimensions` label where lengths allow both. */
function findTimeAxis(input: {
  acquisition: AttributeSet;
  group: AttributeSet;
  data: AttributeSet;
  header: DatasetHeader;
  stamps: TimeStamps;
  audit: string[];
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
  if (loci === null)
    audit.push(`NumberOfLoci is missing: used ${shape[fits(0) ? 1 : 0]} from the shape`);
  const count = numberAttribute(data, 'Count');
  if (count !== null && count !== rows * columns) {
    audit.push(
      `RawData@Count says ${count}, the shape has ${rows * columns} values: used the shape`,
    );
  }
  const label = textListAttribute(data, 'Dimensions')?.map((name) => name.toLowerCase());
  const labelled = label?.[0] === 'time' ? 0 : label?.[1] === 'time' ? 1 : null;
  if (labelled === null) {
    const used = fits(0) ? 0 : 1;
    audit.push(`RawData@Dimensions is missing: used time on axis ${used}, as the lengths say`);
    return used;
  }
  if (fits(labelled)) return labelled;
  const used = labelled === 0 ? 1 : 0;
  audit.push(
    `RawData@Dimensions says [${label?.join(', ')}], but only time on axis ${used} fits the ` +
      'number of time stamps and loci: used that',
  );
  return used;
}

/** Distance of locus i: i times the spatial sampling interval, i counted from StartLocusIndex. */
function distances(input: {
  reader: Hdf5Reader;
  acquisition: AttributeSet;
  group: AttributeSet;
  header: DatasetHeader;
  timeAxis: 0 | 1;
  audit: string[];
}): Pick<DasRecording, 'firstChannel' | 'firstDistanceM' | 'spacingM'> {
  const { acquisition, group, audit } = input;
  requiredNumber(acquisition, 'SpatialSamplingInterval');
  const spacingM = lengthAttribute(acquisition, 'SpatialSamplingInterval', audit) as number;
  if (spacingM <= 0) {
    throw new CorruptSourceError({
      source: acquisition.source,
      at: '/Acquisition@SpatialSamplingInterval',
      reason: `${spacingM} m is not positive`,
    });
  }
  const ofGroup = numberAttribute(group, 'StartLocusIndex');
  const ofFile = numberAttribute(acquisition, 'StartLocusIndex');
  const start = ofGroup ?? ofFile ?? 0;
  if (ofGroup === null && ofFile === null) {
    audit.push('StartLocusIndex is missing: used 0');
  } else if (ofGroup !== null && ofFile !== null && ofGroup !== ofFile) {
    audit.push(
      `StartLocusIndex is ${ofFile} in Acquisition, ${ofGroup} in ${group.path}: used ${start}`,
    );
  }
  const firstDistanceM = start * spacingM;
  const custom = customAttributes(input.reader, 'UserSettings');
  const names = ['StartDistance', 'StartPosition'] as const;
  for (const name of names) {
    const claimed = custom === null ? null : numberAttribute(custom, name);
    if (claimed !== null && Math.abs(claimed - firstDistanceM) > 0.1 * spacingM) {
      audit.push(
        `Custom/UserSettings@${name} is ${claimed} m, StartLocusIndex ${start} * ${spacingM} m = ` +
          `${firstDistanceM.toFixed(3)} m: used the latter, as PRODML defines it`,
      );
    }
  }
  return { firstChannel: start, firstDistanceM, spacingM };
}

/** Length in metres; PRODML 2.1 writes `<name>.uom`, 2.0 writes `<name>Unit`. */
function lengthAttribute(set: AttributeSet, name: string, audit: string[]): number | null {
  const value = numberAttribute(set, name);
  if (value === null) return null;
  const unit = textAttribute(set, `${name}.uom`) ?? textAttribute(set, `${name}Unit`);
  const metres = METRES[(unit ?? 'm').toLowerCase()];
  if (unit === null) audit.push(`${name} has no unit: used metres`);
  else if (metres === undefined) audit.push(`${name} has the unknown unit '${unit}': used metres`);
  return value * (metres ?? 1);
}

function fibreConstants(reader: Hdf5Reader): {
  readonly refractiveIndex: number | null;
  readonly gpsStatus: string | null;
  readonly audit: readonly string[];
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
      ? [`GPS status is '${status}': the clock may be off; used the stamps as they are`]
      : [],
  };
}

function customAttributes(reader: Hdf5Reader, below: string | null): AttributeSet | null {
  const parts = ['Acquisition', 'Custom', ...(below === null ? [] : below.split('/'))];
  let path = '';
  for (const part of parts) {
    if (!reader.children(path === '' ? '/' : path).includes(part)) return null;
    path = `${path}/${part}`;
  }
  return { source: reader.source, path, values: reader.attributes(path) };
}

function missing(source: string, at: string): never {
  throw new CorruptSourceError({ source, at, reason: 'missing from the file' });
}
