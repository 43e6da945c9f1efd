/**
 * Why a quake was or was not declared at a time and place: everything that a home knows about it.
 * @module
 */
import type { KeyReader, ObjectStore } from '../../core/artifact.js';
import type { Catalogue } from '../../core/catalogue.js';
import { InvalidInputError } from '../../core/errors.js';
import { distanceKm, type LatLon } from '../../core/geo.js';
import type { Quake, SourceContribution } from '../../core/quake.js';
import { seedFromText } from '../../core/random.js';
import type { RegionConfig } from '../../core/region.js';
import { addSeconds, isoToNs, secondsSince, type IsoTime } from '../../core/time.js';
import { explainQuake, type QuakeBudget } from '../../models/detection/why/explain-quake.js';
import { findWindow, nearWindows, type NearWindows } from './find-window.js';

/** What is asked: a quake within these limits of a time and a place. */
export interface Question extends LatLon {
  readonly time: IsoTime;
  readonly withinS: number;
  readonly withinKm: number;
  /** Only this region; all that hold the place when absent. */
  readonly regionId?: string;
}

/** One region's answer. */
export interface Answer {
  readonly regionId: string;
  /** `no data`: nothing was fused then, which is no statement about the ground. */
  readonly outcome: 'declared' | 'not declared' | 'no data';
  /** The declared quake nearest to the question. */
  readonly declared: {
    readonly eventId: string;
    readonly originTime: IsoTime;
    readonly latitude: number;
    readonly longitude: number;
    readonly magnitude: number;
    readonly probability: number;
    readonly awayS: number;
    readonly awayKm: number;
    readonly contributions: readonly SourceContribution[];
  } | null;
  readonly window: { readonly start: IsoTime; readonly evidence: string } | null;
  readonly budget: (QuakeBudget & { readonly bestTime: IsoTime }) | null;
  /** Kept out before any model saw it, and by what. */
  readonly filtered: readonly string[];
  readonly near: NearWindows | null;
}

/** Throws InvalidInputError when no region holds the place. */
export async function why(input: {
  readonly store: ObjectStore & KeyReader;
  readonly catalogue: Catalogue;
  readonly question: Question;
}): Promise<Answer[]> {
  const { store, catalogue, question } = input;
  const regions = await catalogue.listRegions();
  const wanted = regions.filter(
    (region) =>
      (question.regionId === undefined || region.id === question.regionId) &&
      holds(region, question),
  );
  if (wanted.length === 0) throw noRegion(question, regions);
  const answers: Answer[] = [];
  for (const region of wanted) answers.push(await answer({ store, catalogue, question, region }));
  return answers;
}

async function answer(input: {
  readonly store: ObjectStore & KeyReader;
  readonly catalogue: Catalogue;
  readonly question: Question;
  readonly region: RegionConfig;
}): Promise<Answer> {
  const { store, catalogue, question, region } = input;
  const declared = await declaredNear(catalogue, region, question);
  const window = await findWindow({ store, catalogue, region, time: question.time });
  if (!window) {
    return {
      regionId: region.id,
      outcome: declared ? 'declared' : 'no data',
      declared,
      window: null,
      budget: null,
      filtered: [],
      near: await nearWindows(store, region.id, question.time),
    };
  }
  const { evidence } = window;
  const startNs = isoToNs(evidence.window.start);
  const budget = explainQuake({
    evidence,
    region,
    supposition: { ...question, timeS: secondsSince(isoToNs(question.time), startNs) },
    seed: seedFromText(`why ${window.evidenceKey}`),
  });
  return {
    regionId: region.id,
    outcome: declared ? 'declared' : 'not declared',
    declared,
    window: { start: window.start, evidence: window.evidenceKey },
    budget: budget && {
      ...budget,
      bestTime: addSeconds(evidence.window.start, Math.round(budget.best.timeS * 1000) / 1000),
    },
    filtered: [...window.missing, ...window.refused],
    near: null,
  };
}

async function declaredNear(
  catalogue: Catalogue,
  region: RegionConfig,
  question: Question,
): Promise<Answer['declared']> {
  const quakes = await catalogue.listEvents({
    regionId: region.id,
    from: addSeconds(question.time, -question.withinS),
    to: addSeconds(question.time, question.withinS),
    limit: 1000,
  });
  const rows = quakes.map((quake) => describe(quake, question));
  const near = rows.filter(({ awayKm }) => awayKm <= question.withinKm);
  return near.sort((a, b) => Math.abs(a.awayS) - Math.abs(b.awayS))[0] ?? null;
}

function describe(quake: Quake, question: Question): NonNullable<Answer['declared']> {
  const { origin } = quake.preferred;
  const place = { latitude: origin.latitude.p50, longitude: origin.longitude.p50 };
  return {
    eventId: quake.eventId,
    originTime: origin.originTime,
    ...place,
    magnitude: origin.magnitude.p50,
    probability: origin.existenceProbability,
    awayS: secondsSince(isoToNs(origin.originTime), isoToNs(question.time)),
    awayKm: distanceKm(place, question),
    contributions: origin.contributions,
  };
}

function holds(region: RegionConfig, place: LatLon): boolean {
  const { west, east, south, north } = region.bounds;
  const turn = (longitude: number): boolean => longitude >= west && longitude <= east;
  const inLongitude = turn(place.longitude) || turn(place.longitude + 360);
  return inLongitude && place.latitude >= south && place.latitude <= north;
}

function noRegion(question: Question, regions: readonly RegionConfig[]): InvalidInputError {
  const known = regions.map(({ id }) => id).join(', ') || 'none yet';
  return new InvalidInputError({
    what: question.regionId === undefined ? '--place' : '--region',
    reason: `${question.latitude}, ${question.longitude} is in no region${
      question.regionId === undefined ? '' : ` '${question.regionId}'`
    } (known: ${known})`,
    remedy: 'give a place inside a region, or add one with `quakeloom region add FILE`',
  });
}
