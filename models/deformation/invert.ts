/**
 * In: one or more interferograms of one event. Out: the source behind them with the posterior of its
 * parameters, magnitude, quality of fit, and predicted and residual grids.
 * @module
 */
import type { TaskContext } from '../../core/compute.js';
import { InvalidInputError } from '../../core/errors.js';
import type { InsarScene } from '../../core/waveform.js';
import { inversionNotes } from './inversion-notes.js';
import { invertPoints, type PointInversion } from './invert-points.js';
import { predict, prepare, type DataSet } from './inverse-problem.js';
import { noiseFactor } from './noise-covariance.js';
import { multiStart, randomStarts, type Mode } from './optimise.js';
import { predictionError, type PredictionError } from './prediction-error.js';
import { localFrame, quadtree, type LocalFrame, type SampledScene } from './quadtree.js';
import { analyseScene, type NoiseModel, type SignalArea } from './scene-noise.js';
import { gridPoints, residualGrids, type SceneFit } from './scene-fit.js';
import { sourceModel, type Bounds, type SourceModel } from './source-models.js';
import { magnitudeOf, marginal, type Marginal } from './source-summary.js';

export interface InvertInput {
  /** All of one event; their grids may differ. */
  readonly scenes: readonly InsarScene[];
  readonly model: 'okada' | 'mogi';
  readonly seed: number;
  /** Bounds of parameters, natural units, east and north from the centre of the first scene. */
  readonly bounds?: Bounds;
  /** Posterior samples returned. Default 1000. */
  readonly samples?: number;
  /** Where to start besides the automatic places, for example a fused origin; CRS coordinates. */
  readonly startAt?: { readonly x: number; readonly y: number; readonly depthM: number };
  /** Quadtree points of each scene. Default 500. */
  readonly maxPoints?: number;
  /** Solve for an offset alone or an offset and a ramp. Default `ramp`. */
  readonly nuisance?: 'offset' | 'ramp';
  /** Shear modulus for moment and magnitude, Pa. Default 32e9. */
  readonly rigidityPa?: number;
  /** Steps of each chain. Default 4000. */
  readonly steps?: number;
}

export interface InvertResult {
  readonly model: 'okada' | 'mogi';
  /** Local metres are relative to this point. */
  readonly origin: { readonly x: number; readonly y: number; readonly crs: string };
  readonly frame: LocalFrame;
  /** Best position in units of the CRS. */
  readonly location: { readonly x: number; readonly y: number };
  /** Sample of highest density, natural units, by parameter name. */
  readonly best: Readonly<Record<string, number>>;
  /** Also of derived parameters: centroidDepthM, momentNm, mw. */
  readonly marginals: Readonly<Record<string, Marginal>>;
  /** Null for sources without shear. */
  readonly mw: Marginal | null;
  readonly rigidityPa: number;
  /** Over all pixels of all scenes, offset and ramp removed. */
  readonly varianceReduction: number;
  readonly residualRmsM: number;
  readonly scenes: readonly SceneFit[];
  readonly noise: readonly NoiseModel[];
  readonly signal: SignalArea;
  readonly points: readonly number[];
  /** Names of the columns of `samples`. */
  readonly columns: readonly string[];
  /** [samples, columns]. */
  readonly samples: Float64Array;
  readonly acceptance: number;
  readonly rHat: readonly number[];
  readonly modes: PointInversion['modes'];
  readonly seed: number;
  readonly notes: readonly string[];
}

/** Smallest blocks relative to the radius of the moving area. */
const DETAIL = 18;

/**
 * Source of the deformation. Throws InvalidInputError without scenes or with mixed CRS,
 * NoSolutionError when too few pixels have data.
 */
