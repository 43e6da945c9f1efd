/**
 * In: one scene. Out: where it shows deformation, and the covariance of its noise, from a variogram
 * of the far field: gamma(h) = nugget + sill (1 - exp(-h / range)), C(h) = sill exp(-h / range)
 * (Lohman and Simons 2005; Sudhaus and Jonsson 2009).
 * @module
 */
import { createRandom } from '../../core/random.js';
import type { InsarScene } from '../../core/waveform.js';
import { cholesky } from './linear-algebra.js';
import { isUsable, pixelToLocal, type LocalFrame } from './scene-points.js';

export interface NoiseModel {
  /** Variance that is correlated in space, m2. */
  readonly sillM2: number;
  readonly rangeM: number;
  /** Variance of a single pixel that is not, m2. */
  readonly nuggetM2: number;
  /** Pairs of pixels behind the variogram. */
  readonly pairs: number;
}

/** Area that moves, local metres. */
export interface SignalArea {
  readonly eastM: number;
  readonly northM: number;
  /** Half the diagonal of the moving area, m. */
  readonly radiusM: number;
  /** Largest displacement in it, m. */
  readonly peakM: number;
  /** Robust scatter of the rest, m. */
  readonly backgroundM: number;
}

/** Semivariance by distance class: 1 / (2 N) sum (d_i - d_j)^2. NaN for classes without pairs. */
export function semivariogram(input: {
  readonly eastM: ArrayLike<number>;
  readonly northM: ArrayLike<number>;
  readonly values: ArrayLike<number>;
  /** Upper edges of the classes, m, increasing; the first class starts above 0. */
  readonly edgesM: readonly number[];
}): { readonly gamma: Float64Array; readonly pairs: Float64Array; readonly lagM: Float64Array } {
  const { eastM, northM, values, edgesM } = input;
  const sums = new Float64Array(edgesM.length);
  const pairs = new Float64Array(edgesM.length);
  const lags = new Float64Array(edgesM.length);
  for (let i = 0; i < values.length; i++) {
    for (let j = 0; j < i; j++) {
      const lag = Math.hypot(
        (eastM[i] as number) - (eastM[j] as number),
        (northM[i] as number) - (northM[j] as number),
      );
      const bin = edgesM.findIndex((edge) => lag <= edge);
      // A pixel drawn twice says nothing about its neighbours.
      if (bin < 0 || lag === 0) continue;
      const difference = (values[i] as number) - (values[j] as number);
      sums[bin] = (sums[bin] as number) + difference * difference;
      lags[bin] = (lags[bin] as number) + lag;
      pairs[bin] = (pairs[bin] as number) + 1;
    }
  }
  return {
    pairs,
    gamma: sums.map((s, k) => s / (2 * (pairs[k] as number))),
    lagM: lags.map((s, k) => s / (pairs[k] as number)),
  };
}

/**
 * Exponential model with nugget that fits a variogram best: range by search, sill and nugget by
 * weighted least squares with neither negative.
 */
export function fitVariogram(variogram: ReturnType<typeof semivariogram>): NoiseModel {
  const { gamma, pairs, lagM } = variogram;
  const filled = [...gamma.keys()].filter((k) => (pairs[k] as number) > 0);
  const longest = Math.max(...filled.map((k) => lagM[k] as number));
  const shortest = Math.min(...filled.map((k) => lagM[k] as number));
  // Relative errors of a class fall with its pairs until correlation sets in; short distances decide
  // how much neighbours know of each other, so they are not outvoted by the many long ones.
  const weightOf = (k: number): number =>
    Math.min(pairs[k] as number, 200) / Math.max(gamma[k] as number, 1e-12) ** 2;
  let best: { cost: number; model: NoiseModel } | null = null;
  for (let step = 0; step <= 60; step++) {
    // Ranges longer than half of what was seen cannot be told from a ramp.
    const rangeM = shortest * (longest / 2 / shortest) ** (step / 60);
    const shape = (k: number): number => 1 - Math.exp(-(lagM[k] as number) / rangeM);
    let [w, wf, wff, wg, wfg] = [0, 0, 0, 0, 0];
    for (const k of filled) {
      const weight = weightOf(k);
      w += weight;
      wf += weight * shape(k);
      wff += weight * shape(k) ** 2;
      wg += weight * (gamma[k] as number);
      wfg += weight * shape(k) * (gamma[k] as number);
    }
    const determinant = w * wff - wf * wf;
    let nugget = (wff * wg - wf * wfg) / determinant;
    let sill = (w * wfg - wf * wg) / determinant;
    if (!(nugget >= 0)) [nugget, sill] = [0, wfg / wff];
    if (!(sill >= 0)) [nugget, sill] = [wg / w, 0];
    const cost = filled.reduce(
      (sum, k) =>
        sum + (pairs[k] as number) * (nugget + sill * shape(k) - (gamma[k] as number)) ** 2,
      0,
    );
    if (!best || cost < best.cost) {
      const total = filled.reduce((sum, k) => sum + (pairs[k] as number), 0);
      best = { cost, model: { sillM2: sill, rangeM, nuggetM2: nugget, pairs: total } };
    }
  }
  return (best as { model: NoiseModel }).model;
}

