/**
 * Likelihood-ratio scan of a crowd: which source, if any, explains when and where triggers arrived,
 * and where they did not. In: a state. Out: the best source with its log-likelihood ratio, and that
 * of the best explanation that is no quake.
 *
 * Cell c with n steady phones and false rate r expects n (r dt + h_P dG(t - t_P) + h_S dG(t - t_S))
 * triggers in a bin, where G is the delay and h the share that P and S trigger. The Poisson
 * log-likelihood ratio against false triggers alone is sum x log(1 + ...) - n h G(now): silence
 * counts as soon as triggers should have arrived (Massoda Tchoussi & Finazzi 2023, with move-out).
 * @module
 */
import { localLogRatio, simultaneousLogRatio } from './crowd-alternatives.js';
import { BIN_S, type CrowdState } from './crowd-state.js';
import { cellsInReach, SPAN_S, type ScanCell } from './scan-cells.js';
import { arrivedShare, TRIGGER_MODEL, triggerShares } from './trigger-model.js';

/** A source hypothesis; km from the middle of the grid. */
export interface CrowdSource {
  readonly eastKm: number;
  readonly northKm: number;
  readonly depthKm: number;
  /** Origin, s on the clock of the batches. */
  readonly timeS: number;
  readonly magnitude: number;
}

/** Outcome of a scan. Log-likelihood ratios against false triggers alone, nats. */
export interface CrowdScan {
  readonly source: CrowdSource;
  readonly logRatio: number;
  /** The most that one cell alone, or all cells at one time, explain. */
  readonly localLogRatio: number;
  readonly simultaneousLogRatio: number;
  /** Near cells that should have triggered by now: phones, and those that did. */
  readonly nearActive: number;
  readonly nearTriggered: number;
  readonly cellsTriggered: number;
}

const MAGNITUDES = [5, 6, 7] as const;
const DEPTHS_KM = [10, 30] as const;
const NEAR_EXPECTED = 0.35;
/** Cells of which less than this share would trigger say nothing. */
const LEAST_SHARE = 1e-3;

/** Scans around a cell. `hotCell` comes from `hottestCell` (hottest-cell.ts). */
export function crowdScan(state: CrowdState, hotCell: number): CrowdScan | null {
  const cells = cellsInReach(state, hotCell);
  const first = firstTriggerAgoS(cells);
  if (first === null) return null;
  const centre = {
    eastKm: state.grid.eastKm[hotCell] as number,
    northKm: state.grid.northKm[hotCell] as number,
  };
  const nowS = (state.newestBin + 1) * BIN_S;
  let best: { source: CrowdSource; logRatio: number } | null = null;
  const consider = (source: CrowdSource): void => {
    const logRatio = sourceLogRatio(cells, source, nowS);
    if (!best || logRatio > best.logRatio) best = { source, logRatio };
  };
  const step = state.grid.cellKm;
  const sweep = (
    about: { eastKm: number; northKm: number },
    reach: number,
    spacing: number,
    times: readonly number[],
    sizes: readonly number[],
    depths: readonly number[],
  ): void => {
    for (let i = -reach; i <= reach; i++) {
      for (let j = -reach; j <= reach; j++) {
        const place = { eastKm: about.eastKm + i * spacing, northKm: about.northKm + j * spacing };
        for (const depthKm of depths) {
          for (const timeS of times) {
            for (const magnitude of sizes) consider({ ...place, depthKm, timeS, magnitude });
          }
        }
      }
    }
  };
  const coarse = Array.from({ length: 7 }, (_, k) => nowS - first - 0.5 - k);
  sweep(centre, 2, 1.6 * step, coarse, [5, 6.5], DEPTHS_KM);
  const middle = best as { source: CrowdSource; logRatio: number } | null;
  if (!middle) return null;
  const { source } = middle;
  const timesAbout = (timeS: number, spread: number): number[] =>
    [-1, -0.5, 0, 0.5, 1].map((k) => timeS + k * spread);
  sweep(source, 1, step, timesAbout(source.timeS, 0.8), MAGNITUDES, [source.depthKm]);
  const closer = (best as { source: CrowdSource; logRatio: number } | null)?.source ?? source;
  const sizes = [-0.4, 0, 0.4].map((d) => closer.magnitude + d);
  const depths = [-7, 0, 7].map((d) => closer.depthKm + d);
  sweep(closer, 1, 0.4 * step, timesAbout(closer.timeS, 0.4), sizes, depths);
  const found = best as { source: CrowdSource; logRatio: number } | null;
  if (!found) return null;
  return {
    ...found,
    localLogRatio: localLogRatio(cells),
    simultaneousLogRatio: simultaneousLogRatio(cells, first),
    ...near(cells, found.source, nowS),
    cellsTriggered: cells.filter((c) => c.total > 0).length,
  };
}

