/**
 * Calibration of a trained ensemble on held-out simulated windows. In: weights, windows. Out: the
 * logistic maps of picks and events, the spread of onsets, the reference of window features.
 * @module
 */
import { drawDasWindow, type DasWindow } from '../../../generative/das-windows.js';
import { logBetween, TRAINING_RANGES, type DasRanges } from '../../../generative/das-ranges.js';
import { createRandom } from '../../../../core/random.js';
import { groupPicks, type GroupPick } from '../group-picks.js';
import { arrivalsOfStretches, groupDistancesKm, type StretchOnsets } from '../pick-fibre-window.js';
import { prepareFibre } from '../preprocess.js';
import { phaseProbabilities, type Ensemble } from '../probabilities.js';
import type { Calibration, Reference } from '../weights-file.js';
import { liveGroups, windowFeatures } from '../window-features.js';
import { fitEvents, middleTime, type EventCase } from './fit-events.js';
import { fitLogistic } from './logistic.js';
import { fitReference, type FeatureCase } from './fit-reference.js';
import { ODD_KINDS, oddWindow, plainWindow } from './odd-window.js';

/** A held-out window with what the ensemble says about it, before calibration. */
export interface JudgedWindow {
  readonly window: DasWindow;
  readonly picks: readonly GroupPick[];
  readonly live: readonly number[];
  readonly stretches: (calibration: Calibration) => StretchOnsets[];
}

/** No calibration: what the network says. */
export const RAW_CALIBRATION: Calibration = {
  pick: { P: { slope: 1, offset: 0, prior: 0.5 }, S: { slope: 1, offset: 0, prior: 0.5 } },
  arrival: { offset: 0, slope: 1, rise: 0, prior: 0.5 },
  onset: { offset: 0, slope: 1, rise: 0, prior: 0.5, rarity: 0, falseRateHz: 1 },
  event: { offset: -4, p: 1, s: 1, pair: 1, prior: 0.5 },
  sigma: { floor: 0.05, slope: 0.2 },
};

/** Length of held-out windows, s. */
const WINDOW_S = 40.96;
const RATE_HZ = 100;
/** A pick is right within this of the onset, s; a quake's arrival within this. */
const RIGHT_S = 0.5;
const EVENT_RIGHT_S = 1.5;

/** The window that evaluation `seed` stands for: 32 to 64 channels, spacings of one channel a group. */
export function heldOutWindow(seed: number, ranges: DasRanges = TRAINING_RANGES): DasWindow {
  const random = createRandom(seed ^ 0x2545f491);
  return drawDasWindow({
    seed,
    ranges,
    channelCount: random.uniform() < 0.7 ? 32 : 64,
    sampleCount: Math.round(WINDOW_S * RATE_HZ),
    rateHz: RATE_HZ,
    channelSpacingM: logBetween(random, [
      Math.max(5.4, ranges.channelSpacingM[0]),
      ranges.channelSpacingM[1],
    ]),
  });
}

/**
 * A window without a quake and with what is mistaken for one: 60 s, 64 channels of 8 m, two vehicles
 * at 20 m/s, two common-mode bursts, 5-20 % dead channels, and `impactCount` blows to the ground.
 */
export function quietWindow(seed: number, impactCount = 0): DasWindow {
  return drawDasWindow({
    seed,
    ranges: { ...TRAINING_RANGES, deadShare: [0.05, 0.2] },
    channelCount: 64,
    channelSpacingM: 8,
    sampleCount: 6000,
    rateHz: RATE_HZ,
    hasQuake: false,
    vehicleSpeedsMS: [20, 20],
    commonModeCount: 2,
    impactCount,
  });
}

/** Distances of a simulated window's channels, m. */
export function windowDistances(window: DasWindow): Float64Array {
  return Float64Array.from(
    { length: window.layout.channelCount },
    (_, c) => c * window.layout.channelSpacingM,
  );
}

/** Runs the ensemble on a window. */
export async function judgeWindow(ensemble: Ensemble, window: DasWindow): Promise<JudgedWindow> {
  const { channelCount, channelSpacingM } = window.layout;
  const prepared = prepareFibre({ ...window, channelCount, channelSpacingM });
  const probabilities = await phaseProbabilities(ensemble, prepared);
  const live = liveGroups(prepared);
  const distanceKm = groupDistancesKm(prepared, windowDistances(window));
  return {
    window,
    live,
    picks: groupPicks(probabilities, RAW_CALIBRATION),
    stretches: (calibration) =>
      arrivalsOfStretches({
        prepared,
        live,
        distanceKm,
        picks: groupPicks(probabilities, calibration),
      }),
  };
}

/** A pick against the truth: right, wrong, or near an arrival that shows only doubtfully (null). */
export function isRight(window: DasWindow, pick: GroupPick): boolean | null {
  const { quake } = window;
  if (!quake) return false;
  const [times, visible] =
    pick.phase === 'P' ? [quake.pTimeS, quake.pVisible] : [quake.sTimeS, quake.sVisible];
  const isNear = Math.abs(pick.timeS - (times[pick.group] as number)) <= RIGHT_S;
  if (!isNear) return false;
  return (visible[pick.group] as number) >= 2 ? true : null;
}

