/**
 * HDF5 files of the DAS-RCN metadata standard as the Geothermal Data Repository (GDR) keeps them:
 * `/DasRawData/RawData` and a time a sample, metadata as text. Layout: the GDR DAS data standard
 * (gdr.openei.org/das_data_standard) and DASCore's reader.
 * @module
 */
import { CorruptSourceError } from '../../../core/errors.js';
import { nsToIso } from '../../../core/time.js';
import { placeOf, textListAttribute, vendorTimeNs, type AttributeSet } from '../attributes.js';
import { assumption, disagreement, type AuditEntry } from '../audit.js';
import { findRuns, type TimeStamps } from '../clock.js';
import type { DasFormat } from '../das-format.js';
import {
  attributesIfAny,
  gaugeLength,
  positiveIfAny,
  positiveNumber,
  statedNumber,
  statedText,
} from '../header-fields.js';
import { withHdf5, type DatasetHeader, type Hdf5Reader } from '../../hdf5/hdf5.js';
import { hdf5Samples } from '../hdf5-samples.js';
import { metresIn } from '../length-units.js';
import type { DasOptions } from '../options.js';
import { probeHdf5 } from '../../hdf5/probe.js';
import type { DasRecording } from '../recording.js';
import { storedConversion } from '../stored-conversion.js';
import { timeAxisOf } from '../time-axis.js';
import { readTimeStamps } from '../time-stamps.js';

const FORMAT = 'das/gdr';
const DATASET = '/DasRawData/RawData';
const STAMPS = '/DasRawData/DasTimeArray';
const INTERROGATOR = '/DasMetadata/Interrogator';
const ACQUISITION = `${INTERROGATOR}/Acquisition`;

/**
 * Quantities that the standard names in place of a unit (`unit_of_measure`, version 1.1: count,
 * strain, strain-rate, velocity), in SI units as its version 2.0 has them.
 */
const QUANTITIES: Readonly<Record<string, string>> = {
  strain: 'm/m',
  'strain-rate': 'm/m/s',
  velocity: 'm/s',
};

const QUANTITY = 'the file names a quantity and no unit: taken as SI';

export const gdrFormat: DasFormat = {
  format: FORMAT,
  title: 'DAS, GDR / DAS-RCN (HDF5)',
  probe: (file) =>
    probeHdf5(file, (reader) => {
      const names = reader.children('/');
      if (!names.includes('DasMetadata')) return 0;
      return reader.children('/DasRawData').includes('RawData') ? 1 : 0;
    }),
  withRecording: ({ file, options }, use) =>
    withHdf5(file, (reader) => use(gdrRecording(reader, options))),
};

function gdrRecording(reader: Hdf5Reader, options: DasOptions): DasRecording {
  const { source } = reader;
  const header = reader.dataset(DATASET);
  if (header === null) throw new CorruptSourceError({ source, at: DATASET, reason: 'missing' });
  const data = attributesIfAny(reader, DATASET);
  const metadata = attributesIfAny(reader, '/DasMetadata');
  const acquisition = reader.children(INTERROGATOR).includes('Acquisition')
    ? attributesIfAny(reader, ACQUISITION)
    : missing(source, ACQUISITION);
  const axis = axisOf(reader, { header, data, acquisition });
  const samples = hdf5Samples(reader, { path: DATASET, timeAxis: axis.timeAxis });
  const stamps = readTimeStamps(reader, { path: STAMPS, ticksPerSecond: 1e9 });
  if (stamps.offsetsS.length !== samples.layout.timeCount) {
    const reason = `${stamps.offsetsS.length} time stamps for ${samples.layout.timeCount} samples`;
    throw new CorruptSourceError({ source, at: STAMPS, reason });
  }
  const attributeRateHz = positiveIfAny(acquisition, 'AcquisitionSampleRate');
  const clock = findRuns({ source, at: STAMPS, stamps, attributeRateHz });
  const unit = statedText(acquisition, 'UnitOfMeasure');
  const gauge = gaugeOf(acquisition, options);
  const gaugeLengthM = gauge.metres;
  const fibre = attributesIfAny(reader, '/DasMetadata/Cable/Fiber');
  const quantity = QUANTITIES[(unit ?? '').toLowerCase().replace(/[\s_]+/, '-')];
  const conversion = storedConversion({
    options,
    unit: quantity ?? unit,
    fileUnit: unit,
    type: samples.layout.type,
    rateHz: clock.runs[0]?.rateHz as number,
    gaugeLengthM,
    refractiveIndex: positiveIfAny(fibre, 'FiberRefractionIndex'),
  });
  const space = distancesOf(acquisition);
  const interrogator = attributesIfAny(reader, INTERROGATOR);
  const group = attributesIfAny(reader, `${ACQUISITION}/ChannelGroup`);
  return {
    format: FORMAT,
    version: statedText(metadata, 'MetadataStandard'),
    ...samples,
    runs: clock.runs,
    conversion,
    storedUnit: unit,
    gaugeLengthM,
    ...space,
    distancesM: null,
    facts: {
      dataset: DATASET,
      instrument: statedText(interrogator, 'SerialNumber'),
      manufacturer: statedText(interrogator, 'InterrogatorManufacturer'),
      firstUsableChannel: statedText(group, 'FirstUsableChannelID'),
      lastUsableChannel: statedText(group, 'LastUsableChannelID'),
      rawDataStandard: statedText(metadata, 'RawDataStandard'),
      network: statedText(metadata, 'NetworkCode'),
      doi: statedText(metadata, 'DigitalObjectIdentifier'),
    },
    audit: [
      ...axis.audit,
      ...clock.audit,
      ...auditTimes(acquisition, stamps),
      ...space.audit,
      ...gauge.audit,
      ...(quantity === undefined || options.unit !== undefined
        ? []
        : [
            assumption(
              'units',
              { [placeOf(acquisition, 'UnitOfMeasure')]: unit },
              quantity,
              QUANTITY,
            ),
          ]),
      ...conversion.audit,
    ],
  };
}

