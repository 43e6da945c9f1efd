/**
 * A simulated crowd of phones that only say "triggered": towns, day and night, thresholds, delays.
 * In: a random stream. Out: phones in cells, and the triggers of a quake.
 * @module
 */
import { KM_PER_DEGREE, toLocalKm, type LatLon } from '../../core/geo.js';
import type { Random } from '../../core/random.js';
import type { Bounds } from '../../core/region.js';
import { cuaHeatonLog10Pga } from '../groundmotion/cua-heaton.js';
import { cellOf, crowdGrid, type CrowdGrid } from '../phones/network/crowd-grid.js';
import { DEFAULT_PARAMETERS } from '../detection/parameters.js';
import type { SimulatedSource } from './source.js';

/** Phones of one simulation. Columns, [phone]. */
export interface PhoneCrowd {
  readonly grid: CrowdGrid;
  readonly count: number;
  readonly cell: Int32Array;
  /** km from the middle of the bounds. */
  readonly eastKm: Float32Array;
  readonly northKm: Float32Array;
  /** Acceleration of the free field that triggers it, gal: threshold over gain. */
  readonly thresholdGal: Float32Array;
  /** Clock error, s: device minus true. */
  readonly clockS: Float32Array;
}

/** Triggers of one simulation in the order of arrival. Columns, [trigger]; s. */
export interface CrowdTriggers {
  readonly phone: Int32Array;
  readonly arrivalS: Float64Array;
  readonly deviceS: Float64Array;
  /** Peak that the phone tells, log10 gal; NaN for triggers that no quake made. */
  readonly log10PeakGal: Float64Array;
}

/** Share of phones that lie still: nights they are on tables, days on people. */
export const STEADY_SHARE = { night: 0.7, day: 0.25 } as const;
/** Share of steady phones whose trigger is usable (MyShake's simulations). */
const USABLE = 0.8;
/** Threshold N(0.01, 0.01) g cut at 0.005 g, gain 2 (MyShake's simulations). */
const THRESHOLD_GAL = { mean: 9.81, sigma: 9.81, least: 4.9, gain: 2 };
/** Trigger time: half-normal after P, normal about S, s; then the network. */
const TRIGGER_SIGMA_S = 0.5;
const NETWORK_S = { least: 0.1, mean: 0.25 };
/** A peak is told this long after the trigger, s; shaking of large events grows for longer. */
const TOLD_S = 2;
const CLOCK_SIGMA_S = 0.15;
/** Speed of P and S at a depth of some km, km/s, with 3 % scatter between events. */
const VELOCITY = { p: 6.1, s: 3.55, scatter: 0.03 };

/** Phones around towns of Zipf sizes; a fifth of them in the country. */
export function drawCrowd(input: {
  readonly random: Random;
  readonly bounds: Bounds;
  readonly cellKm: number;
  readonly count: number;
  readonly towns: number;
}): PhoneCrowd {
  const { random, bounds, count } = input;
  const grid = crowdGrid({ bounds, cellKm: input.cellKm });
  const width = (bounds.east - bounds.west) * grid.kmPerDegreeEast;
  const height = (bounds.north - bounds.south) * KM_PER_DEGREE;
  const towns = Array.from({ length: input.towns }, (_, k) => ({
    east: (random.uniform() - 0.5) * 0.8 * width,
    north: (random.uniform() - 0.5) * 0.8 * height,
    size: 1 / (k + 1),
    // Area grows with people: the largest town is about 15 km in radius.
    spreadKm: 10 / Math.sqrt(k + 1),
  }));
  const people = towns.reduce((sum, t) => sum + t.size, 0);
  const [cell, eastKm, northKm, thresholdGal, clockS] = [
    new Int32Array(count),
    new Float32Array(count),
    new Float32Array(count),
    new Float32Array(count),
    new Float32Array(count),
  ];
  for (let i = 0; i < count; i++) {
    let pick = random.uniform() * people;
    const town = towns.find((t) => (pick -= t.size) < 0) ?? towns[0]!;
    const spread = random.uniform() < 0.8 ? town.spreadKm : 3 * town.spreadKm;
    eastKm[i] = town.east + spread * random.normal();
    northKm[i] = town.north + spread * random.normal();
    cell[i] = cellOf(
      grid,
      (bounds.south + bounds.north) / 2 + (northKm[i] as number) / KM_PER_DEGREE,
      (bounds.west + bounds.east) / 2 + (eastKm[i] as number) / grid.kmPerDegreeEast,
    );
    const { mean, sigma, least, gain } = THRESHOLD_GAL;
    thresholdGal[i] = Math.max(least, mean + sigma * random.normal()) / gain;
    clockS[i] = CLOCK_SIGMA_S * random.normal();
  }
  return { grid, count, cell, eastKm, northKm, thresholdGal, clockS };
}

/** Which phones lie still now: 1 or 0, [phone]. */
export function drawSteady(random: Random, count: number, share: number): Uint8Array {
  return Uint8Array.from({ length: count }, () => (random.uniform() < share ? 1 : 0));
}