/** Share of live channels on which P or S of the window's quake shows well. */
export function quakeShows(window: DasWindow): number {
  const { quake } = window;
  if (!quake) return 0;
  const share = (x: Uint8Array): number => x.filter((v) => v === 2).length / x.length;
  return Math.max(share(quake.pVisible), share(quake.sVisible));
}

/**
 * Fits everything: picks and their spread on `judged`, arrivals and events on these and `more`
 * (which hold more windows without quakes than with), the reference on `odd`.
 */
export function calibrate(
  judged: readonly JudgedWindow[],
  more: readonly JudgedWindow[],
  odd: readonly FeatureCase[],
): {
  readonly calibration: Calibration;
  readonly reference: Reference;
} {
  const pick = { P: platt(judged, 'P'), S: platt(judged, 'S') };
  const withPicks = { ...RAW_CALIBRATION, pick };
  const withSigma = { ...withPicks, sigma: sigmaOf(judged, withPicks) };
  const cases = [...judged, ...more].map((one) => eventCase(one, withSigma));
  return { calibration: { ...withSigma, ...fitEvents(cases) }, reference: fitReference(odd) };
}

/** What a window teaches about events. */
export function eventCase(one: JudgedWindow, calibration: Calibration): EventCase {
  const { quake, sampleCount, rateHz } = one.window;
  const share = (x: Uint8Array): number => x.filter((v) => v === 2).length / x.length;
  return {
    stretches: one.stretches(calibration),
    durationS: sampleCount / rateHz,
    quake: quake && {
      pTimeS: middleTime(quake.pTimeS),
      sTimeS: middleTime(quake.sTimeS),
      pShows: share(quake.pVisible),
      sShows: share(quake.sVisible),
    },
  };
}

const logit = (p: number): number => {
  const bounded = Math.min(1 - 1e-6, Math.max(1e-6, p));
  return Math.log(bounded / (1 - bounded));
};

function platt(
  judged: readonly JudgedWindow[],
  phase: 'P' | 'S',
): { slope: number; offset: number; prior: number } {
  const cases = judged.flatMap(({ window, picks }) =>
    picks.flatMap((pick) => {
      const right = pick.phase === phase ? isRight(window, pick) : null;
      return right === null ? [] : [{ row: [1, logit(pick.peak)], right }];
    }),
  );
  const [offset = 0, slope = 1] = fitLogistic(
    cases.map((c) => c.row),
    cases.map((c) => c.right),
  );
  const shown = judged.map(({ window }) => {
    const visible = phase === 'P' ? window.quake?.pVisible : window.quake?.sVisible;
    return visible ? visible.filter((v) => v === 2).length / visible.length : 0;
  });
  const prior = (0.01 + shown.reduce((a, b) => a + b, 0)) / (0.02 + shown.length);
  return { slope, offset, prior };
}

/** Spread of right picks' residuals: at high and at low probability, a line between. */
function sigmaOf(
  judged: readonly JudgedWindow[],
  { pick: maps }: Calibration,
): { floor: number; slope: number } {
  const cases = judged.flatMap(({ window, picks }) =>
    picks.flatMap((pick) => {
      if (!window.quake || isRight(window, pick) !== true) return [];
      const times = pick.phase === 'P' ? window.quake.pTimeS : window.quake.sTimeS;
      const z = maps[pick.phase].offset + maps[pick.phase].slope * logit(pick.peak);
      return [{ away: pick.timeS - (times[pick.group] as number), doubt: 1 / (1 + Math.exp(z)) }];
    }),
  );
  // Least squares of |residual| on doubt; sqrt(pi / 2) makes a mean deviation a standard one.
  const n = Math.max(1, cases.length);
  const mean = (of: (c: (typeof cases)[number]) => number): number =>
    cases.reduce((sum, c) => sum + of(c), 0) / n;
  const [mx, my] = [mean((c) => c.doubt), mean((c) => Math.abs(c.away))];
  const covariance = mean((c) => (c.doubt - mx) * (Math.abs(c.away) - my));
  const slope = Math.max(
    0,
    covariance /
      Math.max(
        1e-9,
        mean((c) => (c.doubt - mx) ** 2),
      ),
  );
  const scale = Math.sqrt(Math.PI / 2);
  return { floor: scale * Math.max(0.01, my - slope * mx), slope: scale * slope };
}

/** Does an event's P or S lie at the window's? Times at the middle of the fibre. */
export function isQuakeAt(
  window: DasWindow,
  event: { readonly pTimeS: number | null; readonly sTimeS: number | null },
): boolean {
  const { quake } = window;
  if (!quake) return false;
  const middle = window.layout.channelCount >> 1;
  const near = (timeS: number | null, truth: number): boolean =>
    timeS !== null && Math.abs(timeS - truth) <= EVENT_RIGHT_S;
  return (
    near(event.pTimeS, quake.pTimeS[middle] as number) ||
    near(event.sTimeS, quake.sTimeS[middle] as number)
  );
}

/** Features of `count` simulated windows from `seed`, each sound and with every fault. */
export function oddFeatures(seed: number, count: number): FeatureCase[] {
  return Array.from({ length: count }, (_, k) => plainWindow(seed + k)).flatMap((plain) =>
    ODD_KINDS.flatMap((kind): FeatureCase[] => {
      const window = oddWindow(plain, kind);
      if (!window) return [];
      return [{ kind, features: windowFeatures({ ...window, prepared: prepareFibre(window) }) }];
    }),
  );
}
