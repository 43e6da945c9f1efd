/**
 * In: scenes, their noise and a source model. Out: first fits, and the quadtree points with the covariance of
 * their noise, of what the model leaves over inside blocks, and of how wrong its predictions are.
 * @module
 */
import type { TaskContext } from '../../core/compute.js';
import type { InsarScene } from '../../core/waveform.js';
import { varianceWithin } from './block-means.js';
import { predict, prepare, type DataSet, type Prepared } from './inverse-problem.js';
import type { LosPoints } from './line-of-sight.js';
import { chooseNoise, noiseFactor, partsOf, type ChosenNoise } from './noise-covariance.js';
import { multiStart, type Mode } from './optimise.js';
import { predictionError } from './prediction-error.js';
import { quadtree } from './quadtree.js';
import { toLocal, type LocalFrame } from './local-frame.js';
import { type SampledScene } from './scene-points.js';
import { residualGrids } from './scene-fit.js';
import type { NoiseModel, SignalArea } from './scene-noise.js';
import { sampledBounds, type SourceModel } from './source-models.js';

export interface Observed {
  readonly scenes: readonly InsarScene[];
  readonly frame: LocalFrame;
  readonly model: SourceModel;
  readonly noise: readonly NoiseModel[];
  readonly signal: SignalArea;
  readonly nuisance: 'offset' | 'ramp';
}

/** Smallest blocks relative to the radius of the moving area. */
const DETAIL = 18;
/** Points of a scene in the first look. */
const FEW = 160;

/** Side of the cells over which a fit is judged, relative to the radius of the moving area. */
const CELLS = 15;

function sideOf(scene: InsarScene, frame: LocalFrame, sideM: number): number {
  return Math.max(2, Math.round(sideM / Math.abs(scene.transform[1] * frame.metresPerX)));
}

function sample(observed: Observed, maxPoints: number): SampledScene[] {
  return observed.scenes.map((scene, i) => {
    const { sillM2, nuggetM2 } = observed.noise[i] as NoiseModel;
    return quadtree(scene, observed.frame, {
      maxPoints,
      // Finer detail says nothing about a single source.
      minSide: sideOf(scene, observed.frame, observed.signal.radiusM / DETAIL),
      stdM: Math.sqrt(sillM2 + nuggetM2),
    });
  });
}

/** A few points of each scene with independent noise. */
export function firstLookSets(input: Observed): Prepared[] {
  return sample(input, FEW).map(({ within: _within, ...points }, i) =>
    prepare(roughSet(input, points, i)),
  );
}

/** Best fits of those points: cheap, and enough to find the valleys. */
export function firstLook(
  input: {
    readonly model: SourceModel;
    readonly sets: readonly Prepared[];
    readonly starts: readonly (readonly number[])[];
  },
  context?: TaskContext,
): Mode[] {
  const { model, sets, starts } = input;
  return multiStart({
    ...{ model, starts, coarse: sets, full: sets, keep: 5 },
    onStart: (i) => {
      context?.throwIfCancelled();
      const count = starts.length;
      context?.progress({ fraction: (0.2 * i) / count, note: `start ${i} of ${count}` });
    },
  });
}

function roughSet(observed: Observed, points: SampledScene, i: number): DataSet {
  const { sillM2, nuggetM2 } = observed.noise[i] as NoiseModel;
  return {
    name: observed.scenes[i]?.sceneId ?? '',
    points,
    losM: points.losM,
    nuisance: observed.nuisance,
    noise: { sdM: new Float64Array(points.losM.length).fill(Math.sqrt(sillM2 + nuggetM2) || 1e-3) },
  };
}

