/**
 * Several runs of the sampler as one posterior. In: posteriors of one target from different seeds.
 * Out: equally weighted draws of all of them, each run with the weight of its evidence.
 * @module
 */
import type { Random } from '../../core/random.js';
import { logSumExp } from '../numerics/special.js';
import { normalizedWeights, systematicResample } from '../numerics/weighted.js';
import type { EventPosterior } from './event-posterior.js';

/**
 * Pools runs of one target: their evidence estimates are unbiased, so the mean of them is the
 * evidence, and a run that found more of it weighs more (Del Moral, Doucet & Jasra 2006). `count`
 * draws are taken from all. A single run is given back as it is.
 */
export function poolPosteriors(
  runs: readonly [EventPosterior, ...EventPosterior[]],
  count: number,
  random: Random,
): EventPosterior {
  const [first] = runs;
  if (runs.length === 1) return first;
  const all = runs.flatMap((run, r) => Array.from(run.samples.logWeight, (_, i) => ({ r, i })));
  const weights = normalizedWeights(
    all.map(({ r, i }) => {
      const run = runs[r] as EventPosterior;
      return run.logEvidence + (run.samples.logWeight[i] as number);
    }),
  );
  const picks = Array.from(systematicResample(weights, count, random), (k) => all[k] as Pick);
  const column = (name: 'latitude' | 'longitude' | 'depthKm' | 'timeS' | 'magnitude') =>
    Float64Array.from(picks, ({ r, i }) => (runs[r] as EventPosterior).samples[name][i] as number);
  const width = first.terms.length / first.samples.latitude.length;
  const terms = new Float64Array(count * width);
  picks.forEach(({ r, i }, k) => {
    const from = (runs[r] as EventPosterior).terms;
    terms.set(from.subarray(i * width, (i + 1) * width), k * width);
  });
  return {
    ...first,
    samples: {
      latitude: column('latitude'),
      longitude: column('longitude'),
      depthKm: column('depthKm'),
      timeS: column('timeS'),
      magnitude: column('magnitude'),
      logWeight: new Float64Array(count).fill(-Math.log(count)),
    },
    terms,
    logEvidence: logSumExp(runs.map((run) => run.logEvidence)) - Math.log(runs.length),
  };
}

/** A draw: its run and its number there. */
interface Pick {
  readonly r: number;
  readonly i: number;
}
