/**
 * What a shaking map is conditioned on: peaks of stations and phones, intensities of felt cells.
 * @module
 */
import { distanceKm, toLocalKm, fromLocalKm, type LatLon } from '../../core/geo.js';
import type { ReportCell, SensorEvidence } from '../../core/evidence.js';
import type { Measure } from '../groundmotion/ground-motion-model.js';

/** One datum. */
export interface ShakingObservation extends LatLon {
  readonly id: string;
  readonly source: 'station' | 'phone' | 'felt';
  readonly measure: Measure;
  /** log10 gal, log10 cm/s or MMI. */
  readonly value: number;
  /** Standard deviation of the datum itself, same units; 0 for a calibrated instrument. */
  readonly sigma: number;
  /** Shear velocity of the top 30 m, m/s; that of the map when absent. */
  readonly vs30?: number;
}

/** Coupling, floor and case of a phone, log10 (about a factor 1.6). */
const PHONE_SIGMA = 0.2;
/** Intensity of one person about that of the place, MMI, and what a cell's people share. */
const PERSON_SIGMA = 0.8;
const CELL_SIGMA = 0.3;
/** Cells of intensity 1 felt nothing: censored, not data about the motion. */
const LEAST_INTENSITY = 1.5;

/** Cells with people who felt it; sigma = sqrt(0.3^2 + 0.8^2 / n) MMI. */
export function feltObservations(cells: readonly ReportCell[]): ShakingObservation[] {
  return cells.flatMap((cell): ShakingObservation[] => {
    const people = cell.felt + cell.notFelt;
    if (cell.intensity === null || cell.intensity < LEAST_INTENSITY || people < 1) return [];
    return [
      {
        id: cell.cellId,
        source: 'felt',
        latitude: cell.latitude,
        longitude: cell.longitude,
        measure: 'mmi',
        value: cell.intensity,
        sigma: Math.sqrt(CELL_SIGMA ** 2 + PERSON_SIGMA ** 2 / people),
      },
    ];
  });
}

/**
 * Largest peak acceleration of each phone or accelerometer from `fromS` to `toS` of its evidence
 * window; complete spans only.
 */
export function phoneObservations(
  sensors: readonly SensorEvidence[],
  span: { readonly fromS: number; readonly toS: number },
): ShakingObservation[] {
  return sensors.flatMap((sensor): ShakingObservation[] => {
    if (sensor.quantity !== 'pga-gal') return [];
    const peaks = sensor.arrivals.flatMap(({ timeS, log10Amplitude, amplitudeSeenS }) =>
      log10Amplitude === null ||
      amplitudeSeenS !== undefined ||
      timeS < span.fromS ||
      timeS > span.toS
        ? []
        : [log10Amplitude],
    );
    if (peaks.length === 0) return [];
    const { latitude, longitude, sensorId } = sensor;
    return [
      {
        id: sensorId,
        source: 'phone',
        latitude,
        longitude,
        measure: 'pga',
        value: Math.max(...peaks),
        sigma: PHONE_SIGMA,
      },
    ];
  });
}

/** Standard deviation of intensity within a box of `sizeKm`, MMI: grows with the box. */
const withinBoxSigma = (sizeKm: number): number => 0.2 * Math.sqrt(sizeKm / 10);

/**
 * Merges felt cells into boxes until they are at most `limit`: weighted means with their places. Each
 * keeps what boxes of that size cannot resolve as error.
 */
export function mergeFelt(
  felt: readonly ShakingObservation[],
  limit: number,
): readonly ShakingObservation[] {
  const [origin] = felt;
  if (!origin || felt.length <= limit) return felt;
  for (let sizeKm = 2; ; sizeKm *= 1.5) {
    const boxes = new Map<string, ShakingObservation[]>();
    for (const one of felt) {
      const { eastKm, northKm } = toLocalKm(origin, one);
      const key = `${Math.floor(eastKm / sizeKm)} ${Math.floor(northKm / sizeKm)}`;
      const box = boxes.get(key);
      if (box) box.push(one);
      else boxes.set(key, [one]);
    }
    if (boxes.size <= limit) return [...boxes.values()].map((box) => mean(origin, box, sizeKm));
  }
}

function mean(
  origin: LatLon,
  box: readonly ShakingObservation[],
  sizeKm: number,
): ShakingObservation {
  const [first] = box as [ShakingObservation];
  if (box.length === 1) return first;
  const weights = box.map(({ sigma }) => 1 / Math.max(0.05, sigma) ** 2);
  const total = weights.reduce((a, b) => a + b, 0);
  const average = (pick: (one: ShakingObservation) => number): number =>
    box.reduce((sum, one, i) => sum + pick(one) * (weights[i] as number), 0) / total;
  const place = fromLocalKm(origin, {
    eastKm: average((one) => toLocalKm(origin, one).eastKm),
    northKm: average((one) => toLocalKm(origin, one).northKm),
  });
  return {
    ...first,
    ...place,
    id: `${first.id} and ${box.length - 1} more`,
    value: average((one) => one.value),
    sigma: Math.hypot(1 / Math.sqrt(total), withinBoxSigma(sizeKm)),
  };
}

/** The `limit` observations nearest to a place, at most: far ones say least about the map. */
export function nearest(
  observations: readonly ShakingObservation[],
  place: LatLon,
  limit: number,
): readonly ShakingObservation[] {
  if (observations.length <= limit) return observations;
  return [...observations]
    .sort((a, b) => distanceKm(a, place) - distanceKm(b, place))
    .slice(0, limit);
}
