/**
 * Prior of one event in a region and window: uniform in area and time, exponential-plus-uniform in
 * depth, truncated Gutenberg-Richter in magnitude.
 * @module
 */
import { EARTH_RADIUS_KM, KM_PER_DEGREE } from '../../core/geo.js';
import type { Region } from '../../core/region.js';
import type { Random } from '../../core/random.js';
import type { DetectionParameters } from './parameters.js';

/** One event. Time in s from the window's start, depth in km below sea level. */
export interface EventState {
  readonly latitude: number;
  readonly longitude: number;
  readonly depthKm: number;
  readonly timeS: number;
  readonly magnitude: number;
}

/** Normalised prior density with respect to (km^2, km, s, magnitude unit), and draws from it. */
export interface EventPrior {
  /** Natural log; -Infinity outside the region, window or magnitude range. */
  logDensity(event: EventState): number;
  draw(random: Random): EventState;
  logDepthDensity(depthKm: number): number;
  /** Events expected in region and window. */
  readonly expectedEvents: number;
  readonly maxDepthKm: number;
  readonly earliestS: number;
  readonly latestS: number;
  readonly areaKm2: number;
}

const RAD = Math.PI / 180;
const LEAST_MAX_DEPTH_KM = 30;
const UNIFORM_DEPTH_SHARE = 0.3;

/** Prior of a region for a window of `windowS` seconds. */
export function eventPrior(
  region: Region,
  windowS: number,
  parameters: DetectionParameters,
): EventPrior {
  const { west, east, south, north } = region.bounds;
  const sinSouth = Math.sin(south * RAD);
  const sinNorth = Math.sin(north * RAD);
  const areaKm2 = EARTH_RADIUS_KM * EARTH_RADIUS_KM * (east - west) * RAD * (sinNorth - sinSouth);
  const maxDepthKm = Math.max(LEAST_MAX_DEPTH_KM, ...region.grid.depthsKm);
  const earliestS = -parameters.leadS;
  const spanS = windowS - earliestS;
  const beta = parameters.bValue * Math.LN10;
  const { minMagnitude, maxMagnitude } = region;
  const magnitudeMass = 1 - Math.exp(-beta * (maxMagnitude - minMagnitude));
  const scale = parameters.depthScaleKm;
  const depthMass = 1 - Math.exp(-maxDepthKm / scale);

  const logDepthDensity = (depthKm: number): number =>
    depthKm < 0 || depthKm > maxDepthKm
      ? Number.NEGATIVE_INFINITY
      : Math.log(
          ((1 - UNIFORM_DEPTH_SHARE) * Math.exp(-depthKm / scale)) / (scale * depthMass) +
            UNIFORM_DEPTH_SHARE / maxDepthKm,
        );
  const constant = -Math.log(areaKm2) - Math.log(spanS) + Math.log(beta / magnitudeMass);

  return {
    logDensity: (e) => {
      if (
        e.latitude < south ||
        e.latitude > north ||
        e.longitude < west ||
        e.longitude > east ||
        e.timeS < earliestS ||
        e.timeS > windowS ||
        e.magnitude < minMagnitude ||
        e.magnitude > maxMagnitude
      ) {
        return Number.NEGATIVE_INFINITY;
      }
      return constant + logDepthDensity(e.depthKm) - beta * (e.magnitude - minMagnitude);
    },
    draw: (random) => ({
      latitude: Math.asin(sinSouth + random.uniform() * (sinNorth - sinSouth)) / RAD,
      longitude: west + random.uniform() * (east - west),
      depthKm:
        random.uniform() < UNIFORM_DEPTH_SHARE
          ? random.uniform() * maxDepthKm
          : -scale * Math.log(1 - random.uniform() * depthMass),
      timeS: earliestS + random.uniform() * spanS,
      magnitude: minMagnitude - Math.log(1 - random.uniform() * magnitudeMass) / beta,
    }),
    logDepthDensity,
    expectedEvents:
      parameters.quakesPerDayM3 *
      10 ** (-parameters.bValue * (minMagnitude - 3)) *
      (areaKm2 / 1e5) *
      (spanS / 86400) *
      magnitudeMass,
    maxDepthKm,
    earliestS,
    latestS: windowS,
    areaKm2,
  };
}

/** Flat coordinates about the middle of a region, area-true to cos(latitude); km. */
export interface LocalFrame {
  readonly latitude0: number;
  readonly longitude0: number;
  readonly eastPerDegree: number;
  readonly widthKm: number;
  readonly heightKm: number;
}

/** Frame of a region's middle. */
export function localFrame(region: Region): LocalFrame {
  const { west, east, south, north } = region.bounds;
  const latitude0 = (south + north) / 2;
  const eastPerDegree = KM_PER_DEGREE * Math.cos(latitude0 * RAD);
  return {
    latitude0,
    longitude0: (west + east) / 2,
    eastPerDegree,
    widthKm: (east - west) * eastPerDegree,
    heightKm: (north - south) * KM_PER_DEGREE,
  };
}

/** log of the area of the sphere per flat km^2 of the frame at a latitude. */
export function logAreaFactor(frame: LocalFrame, latitude: number): number {
  return Math.log(Math.cos(latitude * RAD) / Math.cos(frame.latitude0 * RAD));
}
