/**
 * ASN OptoDAS HDF5 files, versions 8 to 11: `/data` with named axes, header in small datasets.
 * Layout: ASN's simpleDAS reader, DASCore and xdas. Values are `data * dataScale` in
 * `header/unit`; phase becomes strain by `header/sensitivities`.
 * @module
 */
import { CorruptSourceError } from '../../../core/errors.js';
import { placeOf, requiredNumber, textListAttribute, type AttributeSet } from '../attributes.js';
import { assumption, note, type AuditEntry } from '../audit.js';
import type { DasFormat } from '../das-format.js';
import {
  datasetFields,
  gaugeLength,
  heldAgainst,
  positiveIfAny,
  positiveNumber,
  statedNumber,
  statedText,
} from '../header-fields.js';
import { withHdf5, type DatasetHeader, type Hdf5Reader } from '../../hdf5/hdf5.js';
import { hdf5Samples } from '../hdf5-samples.js';
import { optodasDistances } from './optodas-distances.js';
import type { DasOptions } from '../options.js';
import { probeHdf5 } from '../../hdf5/probe.js';
import type { DasRecording } from '../recording.js';
import { statedConversion } from '../stated-unit.js';
import { timeAxisOf } from '../time-axis.js';
import { ticksToNs, uniformRun } from '../time-stamps.js';
import { strainRateConversion, type Conversion } from '../units.js';

const FORMAT = 'das/optodas';
const DATASET = '/data';
const HEADER = '/header';
const KNOWN_VERSIONS = ['8', '9', '10', '11'];
const LIGHT_SPEED_M_S = 299_792_458;

export const optodasFormat: DasFormat = {
  format: FORMAT,
  title: 'DAS, ASN OptoDAS v8 to v11 (HDF5)',
  probe: (file) =>
    probeHdf5(file, (reader) => {
      const names = reader.children('/');
      const isOurs = ['data', 'header', 'fileVersion'].every((name) => names.includes(name));
      return isOurs && reader.children(HEADER).includes('dimensionNames') ? 1 : 0;
    }),
  withRecording: ({ file, options }, use) =>
    withHdf5(file, (reader) => use(optodasRecording(reader, options))),
};

const FIELDS = [
  ...['dataScale', 'dimensionNames', 'dt', 'dx', 'experiment', 'gaugeLength', 'instrument'],
  ...['name', 'sensitivities', 'sensitivityUnits', 'spatialUnwrRange', 'time', 'unit'],
];

function optodasRecording(reader: Hdf5Reader, options: DasOptions): DasRecording {
  const { source } = reader;
  const data = reader.dataset(DATASET);
  if (data === null) throw new CorruptSourceError({ source, at: DATASET, reason: 'missing' });
  const header = datasetFields(reader, HEADER, FIELDS);
  const axis = axesOf(reader, { data, header });
  const samples = hdf5Samples(reader, { path: DATASET, timeAxis: axis.timeAxis });
  const { timeCount, channelCount } = samples.layout;
  const clock = clockOf(reader, { header, timeAxis: axis.timeAxis, timeCount });
  const space = optodasDistances(reader, { header, channelCount });
  const version = versionOf(reader);
  const conversion = conversionOf(reader, { header, data, options, rateHz: clock.rateHz });
  return {
    format: FORMAT,
    version: version.version,
    ...samples,
    runs: clock.runs,
    conversion,
    storedUnit: statedText(header, 'unit'),
    gaugeLengthM: gaugeLength(header, 'gaugeLength', options),
    firstChannel: space.firstChannel,
    firstDistanceM: space.firstDistanceM,
    spacingM: space.spacingM,
    distancesM: space.distancesM,
    facts: {
      dataset: DATASET,
      quantity: statedText(header, 'name'),
      instrument: statedText(header, 'instrument'),
      experiment: statedText(header, 'experiment'),
      dataScale: statedNumber(header, 'dataScale'),
      channelStep: space.channelStep,
    },
    audit: [
      ...version.audit,
      ...axis.audit,
      ...clock.audit,
      ...space.audit,
      ...wrapOf(header),
      ...conversion.audit,
    ],
  };
}

function versionOf(reader: Hdf5Reader): {
  readonly version: string | null;
  readonly audit: readonly AuditEntry[];
} {
  const version = statedText(datasetFields(reader, '', ['fileVersion']), 'fileVersion');
  if (version !== null && KNOWN_VERSIONS.includes(version)) return { version, audit: [] };
  const why = 'read as versions 8 to 11, whose layout is known';
  return { version, audit: [assumption('selection', { '/fileVersion': version }, null, why)] };
}

function axesOf(
  reader: Hdf5Reader,
  input: { data: DatasetHeader; header: AttributeSet },
): { readonly timeAxis: 0 | 1; readonly audit: readonly AuditEntry[] } {
  const names = textListAttribute(input.header, 'dimensionNames') ?? [];
  const time = names.indexOf('time');
  const labelled = time === 0 || time === 1 ? time : null;
  const channels = reader.dataset(`${HEADER}/channels`)?.shape[0] ?? null;
  const range = (axis: number): AttributeSet =>
    datasetFields(reader, `${HEADER}/dimensionRanges/dimension${axis}`, ['size']);
  const timeRange = range(labelled ?? 0);
  return timeAxisOf({
    source: reader.source,
    at: DATASET,
    shape: input.data.shape,
    samples: [{ at: placeOf(timeRange, 'size'), length: statedNumber(timeRange, 'size') }],
    channels: [{ at: `${HEADER}/channels`, length: channels }],
    labelled,
    usual: 0,
  });
}