export function invertSource(input: InvertInput, context?: TaskContext): InvertResult {
  const { scenes, seed } = input;
  const first = scenes[0];
  if (!first || scenes.some((scene) => scene.crs !== first.crs)) {
    throw new InvalidInputError({
      what: 'scenes of the inversion',
      reason: first ? 'they have different CRS' : 'there are none',
      remedy: 'give scenes of one event in one CRS',
    });
  }
  const frame = localFrame(first);
  const rigidityPa = input.rigidityPa ?? 32e9;
  const nuisance = input.nuisance ?? 'ramp';
  const analysed = scenes.map((scene, i) => analyseScene({ scene, frame, seed: seed + i }));
  const signal = strongest(analysed.map((a) => a.signal));
  const model = sourceModel(input.model, signal, input.bounds);
  const sample = (maxPoints: number): SampledScene[] =>
    scenes.map((scene, i) => {
      context?.throwIfCancelled();
      const { sillM2, nuggetM2 } = analysed[i]?.noise as NoiseModel;
      // Detail much smaller than the moving area says nothing about a single source.
      const pixelM = Math.abs(scene.transform[1] * frame.metresPerX);
      const minSide = Math.max(2, Math.round(signal.radiusM / DETAIL / pixelM));
      return quadtree(scene, frame, { maxPoints, minSide, stdM: Math.sqrt(sillM2 + nuggetM2) });
    });
  const noise = analysed.map((a) => a.noise);
  const starts = [
    ...(input.startAt ? [startShape(model, frame, signal, input.startAt)] : []),
    ...randomStarts(model, signal, 36, seed),
  ];
  const rough = firstLook({ scenes, model, starts, noise, points: sample(160), nuisance }, context);
  const points = sample(input.maxPoints ?? 500);
  const sets = points.map((own, i): DataSet => {
    const set = roughSet(own, noise[i] as NoiseModel, nuisance, scenes[i]?.sceneId ?? '');
    const error = errorOf(model, set, own, rough[0] as Mode, noise[i] as NoiseModel, signal);
    return { ...set, noise: { factor: noiseFactor(own, noise[i] as NoiseModel, error) } };
  });
  const result = invertPoints(
    {
      sets,
      model,
      area: signal,
      seed,
      samples: input.samples ?? 1000,
      starts: 0,
      startAt: rough.map((mode) => mode.values),
      ...(input.steps ? { steps: input.steps } : {}),
    },
    context,
  );
  const fits = scenes.map((scene, i) =>
    residualGrids({
      scene,
      frame,
      predicted: predict(model, gridPoints(scene, frame), result.best),
      nuisance: result.nuisance[i] as readonly number[],
    }),
  );
  const sum = (pick: (fit: SceneFit) => number): number =>
    fits.reduce((total, fit) => total + pick(fit), 0);
  const residualSquares = sum((fit) => fit.residualSquares);
  const magnitude = input.model === 'okada' ? magnitudeOf(result, rigidityPa) : null;
  const columns = [...result.columns, ...(magnitude?.columns ?? [])];
  const samples = magnitude ? magnitude.samples : result.samples;
  const marginals = Object.fromEntries(
    columns.map((name, k) => [name, marginal(samples, columns.length, k)]),
  );
  return {
    model: input.model,
    origin: { x: frame.originX, y: frame.originY, crs: first.crs },
    frame,
    location: {
      x: frame.originX + (result.best[0] as number) / frame.metresPerX,
      y: frame.originY + (result.best[1] as number) / frame.metresPerY,
    },
    best: Object.fromEntries(
      model.parameters.map((spec, i) => [spec.name, result.best[i] as number]),
    ),
    marginals,
    mw: marginals['mw'] ?? null,
    rigidityPa,
    varianceReduction: 1 - residualSquares / sum((fit) => fit.dataSquares),
    residualRmsM: Math.sqrt(residualSquares / sum((fit) => fit.pixels)),
    scenes: fits,
    noise,
    signal,
    points: sets.map((set) => set.losM.length),
    columns,
    samples,
    acceptance: result.acceptance,
    rHat: result.rHat,
    modes: result.modes,
    seed,
    notes: inversionNotes({
      model: input.model,
      sceneCount: scenes.length,
      result,
      signal,
      rigidityPa,
    }),
  };
}

/** Best fits of a few points with independent noise: cheap, and enough to find the valleys. */
function firstLook(
  input: {
    readonly scenes: readonly InsarScene[];
    readonly model: SourceModel;
    readonly starts: readonly (readonly number[])[];
    readonly noise: readonly NoiseModel[];
    readonly points: readonly SampledScene[];
    readonly nuisance: 'offset' | 'ramp';
  },
  context?: TaskContext,
): Mode[] {
  const sets = input.points.map((points, i) =>
    prepare(
      roughSet(
        points,
        input.noise[i] as NoiseModel,
        input.nuisance,
        input.scenes[i]?.sceneId ?? '',
      ),
    ),
  );
  return multiStart({
    model: input.model,
    coarse: sets,
    full: sets,
    starts: input.starts,
    keep: 5,
    onStart: (i) => {
      context?.throwIfCancelled();
      const count = input.starts.length;
      context?.progress({ fraction: (0.2 * i) / count, note: `start ${i} of ${count}` });
    },
  });
}

function roughSet(
  points: SampledScene,
  noise: NoiseModel,
  nuisance: 'offset' | 'ramp',
  name: string,
): DataSet {
  const sd = Math.sqrt(noise.sillM2 + noise.nuggetM2) || 1e-3;
  return {
    name,
    points,
    losM: points.losM,
    nuisance,
    noise: { sdM: new Float64Array(points.losM.length).fill(sd) },
  };
}

function errorOf(
  model: SourceModel,
  set: DataSet,
  points: SampledScene,
  mode: Mode,
  noise: NoiseModel,
  area: SignalArea,
): PredictionError {
  const predictedM = predict(model, points, mode.values);
  const [offset = 0, slopeEast = 0, slopeNorth = 0] = prepare(set).nuisanceOf(predictedM);
  const residualM = points.losM.map(
    (v, i) =>
      v -
      (predictedM[i] as number) -
      offset -
      slopeEast * (points.eastM[i] as number) -
      slopeNorth * (points.northM[i] as number),
  );
  return predictionError({ points, residualM, noise, area });
}

function strongest(areas: readonly SignalArea[]): SignalArea {
  return areas.reduce((a, b) =>
    Math.abs(b.peakM) / (b.backgroundM || 1e-9) > Math.abs(a.peakM) / (a.backgroundM || 1e-9)
      ? b
      : a,
  );
}

function startShape(
  model: SourceModel,
  frame: LocalFrame,
  area: SignalArea,
  at: { readonly x: number; readonly y: number; readonly depthM: number },
): number[] {
  const place = [
    (at.x - frame.originX) * frame.metresPerX,
    (at.y - frame.originY) * frame.metresPerY,
  ];
  if (model.name === 'mogi') return [...place, at.depthM];
  const width = Math.max(1000, area.radiusM / 2);
  return [...place, Math.max(0, at.depthM - width / 3), 0, 45, Math.max(1000, area.radiusM), width];
}
