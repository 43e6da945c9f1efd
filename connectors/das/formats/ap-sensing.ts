/**
 * AP Sensing DAS HDF5 files (version 10): `/DAS` [time, channel], header in small datasets. Layout:
 * readers of DASCore, xdas and dasio; positions as the field values of the maker's files show.
 * @module
 */
import { CorruptSourceError } from '../../../core/errors.js';
import { nsToIso } from '../../../core/time.js';
import { placeOf, vendorTimeNs, type AttributeSet } from '../attributes.js';
import { assumption, disagreement, type AuditEntry } from '../audit.js';
import { findRuns, type SampleRun } from '../clock.js';
import type { DasFormat } from '../das-format.js';
import {
  attributesIfAny,
  datasetFields,
  gaugeLength,
  heldAgainst,
  positiveNumber,
  statedNumber,
  statedText,
} from '../header-fields.js';
import { withHdf5, type DatasetHeader, type Hdf5Reader } from '../../hdf5/hdf5.js';
import { hdf5Samples } from '../hdf5-samples.js';
import type { DasOptions } from '../options.js';
import { probeHdf5 } from '../../hdf5/probe.js';
import type { DasRecording } from '../recording.js';
import { statedConversion } from '../stated-unit.js';
import { timeAxisOf } from '../time-axis.js';
import { readTimeStamps, uniformRun } from '../time-stamps.js';
import { strainRateConversion, type Conversion } from '../units.js';

const FORMAT = 'das/ap-sensing';
const DATASET = '/DAS';
const STAMPS = '/Timestamps/DataTimestamps';

export const apSensingFormat: DasFormat = {
  format: FORMAT,
  title: 'DAS, AP Sensing (HDF5)',
  probe: (file) =>
    probeHdf5(file, (reader) => {
      const names = reader.children('/');
      const isOurs =
        names.includes('ProcessingServer') &&
        (names.includes('Metadata') || names.includes('Timestamps'));
      return isOurs && names.includes('DAS') ? 1 : 0;
    }),
  withRecording: ({ file, options }, use) =>
    withHdf5(file, (reader) => use(apSensingRecording(reader, options))),
};

interface Header {
  readonly server: AttributeSet;
  readonly daq: AttributeSet;
  readonly metadata: AttributeSet;
  readonly interrogator: AttributeSet;
}

function readHeader(reader: Hdf5Reader): Header {
  const server = ['DataRate', 'DataType', 'GPSLock', 'GPSSatelliteCount', 'GaugeLength'];
  const more = ['RadiansToNanoStrain', 'SpatialSampling', 'SpatialSamplingPoints'];
  const daq = ['PositionStart', 'PositionEnd', 'SamplingInterval', 'SpatialPoints', 'PulseRate'];
  return {
    server: datasetFields(reader, '/ProcessingServer', [...server, ...more, 'TimeStampSource']),
    daq: datasetFields(reader, '/DAQ', daq),
    metadata: datasetFields(reader, '/Metadata', ['Timestamp', 'Timezone', 'TraceCount']),
    interrogator: datasetFields(reader, '/Interrogator', [
      'FiberRefractiveIndex',
      'SerialNumber',
      'Model',
    ]),
  };
}

