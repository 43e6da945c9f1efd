/**
 * Names of the phases of a fibre's onsets. In: onsets in time order. Out: P, S or unknown for each.
 * @module
 */
import type { SegmentOnset } from './segment-picks.js';

/** An S wave follows its P within this, s (about 800 km); later onsets are another quake's. */
const LONGEST_S_MINUS_P_S = 100;
/** S is louder than P by at least this, and not of shorter period than this share of P's. */
const LOUDER = 1.5;
const PERIOD_SHARE = 0.8;

/**
 * The first onset of an episode is P if a later one within 100 s is at least 1.5 times louder
 * without a shorter period: the loudest such is S. What has no such partner stays unknown.
 */
export function namePhases(onsets: readonly SegmentOnset[]): ('P' | 'S' | 'unknown')[] {
  const names = onsets.map((): 'P' | 'S' | 'unknown' => 'unknown');
  for (let first = 0; first < onsets.length;) {
    const p = onsets[first] as SegmentOnset;
    let end = first + 1;
    let s = -1;
    for (; end < onsets.length; end++) {
      const candidate = onsets[end] as SegmentOnset;
      if (candidate.timeS - p.timeS > LONGEST_S_MINUS_P_S) break;
      const isS =
        candidate.loudness >= LOUDER * p.loudness && candidate.periodS >= PERIOD_SHARE * p.periodS;
      if (isS && candidate.loudness > (onsets[s]?.loudness ?? 0)) s = end;
    }
    if (s >= 0) {
      names[first] = 'P';
      names[s] = 'S';
    }
    first = end;
  }
  return names;
}
