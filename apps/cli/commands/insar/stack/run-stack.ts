/** One folder of interferograms to a solved stack: reading, corrections, solution, GNSS tie. @module */
import type { TaskContext } from '../../../../../core/compute.js';
import { InvalidInputError, NoSolutionError } from '../../../../../core/errors.js';
import type { InsarScene } from '../../../../../core/waveform.js';
import { loadBackend } from '../../../../../models/backend.js';
import { flagScenes, type SceneFlags } from '../../../../../models/deformation/detector/detect.js';
import { readDetector } from '../../../../../models/deformation/detector/weights-file.js';
import {
  correctScene,
  type AppliedCorrection,
} from '../../../../../models/deformation/stack/corrections.js';
import type { TrackVelocity } from '../../../../../models/deformation/stack/decompose.js';
import { tieToGnss, type GnssTie } from '../../../../../models/deformation/stack/gnss-tie.js';
import { pixelAt } from '../../../../../models/deformation/stack/grid-place.js';
import { sbasVelocity, type SbasResult } from '../../../../../models/deformation/stack/sbas.js';
import { readDelays, readHeights, readMask, readStations } from './companions.js';
import { readStackFolder } from './folder.js';
import type { StackOptions } from './options.js';
import { windowOf } from './window.js';

/** A solved stack with everything that was done to it. */
export interface SolvedStack {
  readonly folder: string;
  readonly result: SbasResult;
  readonly corrections: readonly AppliedCorrection[];
  /** Null without stations. */
  readonly gnss: Omit<GnssTie, 'velocityMmPerYear'> | null;
  /** In the frame of the stations when there are any, else relative to the reference pixel. */
  readonly track: TrackVelocity;
  readonly skipped: readonly { readonly file: string; readonly reason: string }[];
  /** What the trained detector says of each pair, in order; null when it was not asked. */
  readonly flags: readonly (SceneFlags & { readonly sceneId: string })[] | null;
  /** How sign, geometry and no data were decided, of the first scene. */
  readonly sceneNotes: readonly string[];
}

/** Reads and solves one folder. Throws what the readers and the solution throw. */
export async function runStack(
  folder: string,
  options: StackOptions,
  progress: TaskContext['progress'],
): Promise<SolvedStack> {
  const read = await readStackFolder(
    folder,
    {
      skipDamaged: options.skipDamaged ?? false,
      window: (scene) => windowOf(scene, options.area ?? null),
      ...given(options),
    },
    (done, of, note) => progress({ fraction: (0.4 * done) / of, note }),
  );
  const first = checkEnough(read.scenes, read.skipped.length);
  const excluded = options.mask ? await readMask(options.mask, first) : undefined;
  const reference = referencePixel(options, first);
  const corrected = await correct(read.scenes, options, excluded);
  progress({ fraction: 0.5, note: 'network and time series' });
  const result = sbasVelocity(
    {
      scenes: corrected.map(({ scene }) => scene),
      weighting: options.weights,
      looks: options.looks,
      terms: { seasonal: options.seasonal ?? false, steps: options.step },
      bootstrap: options.bootstrap,
      seed: options.seed,
      thresholds: {
        minPairShare: options.minPairShare,
        minCoherence: options.minCoherence,
        minPairCoherence: options.minPairCoherence,
        maxLoopRmsRad: options.maxLoopRms,
        minTemporalCoherence: options.minTemporalCoherence,
      },
      ...(reference ? { referencePixel: reference } : {}),
      ...(excluded ? { excluded } : {}),
    },
    {
      progress: ({ fraction, note }) => progress({ fraction: 0.5 + fraction / 2, note }),
      throwIfCancelled: () => undefined,
    },
  );
  checkLoops(result, options.maxLoopRms);
  const { rows, columns, transform, crs } = result;
  const own: TrackVelocity = {
    ...{ rows, columns, transform, crs },
    velocityMmPerYear: result.velocityMmPerYear,
    sdMmPerYear: options.bootstrap > 0 ? result.bootstrapSdMmPerYear : result.sdMmPerYear,
    unitVectors: first.unitVectors,
  };
  const tie = options.gnss
    ? tieToGnss({
        map: own,
        stations: await readStations(options.gnss),
        tilt: options.gnssTilt ?? false,
      })
    : null;
  return {
    folder,
    result,
    corrections: corrected.flatMap(({ applied }) => applied ?? []),
    gnss: tie && withoutMap(tie),
    track: tie ? { ...own, velocityMmPerYear: tie.velocityMmPerYear } : own,
    skipped: read.skipped,
    flags: options.detect ? await flagsOf(corrected.map(({ scene }) => scene)) : null,
    sceneNotes: first.notes,
  };
}