function apSensingRecording(reader: Hdf5Reader, options: DasOptions): DasRecording {
  const { source } = reader;
  const data = reader.dataset(DATASET);
  if (data === null) throw new CorruptSourceError({ source, at: DATASET, reason: 'missing' });
  const header = readHeader(reader);
  const { server, daq, metadata } = header;
  const stampCount = reader.dataset(STAMPS)?.shape[0] ?? null;
  const axis = timeAxisOf({
    source,
    at: DATASET,
    shape: data.shape,
    samples: [
      { at: placeOf(metadata, 'TraceCount'), length: statedNumber(metadata, 'TraceCount') },
      { at: STAMPS, length: stampCount },
    ],
    channels: [{ at: placeOf(daq, 'SpatialPoints'), length: statedNumber(daq, 'SpatialPoints') }],
    usual: 0,
  });
  const samples = hdf5Samples(reader, { path: DATASET, timeAxis: axis.timeAxis });
  const clock = clockOf(reader, header, samples.layout.timeCount);
  const rateHz = clock.runs[0]?.rateHz as number;
  const conversion = conversionOf(header, { data, options, rateHz });
  const space = distancesOf(header, samples.layout.channelCount);
  return {
    format: FORMAT,
    version: statedText(attributesIfAny(reader, '/'), 'FileVersion'),
    ...samples,
    runs: clock.runs,
    conversion,
    storedUnit: statedText(server, 'DataType'),
    gaugeLengthM: gaugeLength(server, 'GaugeLength', options),
    firstChannel: 0,
    firstDistanceM: space.firstDistanceM,
    spacingM: space.spacingM,
    distancesM: null,
    facts: {
      dataset: DATASET,
      instrument: statedText(header.interrogator, 'SerialNumber'),
      model: statedText(header.interrogator, 'Model'),
      pulseRateHz: statedNumber(daq, 'PulseRate'),
      radiansToNanoStrain: statedNumber(server, 'RadiansToNanoStrain'),
      refractiveIndex: statedNumber(header.interrogator, 'FiberRefractiveIndex'),
      timeSource: statedText(server, 'TimeStampSource'),
    },
    audit: [...axis.audit, ...clock.audit, ...space.audit, ...lockOf(server), ...conversion.audit],
  };
}

/** Stamps of each sample where the file has them, else the start and the rate. */
function clockOf(
  reader: Hdf5Reader,
  header: Header,
  sampleCount: number,
): { readonly runs: readonly SampleRun[]; readonly audit: readonly AuditEntry[] } {
  const { source } = reader;
  const { metadata } = header;
  const rateHz = positiveNumber(header.server, 'DataRate');
  if (reader.dataset(STAMPS)?.shape[0] === sampleCount) {
    const stamps = readTimeStamps(reader, { path: STAMPS, ticksPerSecond: 1e6 });
    return findRuns({ source, at: STAMPS, stamps, attributeRateHz: rateHz });
  }
  const at = placeOf(metadata, 'Timestamp');
  const text = statedText(metadata, 'Timestamp');
  const startNs = text === null ? null : vendorTimeNs(text);
  if (startNs === null) {
    const reason = text === null ? 'missing' : `'${text.slice(0, 60)}' is not an ISO-8601 time`;
    throw new CorruptSourceError({ source, at, reason });
  }
  const zone = statedText(metadata, 'Timezone');
  const isUtc = zone === null || /^(utc|gmt)([+-]?0+(:?0+)?)?$/i.test(zone);
  const hasOffset = /(z|utc|[+-]\d{2}:?\d{2})$/i.test(text ?? '');
  const found = { [at]: text, [placeOf(metadata, 'Timezone')]: zone };
  const used = nsToIso(startNs);
  return {
    runs: uniformRun({ startNs, rateHz, sampleCount }),
    audit: hasOffset
      ? isUtc
        ? []
        : [disagreement('time', found, used, 'the time itself says how far it is from UTC')]
      : [assumption('time', found, used, 'the time has no offset: taken as UTC')],
  };
}

/**
 * Channel i begins at PositionStart + i * SpatialSampling. PositionEnd is the end of the raw trace:
 * the last gauge length of it gives no channels, so it does not tell the spacing.
 */
