/**
 * Deformation models as tasks for worker threads: scene tables in, small summaries and grids out.
 * @module
 */
import type { TaskContext, TaskTable } from '../../core/compute.js';
import { UnsupportedSourceError } from '../../core/errors.js';
import { insarScenes } from '../../core/tables/insar-table.js';
import { decodeTable } from '../../core/tables/ipc.js';
import type { InsarScene } from '../../core/waveform.js';
import { invertSource as invert, type InvertResult } from './invert.js';
import { fromLocal } from './local-frame.js';
import { silenceOf, type Silence } from './silence.js';
import { sbasVelocity as sbas, type SbasThresholds } from './stack/sbas.js';

/** Samples of the source that an event is weighed by. */
const EVENT_SAMPLES = 1000;

/** Tables of scenes, in any order. */
interface SceneTables {
  /** Arrow IPC files of `insarTable`. */
  readonly arrow: readonly Uint8Array[];
}

export interface SbasTaskInput extends SceneTables {
  readonly referencePixel?: { readonly row: number; readonly column: number };
  readonly thresholds?: Partial<SbasThresholds>;
}

export interface InvertTaskInput extends SceneTables {
  readonly model: 'okada' | 'mogi';
  readonly seed: number;
}

export const deformationTasks = {
  /** Velocity of a stack, mm/yr towards the satellite, with its standard deviation. */
  sbasVelocity: (input: SbasTaskInput, context: TaskContext) => {
    const { arrow, ...settings } = input;
    const scenes = decodeScenes(arrow);
    context.progress({ fraction: 0.1, note: `${scenes.length} interferograms` });
    const result = sbas({ ...settings, scenes }, context);
    const solved = result.velocityMmPerYear.filter((value) => !Number.isNaN(value));
    const { rows, columns, transform, crs, velocityMmPerYear, sdMmPerYear } = result;
    return {
      summary: {
        minMmPerYear: extreme(solved, Math.min),
        maxMmPerYear: extreme(solved, Math.max),
        residualRmsMm: result.overallResidualRmsMm,
        pairs: result.pairs.length,
        epochs: result.epochs,
        solvedPixels: result.solvedPixels,
        rejectedPixels: result.rejectedPixels,
        rankDeficientPixels: result.rankDeficientPixels,
        reference: result.reference,
        thresholds: result.thresholds,
        notes: result.notes,
      },
      grids: { rows, columns, transform, crs, velocityMmPerYear, sdMmPerYear },
    };
  },

  /** Source of the scenes, with its posterior as an event can be weighed by it. */
  invertSource: (input: InvertTaskInput, context: TaskContext) => {
    const scenes = decodeScenes(input.arrow);
    const { model, seed } = input;
    const silence = silenceOf(scenes, seed);
    if (silence) return { summary: silentSummary(scenes, silence, seed), grids: [] };
    const result = invert({ scenes, model, seed, samples: EVENT_SAMPLES }, context);
    const place = middleOf(result);
    return {
      summary: {
        model,
        ...datesOf(scenes),
        ...{ latitude: place.latitude, longitude: place.longitude },
        best: result.best,
        marginals: result.marginals,
        mw: result.mw,
        rigidityPa: result.rigidityPa,
        varianceReduction: result.varianceReduction,
        residualRmsM: result.residualRmsM,
        rHat: result.rHat,
        seed,
        // What the event is weighed by (models/detection); null for sources without a moment.
        evidence: result.mw
          ? { kind: 'samples' as const, origin: place, samples: eventSamples(result) }
          : null,
        notes: result.notes,
      },
      grids: result.scenes.map(({ sceneId, rows, columns, transform, crs, residualM }) => ({
        sceneId,
        rows,
        columns,
        transform,
        crs,
        residualM,
      })),
    };
  },
} as const satisfies TaskTable;

function datesOf(scenes: readonly InsarScene[]): { firstDate: string; secondDate: string } {
  const dates = scenes.flatMap(({ firstDate, secondDate }) => [firstDate, secondDate]).sort();
  return { firstDate: dates[0] as string, secondDate: dates.at(-1) as string };
}

/** What scenes say that show nothing: no source, and an upper bound as evidence. */
function silentSummary(scenes: readonly InsarScene[], silence: Silence, seed: number) {
  const { bounds, detectableM } = silence;
  return {
    model: 'none' as const,
    ...datesOf(scenes),
    latitude: (bounds.south + bounds.north) / 2,
    longitude: (bounds.west + bounds.east) / 2,
    mw: null,
    seed,
    evidence: { kind: 'nothing-seen' as const, bounds, detectableM },
    notes: [
      `no motion stands out: more than ${(1000 * detectableM).toFixed(1)} mm along the line of sight over a 24th of the scene would have`,
      'no source was inverted; the scenes bound magnitude and depth',
    ],
  };
}

function decodeScenes(tables: readonly Uint8Array[]): InsarScene[] {
  return tables.flatMap((bytes, i) => insarScenes(decodeTable(bytes, `scene table ${i}`)));
}

/** Math.min and Math.max of many values: the spread operator would overflow the stack. */
function extreme(values: Float32Array, pick: (a: number, b: number) => number): number {
  return values.reduce((best, value) => pick(best, value), values[0] ?? Number.NaN);
}

/** Medians of the source's place: degrees. */
function middleOf(result: InvertResult): { latitude: number; longitude: number } {
  if (!result.frame.geographic) {
    throw new UnsupportedSourceError({
      source: 'scenes of the inversion',
      reason: `their CRS is ${result.origin.crs}, and an event needs latitude and longitude`,
      remedy: 'reproject the scenes to EPSG:4326',
    });
  }
  const { eastM, northM } = result.marginals;
  const { x, y } = fromLocal(result.frame, eastM?.p50 ?? 0, northM?.p50 ?? 0);
  return { latitude: y, longitude: x };
}

/**
 * Place, depth and magnitude of each posterior sample, as plain arrays that survive JSON. Places count from the medians:
 * who turns them into degrees with one scale of a sphere is off by less than a hundredth of the spread.
 */
function eventSamples(result: InvertResult) {
  const width = result.columns.length;
  const column = (name: string, scale: number, from = 0): number[] => {
    const k = result.columns.indexOf(name);
    return Array.from(
      { length: result.samples.length / width },
      (_, i) => ((result.samples[i * width + k] as number) - from) * scale,
    );
  };
  return {
    eastKm: column('eastM', 1e-3, result.marginals['eastM']?.p50),
    northKm: column('northM', 1e-3, result.marginals['northM']?.p50),
    depthKm: column('centroidDepthM', 1e-3),
    magnitude: column('mw', 1),
    // A fault's hypocentre lies along its strike; sources without one have none.
    ...(result.columns.includes('strikeDeg') && result.columns.includes('lengthM')
      ? { strikeDeg: column('strikeDeg', 1), lengthKm: column('lengthM', 1e-3) }
      : {}),
  };
}
