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

/** First and second epoch of each pair one after the other: what inner loops run over. */
export function flatPairs(pairs: PairNetwork['pairs']): Int32Array {
  return Int32Array.from(pairs.flat());
}

/**
 * Part of each epoch, numbered from 0 in order of time: epochs of one part are joined by pairs. `pairs`: first and
 * second epoch one after the other.
 */
export function connectedParts(
  epochCount: number,
  pairs: Int32Array,
): { readonly partOf: Int32Array; readonly count: number } {
  const parent = new Int32Array(epochCount);
  for (let i = 0; i < epochCount; i++) parent[i] = i;
  for (let p = 0; p < pairs.length; p += 2) {
    let a = pairs[p] as number;
    let b = pairs[p + 1] as number;
    while (parent[a] !== a) a = parent[a] = parent[parent[a] as number] as number;
    while (parent[b] !== b) b = parent[b] = parent[parent[b] as number] as number;
    // The earlier epoch leads, so that every parent comes before its children.
    if (a < b) parent[b] = a;
    else parent[a] = b;
  }
  const partOf = new Int32Array(epochCount);
  let count = 0;
  for (let i = 0; i < epochCount; i++) {
    const above = parent[i] as number;
    partOf[i] = above === i ? count++ : (partOf[above] as number);
  }
  return { partOf, count };
}
