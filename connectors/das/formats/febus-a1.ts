/**
 * Febus A1 and A1-R HDF5 files, versions 1 and 2: `/<device>/Source<i>/Zone<j>/<dataset>` [block,
 * time, channel] of overlapping blocks and one time a block. Layout: the maker's reader
 * (febus_optics_lib 1.2.3) and those of DASCore and xdas. Overlaps are cut from both ends of each
 * block.
 * @module
 */
import { CorruptSourceError, InvalidInputError } from '../../../core/errors.js';
import type { AttributeSet } from '../attributes.js';
import { note, type AuditEntry } from '../audit.js';
import type { DasFormat } from '../das-format.js';
import { febusClock } from './febus-clock.js';
import { febusDataset } from './febus-dataset.js';
import { febusDistances } from './febus-distances.js';
import { blockSamples } from './febus-samples.js';
import { febusTrim } from './febus-trim.js';
import { attributesIfAny, gaugeLength, statedNumber, statedText } from '../header-fields.js';
import { withHdf5, type Hdf5Reader } from '../../hdf5/hdf5.js';
import type { DasOptions } from '../options.js';
import { probeHdf5 } from '../../hdf5/probe.js';
import type { DasRecording } from '../recording.js';
import { sampleType } from '../hdf5-samples.js';
import { storedConversion } from '../stored-conversion.js';

const FORMAT = 'das/febus-a1';
const SOURCE_ATTRIBUTES = ['Hostname', 'SamplingRate', 'WholeExtent'];

/** The maker's reader shifts each block onto the last sample of the one before it. */
const SEAMS = note(
  'units',
  { unit: 'nstrain' },
  null,
  'strain starts anew in every block of the interrogator: a step between blocks may be none of the ground',
);

export const febusA1Format: DasFormat = {
  format: FORMAT,
  title: 'DAS, Febus A1 and A1-R (HDF5)',
  probe: (file) => probeHdf5(file, (reader) => (sourceGroups(reader).length > 0 ? 1 : 0)),
  withRecording: ({ file, options }, use) =>
    withHdf5(file, (reader) => use(febusRecording(reader, options))),
};

/** Groups `/<device>/Source<i>` with the attributes of the interrogator. */
function sourceGroups(reader: Hdf5Reader): string[] {
  return reader
    .children('/')
    .flatMap((device) =>
      reader
        .children(`/${device}`)
        .filter((name) => /^Source\d+$/.test(name))
        .map((name) => `/${device}/${name}`),
    )
    .filter((path) => {
      const names = new Set(Object.keys(reader.attributes(path)));
      return SOURCE_ATTRIBUTES.every((name) => names.has(name));
    });
}

interface Zone {
  readonly sourcePath: string;
  readonly path: string;
  readonly audit: readonly AuditEntry[];
}

/** The zone of option `rawIndex`, the first one without it. */
function chooseZone(reader: Hdf5Reader, options: DasOptions): Zone {
  const zones = sourceGroups(reader).flatMap((sourcePath) =>
    reader
      .children(sourcePath)
      .filter((name) => /^Zone\d+$/.test(name))
      .map((name) => ({ sourcePath, path: `${sourcePath}/${name}` })),
  );
  if (zones.length === 0) {
    throw new CorruptSourceError({
      source: reader.source,
      at: '/<device>/Source1/Zone1',
      reason: 'no zone with samples',
    });
  }
  const index = options.rawIndex ?? 0;
  const zone = zones[index];
  if (zone === undefined) {
    throw new InvalidInputError({
      what: 'option rawIndex',
      reason: `the file has ${zones.length} zone(s), counted from 0`,
      remedy: 'choose one of them',
    });
  }
  if (zones.length === 1) return { ...zone, audit: [] };
  const found = { zones: zones.map(({ path }) => path).join(', ') };
  const why = 'one zone at a time: choose with option rawIndex';
  return { ...zone, audit: [note('selection', found, zone.path, why)] };
}

function febusRecording(reader: Hdf5Reader, options: DasOptions): DasRecording {
  const zone = chooseZone(reader, options);
  const set = attributesIfAny(reader, zone.path);
  const dataset = febusDataset(reader, zone.path);
  const times = `${zone.sourcePath}/time`;
  const trim = febusTrim(reader, { set, header: dataset.header, times });
  const clock = febusClock(reader, { set, times, trim });
  const rateHz = 1 / trim.stepS;
  const space = febusDistances(set, trim.channelCount);
  const unit = unitOf(dataset.name);
  const gaugeLengthM = gaugeLength(set, 'GaugeLength', options);
  const conversion = storedConversion({
    options,
    unit,
    type: sampleType(dataset.header),
    rateHz,
    gaugeLengthM,
    refractiveIndex: null,
  });
  return {
    format: FORMAT,
    version: versionOf(set),
    ...blockSamples(reader, { path: dataset.path, header: dataset.header, trim }),
    runs: clock.runs,
    conversion,
    storedUnit: unit,
    gaugeLengthM,
    firstChannel: space.firstChannel,
    firstDistanceM: space.firstDistanceM,
    spacingM: space.spacingM,
    distancesM: null,
    facts: {
      dataset: dataset.path,
      instrument: statedText(set, 'Hostname'),
      blocks: trim.blockCount,
      samplesOfBlock: trim.stored,
      samplesKept: trim.kept,
      pulseWidth: statedNumber(set, 'PulseWidth'),
    },
    audit: [
      ...zone.audit,
      ...dataset.audit,
      ...(unit === 'nstrain' && trim.blockCount > 1 ? [SEAMS] : []),
      ...trim.audit,
      ...clock.audit,
      ...space.audit,
      ...conversion.audit,
    ],
  };
}

function versionOf(set: AttributeSet): string {
  return statedText(set, 'Version')?.split('.')[0] ?? '1';
}

/** Files state no unit: strain rate is in nanostrain a second, strain in nanostrain (DASCore). */
function unitOf(name: string): string | null {
  if (/^strain[\s_]*rate|^sr([\s_]|$)/i.test(name)) return 'nstrain/s';
  return /^strain/i.test(name) ? 'nstrain' : null;
}