const FAR_SAMPLES = 1200;

/**
 * Moving area and noise of a scene. The background plane is fitted robustly to block means; blocks
 * that stand out from it by 4 robust deviations are signal, the rest is the far field.
 */
export function analyseScene(input: {
  readonly scene: InsarScene;
  readonly frame: LocalFrame;
  readonly seed: number;
}): { readonly signal: SignalArea; readonly noise: NoiseModel } {
  const { scene, frame } = input;
  const random = createRandom(input.seed);
  const { signal, off, limit, keepAway } = movingArea(blockMeans(scene, frame, 24));

  const east: number[] = [];
  const north: number[] = [];
  const values: number[] = [];
  for (let attempt = 0; attempt < 60 * FAR_SAMPLES && values.length < FAR_SAMPLES; attempt++) {
    const pixel = random.integer(scene.losM.length);
    if (!isUsable(scene, pixel)) continue;
    const row = Math.floor(pixel / scene.columns);
    const place = pixelToLocal(scene, frame, row, pixel % scene.columns);
    const value = off({ ...place, value: scene.losM[pixel] as number });
    const distance = Math.hypot(place.eastM - signal.eastM, place.northM - signal.northM);
    // A scene full of signal has no far field; then small values stand in for it.
    const far = distance > keepAway || (attempt > 30 * FAR_SAMPLES && Math.abs(value) < limit);
    if (!far) continue;
    east.push(place.eastM);
    north.push(place.northM);
    values.push(value);
    // Every other pixel brings a near one: few of the random pairs are close enough to tell the nugget.
    const step = Math.ceil(10 ** random.uniform());
    const near = pixel + step * (random.uniform() < 0.5 ? 1 : scene.columns);
    if (values.length % 2 === 0 || near >= scene.losM.length || !isUsable(scene, near)) continue;
    const nearby = pixelToLocal(
      scene,
      frame,
      Math.floor(near / scene.columns),
      near % scene.columns,
    );
    const nearValue = off({ ...nearby, value: scene.losM[near] as number });
    if (Math.hypot(nearby.eastM - signal.eastM, nearby.northM - signal.northM) <= keepAway)
      continue;
    east.push(nearby.eastM);
    north.push(nearby.northM);
    values.push(nearValue);
  }
  const extent = Math.hypot(
    scene.columns * scene.transform[1] * frame.metresPerX,
    scene.rows * scene.transform[5] * frame.metresPerY,
  );
  const edgesM = Array.from({ length: 20 }, (_, k) => (extent / 3) * ((k + 1) / 20) ** 2.2);
  const noise = fitVariogram(semivariogram({ eastM: east, northM: north, values, edgesM }));
  return { signal, noise };
}

/** A mean over a block, and its middle in local metres. */
export interface BlockMean {
  readonly eastM: number;
  readonly northM: number;
  readonly value: number;
}

/** The moving area among means of equal blocks; `keepAway` is 0 when none stands out. */
export function movingArea(blocks: readonly BlockMean[]) {
  const plane = robustPlane(blocks);
  const off = (b: BlockMean): number =>
    b.value - (plane[0] + plane[1] * b.eastM + plane[2] * b.northM);
  const residual = blocks.map(off);
  const sorted = residual.map(Math.abs).sort((a, b) => a - b);
  const scatter = 1.4826 * (sorted[Math.floor(sorted.length / 2)] ?? 0);
  const limit = Math.max(4 * scatter, 1e-6);
  const moving = blocks.filter((_, i) => Math.abs(residual[i] as number) > limit);
  const signal = areaOf(moving.length > 0 ? moving : blocks, off, scatter);
  return { signal, off, limit, keepAway: moving.length > 0 ? signal.radiusM : 0 };
}

