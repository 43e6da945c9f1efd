/** Moves a trial origin to where its picks put it, and measures how well they do. @module */
import { depthPull } from './depth-prior.js';
import { invert4, solveNormal4 } from './normal-equations.js';
import { clamp, predict, type Scratch } from './scratch.js';

const STEPS = 4;
/** Residuals count as at least this share of their scale in the weights of least absolute values. */
const LEAST_RESIDUAL = 0.3;
const MAX_STEP_KM = 12;
const CLOSE_KM = 0.02;
/** The shallowest depth: travel times have no slope at the surface. */
const SHALLOWEST_KM = 0.05;
const LOG_2PI = Math.log(2 * Math.PI);

const normal = new Float64Array(16);
const right = new Float64Array(4);
const step = new Float64Array(4);

/**
 * Least absolute residuals by reweighted Gauss-Newton over the assigned picks, with the depth
 * prior; `widen` is added to the residual scales.
 */
export function locate(scratch: Scratch, widen: number): void {
  const { picks, box } = scratch.model;
  for (let iteration = 0; iteration < STEPS; iteration++) {
    normal.fill(0);
    right.fill(0);
    for (let e = 0; e < scratch.count; e++) {
      const pick = scratch.pick[e] as number;
      if (pick < 0) continue;
      if (iteration > 0) {
        predict(scratch, e);
        scratch.residualS[e] =
          (picks.timeS[pick] as number) - scratch.timeS - (scratch.travelS[e] as number);
      }
      const r = scratch.residualS[e] as number;
      const scale = (scratch.scaleS[e] as number) + widen;
      accumulate(scratch, e, r, 1 / (scale * Math.max(Math.abs(r), LEAST_RESIDUAL * scale)));
    }
    addPriors(scratch);
    if (!solveNormal4(normal, right, step)) return;
    const length = Math.hypot(step[1] as number, step[2] as number, step[3] as number);
    const factor = length > MAX_STEP_KM ? MAX_STEP_KM / length : 1;
    scratch.timeS += factor * (step[0] as number);
    scratch.eastKm = clamp(scratch.eastKm + factor * (step[1] as number), box.west, box.east);
    scratch.northKm = clamp(scratch.northKm + factor * (step[2] as number), box.south, box.north);
    scratch.depthKm = clamp(
      scratch.depthKm + factor * (step[3] as number),
      SHALLOWEST_KM,
      box.deepest,
    );
    if (length < CLOSE_KM) break;
  }
}

/**
 * Laplace covariance of (time, east, north, depth) into `covariance` [4, 4]; returns the log of the
 * volume sqrt(det(2 pi C)).
 */
export function laplaceVolume(scratch: Scratch, covariance: Float64Array): number {
  normal.fill(0);
  for (let e = 0; e < scratch.count; e++) {
    if ((scratch.pick[e] as number) < 0) continue;
    const scale = scratch.scaleS[e] as number;
    accumulate(scratch, e, 0, 1 / (scale * scale));
  }
  addPriors(scratch);
  return invert4(normal, covariance) + 2 * LOG_2PI;
}

function accumulate(scratch: Scratch, e: number, r: number, weight: number): void {
  const jx = scratch.byEast[e] as number;
  const jy = scratch.byNorth[e] as number;
  const jz = scratch.byDepth[e] as number;
  normal[0]! += weight;
  normal[4]! += weight * jx;
  normal[5]! += weight * jx * jx;
  normal[8]! += weight * jy;
  normal[9]! += weight * jx * jy;
  normal[10]! += weight * jy * jy;
  normal[12]! += weight * jz;
  normal[13]! += weight * jx * jz;
  normal[14]! += weight * jy * jz;
  normal[15]! += weight * jz * jz;
  right[0]! += weight * r;
  right[1]! += weight * r * jx;
  right[2]! += weight * r * jy;
  right[3]! += weight * r * jz;
}

/** The depth prior, and a whisper on the rest so that three picks have a solution. */
function addPriors(scratch: Scratch): void {
  const { parameters } = scratch.model;
  const wz = depthPull(parameters, scratch.depthKm);
  normal[0]! += 1e-4;
  normal[5]! += 1e-3;
  normal[10]! += 1e-3;
  normal[15]! += wz;
  right[3]! += wz * (parameters.depthMeanKm - scratch.depthKm);
}
