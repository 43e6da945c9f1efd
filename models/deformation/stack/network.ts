/**
 * In: the dates of interferograms. Out: epochs, pairs as epoch numbers, closed loops of three, and the
 * parts into which a set of pairs divides the epochs.
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

/** Part of each epoch, numbered from 0 in order of time: epochs of one part are joined by pairs. */
export function connectedParts(
  epochCount: number,
  pairs: PairNetwork['pairs'],
): { readonly partOf: Int32Array; readonly count: number } {
  const parent = Int32Array.from({ length: epochCount }, (_, i) => i);
  const root = (i: number): number => {
    let at = i;
    while (parent[at] !== at) at = parent[at] as number;
    return at;
  };
  for (const [a, b] of pairs) parent[root(a)] = root(b);
  const numbers = new Map<number, number>();
  const partOf = Int32Array.from({ length: epochCount }, (_, i) => {
    const own = root(i);
    if (!numbers.has(own)) numbers.set(own, numbers.size);
    return numbers.get(own) as number;
  });
  return { partOf, count: numbers.size };
}