/** What the request says of the files. */
function given(options: StackOptions) {
  const { wavelengthM, headingDeg, incidenceDeg, quantity, positive, crs } = options;
  return {
    ...(wavelengthM === undefined ? {} : { wavelengthM }),
    ...(headingDeg === undefined ? {} : { headingDeg }),
    ...(incidenceDeg === undefined ? {} : { incidenceDeg }),
    ...(quantity === undefined ? {} : { quantity }),
    ...(positive === undefined ? {} : { positive }),
    ...(crs === undefined ? {} : { crs }),
  };
}

/** The tensor library is loaded only here: it takes longer than a small stack. */
async function flagsOf(scenes: readonly InsarScene[]): Promise<NonNullable<SolvedStack['flags']>> {
  const flags = flagScenes(await loadBackend(), readDetector(), scenes);
  return flags.map((flag, i) => ({ sceneId: scenes[i]?.sceneId ?? '', ...flag }));
}

function withoutMap(tie: GnssTie): Omit<GnssTie, 'velocityMmPerYear'> {
  const { offsetMmPerYear, offsetSdMmPerYear, tiltMmPerYear, stations } = tie;
  return { offsetMmPerYear, offsetSdMmPerYear, tiltMmPerYear, stations };
}

async function correct(
  scenes: readonly InsarScene[],
  options: StackOptions,
  excluded: Uint8Array | undefined,
): Promise<{ readonly scene: InsarScene; readonly applied: AppliedCorrection | null }[]> {
  const first = scenes[0] as InsarScene;
  const { ramp, dem, gacos } = options;
  if (ramp === 'none' && !dem && !gacos) return scenes.map((scene) => ({ scene, applied: null }));
  const dates = [...new Set(scenes.flatMap((s) => [s.firstDate, s.secondDate]))].sort();
  const settings = {
    ramp,
    ...(dem ? { heightM: await readHeights(dem, first) } : {}),
    ...(gacos ? { zenithDelayM: await readDelays(gacos, first, dates) } : {}),
    ...(excluded ? { excluded } : {}),
  };
  return scenes.map((scene) => correctScene(scene, settings));
}

/** At least two interferograms over three dates: fewer cannot contradict each other. */
function checkEnough(scenes: readonly InsarScene[], skipped: number): InsarScene {
  const [first] = scenes;
  const dates = new Set(scenes.flatMap((s) => [s.firstDate, s.secondDate]));
  if (first && dates.size >= 3) return first;
  throw new NoSolutionError({
    what: 'the time series',
    reason:
      `${scenes.length} interferograms over ${dates.size} dates were read` +
      (skipped > 0 ? ` and ${skipped} skipped as damaged` : '') +
      ', and a velocity with an error needs three dates',
    remedy: 'give more interferograms, or use `insar invert` for a single one',
  });
}

/** Where no loop closes, the pairs that are in none are not better than those that are. */
function checkLoops({ loops }: Pick<SbasResult, 'loops'>, maxLoopRms: number): void {
  const best = Math.min(...loops.map(({ rmsRad }) => rmsRad));
  if (loops.length === 0 || best <= maxLoopRms) return;
  throw new NoSolutionError({
    what: 'the time series',
    reason: `none of the ${loops.length} loops of three interferograms closes: the best has ${best.toFixed(2)} rad rms, maxLoopRms allows ${maxLoopRms}`,
    remedy: `check coherence and unwrapping; --max-loop-rms ${Math.ceil(best)} would let them pass`,
  });
}

function referencePixel(
  options: StackOptions,
  scene: InsarScene,
): { row: number; column: number } | null {
  const { referenceRow: row, referenceColumn: column, referenceXy: place } = options;
  if ((row === undefined) !== (column === undefined)) {
    throw new InvalidInputError({
      what: 'reference pixel',
      reason: 'it has a row and a column, and only one was given',
      remedy: 'give both --reference-row and --reference-column, or neither',
    });
  }
  if (row !== undefined && column !== undefined) return { row, column };
  if (!place) return null;
  const found = pixelAt(scene, ...place);
  if (found.isInside) return { row: Math.round(found.row), column: Math.round(found.column) };
  throw new InvalidInputError({
    what: '--reference-xy',
    reason: `${place.join(',')} lies outside the stack`,
    remedy: `give coordinates in ${scene.crs} inside the area`,
  });
}
