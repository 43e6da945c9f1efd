/**
 * Evidence of what people report. In: report items or their binned form. Out: felt cells and the
 * counts of posts with their background; no text.
 * @module
 */
import type { PostCounts, ReportCell, ReportsEvidence } from '../../core/evidence.js';
import { isoToNs, type TimeWindow } from '../../core/time.js';
import type { ReportItem } from '../../core/waveform.js';
import {
  REPORT_FEATURES,
  UPTIME_CELL,
  binReports,
  type ReportTensor,
} from '../../tensors/report-bins.js';
import { findBurst } from './burst.js';

/** Evidence of items; give those of the hour before the window too, for the background. */
export function reportsEvidence(input: {
  readonly items: readonly ReportItem[];
  readonly window: TimeWindow;
}): ReportsEvidence {
  const { items, window } = input;
  return binnedReportsEvidence({ tensor: binReports({ tables: [items], window }), window });
}

/**
 * Evidence of binned reports. Felt cells of the window pass through with the mean intensity of their
 * answers. The
 * posts of all cells are counted together; bins before the window only serve the background, which
 * is that before the first burst (see `findBurst`). `posts` is null when there
 * are none and nothing says that any would have been heard.
 */
export function binnedReportsEvidence(input: {
  readonly tensor: ReportTensor;
  readonly window: TimeWindow;
}): ReportsEvidence {
  const { tensor, window } = input;
  const leadBins = Number((isoToNs(window.start) - tensor.startNs) / tensor.binNs);
  const cells = tensor.cells.flatMap((cell): ReportCell[] => {
    const total = (feature: (typeof REPORT_FEATURES)[number]): number =>
      sumOf(cell.counts, feature, leadBins);
    if (!cell.cellId.startsWith('felt:') || cell.latitude === null || cell.longitude === null) {
      return [];
    }
    const responses = total('responses');
    if (responses + total('felt') + total('notFelt') === 0) return [];
    return [
      {
        cellId: cell.cellId,
        latitude: cell.latitude,
        longitude: cell.longitude,
        radiusKm: cell.radiusKm ?? 0,
        intensity: responses > 0 ? total('intensitySum') / responses : null,
        felt: total('felt'),
        notFelt: total('notFelt'),
      },
    ];
  });
  const counts = postCounts(tensor);
  const binS = Number(tensor.binNs) / 1e9;
  const upS = uptimeOf(tensor);
  // Bins in which nobody listened say nothing: the others are looked at as if they followed each other.
  const heard = [...counts.keys()].filter(
    (bin) => upS === null || (upS[bin] as number) >= binS / 2,
  );
  const { burst, backgroundHz } = findBurst({
    counts: heard.map((bin) => counts[bin] as number),
    binS,
  });
  // Silence of feeds that are known to be up is evidence as well.
  const isHeard = upS?.slice(leadBins).some((seconds) => seconds > 0) ?? false;
  const posts: PostCounts | null =
    isHeard || counts.some((n) => n > 0)
      ? {
          startS: 0,
          binS,
          counts: [...counts.slice(leadBins)],
          backgroundHz,
          ...(upS === null ? {} : { upS: upS.slice(leadBins) }),
        }
      : null;
  const burstS = burst === null ? null : ((heard[burst.bin] as number) - leadBins) * binS;
  return {
    cells,
    posts,
    notes: [
      ...(cells.length > 0 ? [`${cells.length} felt cells`] : []),
      ...(posts && burst && burstS !== null
        ? [
            `burst of posts from ${burstS} s after the window's start, ` +
              `log-likelihood ratio ${burst.logLikelihoodRatio.toFixed(1)}`,
          ]
        : []),
      ...(posts ? [`background ${(backgroundHz * 3600).toFixed(2)} posts an hour`] : []),
    ],
  };
}

/** Seconds up in each timed bin; null when nothing is known of it. */
function uptimeOf(tensor: ReportTensor): number[] | null {
  const cell = tensor.cells.find(({ cellId }) => cellId === UPTIME_CELL);
  if (!cell) return null;
  const at = REPORT_FEATURES.indexOf('responses');
  return Array.from(
    { length: tensor.timedBins },
    (_, bin) => cell.counts[bin * REPORT_FEATURES.length + at] as number,
  );
}

/** Posts of all cells in each timed bin. Shape [timed bins]. */
function postCounts(tensor: ReportTensor): Float64Array {
  const counts = new Float64Array(tensor.timedBins);
  const at = REPORT_FEATURES.indexOf('posts');
  for (const cell of tensor.cells) {
    for (let bin = 0; bin < tensor.timedBins; bin++) {
      const own = cell.counts[bin * REPORT_FEATURES.length + at] as number;
      counts[bin] = (counts[bin] as number) + own;
    }
  }
  return counts;
}

/** Of the bins from `firstBin` on, and of reports without a time: earlier ones are another quake's. */
function sumOf(
  counts: Float32Array,
  feature: (typeof REPORT_FEATURES)[number],
  firstBin: number,
): number {
  const width = REPORT_FEATURES.length;
  let sum = 0;
  for (let i = firstBin * width + REPORT_FEATURES.indexOf(feature); i < counts.length; i += width) {
    sum += counts[i] as number;
  }
  return sum;
}
