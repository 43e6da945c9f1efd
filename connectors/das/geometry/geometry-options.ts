/**
 * Where the channels of a file lie, by option, side-car or the file itself, in this order.
 * @module
 */
import { UnsupportedSourceError } from '../../../core/errors.js';
import { assumption, disagreement, note, type AuditEntry } from '../audit.js';
import { readChannelTable } from './geometry-file.js';
import type { DasOptions } from '../options.js';
import type { DasRecording } from '../recording.js';

export interface ChannelGeometry {
  readonly place: Pick<DasRecording, 'firstDistanceM' | 'spacingM' | 'distancesM'>;
  /** By the side-car; null when it states none. */
  readonly gaugeLengthM: number | null;
  readonly audit: readonly AuditEntry[];
}

/**
 * Distances of the channels; NaN where nobody states them. `channelIds` are the names that a
 * side-car may use: each entry is one name, or several joined by a blank. Throws
 * UnsupportedSourceError naming the channels that the side-car lacks.
 */
export async function channelGeometry(input: {
  readonly options: DasOptions;
  readonly channelIds: readonly string[];
  /** What the file itself says; null: nothing. */
  readonly fileDistancesM: Float64Array | null;
  /** Name of the place in the file, for the audit. */
  readonly fileWords: string;
}): Promise<ChannelGeometry> {
  const { options, channelIds, fileDistancesM, fileWords } = input;
  if (options.geometryFile !== undefined) return fromTable(options.geometryFile, channelIds);
  if (options.spacingM !== undefined) {
    const spacingM = options.spacingM;
    const firstDistanceM = options.firstDistanceM ?? 0;
    const audit = [note('channel-spacing', { "option 'spacingM'": spacingM }, spacingM, 'stated')];
    const stated = fileDistancesM === null ? null : equalSpacing(fileDistancesM);
    if (stated !== null && Math.abs(stated - spacingM) > 0.01 * spacingM) {
      const found = { "option 'spacingM'": spacingM, [fileWords]: stated };
      audit.push(disagreement('channel-spacing', found, spacingM, 'the option wins over the file'));
    }
    return { place: { firstDistanceM, spacingM, distancesM: null }, gaugeLengthM: null, audit };
  }
  if (fileDistancesM !== null) {
    const place = placeOf(shifted(fileDistancesM, options.firstDistanceM ?? 0));
    const why = 'distances are summed from channel to channel; a fibre in loops is longer';
    const audit = [
      assumption('channel-spacing', { [fileWords]: place.spacingM }, place.spacingM, why),
    ];
    return { place, gaugeLengthM: null, audit };
  }
  const why =
    "the file holds no distances: unknown until the option 'spacingM' or 'geometryFile' states them";
  return {
    place: {
      firstDistanceM: Number.NaN,
      spacingM: Number.NaN,
      distancesM: null,
    },
    gaugeLengthM: null,
    audit: [assumption('first-distance', { file: null }, null, why)],
  };
}

async function fromTable(path: string, channelIds: readonly string[]): Promise<ChannelGeometry> {
  const { distancesM, gaugeLengthM } = await readChannelTable(path);
  const missing: string[] = [];
  const found = Float64Array.from(channelIds, (ids) => {
    const names = ids.split(' ');
    const name = names.find((candidate) => distancesM.has(candidate));
    if (name === undefined) missing.push(names[0] as string);
    return name === undefined ? Number.NaN : (distancesM.get(name) as number);
  });
  if (missing.length > 0) {
    const some = missing.slice(0, 5).join(', ');
    throw new UnsupportedSourceError({
      source: path,
      reason: `no distance of ${missing.length} of ${channelIds.length} channels: ${some}${missing.length > 5 ? ', ...' : ''}`,
      remedy: 'add a line for each channel',
    });
  }
  const place = placeOf(found);
  const entry = note(
    'first-distance',
    { "option 'geometryFile'": place.firstDistanceM },
    place.firstDistanceM,
    'distances are those of the side-car',
  );
  return { place, gaugeLengthM, audit: [entry] };
}

function shifted(distancesM: Float64Array, byM: number): Float64Array {
  return distancesM.map((distance) => distance + byM);
}

function placeOf(distancesM: Float64Array): ChannelGeometry['place'] {
  const firstDistanceM = distancesM[0] as number;
  const spacingM = equalSpacing(distancesM);
  if (spacingM !== null) return { firstDistanceM, spacingM, distancesM: null };
  const mean =
    ((distancesM.at(-1) as number) - firstDistanceM) / Math.max(1, distancesM.length - 1);
  return { firstDistanceM, spacingM: mean, distancesM };
}

/** Spacing of equally spaced channels; null where they are not (by a millimetre). */
function equalSpacing(distancesM: Float64Array): number | null {
  if (distancesM.length < 2) return null;
  const first = distancesM[0] as number;
  const step = ((distancesM.at(-1) as number) - first) / (distancesM.length - 1);
  const isEqual = distancesM.every((distance, i) => Math.abs(distance - first - i * step) < 1e-3);
  return isEqual ? step : null;
}
