/**
 * In: the dates of interferograms. Out: epochs, pairs as epoch numbers, closed loops of three, and
 * the matrix that turns increments between epochs into interferograms.
 * @module
 */

export interface PairNetwork {
  /** Sorted dates, `YYYY-MM-DD`. */
  readonly epochs: readonly string[];
  /** Years of 365.25 days since the first epoch. */
  readonly years: Float64Array;
  /** First and second epoch of each interferogram. */
  readonly pairs: readonly (readonly [number, number])[];
}

/** Three interferograms ab, bc, ac that close a loop, as numbers of pairs. */
export type Triplet = readonly [number, number, number];

/** Network of interferograms in the order given. */
export function pairNetwork(
  scenes: readonly { readonly firstDate: string; readonly secondDate: string }[],
): PairNetwork {
  const epochs = [...new Set(scenes.flatMap((s) => [s.firstDate, s.secondDate]))].sort();
  const days = epochs.map((date) => Date.parse(`${date}T00:00:00Z`) / 86_400_000);
  return {
    epochs,
    years: Float64Array.from(days, (day) => (day - (days[0] as number)) / 365.25),
    pairs: scenes.map((s) => [epochs.indexOf(s.firstDate), epochs.indexOf(s.secondDate)]),
  };
}

/** Every loop of three interferograms whose dates close. */
export function triplets(network: PairNetwork): Triplet[] {
  const at = new Map(network.pairs.map(([a, b], i) => [`${a}-${b}`, i]));
  const loops: Triplet[] = [];
  network.pairs.forEach(([a, b], ab) => {
    network.pairs.forEach(([from, c], bc) => {
      const ac = from === b ? at.get(`${a}-${c}`) : undefined;
      if (ac !== undefined) loops.push([ab, bc, ac]);
    });
  });
  return loops;
}

/** Number of groups of epochs that no interferogram joins; 1 for a connected network. */
export function componentCount(epochCount: number, pairs: PairNetwork['pairs']): number {
  const parent = Array.from({ length: epochCount }, (_, i) => i);
  const root = (i: number): number => {
    let at = i;
    while (parent[at] !== at) at = parent[at] as number;
    return at;
  };
  for (const [a, b] of pairs) parent[root(a)] = root(b);
  return new Set(parent.map((_, i) => root(i))).size;
}

/** [pairs, epochs - 1]: 1 where the interval between consecutive epochs lies inside the pair. */
export function incrementMatrix(epochCount: number, pairs: PairNetwork['pairs']): Float64Array {
  const intervals = epochCount - 1;
  const matrix = new Float64Array(pairs.length * intervals);
  pairs.forEach(([a, b], row) => matrix.fill(1, row * intervals + a, row * intervals + b));
  return matrix;
}