/** Poisson log-likelihood ratio of one source, nats. */
function sourceLogRatio(cells: readonly ScanCell[], source: CrowdSource, nowS: number): number {
  const { velocityP, velocityS } = TRIGGER_MODEL;
  const sinceS = nowS - source.timeS;
  const shares = shareTable(source.magnitude, source.depthKm);
  let sum = 0;
  for (const cell of cells) {
    const dx = cell.eastKm - source.eastKm;
    const dy = cell.northKm - source.northKm;
    const distance = Math.sqrt(dx * dx + dy * dy);
    const hypocentral = Math.sqrt(distance * distance + source.depthKm * source.depthKm);
    const sinceP = sinceS - hypocentral / velocityP;
    const sinceShear = sinceS - hypocentral / velocityS;
    const k = Math.min(shares.length / 2 - 1, Math.round(distance));
    const p = shares[2 * k] as number;
    const s = shares[2 * k + 1] as number;
    if (p + s < LEAST_SHARE) continue;
    sum -= cell.active * (p * arrived(sinceP) + s * arrived(sinceShear));
    if (sinceP <= 0) continue;
    for (let b = 0; b < cell.counts.length; b++) {
      const ago = cell.agoS[b] as number;
      const rate = p * binShare(sinceP - ago) + s * binShare(sinceShear - ago);
      if (rate > 0) sum += (cell.counts[b] as number) * Math.log(1 + rate / cell.noise);
    }
  }
  return sum;
}

const tables = new Map<string, Float64Array>();

/** Shares by whole km, [distance, (P, S)]. */
function shareTable(magnitude: number, depthKm: number): Float64Array {
  const key = `${magnitude} ${depthKm}`;
  const known = tables.get(key);
  if (known) return known;
  const made = new Float64Array(2 * 140);
  for (let km = 0; km < 140; km++) {
    const { p, s } = triggerShares(magnitude, km, depthKm);
    made[2 * km] = p;
    made[2 * km + 1] = s;
  }
  tables.set(key, made);
  return made;
}

/** `arrivedShare` by steps of 1/64 s up to the span: the scan asks for it millions of times. */
const PER_S = 64;
const ARRIVED = Float64Array.from({ length: 2 * SPAN_S * PER_S }, (_, k) =>
  arrivedShare(k / PER_S),
);
const BIN_STEPS = BIN_S * PER_S;

function arrived(sinceS: number): number {
  if (sinceS <= 0) return 0;
  return ARRIVED[Math.min(ARRIVED.length - 1, (sinceS * PER_S) | 0)] as number;
}

/** Share that arrives in a bin whose middle lies `sinceS` after the wave. */
function binShare(sinceS: number): number {
  const from = ((sinceS + BIN_S / 2) * PER_S) | 0;
  if (sinceS <= -BIN_S || from <= 0) return 0;
  if (from >= ARRIVED.length) return 0;
  const until = ARRIVED[from] as number;
  return from < BIN_STEPS ? until : until - (ARRIVED[from - BIN_STEPS] as number);
}

/**
 * Seconds since the burst began: going back in time, the first bin after which four bins together
 * hold no more than noise would. Null without triggers.
 */
function firstTriggerAgoS(cells: readonly ScanCell[]): number | null {
  const bins = Math.round(SPAN_S / BIN_S);
  const totals = new Float64Array(bins + 4);
  let noise = 0;
  for (const cell of cells) {
    noise += cell.active * cell.noise;
    cell.agoS.forEach((ago, i) => {
      const back = Math.floor(ago / BIN_S);
      totals[back] = (totals[back] as number) + (cell.counts[i] as number);
    });
  }
  const limit = 4 * noise + 3 * Math.sqrt(4 * noise) + 1;
  let seen = false;
  for (let back = 0; back < bins; back++) {
    const sum = [0, 1, 2, 3].reduce((s, k) => s + (totals[back + k] as number), 0);
    if (sum > limit) seen = true;
    else if (seen) return back * BIN_S;
  }
  return seen ? SPAN_S : null;
}

/** Phones that should have triggered by now for the most part, and how many did. */
function near(
  cells: readonly ScanCell[],
  source: CrowdSource,
  nowS: number,
): { nearActive: number; nearTriggered: number } {
  let [nearActive, nearTriggered] = [0, 0];
  const shares = shareTable(source.magnitude, source.depthKm);
  for (const cell of cells) {
    const distance = Math.hypot(cell.eastKm - source.eastKm, cell.northKm - source.northKm);
    const hypocentral = Math.hypot(distance, source.depthKm);
    const sinceP = nowS - source.timeS - hypocentral / TRIGGER_MODEL.velocityP;
    const sinceS = nowS - source.timeS - hypocentral / TRIGGER_MODEL.velocityS;
    const k = Math.min(shares.length / 2 - 1, Math.round(distance));
    const expected =
      (shares[2 * k] as number) * arrivedShare(sinceP) +
      (shares[2 * k + 1] as number) * arrivedShare(sinceS);
    if (expected < NEAR_EXPECTED) continue;
    nearActive += cell.active;
    nearTriggered += Math.min(cell.active, cell.total);
  }
  return { nearActive, nearTriggered };
}

/** Lower limit of a share, x of n, with a one-sided normal quantile z (Wilson 1927). */
export function shareAtLeast(x: number, n: number, z: number): number {
  if (n === 0) return 0;
  const p = x / n;
  const z2 = (z * z) / n;
  return (p + z2 / 2 - z * Math.sqrt((p * (1 - p)) / n + z2 / (4 * n))) / (1 + z2);
}