/** Points with full covariance; `rough` is a first fit, `grids` all pixels of each scene. */
export function dataSets(
  input: Observed & {
    readonly grids: readonly LosPoints[];
    readonly rough: Mode;
    readonly maxPoints: number;
  },
): {
  readonly sets: DataSet[];
  /** The same points with the noise of the data alone. */
  readonly plainSets: DataSet[];
  /** Sides of the cells over which a fit is judged, pixels. */
  readonly cellSides: readonly number[];
  /** What the covariance of each scene was made of. */
  readonly choices: readonly ChosenNoise[];
} {
  const { model, rough, signal, frame } = input;
  const cellSides = input.scenes.map((scene) => sideOf(scene, frame, signal.radiusM / CELLS));
  const choices: ChosenNoise[] = [];
  const sets = sample(input, input.maxPoints).map((points, i): DataSet => {
    const scene = input.scenes[i] as InsarScene;
    const noise = input.noise[i] as NoiseModel;
    const set = roughSet(input, points, i);
    const predicted = predict(model, points, rough.values);
    const nuisance = prepare(set).nuisanceOf(predicted);
    const [offset = 0, slopeEast = 0, slopeNorth = 0] = nuisance;
    const residualM = points.losM.map(
      (v, k) =>
        v -
        (predicted[k] as number) -
        offset -
        slopeEast * (points.eastM[k] as number) -
        slopeNorth * (points.northM[k] as number),
    );
    const grid = residualGrids({
      scene,
      frame,
      predicted: predict(model, input.grids[i] as LosPoints, rough.values),
      nuisance,
      cellSide: cellSides[i] as number,
    });
    const spread = varianceWithin(points.blocks, scene.columns, grid.residualM);
    // Scatter inside blocks beyond that of the noise itself: what the source is too simple for.
    const varianceM2 = spread.map((v, k) => {
      const side = Math.sqrt((points.sizeEastM[k] as number) * (points.sizeNorthM[k] as number));
      // 0.52 is the mean distance of two points in a unit square.
      const ofNoise = noise.nuggetM2 + noise.sillM2 * (1 - Math.exp((-0.52 * side) / noise.rangeM));
      return Math.max(0, v - 1.5 * ofNoise);
    });
    const own = { ...points, varianceM2 };
    const error = predictionError({ points: own, residualM, noise, area: signal });
    const chosen = chooseNoise({
      parts: partsOf(own, noise, error),
      residualM,
      nuisance: [
        new Float64Array(points.losM.length).fill(1),
        points.eastM.map((v) => v / 1e4),
        points.northM.map((v) => v / 1e4),
      ].slice(0, input.nuisance === 'ramp' ? 3 : 1),
      spreadM2: varianceM2,
      slopeM2: varianceWithin(points.blocks, scene.columns, grid.predictedM),
    });
    choices.push(chosen);
    return { ...set, points: own, noise: { factor: chosen.factor } };
  });
  const plainSets = sets.map((set, i): DataSet => {
    const points = set.points as SampledScene;
    const exact = { ...points, varianceM2: new Float64Array(points.losM.length) };
    return { ...set, noise: { factor: noiseFactor(exact, input.noise[i] as NoiseModel) } };
  });
  return { sets, plainSets, cellSides, choices };
}

/** Shapes at a place that is known from elsewhere, such as a fused origin: one, or one for each quadrant of strike. */
export function startShapes(
  model: SourceModel,
  frame: LocalFrame,
  area: SignalArea,
  at: { readonly x: number; readonly y: number; readonly depthM: number },
): number[][] {
  const size = Math.max(1000, area.radiusM / 2);
  const known: Readonly<Record<string, number>> = {
    ...toLocal(frame, at.x, at.y),
    depthM: at.depthM,
    topDepthM: Math.max(0, at.depthM - size / 3),
    dipDeg: 45,
    lengthM: 2 * size,
    widthM: size,
  };
  const strikes = model.parameters.some((spec) => spec.name === 'strikeDeg')
    ? [0, 90, 180, 270]
    : [0];
  return strikes.map((strikeDeg) =>
    model.parameters.slice(0, model.shapeCount).map((spec) => {
      const [low, high] = sampledBounds({ ...spec, scale: 'linear' });
      const middle = spec.scale === 'log' ? Math.sqrt(low * high) : (low + high) / 2;
      const value = spec.name === 'strikeDeg' ? strikeDeg : (known[spec.name] ?? middle);
      return spec.scale === 'angle' ? value : Math.min(high, Math.max(low, value));
    }),
  );
}
