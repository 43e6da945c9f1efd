/**
 * In: one or more interferograms of one event. Out: the source behind them with the posterior of its
 * parameters, magnitude, quality of fit, and predicted and residual grids.
 * @module
 */
import type { TaskContext } from '../../core/compute.js';
import { InvalidInputError } from '../../core/errors.js';
import type { InsarScene } from '../../core/waveform.js';
import { invertPoints, type PointInversion } from './invert-points.js';
import { predict, type DataSet } from './inverse-problem.js';
import { localFrame, quadtree, type LocalFrame } from './quadtree.js';
import { analyseScene, noiseFactor, type NoiseModel, type SignalArea } from './scene-noise.js';
import { gridPoints, residualGrids, type SceneFit } from './scene-fit.js';
import { sourceModel, type Bounds, type SourceModel } from './source-models.js';
import { auxiliaryPlane, magnitudeOf, marginal, type Marginal } from './source-summary.js';

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
  const makeSets = (maxPoints: number, full: boolean): DataSet[] =>
    scenes.map((scene, i) => {
      context?.throwIfCancelled();
      const noise = analysed[i]?.noise as NoiseModel;
      const stdM = Math.sqrt(noise.sillM2 + noise.nuggetM2);
      const points = quadtree(scene, frame, { maxPoints, stdM });
      return {
        name: scene.sceneId,
        points,
        losM: points.losM,
        nuisance,
        noise: full
          ? { factor: noiseFactor(points, noise) }
          : { sdM: new Float64Array(points.losM.length).fill(stdM || 1e-3) },
      };
    });
  const sets = makeSets(input.maxPoints ?? 500, true);
  const result = invertPoints(
    {
      sets,
      coarseSets: makeSets(160, false),
      model,
      area: signal,
      seed,
      samples: input.samples ?? 1000,
      ...(input.steps ? { steps: input.steps } : {}),
      ...(input.startAt ? { startAt: [startShape(model, frame, signal, input.startAt)] } : {}),
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
    best: Object.fromEntries(
      model.parameters.map((spec, i) => [spec.name, result.best[i] as number]),
    ),
    marginals,
    mw: marginals['mw'] ?? null,
    rigidityPa,
    varianceReduction: 1 - residualSquares / sum((fit) => fit.dataSquares),
    residualRmsM: Math.sqrt(residualSquares / sum((fit) => fit.pixels)),
    scenes: fits,
    noise: analysed.map((a) => a.noise),
    signal,
    points: sets.map((set) => set.losM.length),
    columns,
    samples,
    acceptance: result.acceptance,
    rHat: result.rHat,
    modes: result.modes,
    seed,
    notes: notesOf(input, result, signal, rigidityPa),
  };
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

function notesOf(
  input: InvertInput,
  result: PointInversion,
  signal: SignalArea,
  rigidityPa: number,
): string[] {
  const notes: string[] = [];
  const standsOut = Math.abs(signal.peakM) / (signal.backgroundM || 1e-9);
  if (standsOut < 8) {
    notes.push(
      `the largest block stands out from the background only ${standsOut.toFixed(1)} times its scatter: the source may be noise`,
    );
  }
  if (input.scenes.length === 1) {
    notes.push('one line of sight only: dip, depth and slip trade off; see the posterior');
  }
  const worst = Math.max(...result.rHat);
  if (worst > 1.2)
    notes.push(`chains do not agree yet (R-hat ${worst.toFixed(2)}): take more steps`);
  const scales = result.columns
    .map((name, k) => ({ name, k }))
    .filter(({ name }) => name.startsWith('noiseScale:'));
  for (const { name, k } of scales) {
    const scale = marginal(result.samples, result.columns.length, k).mean;
    if (scale > 1.5) {
      notes.push(
        `misfit of ${name.slice(11)} is ${scale.toFixed(1)} times its far-field noise: the source is too simple near the fault; the intervals are widened by it`,
      );
    }
  }
  if (input.model === 'okada') {
    notes.push(`uniform slip on one rectangle; shear modulus ${rigidityPa / 1e9} GPa`);
    const [best, ...others] = result.modes;
    const rival = others.find((mode) => {
      const turn = Math.abs((mode.values[3] as number) - (best?.values[3] as number)) % 360;
      return Math.min(turn, 360 - turn) > 40;
    });
    const plane = auxiliaryPlane({
      strikeDeg: result.best[3] as number,
      dipDeg: result.best[4] as number,
      rakeDeg: result.best[7] as number,
    });
    const angle = (value: number): string => value.toFixed(0);
    if (rival && best) {
      notes.push(
        `another plane, strike ${angle((rival.values[3] as number) % 360)} dip ${angle(rival.values[4] as number)}, has ` +
          `${(rival.chi2 / best.chi2).toFixed(2)} times the misfit`,
      );
    }
    notes.push(`auxiliary plane: strike ${angle(plane.strikeDeg)} dip ${angle(plane.dipDeg)}`);
  }
  return notes;
}
