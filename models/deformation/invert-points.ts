/**
 * In: line-of-sight points with noise and a source model. Out: best fits and samples of the
 * posterior of all parameters, with one noise scale a data set as a parameter: a covariance from the
 * far field knows nothing of what a simple source cannot explain.
 * @module
 */
import type { TaskContext } from '../../core/compute.js';
import { NoSolutionError } from '../../core/errors.js';
import { cutAngles } from './angle-cut.js';
import { misfits, predict, prepare, type DataSet, type Prepared } from './inverse-problem.js';
import { dot } from './linear-algebra.js';
import { multiStart, randomStarts, type Mode } from './optimise.js';
import { samplePosterior, type Peak } from './source-posterior.js';
import type { SignalArea } from './scene-noise.js';
import { sampledBounds, toNatural, toSampled, type SourceModel } from './source-models.js';

export interface PointInversionInput {
  readonly sets: readonly DataSet[];
  readonly model: SourceModel;
  readonly area: SignalArea;
  readonly seed: number;
  /** Posterior samples returned. */
  readonly samples: number;
  /** Further shapes to start from, natural units. */
  readonly startAt?: readonly (readonly number[])[];
  /** Random starts. Default 36. */
  readonly starts?: number;
  /** Moves of each particle at each temperature. Default 6. */
  readonly moves?: number;
}

export interface PointInversion {
  /** Local best fits, best first, by the misfit in units of the assumed noise. */
  readonly modes: readonly Mode[];
  /** Natural units: the sample of highest density. */
  readonly best: readonly number[];
  /** Names of the columns of `samples`: the model's parameters, then a noise scale a data set. */
  readonly columns: readonly string[];
  /** [samples, columns], natural units; angles unwrapped about the best value. */
  readonly samples: Float64Array;
  readonly acceptance: number;
  readonly rHat: readonly number[];
  /** Offset and slopes of each data set at the best values. */
  readonly nuisance: readonly (readonly number[])[];
  readonly degreesOfFreedom: number;
}

const LOG_SCALE_BOUNDS = [Math.log(0.02), Math.log(100)] as const;
/** Modes whose misfit is this close to the best are sampled too. */
const RIVAL = 1.15;

/** Best fits and posterior. Throws NoSolutionError when the data are fewer than the unknowns. */
export function invertPoints(input: PointInversionInput, context?: TaskContext): PointInversion {
  const { model, seed } = input;
  const full = input.sets.map(prepare);
  const degreesOfFreedom = full.reduce((sum, set) => sum + set.degreesOfFreedom, 0);
  if (degreesOfFreedom <= model.parameters.length) {
    throw new NoSolutionError({
      what: `the ${model.name} source`,
      reason: `${degreesOfFreedom} free values for ${model.parameters.length} parameters`,
      remedy: 'give a scene with more pixels that have data',
    });
  }
  const starts = [
    ...(input.startAt ?? []),
    ...randomStarts(model, input.area, input.starts ?? 36, seed),
  ];
  const count = starts.length;
  const modes = multiStart({
    model,
    coarse: full,
    full,
    starts,
    keep: 6,
    onStart: (i) => {
      context?.throwIfCancelled();
      context?.progress({ fraction: (0.3 * i) / count, note: `start ${i} of ${count}` });
    },
  });
  const bestMode = modes[0] as Mode;
  const rivals = modes.filter((mode) => mode.chi2 <= RIVAL * bestMode.chi2);
  const density = logDensityOf(model, full);
  const chains = samplePosterior({
    logDensity: density,
    peaks: rivals.map((mode) => peakOf(model, full, mode)),
    samples: input.samples,
    seed: seed ^ 0xc4a1,
    ...(input.moves ? { moves: input.moves } : {}),
    onProgress: (fraction) => {
      context?.throwIfCancelled();
      context?.progress({ fraction: 0.3 + 0.7 * fraction, note: 'sampling the posterior' });
    },
  });
  const top = chains.logDensities.reduce(
    (best, v, i) => (v > (chains.logDensities[best] as number) ? i : best),
    0,
  );
  const width = model.parameters.length + full.length;
  const samples = naturalSamples(model, chains.samples, width, top);
  const best = [...samples.subarray(top * width, top * width + model.parameters.length)];
  return {
    modes,
    best,
    columns: [
      ...model.parameters.map((spec) => spec.name),
      ...full.map((set) => `noiseScale:${set.set.name}`),
    ],
    samples,
    acceptance: chains.acceptance,
    rHat: chains.rHat,
    nuisance: full.map((set) => set.nuisanceOf(predict(model, set.set.points, best))),
    degreesOfFreedom,
  };
}

/** Points with independent noise beyond these are thinned for the first look. */
const FEW = 300;

/** A few hundred points of a set of many with independent noise, spread evenly; others as they are. */
export function thinned(set: DataSet): DataSet {
  const { noise, points } = set;
  const step = Math.ceil(set.losM.length / FEW);
  if (step === 1 || points.within || !('sdM' in noise)) return set;
  const some = (values: Float64Array): Float64Array => values.filter((_, i) => i % step === 0);
  return {
    ...set,
    losM: some(set.losM),
    noise: { sdM: some(noise.sdM) },
    points: {
      ...{ eastM: some(points.eastM), northM: some(points.northM) },
      ...{ lookEast: some(points.lookEast), lookNorth: some(points.lookNorth) },
      lookUp: some(points.lookUp),
    },
  };
}