/** Sample 0 was taken at `time` + the first index of the file's part of the time axis * `dt`. */
function clockOf(
  reader: Hdf5Reader,
  input: { header: AttributeSet; timeAxis: 0 | 1; timeCount: number },
): Pick<DasRecording, 'runs' | 'audit'> & { readonly rateHz: number } {
  const { header, timeCount } = input;
  const dt = positiveNumber(header, 'dt');
  const range = datasetFields(reader, `${HEADER}/dimensionRanges/dimension${input.timeAxis}`, [
    'min',
    'unitScale',
  ]);
  const first = statedNumber(range, 'min') ?? 0;
  const audit = heldAgainst({
    topic: 'sampling-interval',
    claims: {
      [placeOf(header, 'dt')]: dt,
      [placeOf(range, 'unitScale')]: positiveIfAny(range, 'unitScale'),
    },
    used: dt,
    // Half a sample at the end.
    tolerance: (0.5 * dt) / timeCount,
    why: 'dt is the interval of the samples; unitScale only draws the axis',
  });
  if (first !== 0) {
    const why = 'the file begins that many samples after header/time';
    audit.push(note('time', { [placeOf(range, 'min')]: first }, first * dt, why));
  }
  const missing = reader.dataset(`${HEADER}/missingSamples`)?.shape[0] ?? 0;
  if (missing > 0) {
    const why = "samples that the interrogator lost; what stands in their place is the maker's";
    audit.push(note('gap', { [`${HEADER}/missingSamples`]: missing }, null, why));
  }
  const startNs = ticksToNs(requiredNumber(header, 'time') + first * dt, 1) as bigint;
  return {
    rateHz: 1 / dt,
    runs: uniformRun({ startNs, rateHz: 1 / dt, sampleCount: timeCount }),
    audit,
  };
}

function wrapOf(header: AttributeSet): AuditEntry[] {
  const range = statedNumber(header, 'spatialUnwrRange');
  if (range === null || range === 0) return [];
  const why =
    'phase differences between neighbouring channels wrap at this range; they are not unwrapped here';
  return [note('units', { [placeOf(header, 'spatialUnwrRange')]: range }, null, why)];
}

function conversionOf(
  reader: Hdf5Reader,
  input: { header: AttributeSet; data: DatasetHeader; options: DasOptions; rateHz: number },
): Conversion {
  const { header, data, options, rateHz } = input;
  const cable = datasetFields(reader, '/cableSpec', [
    'refractiveIndex',
    'refractiveIndexes',
    'zeta',
  ]);
  const laser = datasetFields(reader, '/monitoring/Laser', ['ituFrequency']);
  const frequencyMhz = positiveIfAny(laser, 'ituFrequency');
  const laserNm = frequencyMhz === null ? 1550 : (LIGHT_SPEED_M_S / (frequencyMhz * 1e6)) * 1e9;
  const fileUnit = statedText(header, 'unit');
  const scale = statedNumber(header, 'dataScale');
  const sensitivity = statedNumber(firstOf(header, 'sensitivities'), 'sensitivities');
  // A sensitivity of one without a unit belongs to values that are strain already.
  const isPhase = /^rad/i.test(options.unit ?? fileUnit ?? '');
  const conversion = strainRateConversion({
    unit: options.unit ?? fileUnit,
    isInteger: data.kind === 'integer',
    bytesPerValue: data.bytesPerValue,
    rateHz,
    gaugeLengthM: gaugeLength(header, 'gaugeLength', options),
    refractiveIndex:
      options.refractiveIndex ??
      statedNumber(firstOf(cable, 'refractiveIndex'), 'refractiveIndex') ??
      statedNumber(firstOf(cable, 'refractiveIndexes'), 'refractiveIndexes'),
    wavelengthNm: options.wavelengthNm ?? laserNm,
    photoelastic: options.photoelastic ?? positiveIfAny(cable, 'zeta') ?? 0.78,
    countScale: scale === null || scale === 1 ? null : { value: scale, at: `${HEADER}/dataScale` },
    microstrainPerRadian:
      isPhase && sensitivity !== null && sensitivity > 1
        ? { value: 1e6 / sensitivity, at: `1e6 / ${HEADER}/sensitivities` }
        : null,
  });
  return statedConversion(conversion, { options, fileUnit });
}

/** The set with only the first value of a list: one a region of the fibre, alike in practice. */
function firstOf(set: AttributeSet, name: string): AttributeSet {
  const value = set.values[name];
  if (value === null || typeof value !== 'object' || value.length < 2) return set;
  return { ...set, values: { ...set.values, [name]: [value[0] as number] } };
}
