/**
 * Whether intervals of place and magnitude hold the truth. In: declared quakes with the truth. Out: counts
 * against the 99 % binomial interval (Bonferroni over the four).
 * @module
 */
import { estimateOf } from '../../../apps/cli/commands/phones/replay-estimate.js';
import { distanceKm } from '../../../core/geo.js';
import type { DetectedQuake } from '../../../models/detection/detect.js';
import type { EventState } from '../../../models/detection/event-prior.js';
import { binomialInterval } from '../../statistics.js';

const NAMES = ['place50', 'place90', 'magnitude50', 'magnitude90'] as const;
const ALPHA = 0.01 / NAMES.length;

/** Counts quakes one by one. */
export function coverage() {
  const inside = { place50: 0, place90: 0, magnitude50: 0, magnitude90: 0 };
  const errors: number[] = [];
  return {
    inside,
    /** Place: radius about the reported place; magnitude: central intervals. */
    add: (quake: DetectedQuake, truth: EventState): void => {
      const place = estimateOf(quake);
      const { latitude, longitude, magnitude } = quake.samples;
      const error = distanceKm(place, truth);
      errors.push(error);
      const nearer = latitude.filter(
        (lat, i) => distanceKm(place, { latitude: lat, longitude: longitude[i] as number }) < error,
      );
      const rank = magnitude.filter((m) => m < truth.magnitude).length / magnitude.length;
      if (nearer.length / latitude.length <= 0.5) inside.place50++;
      if (nearer.length / latitude.length <= 0.9) inside.place90++;
      if (rank >= 0.25 && rank <= 0.75) inside.magnitude50++;
      if (rank >= 0.05 && rank <= 0.95) inside.magnitude90++;
    },
    result: () => {
      const declared = errors.length;
      const row = (name: (typeof NAMES)[number]) => {
        const wanted = name.endsWith('50') ? 0.5 : 0.9;
        const [low, high] = binomialInterval({ n: declared, p: wanted, tail: ALPHA / 2 });
        const count = inside[name];
        return { inside: count, wanted, low, high, passed: count >= low && count <= high };
      };
      const sorted = [...errors].sort((a, b) => a - b);
      return {
        declared,
        interval: `${100 * (1 - ALPHA)} % binomial (99 %, Bonferroni over ${NAMES.length})`,
        place50: row('place50'),
        place90: row('place90'),
        magnitude50: row('magnitude50'),
        magnitude90: row('magnitude90'),
        medianErrorKm: sorted[sorted.length >> 1] ?? null,
      };
    },
  };
}
