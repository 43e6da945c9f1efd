/**
 * In: a log density, starting points and a seed. Out: samples of the density with a convergence
 * measure. Differential evolution Markov chains with an archive of past states, DE-MC(Z) (ter Braak
 * and Vrugt 2008, Stat. Comput. 18), with random subsets of coordinates as in DREAM: proposals take
 * scale and direction of trade-offs from the archive, so that nothing is tuned by hand.
 * @module
 */
import { createRandom } from '../../core/random.js';

export interface ChainsInput {
  /** -Infinity outside the prior. */
  readonly logDensity: (point: Float64Array) => number;
  /** First archive: at least three times as many points as coordinates, spread as the density. */
  readonly archive: readonly Float64Array[];
  /** One first state a chain. */
  readonly starts: readonly Float64Array[];
  /** Steps of each chain; the first half is discarded. */
  readonly steps: number;
  /** Samples returned, taken evenly from the second half of all chains. */
  readonly samples: number;
  readonly seed: number;
  /** Called every hundred steps with the fraction done; may throw to cancel. */
  readonly onProgress?: (fraction: number) => void;
}

export interface ChainsResult {
  /** [samples, coordinates]. */
  readonly samples: Float64Array;
  readonly logDensities: Float64Array;
  /** Share of proposals that were taken in the second half. */
  readonly acceptance: number;
  /** Potential scale reduction of each coordinate; near 1 when the chains agree. */
  readonly rHat: readonly number[];
}

/** Share of jumps with full step along the archive, which lead from one mode to another. */
const MODE_JUMPS = 0.1;
/** Steps of all chains between two additions to the archive. */
const ARCHIVE_EVERY = 10;

/** Runs the chains. Deterministic for a seed. */
export function sampleChains(input: ChainsInput): ChainsResult {
  const random = createRandom(input.seed);
  const { logDensity, steps } = input;
  const states: Float64Array[] = input.starts.map((s) => s.slice());
  const dimensions = states[0]?.length ?? 0;
  const densities = states.map(logDensity);
  const archive = input.archive.map((p) => p.slice());
  const burn = Math.floor(steps / 2);
  const history = states.map(() => [] as { point: Float64Array; density: number }[]);
  let taken = 0;
  for (let step = 0; step < steps; step++) {
    if (step % 100 === 0) input.onProgress?.(step / steps);
    states.forEach((state, chain) => {
      const proposal = propose(state, archive, random);
      const density = logDensity(proposal);
      const accepted = Math.log(1 - random.uniform()) < density - (densities[chain] as number);
      if (accepted) {
        states[chain] = proposal;
        densities[chain] = density;
      }
      if (step >= burn) {
        if (accepted) taken++;
        history[chain]?.push({
          point: states[chain] as Float64Array,
          density: densities[chain] as number,
        });
      }
    });
    if (step % ARCHIVE_EVERY === 0) archive.push(...states.map((s) => s.slice()));
  }
  const kept = steps - burn;
  const samples = new Float64Array(input.samples * dimensions);
  const logDensities = new Float64Array(input.samples);
  for (let k = 0; k < input.samples; k++) {
    const chain = history[k % states.length] as { point: Float64Array; density: number }[];
    const round = Math.floor(k / states.length);
    const rounds = Math.ceil(input.samples / states.length);
    const pick = chain[Math.min(kept - 1, Math.floor(((round + 0.5) * kept) / rounds))];
    samples.set(pick?.point as Float64Array, k * dimensions);
    logDensities[k] = pick?.density as number;
  }
  return {
    samples,
    logDensities,
    acceptance: taken / (kept * states.length),
    rHat: Array.from({ length: dimensions }, (_, d) =>
      scaleReduction(history.map((chain) => chain.map(({ point }) => point[d] as number))),
    ),
  };
}

function propose(
  state: Float64Array,
  archive: readonly Float64Array[],
  random: ReturnType<typeof createRandom>,
): Float64Array {
  const dimensions = state.length;
  const first = archive[random.integer(archive.length)] as Float64Array;
  const second = archive[random.integer(archive.length)] as Float64Array;
  const crossover = (1 + random.integer(3)) / 3;
  const changed = Array.from({ length: dimensions }, () => random.uniform() < crossover);
  if (!changed.includes(true)) changed[random.integer(dimensions)] = true;
  const count = changed.filter(Boolean).length;
  const jump = random.uniform() < MODE_JUMPS ? 1 : 2.38 / Math.sqrt(2 * count);
  const factor = jump * (0.9 + 0.2 * random.uniform());
  return state.map((value, d) => {
    if (!changed[d]) return value;
    const difference = (first[d] as number) - (second[d] as number);
    // The last term lets the chain reach points off the archive's lines.
    return value + factor * difference + 1e-6 * difference * random.normal();
  });
}

/** Gelman and Rubin (1992); 1 for a coordinate that never moves. */
function scaleReduction(chains: readonly (readonly number[])[]): number {
  const n = chains[0]?.length ?? 0;
  const means = chains.map((chain) => chain.reduce((sum, v) => sum + v, 0) / n);
  const mean = means.reduce((sum, v) => sum + v, 0) / means.length;
  const within =
    chains.reduce(
      (sum, chain, i) => sum + chain.reduce((s, v) => s + (v - (means[i] as number)) ** 2, 0),
      0,
    ) /
    (chains.length * (n - 1));
  const between = means.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (means.length - 1);
  return within > 0 ? Math.sqrt((n - 1) / n + between / within) : 1;
}
