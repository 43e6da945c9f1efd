/**
 * In: an interferogram, and what it may hold beside ground motion. Out: the interferogram without it: delays of
 * a weather model (GACOS), an orbital ramp, and delay that goes with height (stratified troposphere).
 * @module
 */
import { NoSolutionError } from '../../../core/errors.js';
import type { InsarScene } from '../../../core/waveform.js';
import { cholesky, backSubstitute, forwardSubstitute } from '../linear-algebra.js';
import { isDegrees } from '../local-frame.js';

export type Ramp = 'none' | 'linear' | 'quadratic';

export interface CorrectionSettings {
  readonly ramp: Ramp;
  /** Height of each pixel, m; with it a term proportional to height is removed. */
  readonly heightM?: Float32Array;
  /** Zenith delay of each date, m, on the grid of the scenes. */
  readonly zenithDelayM?: ReadonlyMap<string, Float32Array>;
  /** 1 for pixels that the ramp is not fitted to, such as known deformation. */
  readonly excluded?: Uint8Array;
}

/** What was removed from one interferogram. */
export interface AppliedCorrection {
  readonly sceneId: string;
  /** Standard deviation over the scene before and after all corrections, mm. */
  readonly sdBeforeMm: number;
  readonly sdAfterMm: number;
  /** After the delays of the weather model only; null without them. */
  readonly sdAfterDelayMm: number | null;
  /** Removed terms: mm, mm per km east and north from the centre of the scene, mm per km2, mm per km of height. */
  readonly coefficients: Readonly<Record<string, number>>;
}

/** Pixels that a fit looks at: more do not change it. */
const MOST_FITTED = 20_000;

/**
 * Corrects one scene. Throws NoSolutionError when its pixels cannot tell the terms apart (too few, or all of one
 * height).
 */
export function correctScene(
  scene: InsarScene,
  settings: CorrectionSettings,
): { readonly scene: InsarScene; readonly applied: AppliedCorrection } {
  const before = deviation(scene.losM);
  const delayed = settings.zenithDelayM ? removeDelay(scene, settings.zenithDelayM) : scene;
  const afterDelay = deviation(delayed.losM);
  const terms = correctionTerms(scene, settings);
  const coefficients = terms.length > 1 ? fitRobust(delayed, terms, settings.excluded) : [];
  const losM =
    coefficients.length > 0
      ? delayed.losM.map((value, i) =>
          terms.reduce((rest, term, k) => rest - (coefficients[k] as number) * term.at(i), value),
        )
      : delayed.losM;
  return {
    scene: { ...scene, losM },
    applied: {
      sceneId: scene.sceneId,
      sdBeforeMm: 1000 * before,
      sdAfterDelayMm: settings.zenithDelayM ? 1000 * afterDelay : null,
      sdAfterMm: 1000 * deviation(losM),
      coefficients: Object.fromEntries(
        coefficients.map((value, k) => [(terms[k] as Term).name, 1000 * value]),
      ),
    },
  };
}

interface Term {
  readonly name: string;
  readonly at: (pixel: number) => number;
}

/** Offset, ramp and height; the first alone is no correction. */
function correctionTerms(scene: InsarScene, { ramp, heightM }: CorrectionSettings): Term[] {
  const { rows, columns, transform, crs } = scene;
  const isGeographic = isDegrees(crs);
  const middle = transform[3] + (rows / 2) * transform[5];
  const perY = isGeographic ? 111.2 : 1e-3;
  const perX = isGeographic ? 111.2 * Math.cos((middle * Math.PI) / 180) : 1e-3;
  const x = (i: number): number => ((i % columns) + 0.5 - columns / 2) * transform[1] * perX;
  const y = (i: number): number => (Math.floor(i / columns) + 0.5 - rows / 2) * transform[5] * perY;
  return [
    { name: 'offset', at: () => 1 },
    ...(ramp === 'none'
      ? []
      : [
          { name: 'perKmEast', at: x },
          { name: 'perKmNorth', at: y },
        ]),
    ...(ramp === 'quadratic'
      ? [
          { name: 'perKmEastNorth', at: (i: number) => x(i) * y(i) },
          { name: 'perKmEast2', at: (i: number) => x(i) ** 2 },
          { name: 'perKmNorth2', at: (i: number) => y(i) ** 2 },
        ]
      : []),
    ...(heightM ? [{ name: 'perKmHeight', at: (i: number) => (heightM[i] as number) / 1000 }] : []),
  ];
}