function axisOf(
  reader: Hdf5Reader,
  input: { header: DatasetHeader; data: AttributeSet; acquisition: AttributeSet },
): { readonly timeAxis: 0 | 1; readonly audit: readonly AuditEntry[] } {
  const { header, data, acquisition } = input;
  const labels = textListAttribute(data, 'DasDimensions') ?? [];
  const time = labels.findIndex((label) => /^time/i.test(label));
  const channels = statedNumber(acquisition, 'NumberOfChannels');
  const axis = timeAxisOf({
    source: reader.source,
    at: DATASET,
    shape: header.shape,
    samples: [{ at: STAMPS, length: reader.dataset(STAMPS)?.shape[0] ?? null }],
    channels: [{ at: placeOf(acquisition, 'NumberOfChannels'), length: channels }],
    labelled: time === 0 || time === 1 ? time : null,
    usual: 0,
  });
  const count = statedNumber(data, 'Count');
  const values = header.shape.reduce((product, length) => product * length, 1);
  if (count === null || count === values) return axis;
  const found = { [placeOf(data, 'Count')]: count, 'values of the shape': values };
  const entry = disagreement('shape', found, values, 'the shape is what is stored');
  return { ...axis, audit: [...axis.audit, entry] };
}

/** Start and end as texts, held against the stamps. */
function auditTimes(acquisition: AttributeSet, stamps: TimeStamps): AuditEntry[] {
  const lastNs = stamps.originNs + BigInt(Math.round((stamps.offsetsS.at(-1) as number) * 1e9));
  const claims = [
    ['AcquisitionStartTime', stamps.originNs],
    ['AcquisitionEndTime', lastNs],
  ] as const;
  return claims.flatMap(([name, stamped]) => {
    const text = statedText(acquisition, name);
    const claimed = text === null ? null : vendorTimeNs(text);
    if (claimed === null || Math.abs(Number(claimed - stamped)) < 1e6) return [];
    const found = { [placeOf(acquisition, name)]: text, [STAMPS]: nsToIso(stamped) };
    return [disagreement('time', found, nsToIso(stamped), 'the stamps belong to the samples')];
  });
}

/** Gauge length in metres by its own unit. */
function gaugeOf(
  acquisition: AttributeSet,
  options: DasOptions,
): { readonly metres: number | null; readonly audit: readonly AuditEntry[] } {
  const stated = gaugeLength(acquisition, 'GaugeLength', options);
  if (stated === null || options.gaugeLengthM !== undefined) return { metres: stated, audit: [] };
  const scale = metresOf(acquisition, 'GaugeLengthUnit');
  return { metres: stated * scale.metres, audit: scale.audit };
}

/** Metres in the unit that the field names; 1 where it names none, or one that is not known. */
function metresOf(
  acquisition: AttributeSet,
  name: string,
): { readonly metres: number; readonly audit: readonly AuditEntry[] } {
  const unit = statedText(acquisition, name);
  const metres = metresIn(unit ?? '');
  if (metres !== undefined) return { metres, audit: [] };
  const found = { [placeOf(acquisition, name)]: unit };
  return { metres: 1, audit: [assumption('units', found, 'm', 'taken as metres')] };
}

/**
 * Distances from the first stored channel. `FirstUsableChannelID` of the channel group is another
 * thing: the first channel that is physically meaningful.
 */
function distancesOf(
  acquisition: AttributeSet,
): Pick<DasRecording, 'firstChannel' | 'firstDistanceM' | 'spacingM' | 'audit'> {
  const scale = metresOf(acquisition, 'SpatialSamplingIntervalUnit');
  const spacingM = positiveNumber(acquisition, 'SpatialSamplingInterval') * scale.metres;
  const found = { [acquisition.path]: null };
  const why = 'the standard has no field for the first channel: counted from 0';
  const first = assumption('first-distance', found, 0, why);
  return { firstChannel: 0, firstDistanceM: 0, spacingM, audit: [...scale.audit, first] };
}

function missing(source: string, at: string): never {
  throw new CorruptSourceError({ source, at, reason: 'missing from the file' });
}
