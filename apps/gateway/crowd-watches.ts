/**
 * The crowds of all regions of a gateway, stepped by one timer. In: signals. Out: declared crowds.
 * @module
 */
import type { Bounds } from '../../core/region.js';
import type { CrowdAlert } from '../../models/phones/network/crowd-step.js';
import type { TakenSignal } from './clock-watch.js';
import {
  CROWD_STEP_MS,
  createCrowdWatch,
  type CrowdCounts,
  type CrowdWatch,
} from './crowd-watch.js';
import { errorText, type GatewayLog } from './gateway-log.js';

export interface CrowdOptions {
  /** Bounds of a region; null for one that has no detector. */
  readonly boundsOf: (regionId: string) => Bounds | null;
  readonly onAlert: (regionId: string, alert: CrowdAlert) => void;
}

export interface CrowdWatches {
  add(taken: TakenSignal): void;
  counts(): Readonly<Record<string, CrowdCounts>>;
  stop(): void;
}

/** Starts stepping. A region's watch is made at its first signal. */
export function startCrowdWatches(
  input: CrowdOptions & { readonly log: GatewayLog; readonly nowMs: () => number },
): CrowdWatches {
  const { boundsOf, onAlert, log, nowMs } = input;
  const watches = new Map<string, CrowdWatch | null>();
  const watchOf = (regionId: string): CrowdWatch | null => {
    const known = watches.get(regionId);
    if (known !== undefined) return known;
    const bounds = boundsOf(regionId);
    const made = bounds && createCrowdWatch(bounds);
    watches.set(regionId, made);
    return made;
  };
  const step = (): void => {
    for (const [regionId, watch] of watches) {
      try {
        const alert = watch?.step(nowMs() / 1000);
        if (!alert) continue;
        const { scan, ...declared } = alert;
        log.warn(
          { regionId, ...declared, logRatio: scan.logRatio },
          'a crowd of phones was shaken',
        );
        onAlert(regionId, alert);
      } catch (error) {
        log.error({ regionId, error: errorText(error) }, 'crowd detector');
      }
    }
  };
  const timer = setInterval(step, CROWD_STEP_MS);
  return {
    add: (taken) => watchOf(taken.regionId)?.add(taken),
    counts: () =>
      Object.fromEntries(
        [...watches].flatMap(([id, watch]) => (watch ? [[id, watch.counts()] as const] : [])),
      ),
    stop: () => clearInterval(timer),
  };
}
