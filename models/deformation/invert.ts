/**
 * In: one or more interferograms of one event. Out: the source behind them with the posterior of its
 * parameters, magnitude, quality of fit, and predicted and residual grids.
 * @module
 */
import type { TaskContext } from '../../core/compute.js';
import { InvalidInputError } from '../../core/errors.js';
import type { InsarScene } from '../../core/waveform.js';
import { inversionNotes, placeNote } from './inversion-notes.js';
import { invertPoints, type PointInversion } from './invert-points.js';
import { dataSets, firstLook, firstLookSets, startShapes, type Observed } from './data-sets.js';
import { predict, type Prepared } from './inverse-problem.js';
import type { ChosenNoise } from './noise-covariance.js';
import type { LosPoints } from './line-of-sight.js';
import { randomStarts, type Mode } from './optimise.js';
import { fromLocal, touchingAt, type LocalFrame } from './local-frame.js';
import { localFrame } from './scene-points.js';
import { analyseScene, type NoiseModel, type SignalArea } from './scene-noise.js';
import { gridPoints, residualGrids, type SceneFit } from './scene-fit.js';
import { sourceModel, type Bounds, type SourceName } from './source-models.js';
import { chooseStarts } from './starting-model/choose.js';
import type { StartingModel } from './starting-model/propose.js';
import { distributeOver, type DistributedFit } from './distributed-fit.js';
import { posteriorOf, type Marginal, type PlaneShare } from './source-summary.js';

export interface InvertInput {
  /** All of one event; their grids may differ. */
  readonly scenes: readonly InsarScene[];
  readonly model: SourceName;
  readonly seed: number;
  /** Bounds of parameters, natural units, east and north from the centre of the first scene. */
  readonly bounds?: Bounds;
  /** Posterior samples returned. Default 1000. */
  readonly samples?: number;
  /** Where to start besides the automatic places, for example a fused origin; CRS coordinates. */
  readonly startAt?: { readonly x: number; readonly y: number; readonly depthM: number };
  /** Quadtree points of each scene. Default 300. */
  readonly maxPoints?: number;
  /** Solve for an offset alone or an offset and a ramp. Default `ramp`. */
  readonly nuisance?: 'offset' | 'ramp';
  /** Fit slip that varies over the best plane too. Default false; okada only. */
  readonly distributed?: boolean;
  /** Shear modulus for moment and magnitude, Pa. Default 32e9. */
  readonly rigidityPa?: number;
  /** Moves of each particle at each temperature of the sampler. Default 6. */
  readonly moves?: number;
  /** Proposes starts, so that fewer have to be refined (`starting-model/propose.ts`). Default: random starts alone. */
  readonly startingModel?: StartingModel;
}

export interface InvertResult {
  readonly model: SourceName;
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
  /**
   * Share of the sum of squares explained and rms left over, offset and ramp removed, for means over square
   * cells, a fifteenth of the radius of the moving area wide (all scenes, every cell of one weight).
   */
  readonly varianceReduction: number;
  readonly residualRmsM: number;
  /** The same for single pixels, noise of the pixels included. */
  readonly pixelVarianceReduction: number;
  readonly pixelRmsM: number;
  readonly scenes: readonly SceneFit[];
  readonly noise: readonly NoiseModel[];
  /** What was added to the noise of each scene for what the source cannot explain, and the eigenvalue floor. */
  readonly predictionErrors: readonly Omit<ChosenNoise, 'factor'>[];
  readonly signal: SignalArea;
  readonly points: readonly number[];
  /** Names of the columns of `samples`. */
  readonly columns: readonly string[];
  /** [samples, columns]. */
  readonly samples: Float64Array;
  readonly acceptance: number;
  readonly rHat: readonly number[];
  readonly modes: PointInversion['modes'];
  /** Correlation of the columns over the samples, [columns, columns]. */
  readonly correlation: Float64Array;
  /** Planes that the samples fall into, with their shares; empty for sources without strike and rake. */
  readonly planes: readonly PlaneShare[];
  /** Varying slip on the best plane; null when not asked for. */
  readonly distributed: DistributedFit | null;
  readonly seed: number;
  readonly notes: readonly string[];
}