/** Means of a scene over blocks, `across` on a side; blocks with data in fewer than 3 of 10 pixels are left out. */
export function blockMeans(scene: InsarScene, frame: LocalFrame, across: number): BlockMean[] {
  const height = Math.max(1, Math.ceil(scene.rows / across));
  const width = Math.max(1, Math.ceil(scene.columns / across));
  const means: BlockMean[] = [];
  for (let top = 0; top < scene.rows; top += height) {
    for (let left = 0; left < scene.columns; left += width) {
      let [sum, count] = [0, 0];
      const [bottom, right] = [
        Math.min(scene.rows, top + height),
        Math.min(scene.columns, left + width),
      ];
      for (let row = top; row < bottom; row++) {
        for (let column = left; column < right; column++) {
          const pixel = row * scene.columns + column;
          if (!isUsable(scene, pixel)) continue;
          sum += scene.losM[pixel] as number;
          count++;
        }
      }
      if (count < 0.3 * (bottom - top) * (right - left)) continue;
      const place = pixelToLocal(scene, frame, (top + bottom - 1) / 2, (left + right - 1) / 2);
      means.push({ ...place, value: sum / count });
    }
  }
  return means;
}

/** Offset and slopes by iteratively re-weighted least squares of absolute residuals. */
function robustPlane(points: readonly BlockMean[]): readonly [number, number, number] {
  const scale = Math.max(1, ...points.map((p) => Math.hypot(p.eastM, p.northM)));
  let plane: readonly [number, number, number] = [0, 0, 0];
  for (let iteration = 0; iteration < 30; iteration++) {
    const normal = new Float64Array(9);
    const right = new Float64Array(3);
    for (const { eastM, northM, value } of points) {
      const row = [1, eastM / scale, northM / scale];
      const residual = value - row.reduce((sum, r, i) => sum + r * (plane[i] as number), 0);
      const weight = iteration === 0 ? 1 : 1 / Math.max(Math.abs(residual), 1e-5);
      for (let i = 0; i < 3; i++) {
        right[i] = (right[i] as number) + weight * (row[i] as number) * value;
        for (let j = 0; j < 3; j++) {
          normal[i * 3 + j] =
            (normal[i * 3 + j] as number) + weight * (row[i] as number) * (row[j] as number);
        }
      }
    }
    const factor = cholesky(normal, 3);
    if (!factor) break;
    plane = solve3(factor, right);
  }
  return [plane[0], plane[1] / scale, plane[2] / scale];
}

function solve3(factor: Float64Array, right: Float64Array): readonly [number, number, number] {
  const at = (i: number, j: number): number => factor[i * 3 + j] as number;
  const y0 = (right[0] as number) / at(0, 0);
  const y1 = ((right[1] as number) - at(1, 0) * y0) / at(1, 1);
  const y2 = ((right[2] as number) - at(2, 0) * y0 - at(2, 1) * y1) / at(2, 2);
  const x2 = y2 / at(2, 2);
  const x1 = (y1 - at(2, 1) * x2) / at(1, 1);
  return [(y0 - at(1, 0) * x1 - at(2, 0) * x2) / at(0, 0), x1, x2];
}

function areaOf(
  blocks: readonly BlockMean[],
  off: (b: BlockMean) => number,
  backgroundM: number,
): SignalArea {
  let [weight, eastM, northM, peakM] = [0, 0, 0, 0];
  for (const block of blocks) {
    const size = off(block) ** 2;
    weight += size;
    eastM += size * block.eastM;
    northM += size * block.northM;
    if (Math.abs(off(block)) > Math.abs(peakM)) peakM = off(block);
  }
  eastM /= weight || 1;
  northM /= weight || 1;
  const spread = blocks.reduce(
    (sum, b) => sum + off(b) ** 2 * ((b.eastM - eastM) ** 2 + (b.northM - northM) ** 2),
    0,
  );
  // Three times the rms distance holds nearly all of a compact signal.
  return { eastM, northM, radiusM: 3 * Math.sqrt(spread / (weight || 1)), peakM, backgroundM };
}
