/** What `das pick` finds, and the one function that decides how. @module */
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { PickWindow } from './pick-window.js';

export interface FibrePick {
  readonly channel: number;
  readonly distanceM: number;
  readonly phase: 'P' | 'S';
  readonly timeNs: bigint;
  readonly probability: number;
  /** One standard deviation. */
  readonly sigmaS: number;
}

export interface FibreEvent {
  readonly pTimeNs: bigint | null;
  readonly sTimeNs: bigint | null;
  /** Epicentral distance, quantiles; null without both phases. */
  readonly distanceKm: { readonly p05: number; readonly p50: number; readonly p95: number } | null;
  readonly probability: number;
}

export interface FibrePicks {
  /** `network`: the trained picker; `sta-lta`: the array energy ratio, not calibrated. */
  readonly method: 'network' | 'sta-lta';
  readonly picks: readonly FibrePick[];
  readonly events: readonly FibreEvent[];
  /** Null where the method cannot tell. */
  readonly outOfDistribution: {
    readonly flag: boolean;
    readonly score: number;
    readonly reasons: readonly string[];
  } | null;
}

async function hasWeights(): Promise<boolean> {
  const { WEIGHTS_DIR } = await import('../../../../models/das/picker/weights-file.js');
  return existsSync(path.join(WEIGHTS_DIR, 'picker.json'));
}

/**
 * Picks a window with the trained picker (10 s and 50 Hz or more) or by the array energy ratio;
 * `best` is the picker where its weights are there. Errors of `pickFibreWindow`.
 */
export async function pickWindow(
  window: PickWindow,
  method: FibrePicks['method'] | 'best',
): Promise<FibrePicks> {
  if (method === 'sta-lta' || (method === 'best' && !(await hasWeights()))) {
    const { pickByStaLta } = await import('./pick-sta-lta.js');
    return pickByStaLta(window);
  }
  const { loadPicker, pickFibreWindow } =
    await import('../../../../models/das/picker/pick-fibre-window.js');
  const picker = await loadPicker();
  try {
    const { picks, events, outOfDistribution } = await pickFibreWindow({ ...window, picker });
    return { method: 'network', picks, events, outOfDistribution };
  } finally {
    picker.dispose();
  }
}
