/**
 * Evidence of phones that only trigger. In: signals on cells. Out: a CrowdEvidence: what each cell's
 * phones said and kept silent about, with its rate of false triggers.
 * @module
 */
import type { CrowdBin, CrowdCell, CrowdEvidence } from '../../../core/evidence.js';
import { isoToNs, secondsSince, type TimeWindow } from '../../../core/time.js';
import {
  SIGNAL_FEATURES,
  type SignalCell,
  type SignalTensor,
} from '../../../tensors/signal-cells.js';
import { PRIOR_PHONES, PRIOR_RATE_HZ } from './crowd-state.js';

/** Evidence of a window. False rates are those of the hours before, towards that of MyShake's phones. */
export function crowdEvidence(input: {
  readonly signals: SignalTensor;
  readonly window: TimeWindow;
}): CrowdEvidence {
  const { signals, window } = input;
  const offsetS = secondsSince(signals.startNs, isoToNs(window.start));
  const binS = Number(signals.binNs) / 1e9;
  const uptime = signals.uptime.map(({ startS, endS }) => ({
    startS: offsetS + startS,
    endS: offsetS + endS,
  }));
  const cells = signals.cells.map((cell): CrowdCell => ({
    cellId: cell.cellId,
    latitude: cell.latitude,
    longitude: cell.longitude,
    scatterKm: cell.scatterKm,
    active: cell.active,
    uptime,
    falseRateHz:
      (cell.triggersBefore + PRIOR_RATE_HZ * PRIOR_PHONES * signals.leadS) /
      ((cell.active + PRIOR_PHONES) * signals.leadS),
    bins: binsOf(cell, { binS, offsetS, count: signals.bins }),
  }));
  return { binS, cells, notes: notesOf(signals) };
}

function binsOf(
  cell: SignalCell,
  axis: { readonly binS: number; readonly offsetS: number; readonly count: number },
): CrowdBin[] {
  const width = SIGNAL_FEATURES.length;
  const bins: CrowdBin[] = [];
  for (let k = 0; k < axis.count; k++) {
    const at = (feature: (typeof SIGNAL_FEATURES)[number]): number =>
      cell.values[k * width + SIGNAL_FEATURES.indexOf(feature)] as number;
    const count = at('triggers');
    if (count === 0) continue;
    bins.push({
      timeS: axis.offsetS + (k + 0.5) * axis.binS,
      count,
      clockSigmaS: Math.sqrt(at('clockVariance') / count),
      logOdds: at('scored') > 0 ? at('logOdds') / at('scored') : null,
      log10PeakGal: at('peaks') > 0 ? at('log10Peak') / at('peaks') : null,
    });
  }
  return bins;
}

function notesOf({ cells, left, uptime }: SignalTensor): string[] {
  const phones = cells.reduce((sum, cell) => sum + cell.active, 0);
  const lines = [`${phones} phones that only trigger, in ${cells.length} cells`];
  if (uptime.length !== 1) lines.push(`signals came in ${uptime.length} stretches of the window`);
  if (left.clock > 0) lines.push(`${left.clock} signals of unbelievable clocks left out`);
  if (left.unplaced > 0) lines.push(`${left.unplaced} phones without a place left out`);
  if (left.unproven > 0) lines.push(`${left.unproven} phones first heard of by a trigger left out`);
  if (left.recorded > 0) lines.push(`${left.recorded} phones speak by their records`);
  return lines;
}
