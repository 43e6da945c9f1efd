/**
 * Distances and lengths of a PRODML file, and the vendor's own attributes below
 * `/Acquisition/Custom`.
 * @module
 */
import { CorruptSourceError } from '../../../core/errors.js';
import {
  numberAttribute,
  requiredNumber,
  textAttribute,
  type AttributeSet,
} from '../attributes.js';
import { assumption, disagreement, type AuditEntry } from '../audit.js';
import type { Hdf5Reader } from '../../hdf5/hdf5.js';
import { metresIn } from '../length-units.js';
import type { DasRecording } from '../recording.js';

/** Distance of locus i: i times the spatial sampling interval, i counted from StartLocusIndex. */
export function distances(input: {
  reader: Hdf5Reader;
  acquisition: AttributeSet;
  group: AttributeSet;
  audit: AuditEntry[];
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
    audit.push(assumption('first-distance', { StartLocusIndex: null }, 0, 'no value is stated'));
  } else if (ofGroup !== null && ofFile !== null && ofGroup !== ofFile) {
    const found = {
      'Acquisition@StartLocusIndex': ofFile,
      [`${group.path}@StartLocusIndex`]: ofGroup,
    };
    audit.push(disagreement('first-distance', found, start, 'the group is nearer to the data'));
  }
  const firstDistanceM = start * spacingM;
  const custom = customAttributes(input.reader, 'UserSettings');
  const names = ['StartDistance', 'StartPosition'] as const;
  for (const name of names) {
    const claimed = custom === null ? null : numberAttribute(custom, name);
    if (claimed !== null && Math.abs(claimed - firstDistanceM) > 0.1 * spacingM) {
      audit.push(
        disagreement(
          'first-distance',
          { [`Custom/UserSettings@${name}`]: claimed, 'StartLocusIndex * spacing': firstDistanceM },
          firstDistanceM,
          'PRODML defines distance by StartLocusIndex',
        ),
      );
    }
  }
  // OptaSense numbers the channels of the instrument beside the loci.
  const optasense = customAttributes(input.reader, null);
  const channel = optasense && numberAttribute(optasense, 'Output Channel Start (CSU)');
  if (channel !== null && Math.abs(channel - start) > 0.5) {
    const found = { 'Custom@Output Channel Start (CSU)': channel, StartLocusIndex: start };
    const why = 'PRODML defines distance by StartLocusIndex';
    audit.push(disagreement('first-distance', found, firstDistanceM, why));
  }
  // Writers that keep a distance between two loci state a fraction.
  return { firstChannel: Math.round(start), firstDistanceM, spacingM };
}

/** Length in metres; PRODML 2.1 writes `<name>.uom`, 2.0 writes `<name>Unit`. */
export function lengthAttribute(
  set: AttributeSet,
  name: 'GaugeLength' | 'SpatialSamplingInterval',
  audit: AuditEntry[],
): number | null {
  const value = numberAttribute(set, name);
  if (value === null) return null;
  const unit = textAttribute(set, `${name}.uom`) ?? textAttribute(set, `${name}Unit`);
  const metres = metresIn(unit ?? 'm');
  if (unit === null || metres === undefined) {
    const topic = name === 'GaugeLength' ? 'gauge-length' : 'channel-spacing';
    const why = unit === null ? 'no unit is stated' : 'this unit of length is not known';
    audit.push(assumption(topic, { [name]: value, unit }, 'm', why));
  }
  return value * (metres ?? 1);
}

/** Attributes of `/Acquisition/Custom[/below]`; null when there is no such group. */
export function customAttributes(reader: Hdf5Reader, below: string | null): AttributeSet | null {
  const parts = ['Acquisition', 'Custom', ...(below === null ? [] : below.split('/'))];
  let path = '';
  for (const part of parts) {
    if (!reader.children(path === '' ? '/' : path).includes(part)) return null;
    path = `${path}/${part}`;
  }
  return { source: reader.source, path, values: reader.attributes(path) };
}
