/**
 * In: tables of points that another program averaged (quadtrees of Kite, VMOD), one a track. Out: the source
 * behind them, in the form of `invertSource` but without grids. Points have the deviations of the table or,
 * where it gives none, the scatter of the far field; a noise scale a table is sampled, and the likelihood is weakened for
 * errors that are correlated in space.
 * @module
 */
import type { TaskContext } from '../../core/compute.js';
import { InvalidInputError } from '../../core/errors.js';
import { predict, prepare, type DataSet } from './inverse-problem.js';
import type { InvertInput, InvertResult } from './invert.js';
import { inversionNotes } from './inversion-notes.js';
import { effectiveShare } from './effective-share.js';
import { invertPoints, thinned } from './invert-points.js';
import type { LosPoints } from './line-of-sight.js';
import { planeFrame } from './local-frame.js';
import { movingArea, type BlockMean } from './scene-noise.js';
import { multiStart, randomStarts } from './optimise.js';
import { sourceModel } from './source-models.js';
import { posteriorOf } from './source-summary.js';

/** Points of one track; local metres of one frame for all tables of an inversion. */
export interface LosTable {
  readonly name: string;
  readonly eastM: Float64Array;
  readonly northM: Float64Array;
  /** Unit vectors ground to satellite, [points, 3]. */
  readonly look: Float64Array;
  /** m, + towards the satellite. */
  readonly losM: Float64Array;
  /** Standard deviations up to a scale, m; null when there are none. */
  readonly sdM: Float64Array | null;
}

/** As `InvertResult`; what belongs to grids is empty. */
export type TableInversion = InvertResult & {
  /** Observed, predicted and left over, of each table's points, m; offset and ramp are in the prediction. */
  readonly tables: readonly {
    readonly name: string;
    readonly predictedM: Float64Array;
    readonly residualM: Float64Array;
  }[];
};

const CELLS_ACROSS = 24;
/** Random starts of the search. */
const STARTS = 36;

/**
 * Source of the deformation in tables. Throws InvalidInputError without tables or for distributed slip, which
 * needs scenes; NoSolutionError when there are too few points.
 */
