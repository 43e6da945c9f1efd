/**
 * Connected components of an unwrapped interferogram, computed where the product has none: areas in which
 * neighbours differ by less than half a cycle. Between two of them the number of whole cycles is a guess of the
 * unwrapper.
 * @module
 */
import type { InsarScene } from '../../../core/waveform.js';

export interface Components {
  /** Number of each pixel's component from 1, the largest first; 0 without data. */
  readonly labels: Int32Array;
  /** Pixels of each component, in that order. */
  readonly sizes: Int32Array;
}

/**
 * Components of pixels with data and, where coherence is known, at least `minCoherence`; neighbours left,
 * right, above and below join when they differ by less than pi.
 */
export function connectedComponents(
  scene: Pick<InsarScene, 'rows' | 'columns' | 'losM' | 'coherence' | 'wavelengthM'>,
  minCoherence = 0,
): Components {
  const { columns, losM, coherence } = scene;
  const limit = scene.wavelengthM / 4;
  const labels = new Int32Array(losM.length);
  // Provisional labels, joined where two meet: far fewer than pixels.
  const parent = [0];
  const root = (label: number): number => {
    let at = label;
    while (parent[at] !== at) at = parent[at] as number;
    parent[label] = at;
    return at;
  };
  for (let i = 0; i < losM.length; i++) {
    const value = losM[i] as number;
    // A comparison with NaN is false: unknown coherence is let through.
    if (value !== value || (coherence[i] as number) < minCoherence) continue;
    let label = 0;
    if (i % columns > 0 && Math.abs(value - (losM[i - 1] as number)) < limit) {
      label = labels[i - 1] as number;
    }
    if (i >= columns && Math.abs(value - (losM[i - columns] as number)) < limit) {
      const above = labels[i - columns] as number;
      if (label === 0) label = above;
      else if (above !== 0 && above !== label) {
        const [a, b] = [root(label), root(above)];
        parent[Math.max(a, b)] = Math.min(a, b);
      }
    }
    if (label === 0) label = parent.push(parent.length) - 1;
    labels[i] = label;
  }
  const counts = new Int32Array(parent.length);
  const roots = Int32Array.from(parent, (_, label) => root(label));
  for (let i = 0; i < labels.length; i++) {
    const own = roots[labels[i] as number] as number;
    labels[i] = own;
    counts[own] = (counts[own] as number) + 1;
  }
  counts[0] = 0;
  const ordered = [...counts.keys()]
    .filter((label) => (counts[label] as number) > 0)
    .sort((a, b) => (counts[b] as number) - (counts[a] as number) || a - b);
  const numbers = new Int32Array(parent.length);
  ordered.forEach((label, k) => (numbers[label] = k + 1));
  for (let i = 0; i < labels.length; i++) labels[i] = numbers[labels[i] as number] as number;
  return { labels, sizes: Int32Array.from(ordered, (label) => counts[label] as number) };
}