/** Least squares with Huber weights, so that ground motion in a part of the scene does not tilt the rest. */
function fitRobust(scene: InsarScene, terms: readonly Term[], excluded?: Uint8Array): number[] {
  const { losM } = scene;
  const step = Math.max(1, Math.floor(losM.length / MOST_FITTED));
  const rows: number[][] = [];
  const values: number[] = [];
  for (let i = 0; i < losM.length; i += step) {
    const row = terms.map(({ at }) => at(i));
    const value = losM[i] as number;
    if (excluded?.[i] || Number.isNaN(value) || row.some(Number.isNaN)) continue;
    rows.push(row);
    values.push(value);
  }
  const n = terms.length;
  // Terms of like size: squares of kilometres beside 1 would look singular.
  const scale = terms.map((_, k) =>
    Math.max(
      1e-12,
      rows.reduce((most, row) => Math.max(most, Math.abs(row[k] as number)), 0),
    ),
  );
  let found: number[] = Array<number>(n).fill(0);
  let limit = Infinity;
  for (let round = 0; round < 20; round++) {
    const normal = new Float64Array(n * n);
    const right = new Float64Array(n);
    const sizes: number[] = [];
    rows.forEach((row, r) => {
      const value = values[r] as number;
      const residual = row.reduce((rest, v, k) => rest - v * (found[k] as number), value);
      sizes.push(Math.abs(residual));
      const weight = Math.abs(residual) <= limit ? 1 : limit / Math.abs(residual);
      for (let i = 0; i < n; i++) {
        const left = (weight * (row[i] as number)) / (scale[i] as number);
        right[i] = (right[i] as number) + left * value;
        for (let j = 0; j < n; j++) {
          normal[i * n + j] =
            (normal[i * n + j] as number) + (left * (row[j] as number)) / (scale[j] as number);
        }
      }
    });
    const factor = rows.length > n ? cholesky(normal, n, 1e-9) : null;
    if (!factor) {
      throw new NoSolutionError({
        what: `the correction of ${scene.sceneId}`,
        reason: `${rows.length} pixels cannot tell ${terms.map(({ name }) => name).join(', ')} apart`,
        remedy: 'choose a simpler ramp or leave out the height',
      });
    }
    forwardSubstitute(factor, n, right);
    backSubstitute(factor, n, right);
    const next = [...right].map((v, k) => v / (scale[k] as number));
    const change = next.reduce(
      (sum, v, k) => sum + Math.abs(v - (found[k] as number)) * (scale[k] as number),
      0,
    );
    found = next;
    // 1.345 deviations keep 95 % of the efficiency of least squares on normal noise (Huber).
    const sorted = Float64Array.from(sizes).sort();
    limit = 1.345 * 1.4826 * Math.max(1e-9, sorted[sorted.length >> 1] as number);
    if (round > 1 && change < 1e-8) break;
  }
  return found;
}

/**
 * Without the difference of the slant delays: more delay at the second date looks like motion away, so that
 * + (ztd2 - ztd1) / cos(incidence) takes it out of a displacement towards the satellite.
 */
function removeDelay(scene: InsarScene, delays: ReadonlyMap<string, Float32Array>): InsarScene {
  const grid = (date: string): Float32Array => {
    const found = delays.get(date);
    if (found) return found;
    throw new NoSolutionError({
      what: `the delay correction of ${scene.sceneId}`,
      reason: `there is no zenith delay of ${date}`,
      remedy: 'add the delay of that date or leave out the correction',
    });
  };
  const [first, second] = [grid(scene.firstDate), grid(scene.secondDate)];
  const pixels = scene.losM.length;
  return {
    ...scene,
    losM: scene.losM.map((value, i) => {
      // The vertical part of the unit vector towards the satellite is the cosine of the incidence.
      const cosine = scene.unitVectors[2 * pixels + i] as number;
      return value + ((second[i] as number) - (first[i] as number)) / cosine;
    }),
  };
}

function deviation(values: Float32Array): number {
  let [sum, squares, n] = [0, 0, 0];
  for (const value of values) {
    if (value !== value) continue;
    sum += value;
    squares += value * value;
    n++;
  }
  return n > 0 ? Math.sqrt(Math.max(0, squares / n - (sum / n) ** 2)) : Number.NaN;
}
