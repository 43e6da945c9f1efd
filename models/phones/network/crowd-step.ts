/**
 * The fast path of a crowd: a batch in, at most one alert out. Runs in memory, keeps no clock of its
 * own, draws no random number: the same batches give the same alerts.
 * @module
 */
import type { LatLon } from '../../../core/geo.js';
import { placeOf } from './crowd-grid.js';
import { crowdScan, shareAtLeast, type CrowdScan } from './crowd-scan.js';
import { ingest, type CrowdState, type TriggerBatch } from './crowd-state.js';
import { hottestCell } from './hottest-cell.js';

/** When a burst is a quake. */
export interface CrowdRules {
  /** The source must explain this much more than false triggers do, nats. */
  readonly logRatio: number;
  /** ... and than one cell that does what it likes, or all phones at once, nats. */
  readonly margin: number;
  /**
   * Share of near phones that triggered, at least, with `z` standard deviations to spare: a tenth of
   * all phones may lie.
   */
  readonly nearShare: number;
  readonly z: number;
  readonly nearPhones: number;
  readonly cells: number;
  /** No second alert for the same burst within this time, s. */
  readonly deadTimeS: number;
}

export const CROWD_RULES: CrowdRules = {
  logRatio: 25,
  margin: 8,
  nearShare: 0.18,
  z: 2.6,
  nearPhones: 8,
  cells: 3,
  deadTimeS: 60,
};

/** A declared quake of the fast path. */
export interface CrowdAlert extends LatLon {
  readonly atS: number;
  readonly originS: number;
  readonly depthKm: number;
  /** The grid magnitude that fits triggers best: a first guess, no estimate. */
  readonly magnitude: number;
  readonly scan: CrowdScan;
}

/** Detector of one region: its state and when it last spoke. */
export interface CrowdDetector {
  readonly state: CrowdState;
  readonly rules: CrowdRules;
  quietUntilS: number;
  /** When it last scanned, and how surprising the triggers were then. */
  lastScan: { readonly atS: number; readonly surprise: number };
}

/** A burst that has not grown by this factor is not scanned again within this time, s. */
const RESCAN = { growth: 1.1, afterS: 2 };

export function crowdDetector(state: CrowdState, rules: CrowdRules = CROWD_RULES): CrowdDetector {
  const lastScan = { atS: Number.NEGATIVE_INFINITY, surprise: 0 };
  return { state, rules, quietUntilS: Number.NEGATIVE_INFINITY, lastScan };
}

/** Counts a batch and looks whether a quake explains the last seconds. Changes the detector. */
export function stepCrowd(detector: CrowdDetector, batch: TriggerBatch): CrowdAlert | null {
  const { state, rules } = detector;
  ingest(state, batch);
  if (batch.nowS < detector.quietUntilS) return null;
  const hot = hottestCell(state, rules.nearShare);
  if (!hot) return null;
  const { lastScan } = detector;
  const recent = batch.nowS - lastScan.atS < RESCAN.afterS;
  if (recent && hot.surprise < RESCAN.growth * lastScan.surprise) return null;
  detector.lastScan = { atS: batch.nowS, surprise: hot.surprise };
  const scan = crowdScan(state, hot.cell);
  if (!scan || !isQuake(scan, rules)) return null;
  detector.quietUntilS = batch.nowS + rules.deadTimeS;
  const { source } = scan;
  return {
    ...placeOf(state.grid, source.eastKm, source.northKm),
    atS: batch.nowS,
    originS: source.timeS,
    depthKm: source.depthKm,
    magnitude: source.magnitude,
    scan,
  };
}

/** Whether a scan meets the rules. */
export function isQuake(scan: CrowdScan, rules: CrowdRules): boolean {
  const other = Math.max(scan.localLogRatio, scan.simultaneousLogRatio);
  return (
    scan.logRatio >= rules.logRatio &&
    scan.logRatio - other >= rules.margin &&
    scan.nearActive >= rules.nearPhones &&
    scan.cellsTriggered >= rules.cells &&
    shareAtLeast(scan.nearTriggered, scan.nearActive, rules.z) >= rules.nearShare
  );
}
