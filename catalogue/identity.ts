/**
 * Which event an origin belongs to, and what a new event is called. In: summaries of posteriors.
 * Out: the event that overlaps most, or a name that the same first origin always gets. Pure.
 * @module
 */
import { createHash } from 'node:crypto';
import { toLocalKm } from '../core/geo.js';
import type { OriginDraft, OriginEstimate } from '../core/quake.js';
import { NS_PER_S, floorDiv, isoToNs } from '../core/time.js';

/** What of a posterior decides identity. */
export interface PosteriorPlace {
  readonly originNs: bigint;
  readonly originTimeSdS: number;
  readonly latitude: number;
  readonly longitude: number;
  readonly ellipse90: OriginEstimate['ellipse90'];
}

/** An event that the origin could belong to, by its preferred origin. */
export interface Candidate extends PosteriorPlace {
  readonly eventId: string;
  /** Run that made its preferred origin, see `runKeyOf`. */
  readonly runKey: string | null;
}

/** Added to both spreads: two correct locations of one quake differ at least by model error. */
const FLOOR = { timeS: 3, km: 10 } as const;

/**
 * Within one run the floor is numerical noise. A joint posterior has already decided that two of
 * its quakes are two, however close; only the same quake, computed again on other hardware,
 * lands this close to itself.
 */
const SAME_RUN = { timeS: 0.2, km: 1, spread: 0.1 } as const;

/** A posterior vaguer than this may not swallow its neighbours. */
const VAGUEST = { timeS: 60, km: 200 } as const;

/** 90 % point of a chi-squared with the three degrees of freedom time, east and north. */
const THRESHOLD = 6.251388631170325;

/** Radius of the 90 % ellipse of a two-dimensional Gaussian, in standard deviations. */
const ELLIPSE90 = Math.sqrt(-2 * Math.log(0.1));

/** No candidate further away in time can match, nanoseconds. */
export const MATCH_WINDOW_NS = BigInt(
  Math.ceil(Math.sqrt(THRESHOLD * (2 * VAGUEST.timeS ** 2 + FLOOR.timeS ** 2)) * 1e9),
);

/** The part of an origin that identity looks at. */
export function placeOf(origin: OriginEstimate): PosteriorPlace {
  return {
    originNs: isoToNs(origin.originTime),
    originTimeSdS: origin.originTimeSdS,
    latitude: origin.latitude.mean,
    longitude: origin.longitude.mean,
    ellipse90: origin.ellipse90,
  };
}

/**
 * Squared Mahalanobis distance between two posteriors in (time, east, north), with the sum of their
 * covariances and the floor as the metric: under one event it is about chi-squared with three
 * degrees of freedom. No unit.
 */
export function squaredDistance(
  a: PosteriorPlace,
  b: PosteriorPlace,
  options: { sameRun: boolean } = { sameRun: false },
): number {
  const floor = options.sameRun ? SAME_RUN : FLOOR;
  const spread = options.sameRun ? SAME_RUN.spread ** 2 : 1;
  const timeS = Number(a.originNs - b.originNs) / 1e9;
  const [sdA, sdB] = [a, b].map((p) => Math.min(p.originTimeSdS, VAGUEST.timeS)) as [
    number,
    number,
  ];
  const timeVariance = floor.timeS ** 2 + spread * (sdA ** 2 + sdB ** 2);

  // Longitudes may be counted from -180 or from 0: take the short way round.
  const turns = Math.round((a.longitude - b.longitude) / 360);
  const local = toLocalKm(a, { latitude: b.latitude, longitude: b.longitude + 360 * turns });
  const [A, B] = [horizontalCovariance(a), horizontalCovariance(b)];
  const ee = floor.km ** 2 + spread * (A.ee + B.ee);
  const nn = floor.km ** 2 + spread * (A.nn + B.nn);
  const en = spread * (A.en + B.en);
  const { eastKm: e, northKm: n } = local;
  const space = (nn * e * e - 2 * en * e * n + ee * n * n) / (ee * nn - en * en);
  return timeS ** 2 / timeVariance + space;
}

function horizontalCovariance(place: PosteriorPlace): { ee: number; nn: number; en: number } {
  const { semiMajorKm, semiMinorKm, azimuthDeg } = place.ellipse90;
  const major = (Math.min(semiMajorKm, VAGUEST.km * ELLIPSE90) / ELLIPSE90) ** 2;
  const minor = (Math.min(semiMinorKm, VAGUEST.km * ELLIPSE90) / ELLIPSE90) ** 2;
  const sin = Math.sin((azimuthDeg * Math.PI) / 180);
  const cos = Math.cos((azimuthDeg * Math.PI) / 180);
  return {
    ee: major * sin * sin + minor * cos * cos,
    nn: major * cos * cos + minor * sin * sin,
    en: (major - minor) * sin * cos,
  };
}

/** The closest candidate under the threshold, or null. Ties go to the smaller event id. */
export function matchEvent(
  origin: PosteriorPlace & { readonly runKey: string | null },
  candidates: readonly Candidate[],
): Candidate | null {
  let best: { candidate: Candidate; distance: number } | null = null;
  for (const candidate of candidates) {
    const sameRun = origin.runKey !== null && origin.runKey === candidate.runKey;
    const distance = squaredDistance(origin, candidate, { sameRun });
    if (distance > THRESHOLD) continue;
    const isCloser =
      best === null ||
      distance < best.distance ||
      (distance === best.distance && candidate.eventId < best.candidate.eventId);
    if (isCloser) best = { candidate, distance };
  }
  return best?.candidate ?? null;
}

/**
 * Names the joint inference that made an origin: origins with one run key are the quakes of one
 * posterior. Null without evidence, as for origins that were updated on their own.
 */
export function runKeyOf(draft: OriginDraft): string | null {
  const { evidence, window, codeVersion, backend, inputs } = draft.provenance;
  if (!evidence) return null;
  const parts = [draft.regionId, window.start, window.end, evidence.sha256, codeVersion, backend];
  for (const input of inputs) parts.push(input.sha256);
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';

/**
 * Name of a new event: `ql` and ten base-32 characters (50 bits) of a hash over region, origin time
 * to 1 s and position to 0.1 degree, so that a rerun on an empty catalogue names its events as
 * before. `attempt` is counted up while the name is taken by another event.
 */
export function eventIdOf(input: {
  regionId: string;
  place: PosteriorPlace;
  attempt: number;
}): string {
  const { regionId, place, attempt } = input;
  const second = floorDiv(place.originNs + NS_PER_S / 2n, NS_PER_S);
  const latitude = Math.round(place.latitude * 10);
  // -1800 and 1800 tenths of a degree are one meridian.
  const longitude = ((((Math.round(place.longitude * 10) + 1800) % 3600) + 3600) % 3600) - 1800;
  const hash = createHash('sha256')
    .update(JSON.stringify([regionId, String(second), latitude, longitude, attempt]))
    .digest();
  let bits = 0n;
  for (const byte of hash.subarray(0, 7)) bits = (bits << 8n) | BigInt(byte);
  let name = '';
  for (let shift = 51n; shift >= 6n; shift -= 5n) name += BASE32[Number((bits >> shift) & 31n)];
  return `ql${name}`;
}
