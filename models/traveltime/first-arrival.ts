/**
 * First arrival in flat constant layers from a buried source to the surface: direct ray and head
 * waves. Layers and a source depth in, a function of distance out.
 * @module
 */
import type { FlatLayers } from './earth-models.js';

/** Travel time in s at an epicentral distance in km. */
export type TimeOfDistance = (distanceKm: number) => number;

/**
 * Prepares first arrivals for one source depth (flattened km).
 *
 * Direct: the ray parameter p solves X(p) = sum h p v / sqrt(1 - p^2 v^2) by safeguarded Newton (X
 * grows monotonically with p); T = sum h / (v sqrt(1 - p^2 v^2)). Head wave on the top of a layer
 * below the source, faster than all above it: T = p X + sum h sqrt(1/v^2 - p^2) over both legs,
 * from its critical distance on. A gradient is a staircase of thin layers, its diving ray the
 * envelope of their head waves.
 */
export function firstArrivals(layers: FlatLayers, sourceFlatKm: number): TimeOfDistance {
  const above = pathAbove(layers, sourceFlatKm);
  const heads = headWaves(layers, sourceFlatKm, above);
  return (distanceKm) => {
    let best = directTime(above, distanceKm);
    for (const head of heads) {
      if (distanceKm >= head.criticalKm) {
        best = Math.min(best, head.slowness * distanceKm + head.interceptS);
      }
    }
    return best;
  };
}

interface Path {
  readonly thicknessKm: readonly number[];
  readonly velocityKmS: readonly number[];
}

interface HeadWave {
  readonly slowness: number;
  readonly interceptS: number;
  readonly criticalKm: number;
}

/** Layers crossed from the source up. The source layer comes last, even when it is thin. */
function pathAbove(layers: FlatLayers, sourceKm: number): Path {
  const thicknessKm: number[] = [];
  const velocityKmS: number[] = [];
  for (let i = 0; i < layers.topKm.length; i++) {
    const top = layers.topKm[i] as number;
    if (top >= sourceKm && i > 0) break;
    const bottom = Math.min(layers.topKm[i + 1] ?? Number.POSITIVE_INFINITY, sourceKm);
    thicknessKm.push(Math.max(0, bottom - top));
    velocityKmS.push(layers.velocityKmS[i] as number);
  }
  return { thicknessKm, velocityKmS };
}

function directTime(path: Path, distanceKm: number): number {
  const vMax = Math.max(...path.velocityKmS);
  const total = path.thicknessKm.reduce((sum, h) => sum + h, 0);
  if (total < 1e-9) return distanceKm / (path.velocityKmS.at(-1) as number);
  // q = tan of the take-off angle in the fastest layer: X(q) is nearly linear, so Newton is quick.
  let low = 0;
  let high = distanceKm / thicknessOfFastest(path, vMax) + 1e-9;
  let q = Math.min(high, distanceKm / total);
  for (let iteration = 0; iteration < 60; iteration++) {
    const p = q / (vMax * Math.sqrt(1 + q * q));
    const slope = 1 / (vMax * (1 + q * q) ** 1.5);
    let x = 0;
    let dx = 0;
    for (let i = 0; i < path.thicknessKm.length; i++) {
      const v = path.velocityKmS[i] as number;
      const cosine2 = Math.max(1e-14, 1 - p * p * v * v);
      const term = ((path.thicknessKm[i] as number) * v) / Math.sqrt(cosine2);
      x += p * term;
      dx += term / cosine2;
    }
    const miss = x - distanceKm;
    if (Math.abs(miss) < 1e-7) break;
    if (miss > 0) high = q;
    else low = q;
    const newton = q - miss / (dx * slope);
    q = newton > low && newton < high ? newton : (low + high) / 2;
  }
  const p = q / (vMax * Math.sqrt(1 + q * q));
  // p X + tau(p): stationary in p, so a small error of p hardly matters.
  let tau = 0;
  for (let i = 0; i < path.thicknessKm.length; i++) {
    const v = path.velocityKmS[i] as number;
    tau += (path.thicknessKm[i] as number) * Math.sqrt(Math.max(0, 1 / (v * v) - p * p));
  }
  return p * distanceKm + tau;
}

function thicknessOfFastest(path: Path, vMax: number): number {
  let thickness = 0;
  path.velocityKmS.forEach((v, i) => {
    if (v === vMax) thickness += path.thicknessKm[i] as number;
  });
  return Math.max(1e-9, thickness);
}

function headWaves(layers: FlatLayers, sourceKm: number, above: Path): HeadWave[] {
  const heads: HeadWave[] = [];
  let fastest = Math.max(...above.velocityKmS);
  const sourceLayer = above.velocityKmS.length - 1;
  for (let n = sourceLayer + 1; n < layers.topKm.length; n++) {
    const v = layers.velocityKmS[n] as number;
    if (v > fastest) heads.push(headWave(layers, sourceKm, n, 1 / v));
    fastest = Math.max(fastest, v);
  }
  return heads;
}

function headWave(layers: FlatLayers, sourceKm: number, n: number, slowness: number): HeadWave {
  let interceptS = 0;
  let criticalKm = 0;
  for (let i = 0; i < n; i++) {
    const top = layers.topKm[i] as number;
    const bottom = layers.topKm[i + 1] as number;
    // Twice below the source (down and up), once above it.
    const path = bottom - top + Math.max(0, bottom - Math.max(top, sourceKm));
    const v = layers.velocityKmS[i] as number;
    const vertical = Math.sqrt(1 / (v * v) - slowness * slowness);
    interceptS += path * vertical;
    criticalKm += (path * slowness) / vertical;
  }
  return { slowness, interceptS, criticalKm };
}