export function invertTables(
  input: Omit<InvertInput, 'scenes' | 'maxPoints' | 'startAt' | 'distributed'> & {
    readonly tables: readonly LosTable[];
  },
  context?: TaskContext,
): TableInversion {
  const { tables, seed } = input;
  if (tables.length === 0) {
    throw new InvalidInputError({
      what: 'tables of the inversion',
      reason: 'there are none',
      remedy: 'give quadtree tables of one event',
    });
  }
  const rigidityPa = input.rigidityPa ?? 32e9;
  const nuisance = input.nuisance ?? 'ramp';
  const areas = tables.map((table) => movingArea(cellMeans(table)).signal);
  const signal = areas.reduce((a, b) =>
    Math.abs(b.peakM) / (b.backgroundM || 1e-9) > Math.abs(a.peakM) / (a.backgroundM || 1e-9)
      ? b
      : a,
  );
  const model = sourceModel(input.model, signal, input.bounds);
  const sets = tables.map((table, i): DataSet => {
    const scatter = areas[i]?.backgroundM ?? 0;
    return {
      ...{ name: table.name, points: pointsOf(table), losM: table.losM, nuisance },
      noise: {
        sdM: table.losM.map((_, k) => table.sdM?.[k] ?? (scatter || 1e-3)),
      },
    };
  });
  const prepared = sets.map(prepare);
  const modes = multiStart({
    ...{ model, coarse: sets.map((set) => prepare(thinned(set))), full: prepared, keep: 5 },
    starts: randomStarts(model, signal, STARTS, seed),
    onStart: (i) => {
      context?.throwIfCancelled();
      context?.progress({ fraction: (0.2 * i) / STARTS, note: `start ${i} of ${STARTS}` });
    },
  });
  const share = effectiveShare(model, prepared, modes[0]?.values ?? [], seed);
  const result = invertPoints(
    {
      sets: sets.map((set) => ({ ...set, share })),
      ...{ model, area: signal, seed, samples: input.samples ?? 1000, starts: 0 },
      startAt: modes.map((mode) => mode.values),
      ...(input.moves ? { moves: input.moves } : {}),
    },
    context,
  );
  let [residualSquares, dataSquares, count] = [0, 0, 0];
  const fits = sets.map((set) => {
    const source = predict(model, set.points, result.best);
    const [offset = 0, slopeEast = 0, slopeNorth = 0] = prepare(set).nuisanceOf(source);
    const ramp = source.map(
      (_, k) =>
        offset +
        slopeEast * (set.points.eastM[k] as number) +
        slopeNorth * (set.points.northM[k] as number),
    );
    const predictedM = source.map((v, k) => v + (ramp[k] as number));
    const residualM = set.losM.map((v, k) => v - (predictedM[k] as number));
    residualSquares += residualM.reduce((sum, v) => sum + v * v, 0);
    dataSquares += set.losM.reduce((sum, v, k) => sum + (v - (ramp[k] as number)) ** 2, 0);
    count += set.losM.length;
    return { name: set.name, predictedM, residualM };
  });
  const varianceReduction = 1 - residualSquares / dataSquares;
  const residualRmsM = Math.sqrt(residualSquares / count);
  return {
    model: input.model,
    origin: { x: 0, y: 0, crs: 'LOCAL:metres' },
    frame: planeFrame(0, 0),
    location: { x: result.best[0] as number, y: result.best[1] as number },
    ...posteriorOf(input.model, model, result, rigidityPa),
    ...{ rigidityPa, varianceReduction, residualRmsM, signal, seed, scenes: [] },
    ...{ pixelVarianceReduction: varianceReduction, pixelRmsM: residualRmsM },
    noise: sets.map((set) => ({
      ...{ sillM2: 0, rangeM: 0, pairs: 0 },
      nuggetM2: 'sdM' in set.noise ? median(set.noise.sdM) ** 2 : 0,
    })),
    predictionErrors: [],
    points: tables.map((table) => table.losM.length),
    acceptance: result.acceptance,
    rHat: result.rHat,
    modes: result.modes,
    distributed: null,
    tables: fits,
    notes: [
      // The scale of a table's deviations is its own affair.
      ...inversionNotes({
        ...{ model: input.model, sceneCount: tables.length, result, signal, rigidityPa },
      }).filter((note) => !note.startsWith('misfit of ')),
      `errors of the points are correlated: they tell as much as ${(100 * share).toFixed(1)} % of as many independent ones`,
      ...tables
        .filter((table) => table.sdM === null)
        .map((table) => `${table.name} gives no deviations: the scatter of its far field is used`),
    ],
  };
}

function pointsOf(table: LosTable): LosPoints {
  const component = (k: number): Float64Array =>
    table.losM.map((_, i) => table.look[3 * i + k] as number);
  return {
    eastM: table.eastM,
    northM: table.northM,
    ...{ lookEast: component(0), lookNorth: component(1), lookUp: component(2) },
  };
}

/** Means over equal cells: points of a quadtree crowd where the ground moved most. */
function cellMeans({ eastM, northM, losM }: LosTable): BlockMean[] {
  const ends = (values: Float64Array): readonly [number, number] => [
    values.reduce((a, b) => Math.min(a, b), Infinity),
    values.reduce((a, b) => Math.max(a, b), -Infinity),
  ];
  const [[west, east], [south, north]] = [ends(eastM), ends(northM)];
  const side = Math.max(east - west, north - south, 1) / CELLS_ACROSS;
  const sums = new Map<string, { east: number; north: number; value: number; count: number }>();
  losM.forEach((value, i) => {
    const [x, y] = [eastM[i] as number, northM[i] as number];
    const key = `${Math.floor((x - west) / side)} ${Math.floor((y - south) / side)}`;
    const sum = sums.get(key) ?? { east: 0, north: 0, value: 0, count: 0 };
    sums.set(key, {
      ...{ east: sum.east + x, north: sum.north + y },
      ...{ value: sum.value + value, count: sum.count + 1 },
    });
  });
  return [...sums.values()].map((sum) => ({
    eastM: sum.east / sum.count,
    northM: sum.north / sum.count,
    value: sum.value / sum.count,
  }));
}

function median(values: Float64Array): number {
  return values.toSorted()[Math.floor(values.length / 2)] ?? 0;
}