/** Triggers of a quake: P where it is strong enough, else S; scatter within and between events. */
export function quakeTriggers(input: {
  readonly random: Random;
  readonly crowd: PhoneCrowd;
  readonly steady: Uint8Array;
  readonly source: Pick<
    SimulatedSource,
    'timeS' | 'latitude' | 'longitude' | 'depthKm' | 'magnitude'
  >;
  readonly untilS: number;
}): CrowdTriggers {
  const { random, crowd, steady, source } = input;
  const { bounds } = crowd.grid;
  const middle: LatLon = {
    latitude: (bounds.south + bounds.north) / 2,
    longitude: (bounds.west + bounds.east) / 2,
  };
  const at = toLocalKm(middle, source);
  const between = DEFAULT_PARAMETERS.pgaEventSigma * random.normal();
  // Half the rupture's duration and a second of rise, as in the likelihood's sensor model.
  const grown = Math.min(1, TOLD_S / (1 + 0.5 * 10 ** (0.5 * source.magnitude - 2.3)));
  const slow = 1 + VELOCITY.scatter * random.normal();
  const found: FoundTrigger[] = [];
  for (let i = 0; i < crowd.count; i++) {
    if (steady[i] === 0 || random.uniform() > USABLE) continue;
    const distance = Math.hypot(
      (crowd.eastKm[i] as number) - at.eastKm,
      (crowd.northKm[i] as number) - at.northKm,
    );
    if (distance > 300) continue;
    const site = between + DEFAULT_PARAMETERS.pgaSigma * random.normal();
    const level = Math.log10(crowd.thresholdGal[i] as number);
    const field = (phase: 'P' | 'S'): number =>
      cuaHeatonLog10Pga(`${phase}-soil`, source.magnitude, distance, source.depthKm) + site;
    const phase = field('P') > level ? 'P' : field('S') > level ? 'S' : null;
    if (!phase) continue;
    const hypocentral = Math.hypot(distance, source.depthKm);
    const travelS = (hypocentral / (phase === 'P' ? VELOCITY.p : VELOCITY.s)) * slow;
    const scatterS = TRIGGER_SIGMA_S * random.normal();
    const trueS = source.timeS + travelS + (phase === 'P' ? Math.abs(scatterS) : scatterS);
    const untilToldS = hypocentral * slow * (1 / VELOCITY.s - 1 / VELOCITY.p) < TOLD_S;
    const told = phase === 'P' && untilToldS ? Math.max(field('P'), field('S')) : field(phase);
    const log10PeakGal = Math.max(level, told + Math.log10(grown)) + Math.log10(THRESHOLD_GAL.gain);
    push(found, random, crowd, { phone: i, trueS, log10PeakGal }, input.untilS);
  }
  return ordered(found);
}

/** Triggers of things that are no quake: phones and true times in, arrivals out. */
export function triggersAt(input: {
  readonly random: Random;
  readonly crowd: PhoneCrowd;
  readonly phones: ArrayLike<number>;
  readonly timesS: ArrayLike<number>;
  readonly untilS: number;
}): CrowdTriggers {
  const found: FoundTrigger[] = [];
  for (let k = 0; k < input.phones.length; k++) {
    const [phone, timeS] = [input.phones[k] as number, input.timesS[k] as number];
    const trigger = { phone, trueS: timeS, log10PeakGal: Number.NaN };
    push(found, input.random, input.crowd, trigger, input.untilS);
  }
  return ordered(found);
}

/** Several sets of triggers as one, in the order of arrival. */
export function mergeTriggers(sets: readonly CrowdTriggers[]): CrowdTriggers {
  return ordered(
    sets.flatMap((set) =>
      Array.from(set.phone, (phone, i) => ({
        phone,
        arrivalS: set.arrivalS[i] as number,
        deviceS: set.deviceS[i] as number,
        log10PeakGal: set.log10PeakGal[i] as number,
      })),
    ),
  );
}

interface FoundTrigger {
  readonly phone: number;
  readonly arrivalS: number;
  readonly deviceS: number;
  readonly log10PeakGal: number;
}

function push(
  found: FoundTrigger[],
  random: Random,
  crowd: PhoneCrowd,
  trigger: { readonly phone: number; readonly trueS: number; readonly log10PeakGal: number },
  untilS: number,
): void {
  const { phone, trueS, log10PeakGal } = trigger;
  const arrivalS = trueS + NETWORK_S.least + NETWORK_S.mean * random.exponential();
  if (arrivalS > untilS || crowd.cell[phone] === -1) return;
  const deviceS = trueS + (crowd.clockS[phone] as number);
  found.push({ phone, arrivalS, deviceS, log10PeakGal });
}

function ordered(found: FoundTrigger[]): CrowdTriggers {
  found.sort((a, b) => a.arrivalS - b.arrivalS);
  return {
    phone: Int32Array.from(found, (f) => f.phone),
    arrivalS: Float64Array.from(found, (f) => f.arrivalS),
    deviceS: Float64Array.from(found, (f) => f.deviceS),
    log10PeakGal: Float64Array.from(found, (f) => f.log10PeakGal),
  };
}