/** Random starts of the search; and random shapes of which a few are refined beside those of a starting model. */
const STARTS = 36;
const SIEVED = 64;

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
  const whole = localFrame(first);
  const rigidityPa = input.rigidityPa ?? 32e9;
  const nuisance = input.nuisance ?? 'ramp';
  const analysed = scenes.map((scene, i) => analyseScene({ scene, frame: whole, seed: seed + i }));
  const signal = strongest(analysed.map((a) => a.signal));
  const frame = touchingAt(whole, signal.eastM, signal.northM);
  const noise = analysed.map((a) => a.noise);
  const model = sourceModel(input.model, signal, input.bounds);
  const observed = { scenes, frame, model, noise, signal, nuisance };
  const sets = firstLookSets(observed);
  const starts = [
    ...(input.startAt ? startShapes(model, frame, signal, input.startAt) : []),
    ...automaticStarts(input, { ...observed, sets }),
  ];
  const rough = firstLook({ model, sets, starts }, context);
  const grids = scenes.map((scene) => gridPoints(scene, frame));
  const {
    sets: fullSets,
    plainSets,
    cellSides,
    choices,
  } = dataSets({
    ...observed,
    grids,
    rough: rough[0] as Mode,
    maxPoints: input.maxPoints ?? 300,
  });
  const result = invertPoints(
    {
      sets: fullSets,
      model,
      area: signal,
      seed,
      samples: input.samples ?? 1000,
      starts: 0,
      startAt: rough.map((mode) => mode.values),
      ...(input.moves ? { moves: input.moves } : {}),
    },
    context,
  );
  const fits = scenes.map((scene, i) =>
    residualGrids({
      scene,
      frame,
      predicted: predict(model, grids[i] as LosPoints, result.best),
      nuisance: result.nuisance[i] as readonly number[],
      cellSide: cellSides[i] as number,
    }),
  );
  const sum = (pick: (fit: SceneFit) => number): number =>
    fits.reduce((total, fit) => total + pick(fit), 0);
  const residualSquares = sum((fit) => fit.residualSquares);
  const cellResiduals = sum((fit) => fit.cells.residualSquares);
  const posterior = posteriorOf(input.model, model, result, rigidityPa);
  return {
    model: input.model,
    origin: { x: frame.originX, y: frame.originY, crs: first.crs },
    frame,
    location: fromLocal(frame, result.best[0] as number, result.best[1] as number),
    ...posterior,
    rigidityPa,
    varianceReduction: 1 - cellResiduals / sum((fit) => fit.cells.dataSquares),
    residualRmsM: Math.sqrt(cellResiduals / sum((fit) => fit.cells.count)),
    pixelVarianceReduction: 1 - residualSquares / sum((fit) => fit.dataSquares),
    pixelRmsM: Math.sqrt(residualSquares / sum((fit) => fit.pixels)),
    scenes: fits,
    noise,
    predictionErrors: choices.map(({ factor: _factor, ...choice }) => choice),
    signal,
    points: fullSets.map((set) => set.losM.length),
    acceptance: result.acceptance,
    rHat: result.rHat,
    modes: result.modes,
    distributed:
      input.model === 'okada' && input.distributed
        ? distributeOver({
            ...observed,
            best: result.best,
            sets: plainSets,
            cellSides,
            rigidityPa,
            seed,
          })
        : null,
    seed,
    notes: [
      ...inversionNotes({
        ...{ model: input.model, sceneCount: scenes.length },
        ...{ result, signal, rigidityPa },
      }),
      placeNote(frame, first.crs),
      ...(input.startingModel
        ? [`${starts.length} starts, chosen by the learned starting model`]
        : []),
    ],
  };
}

function automaticStarts(
  { startingModel, seed }: InvertInput,
  seen: Observed & { readonly sets: readonly Prepared[] },
): readonly (readonly number[])[] {
  const { model, signal, sets } = seen;
  const proposal = startingModel?.({ ...seen, seed });
  return proposal && proposal.likely.length > 0
    ? chooseStarts({ model, sets, proposal, random: randomStarts(model, signal, SIEVED, seed) })
    : randomStarts(model, signal, STARTS, seed);
}

function strongest(areas: readonly SignalArea[]): SignalArea {
  return areas.reduce((a, b) =>
    Math.abs(b.peakM) / (b.backgroundM || 1e-9) > Math.abs(a.peakM) / (a.backgroundM || 1e-9)
      ? b
      : a,
  );
}