function distancesOf(
  header: Header,
  channels: number,
): {
  readonly firstDistanceM: number;
  readonly spacingM: number;
  readonly audit: readonly AuditEntry[];
} {
  const { daq, server } = header;
  const spacingM = positiveNumber(server, 'SpatialSampling');
  const start = statedNumber(daq, 'PositionStart');
  const end = statedNumber(daq, 'PositionEnd');
  const points = statedNumber(server, 'SpatialSamplingPoints');
  const raw = statedNumber(daq, 'SamplingInterval');
  const claims = {
    [`${placeOf(daq, 'PositionEnd')} - PositionStart over ${channels} channels`]:
      start === null || end === null ? null : (end - start) / channels,
    [`${placeOf(server, 'SpatialSamplingPoints')} * DAQ/SamplingInterval`]:
      points === null || raw === null ? null : points * raw,
  };
  const audit = heldAgainst({
    topic: 'channel-spacing',
    claims: { [placeOf(server, 'SpatialSampling')]: spacingM, ...claims },
    used: spacingM,
    // Half a channel at the far end.
    tolerance: (0.5 * spacingM) / channels,
    why:
      'SpatialSampling is the spacing of the channels; PositionEnd is the end of the raw trace, ' +
      'whose last gauge length gives no channels',
  });
  if (start !== null) return { firstDistanceM: start, spacingM, audit };
  const missing = assumption(
    'first-distance',
    { [placeOf(daq, 'PositionStart')]: null },
    0,
    'nothing states where the first channel lies',
  );
  return { firstDistanceM: 0, spacingM, audit: [...audit, missing] };
}

function lockOf(server: AttributeSet): AuditEntry[] {
  const lock = statedNumber(server, 'GPSLock');
  if (lock !== 0) return [];
  const found = {
    [placeOf(server, 'GPSLock')]: lock,
    [placeOf(server, 'GPSSatelliteCount')]: statedNumber(server, 'GPSSatelliteCount'),
    [placeOf(server, 'TimeStampSource')]: statedText(server, 'TimeStampSource'),
  };
  return [
    disagreement('clock-lock', found, null, 'no GPS lock: the clock may be off; used as it is'),
  ];
}

/** Floating-point values are rad/s; scaled integers have a scale that no field of the file holds. */
function conversionOf(
  header: Header,
  input: { data: DatasetHeader; options: DasOptions; rateHz: number },
): Conversion {
  const { server, interrogator } = header;
  const { data, options, rateHz } = input;
  const isInteger = data.kind === 'integer';
  const nanostrain = statedNumber(server, 'RadiansToNanoStrain');
  const fileUnit = isInteger ? statedText(server, 'DataType') : 'rad/s';
  const conversion = strainRateConversion({
    unit: options.unit ?? fileUnit,
    isInteger,
    bytesPerValue: data.bytesPerValue,
    rateHz,
    gaugeLengthM: gaugeLength(server, 'GaugeLength', options),
    refractiveIndex: options.refractiveIndex ?? statedNumber(interrogator, 'FiberRefractiveIndex'),
    wavelengthNm: options.wavelengthNm ?? 1550,
    photoelastic: options.photoelastic ?? 0.78,
    microstrainPerRadian:
      nanostrain === null
        ? null
        : { value: nanostrain * 1e-3, at: placeOf(server, 'RadiansToNanoStrain') },
  });
  const isPhase = conversion.units === 'counts' && options.unit === undefined;
  const hint = isPhase && isInteger ? [radiansPerCountMissing(header)] : [];
  const stated = statedConversion(conversion, { options, fileUnit });
  return {
    ...stated,
    component: isPhase ? 'phase' : stated.component,
    audit: [...stated.audit, ...hint],
  };
}

function radiansPerCountMissing({ server }: Header): AuditEntry {
  const places = ['DataType', 'RadiansToNanoStrain'] as const;
  const found = Object.fromEntries(
    places.map((name) => [placeOf(server, name), statedText(server, name)]),
  );
  const why =
    'no field says how many radians one count is: left as counts of phase; with it, options ' +
    "unit 'rad' (or 'rad/s') and scale give strain rate through RadiansToNanoStrain";
  return assumption('units', { ...found, 'radians per count': null }, 'counts', why);
}
