/**
 * Neubrex DAS HDF5 files (NEUBRESCOPE): one dataset `/Acoustic` [time, channel] of strain rate with
 * attributes. Layout: DASCore's reader and the FORGE 2024 archive that holds such files.
 * @module
 */
import { CorruptSourceError } from '../../../core/errors.js';
import { nsToIso } from '../../../core/time.js';
import { placeOf, requiredNumber, vendorTimeNs, type AttributeSet } from '../attributes.js';
import { assumption, disagreement, note, type AuditEntry } from '../audit.js';
import type { DasFormat } from '../das-format.js';
import {
  attributesIfAny,
  gaugeLength,
  heldAgainst,
  positiveIfAny,
  positiveNumber,
  statedNumber,
  statedText,
} from '../header-fields.js';
import { withHdf5, type Hdf5Reader } from '../../hdf5/hdf5.js';
import { hdf5Samples } from '../hdf5-samples.js';
import { metresIn } from '../length-units.js';
import type { DasOptions } from '../options.js';
import { probeHdf5 } from '../../hdf5/probe.js';
import type { DasRecording } from '../recording.js';
import { storedConversion } from '../stored-conversion.js';
import { uniformRun } from '../time-stamps.js';

const FORMAT = 'das/neubrex';
const DATASET = '/Acoustic';
const INTERVAL = 'TimeSamplingInterval(seconds)';
const PHASE_TO_STRAIN = 'PhaseToStrainConversion(MicroStrainPerRadian)';

export const neubrexFormat: DasFormat = {
  format: FORMAT,
  title: 'DAS, Neubrex NEUBRESCOPE (HDF5)',
  probe: (file) =>
    probeHdf5(file, (reader) => {
      if (reader.dataset(DATASET) === null) return 0;
      const names = Object.keys(reader.attributes(DATASET));
      const isOurs = names.includes(INTERVAL) && names.includes('SpatialSamplingInterval');
      return isOurs ? (names.some((name) => name.startsWith('NEUBRESCOPE')) ? 1 : 0.9) : 0;
    }),
  withRecording: ({ file, options }, use) =>
    withHdf5(file, (reader) => use(neubrexRecording(reader, options))),
};

function neubrexRecording(reader: Hdf5Reader, options: DasOptions): DasRecording {
  const header = reader.dataset(DATASET);
  if (header === null) {
    throw new CorruptSourceError({ source: reader.source, at: DATASET, reason: 'missing' });
  }
  const set = attributesIfAny(reader, DATASET);
  const samples = hdf5Samples(reader, { path: DATASET, timeAxis: 0 });
  const { timeCount, channelCount } = samples.layout;
  const clock = clockOf(set, timeCount);
  const space = distancesOf(set, channelCount);
  const gaugeLengthM = gaugeLength(set, 'GaugeLength', options);
  const unit = statedText(set, 'DataPhysicalUnit');
  const microstrain = positiveIfAny(set, PHASE_TO_STRAIN);
  const conversion = storedConversion({
    options,
    // The field's text for a rate of phase is not the usual one.
    unit,
    type: samples.layout.type,
    rateHz: clock.rateHz,
    gaugeLengthM,
    refractiveIndex: positiveIfAny(set, 'IndexOfRefraction'),
    microstrainPerRadian:
      microstrain === null ? null : { value: microstrain, at: placeOf(set, PHASE_TO_STRAIN) },
  });
  return {
    format: FORMAT,
    version: null,
    ...samples,
    runs: clock.runs,
    conversion,
    storedUnit: unit,
    gaugeLengthM,
    firstChannel: 0,
    firstDistanceM: space.firstDistanceM,
    spacingM: space.spacingM,
    distancesM: null,
    facts: {
      dataset: DATASET,
      instrument: statedText(set, 'NEUBRESCOPE.DAS.SerialNum'),
      model: statedText(set, 'NEUBRESCOPE.DAS.Model'),
      refractiveIndex: positiveIfAny(set, 'IndexOfRefraction'),
      microstrainPerRadian: microstrain,
    },
    audit: [...clock.audit, ...space.audit, ...decimationOf(set), ...conversion.audit],
  };
}

