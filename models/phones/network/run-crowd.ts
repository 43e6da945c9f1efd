/**
 * Runs a detector over recorded triggers as they arrive. In: triggers in the order of arrival. Out:
 * the alerts, with the time each batch took.
 * @module
 */
import { BIN_S, type TriggerBatch } from './crowd-state.js';
import { stepCrowd, type CrowdAlert, type CrowdDetector } from './crowd-step.js';

/** Arrived triggers, columns of one length; `cell` is the cell of the trigger's phone. */
export interface ArrivedTriggers {
  readonly cell: Int32Array;
  readonly device: Int32Array;
  readonly arrivalS: Float64Array;
  readonly deviceS: Float64Array;
}

/** Steps through time in batches of `stepS`; stops after the first alert when asked. */
export function runCrowd(input: {
  readonly detector: CrowdDetector;
  readonly triggers: ArrivedTriggers;
  readonly fromS: number;
  readonly untilS: number;
  readonly stepS?: number;
  readonly first?: boolean;
  /** Wall clock in ms, to time batches. */
  readonly clockMs?: () => number;
}): { readonly alerts: readonly CrowdAlert[]; readonly batchMs: readonly number[] } {
  const { triggers, detector, clockMs } = input;
  const stepS = input.stepS ?? BIN_S;
  const alerts: CrowdAlert[] = [];
  const batchMs: number[] = [];
  let at = 0;
  for (let nowS = input.fromS + stepS; nowS <= input.untilS + 1e-9; nowS += stepS) {
    let end = at;
    while (end < triggers.cell.length && (triggers.arrivalS[end] as number) < nowS) end++;
    const batch: TriggerBatch = {
      nowS,
      cell: triggers.cell.subarray(at, end),
      arrivalS: triggers.arrivalS.subarray(at, end),
      deviceS: triggers.deviceS.subarray(at, end),
      device: triggers.device.subarray(at, end),
    };
    at = end;
    const before = clockMs?.() ?? 0;
    const alert = stepCrowd(detector, batch);
    if (clockMs) batchMs.push(clockMs() - before);
    if (alert) alerts.push(alert);
    if (alert && input.first === true) break;
  }
  return { alerts, batchMs };
}
