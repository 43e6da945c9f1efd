/**
 * In: interferograms of one stack. Out: the pixels of a part of the grid grouped by the set of pairs in which
 * they have data, so that each set is factored once.
 * @module
 */

/** Valid pairs of the pixels of a part, as bits, and groups of pixels with equal sets. */
export interface PatternPart {
  /** Pairs with data at each pixel of the part. */
  readonly counts: Uint16Array;
  /** By pattern: a text that names the set of pairs, and the pixels (numbers in the grid). */
  readonly groups: ReadonlyMap<string, readonly number[]>;
}

/** Groups pixels `start` to `end`; those for which `isWanted` is false of their count are in no group. */
export function groupPatterns(
  grids: readonly Float32Array[],
  start: number,
  end: number,
  isWanted: (pixel: number, count: number) => boolean,
): PatternPart {
  // Sixteen pairs a word: a word is then one character of the name.
  const words = Math.ceil(grids.length / 16);
  const bits = new Uint16Array((end - start) * words);
  const counts = new Uint16Array(end - start);
  grids.forEach((grid, k) => {
    const bit = 1 << (k & 15);
    let at = k >> 4;
    for (let pixel = start; pixel < end; pixel++, at += words) {
      const value = grid[pixel] as number;
      // Not a number is the only value that differs from itself.
      if (value !== value) continue;
      bits[at] = (bits[at] as number) | bit;
      counts[pixel - start] = (counts[pixel - start] as number) + 1;
    }
  });
  const groups = new Map<string, number[]>();
  let full: number[] | null = null;
  for (let pixel = start; pixel < end; pixel++) {
    const i = pixel - start;
    const count = counts[i] as number;
    if (!isWanted(pixel, count)) continue;
    if (count === grids.length && full) {
      full.push(pixel);
      continue;
    }
    const key = String.fromCharCode(...bits.subarray(i * words, (i + 1) * words));
    const group = groups.get(key);
    if (group) group.push(pixel);
    else {
      const made = [pixel];
      groups.set(key, made);
      if (count === grids.length) full = made;
    }
  }
  return { counts, groups };
}

/** Numbers of the pairs that a pattern names. */
export function pairsOfPattern(key: string, pairs: number): Int32Array {
  const used = new Int32Array(pairs);
  let count = 0;
  for (let k = 0; k < pairs; k++) {
    if ((key.charCodeAt(k >> 4) >> (k & 15)) & 1) used[count++] = k;
  }
  return used.subarray(0, count);
}
