/**
 * What a command has about a quake, as the map of shaking takes it: origins and station peaks of files.
 * In: what connectors read. Out: samples and observations; the map with all its files.
 * @module
 */
import { createRandom, seedFromText } from '../../core/random.js';
import { KM_PER_DEGREE } from '../../core/geo.js';
import { shakingFiles, type ShakingFile } from '../../catalogue/export/shaking.js';
import type { ShakingOrigin } from '../../connectors/shaking/origin.js';
import type { StationPeaks } from '../../connectors/shaking/peaks.js';
import { MEASURES, type Measure } from '../../models/groundmotion/ground-motion-model.js';
import { describeShaking, type ShakingSummary } from '../../models/shaking/describe.js';
import type { ShakingObservation } from '../../models/shaking/observations.js';
import type { QuakeSample } from '../../models/shaking/prior.js';

const SAMPLES = 32;

/** The map as files, with its summary. Throws as `describeShaking`. */
export function makeShaking(input: Parameters<typeof describeShaking>[0]): {
  readonly summary: ShakingSummary;
  readonly files: readonly ShakingFile[];
} {
  const { summary, map, metadata } = describeShaking(input);
  return { summary, files: shakingFiles({ map, metadata }) };
}

/** Draws of an origin with normal errors; one exact sample where it has none. Deterministic. */
export function samplesOf(origin: ShakingOrigin): QuakeSample[] {
  const { latitude, longitude, depthKm, magnitude } = origin;
  const isExact =
    origin.horizontalSigmaKm === 0 && origin.depthSigmaKm === 0 && origin.magnitudeSigma === 0;
  if (isExact) return [{ latitude, longitude, depthKm, magnitude }];
  const random = createRandom(seedFromText(`shaking ${origin.eventId}`));
  const cosine = Math.max(0.05, Math.cos((latitude * Math.PI) / 180));
  const sigmaDeg = origin.horizontalSigmaKm / KM_PER_DEGREE;
  // In pairs about the origin: their mean is what was given.
  return Array.from({ length: SAMPLES / 2 }, () => {
    const [north, east, down, size] = Array.from({ length: 4 }, () => random.normal()) as [
      ...[number, number, number, number],
    ];
    return [1, -1].map((sign) => ({
      latitude: latitude + sign * sigmaDeg * north,
      longitude: longitude + sign * (sigmaDeg / cosine) * east,
      depthKm: Math.max(0, depthKm + sign * origin.depthSigmaKm * down),
      magnitude: magnitude + sign * origin.magnitudeSigma * size,
    }));
  }).flat();
}

/** Peaks of stations as observations: one for each measure they have. */
export function stationObservations(stations: readonly StationPeaks[]): ShakingObservation[] {
  return stations.flatMap((station) => {
    const values: Readonly<Record<Measure, number | null>> = {
      pga: station.pgaGal === null ? null : Math.log10(station.pgaGal),
      pgv: station.pgvCmS === null ? null : Math.log10(station.pgvCmS),
      mmi: station.mmi,
    };
    return MEASURES.flatMap((measure): ShakingObservation[] => {
      const value = values[measure];
      if (value === null) return [];
      const { id, latitude, longitude, vs30, sigmaLog10 } = station;
      // An intensity has no error in log10 of a peak: that of a macroseismic assignment.
      const sigma = measure === 'mmi' ? 0.5 : sigmaLog10;
      const site = vs30 === null ? {} : { vs30 };
      return [{ id, source: 'station', latitude, longitude, measure, value, sigma, ...site }];
    });
  });
}
