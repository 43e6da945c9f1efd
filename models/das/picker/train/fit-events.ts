/**
 * How far arrivals and quakes on a fibre can be believed, fitted on simulated windows. In: windows
 * with what a calibrated ensemble says. Out: logistic maps of arrivals and events, the false rate.
 * @module
 */
import { median } from '../../../signal/robust.js';
import {
  bestCandidate,
  eventFeatures,
  LEAST_EVIDENCE,
  markFeatures,
  onsetLogRatio,
  weighed,
  type EventCalibration,
  type Mark,
} from '../associate.js';
import type { FibreOnset } from '../onsets.js';
import type { StretchOnsets } from '../pick-fibre-window.js';
import { BLIND_S, type FibreArrival } from '../fibre-arrivals.js';
import type { Calibration } from '../weights-file.js';
import { fitLogistic, shareTrue } from './logistic.js';

/** What one window teaches about events. */
export interface EventCase {
  readonly stretches: readonly StretchOnsets[];
  readonly durationS: number;
  /**
   * Onsets at the middle of the fibre, s, with the share of channels they show on; null: no quake.
   * Windows hold one stretch.
   */
  readonly quake: {
    readonly pTimeS: number;
    readonly sTimeS: number;
    readonly pShows: number;
    readonly sShows: number;
  } | null;
}

/** An arrival is an onset's within this, s. */
const RIGHT_S = 0.6;
/** Onsets that show on fewer channels teach nothing: neither true nor false. */
const ONSET_SHOWS = 0.5;
const QUAKE_SHOWS = 0.25;

/**
 * Fits arrivals (onsets of quakes against the arrivals of windows without), then events (the best
 * candidate of each window). Quakes that show on under a quarter of the channels are left out.
 */
export function fitEvents(
  cases: readonly EventCase[],
): EventCalibration & Pick<Calibration, 'onset'> {
  const arrival = fitMarks(cases, ({ arrivals }) => apart(arrivals));
  // A first guess whose best candidates are sensible; the candidates and the fit settle in three rounds.
  let event: Calibration['event'] = { offset: -4, p: 1, s: 1, pair: 1, prior: 0.5 };
  for (let round = 0; round < 3; round++) {
    const calibration = { arrival, event };
    const judged = cases.flatMap(({ quake, stretches }) => {
      if (quake && Math.max(quake.pShows, quake.sShows) < QUAKE_SHOWS) return [];
      const { p, s } = bestCandidate(stretches, calibration);
      return [{ row: eventFeatures(calibration, p, s), isQuake: quake !== null }];
    });
    const [offset = 0, p = 0, s = 0, pair = 0] = fitLogistic(
      judged.map((c) => c.row),
      judged.map((c) => c.isQuake),
    );
    const prior = shareTrue(judged.map((c) => c.isQuake));
    event = { offset, p: Math.max(0, p), s: Math.max(0, s), pair, prior };
  }
  return { arrival, event, onset: fitOnsets(cases) };
}

type Timed = Pick<FibreArrival, 'timeS' | 'consensus' | 'rise'>;

/** Strongest first; an arrival under another name within a second is the same. */
function apart(arrivals: readonly FibreArrival[]): Timed[] {
  const kept: Timed[] = [];
  for (const arrival of [...arrivals].sort((a, b) => b.consensus - a.consensus)) {
    if (kept.every(({ timeS }) => Math.abs(timeS - arrival.timeS) >= 1)) kept.push(arrival);
  }
  return kept;
}

/** Logistic of true against false by the log odds of the shrunken consensus. */
function fitMarks(
  cases: readonly EventCase[],
  timed: (stretch: StretchOnsets) => readonly Timed[],
): Calibration['arrival'] {
  const rows: number[][] = [];
  const answers: boolean[] = [];
  const add = (mark: Mark, isTrue: boolean): void => {
    rows.push(markFeatures(mark));
    answers.push(isTrue);
  };
  for (const { quake, stretches, durationS } of cases) {
    for (const stretch of stretches) {
      const marks = timed(stretch).map(({ timeS, consensus, rise }) => ({
        timeS,
        rise,
        weight: weighed(consensus, stretch.independent),
      }));
      if (!quake) marks.forEach((mark) => add(mark, false));
      else for (const mark of seenOnsets(quake, marks, durationS)) add(mark, true);
    }
  }
  const [offset = 0, slope = 1, rise = 0] = fitLogistic(rows, answers);
  return { offset, slope, rise, prior: shareTrue(answers) };
}

/** The strongest mark at each onset that shows well and was found. */
function seenOnsets(
  quake: NonNullable<EventCase['quake']>,
  marks: readonly (Mark & { readonly timeS: number })[],
  durationS: number,
): Mark[] {
  return onsetsShown(quake, durationS).flatMap((timeS) => {
    const near = marks.filter((mark) => Math.abs(mark.timeS - timeS) < RIGHT_S);
    return near.length === 0 ? [] : [near.reduce((a, b) => (b.weight > a.weight ? b : a))];
  });
}

/** Times of P and S that show on enough channels, not at the ends of the window. */
function onsetsShown(quake: NonNullable<EventCase['quake']>, durationS: number): number[] {
  return [
    { timeS: quake.pTimeS, shows: quake.pShows },
    { timeS: quake.sTimeS, shows: quake.sShows },
  ].flatMap(({ timeS, shows }) =>
    shows < ONSET_SHOWS || timeS < BLIND_S || timeS > durationS - 1 ? [] : [timeS],
  );
}

/** The map of onsets, and how often windows without quakes have one at all and one that counts. */
function fitOnsets(cases: readonly EventCase[]): Calibration['onset'] {
  const map = fitMarks(cases, ({ onsets }) => onsets);
  const quiet = cases.filter(({ quake }) => quake === null);
  const quietS = quiet.reduce((sum, c) => sum + c.durationS * c.stretches.length, 0);
  // Half a count more than seen: no rate is proven to be zero.
  const rate = (isCounted: (onset: FibreOnset, independent: number) => boolean): number =>
    (0.5 +
      quiet
        .flatMap(({ stretches }) => stretches)
        .flatMap(({ onsets, independent }) => onsets.filter((o) => isCounted(o, independent)))
        .length) /
    Math.max(1, quietS);
  const rarity = Math.log(foundShare(cases) / rate(() => true));
  const onset = { ...map, rarity, falseRateHz: 0 };
  const falseRateHz = rate((o, n) => onsetLogRatio({ onset }, o, n) >= LEAST_EVIDENCE);
  return { ...onset, falseRateHz };
}

/** Share of onsets that show well which the picker finds. */
function foundShare(cases: readonly EventCase[]): number {
  let [shown, found] = [0, 0];
  for (const { quake, stretches, durationS } of cases) {
    if (!quake) continue;
    shown += onsetsShown(quake, durationS).length;
    const marks = stretches.flatMap(({ onsets }) =>
      onsets.map(({ timeS, consensus, rise }) => ({ timeS, rise, weight: consensus })),
    );
    found += seenOnsets(quake, marks, durationS).length;
  }
  return (found + 0.5) / (shown + 1);
}

/** Middle of the fibre's onsets from those of its channels. */
export function middleTime(times: ArrayLike<number>): number {
  return median(Array.from(times));
}