function clockOf(
  set: AttributeSet,
  sampleCount: number,
): Pick<DasRecording, 'runs' | 'audit'> & { readonly rateHz: number } {
  const stepS = positiveNumber(set, INTERVAL);
  const rateHz = 1 / stepS;
  const pulses = positiveIfAny(set, 'InterrogationRate(Hz)');
  const decimation = statedNumber(set, 'TimeDecimationFilter') ?? 0;
  const audit = heldAgainst({
    topic: 'sampling-interval',
    claims: {
      [placeOf(set, INTERVAL)]: stepS,
      // A decimated recording has fewer samples than pulses.
      [`1 / ${placeOf(set, 'InterrogationRate(Hz)')}`]:
        pulses === null || decimation > 1 ? null : 1 / pulses,
    },
    used: stepS,
    tolerance: (0.5 * stepS) / sampleCount,
    why: 'the interval is that of the samples, the rate that of the pulses',
  });
  const gps = timeOf(set, 'GPSTimeStamp(UTC)');
  const cpu = timeOf(set, 'CPUTimeStamp(UTC)');
  const startNs = gps ?? cpu;
  if (startNs === null) {
    throw new CorruptSourceError({
      source: set.source,
      at: placeOf(set, 'GPSTimeStamp(UTC)'),
      reason: 'neither GPSTimeStamp(UTC) nor CPUTimeStamp(UTC) is a time',
    });
  }
  const found = {
    [placeOf(set, 'GPSTimeStamp(UTC)')]: gps === null ? null : nsToIso(gps),
    [placeOf(set, 'CPUTimeStamp(UTC)')]: cpu === null ? null : nsToIso(cpu),
  };
  const used = nsToIso(startNs);
  const entries: AuditEntry[] = [...audit];
  if (gps === null) {
    entries.push(assumption('time', found, used, "the computer's clock, as there is no GPS time"));
  } else if (cpu !== null && (gps - cpu > 1_000_000n || cpu - gps > 1_000_000n)) {
    const why = 'the time of the GPS goes before the clock of the computer';
    entries.push(disagreement('time', found, used, why));
  }
  return { rateHz, runs: uniformRun({ startNs, rateHz, sampleCount }), audit: entries };
}

function timeOf(set: AttributeSet, name: string): bigint | null {
  const text = statedText(set, name);
  return text === null ? null : vendorTimeNs(text.replaceAll('/', '-'));
}

function distancesOf(
  set: AttributeSet,
  channels: number,
): Pick<DasRecording, 'firstDistanceM' | 'spacingM' | 'audit'> {
  const name = 'StartStopPositionUnit';
  const unit = statedText(set, name);
  const metres = metresIn(unit ?? 'm');
  const audit: AuditEntry[] = [];
  if (metres === undefined || unit === null) {
    audit.push(assumption('units', { [placeOf(set, name)]: unit }, 'm', 'taken as metres'));
  }
  const spacingM = positiveNumber(set, 'SpatialSamplingInterval') * (metres ?? 1);
  const firstDistanceM = requiredNumber(set, 'StartPosition') * (metres ?? 1);
  const stop = statedNumber(set, 'StopPosition');
  const implied = stop === null ? null : (stop * (metres ?? 1) - firstDistanceM) / spacingM;
  audit.push(
    ...heldAgainst({
      topic: 'shape',
      claims: { '(StopPosition - StartPosition) / SpatialSamplingInterval': implied },
      used: channels,
      tolerance: 1.5,
      why: 'the shape is what is stored; distances run from StartPosition by the interval',
    }),
  );
  return { firstDistanceM, spacingM, audit };
}

function decimationOf(set: AttributeSet): AuditEntry[] {
  return (['TimeDecimationFilter', 'DistanceDecimationFilter'] as const).flatMap((name) => {
    const factor = statedNumber(set, name);
    if (factor === null || factor <= 1) return [];
    const why = 'decimated recording: the stated intervals are taken as those after decimation';
    return [note('selection', { [placeOf(set, name)]: factor }, null, why)];
  });
}
