/**
 * What a replay says of an event: place, size and region from posterior samples. In: a declared
 * quake. Out: the numbers of one update.
 * @module
 */
import type { EvidenceSet } from '../../../../core/evidence.js';
import { distanceKm, fromLocalKm, toLocalKm, type LatLon } from '../../../../core/geo.js';
import { isoToNs, secondsSince, type IsoTime } from '../../../../core/time.js';
import type { DetectedQuake } from '../../../../models/detection/detect.js';
import type { PosteriorSamples } from '../../../../models/detection/event-posterior.js';
import { normalizedWeights, weightedQuantiles } from '../../../../models/numerics/weighted.js';
import { travelTimeTable } from '../../../../models/traveltime/travel-time-table.js';

/** An event as a replay reports it. */
export interface ReplayEstimate extends LatLon {
  readonly originTime: IsoTime;
  readonly depthKm: number;
  readonly magnitude: { readonly mean: number; readonly p05: number; readonly p95: number };
  readonly probability: number;
  /** Radius about the place that holds the epicentre with 90 % probability, km. */
  readonly regionKm90: number;
}

/** Arrivals this far from the travel time are the event's, s and share of the travel time. */
const EXPLAINED = { s: 4, share: 0.1 };
const ROUNDS = 60;

/** Numbers of an update. The place is the one with the least mean distance to the samples. */
export function estimateOf(quake: DetectedQuake): ReplayEstimate {
  const { origin, samples } = quake;
  const weights = normalizedWeights(samples.logWeight);
  const place = geometricMedian(samples, weights);
  const distances = Float64Array.from(samples.latitude, (latitude, i) =>
    distanceKm(place, { latitude, longitude: samples.longitude[i] as number }),
  );
  const [regionKm90] = weightedQuantiles(distances, weights, [0.9]) as [number];
  const { mean, p05, p95 } = origin.magnitude;
  return {
    originTime: origin.originTime,
    ...place,
    depthKm: origin.depthKm.p50,
    magnitude: { mean, p05, p95 },
    probability: origin.existenceProbability,
    regionKm90,
  };
}

/** Devices with an arrival where the event's P or S should be. */
export function phonesOf(estimate: ReplayEstimate, evidence: EvidenceSet): number {
  const table = travelTimeTable({ model: 'iasp91' });
  const originS = secondsSince(isoToNs(estimate.originTime), isoToNs(evidence.window.start));
  return evidence.sensors.filter((sensor) => {
    const km = distanceKm(estimate, sensor);
    return sensor.arrivals.some(({ timeS }) =>
      [table.p(km, estimate.depthKm), table.s(km, estimate.depthKm)].some(
        (travelS) => Math.abs(timeS - originS - travelS) < EXPLAINED.s + EXPLAINED.share * travelS,
      ),
    );
  }).length;
}

/** Weiszfeld's iteration on the plane about the mean. */
function geometricMedian(samples: PosteriorSamples, weights: ArrayLike<number>): LatLon {
  let centre: LatLon = {
    latitude: sum(samples.latitude, weights),
    longitude: sum(samples.longitude, weights),
  };
  for (let round = 0; round < ROUNDS; round++) {
    let [total, east, north] = [0, 0, 0];
    for (let i = 0; i < samples.latitude.length; i++) {
      const local = toLocalKm(centre, {
        latitude: samples.latitude[i] as number,
        longitude: samples.longitude[i] as number,
      });
      const w = (weights[i] as number) / Math.max(0.1, Math.hypot(local.eastKm, local.northKm));
      total += w;
      east += w * local.eastKm;
      north += w * local.northKm;
    }
    centre = fromLocalKm(centre, { eastKm: east / total, northKm: north / total });
  }
  return centre;
}

function sum(values: ArrayLike<number>, weights: ArrayLike<number>): number {
  let result = 0;
  for (let i = 0; i < values.length; i++) result += (values[i] as number) * (weights[i] as number);
  return result;
}