/** Gaussian likelihood with free noise scale, uniform priors in the sampled coordinates. */
function logDensityOf(
  model: SourceModel,
  sets: readonly Prepared[],
): (point: Float64Array) => number {
  const specs = model.parameters;
  const bounds = specs.map(sampledBounds);
  return (point) => {
    for (let i = 0; i < specs.length; i++) {
      const [low, high] = bounds[i] as readonly [number, number];
      if (!((point[i] as number) >= low && (point[i] as number) <= high)) return -Infinity;
    }
    for (let k = specs.length; k < point.length; k++) {
      const scale = point[k] as number;
      if (!(scale >= LOG_SCALE_BOUNDS[0] && scale <= LOG_SCALE_BOUNDS[1])) return -Infinity;
    }
    let sum = 0;
    misfits(model, sets, toNatural(specs, point)).forEach((chi2, k) => {
      const logScale = point[specs.length + k] as number;
      sum -= (sets[k]?.degreesOfFreedom ?? 0) * logScale + chi2 / (2 * Math.exp(2 * logScale));
    });
    // Shapes outside the range of a formula have no misfit.
    return Number.isFinite(sum) ? sum : -Infinity;
  };
}

function centreOf(model: SourceModel, sets: readonly Prepared[], mode: Mode): Float64Array {
  const scales = misfits(model, sets, mode.values).map((chi2, k) =>
    Math.log(Math.sqrt(chi2 / (sets[k]?.degreesOfFreedom ?? 1))),
  );
  const clamped = scales.map((s) =>
    Math.min(LOG_SCALE_BOUNDS[1], Math.max(LOG_SCALE_BOUNDS[0], s)),
  );
  const point = toSampled(model.parameters, mode.values).map((v, i) => {
    const [low, high] = sampledBounds(model.parameters[i] as SourceModel['parameters'][number]);
    return Math.min(high, Math.max(low, v));
  });
  return Float64Array.from([...point, ...clamped]);
}

/** A mode with the curvature of the misfit there, noise scales included. */
function peakOf(model: SourceModel, sets: readonly Prepared[], mode: Mode): Peak {
  const specs = model.parameters;
  const n = specs.length;
  const centre = centreOf(model, sets, mode);
  const d = centre.length;
  const residuals = (point: ArrayLike<number>): Float64Array[] =>
    sets.map((set) => {
      const values = predict(model, set.set.points, toNatural(specs, point));
      set.project(values);
      return values;
    });
  const base = residuals(centre);
  const columns = specs.map((spec, i) => {
    const step = 1e-3 * spec.typical;
    const [, high] = sampledBounds(spec);
    const towards = (sign: number): Float64Array[] =>
      residuals([...centre.subarray(0, n)].map((v, k) => (k === i ? v + sign * step : v)));
    let sign = (centre[i] as number) + step > high ? -1 : 1;
    let moved = towards(sign);
    if (moved.some((values) => !values.every(Number.isFinite))) {
      // The edge of what the formula can do: look to the other side.
      sign = -sign;
      moved = towards(sign);
    }
    return moved.map((values, s) => {
      const scale = sign / step / Math.exp(centre[n + s] as number);
      return values.map((v, k) => (v - (base[s]?.[k] as number)) * scale);
    });
  });
  const precision = new Float64Array(d * d);
  columns.forEach((a, i) => {
    columns.forEach((b, j) => {
      // A weak prior of ten typical steps keeps unresolved directions finite.
      const prior = i === j ? 0.01 / (specs[i]?.typical ?? 1) ** 2 : 0;
      precision[i * d + j] = a.reduce((sum, v, s) => sum + dot(v, b[s] as Float64Array), prior);
    });
  });
  // The information of n squares about the logarithm of their scale is 2 n.
  sets.forEach((set, k) => (precision[(n + k) * (d + 1)] = 2 * set.degreesOfFreedom));
  return { centre, precision };
}

/**
 * Samples in natural units, each in the description nearest to that of `top`; angles about the one at `top`, which
 * lies in range (see cutAngles).
 */
function naturalSamples(
  model: SourceModel,
  sampled: Float64Array,
  width: number,
  top: number,
): Float64Array {
  const out = new Float64Array(sampled.length);
  const specs = model.parameters;
  const n = specs.length;
  const inRange = (value: number, i: number): number => {
    const { scale, min } = specs[i] as SourceModel['parameters'][number];
    return scale === 'angle' ? value - 360 * Math.floor((value - min) / 360) : value;
  };
  const raw = toNatural(specs, sampled.subarray(top * width, (top + 1) * width));
  const centre = Float64Array.from(raw, inRange);
  model.fold?.(centre, null);
  for (let row = 0; row < sampled.length / width; row++) {
    const point = sampled.subarray(row * width, (row + 1) * width);
    const values = Float64Array.from(toNatural(specs, point));
    model.fold?.(values, centre);
    out.set(values, row * width);
    for (let k = n; k < width; k++) out[row * width + k] = Math.exp(point[k] as number);
  }
  specs.forEach(({ scale, min }, i) => {
    if (scale !== 'angle') return;
    const column = Float64Array.from({ length: out.length / width }, (_, row) => {
      return out[row * width + i] as number;
    });
    cutAngles(column, centre[i] as number, min).forEach((value, row) => {
      out[row * width + i] = value;
    });
  });
  return out;
}
