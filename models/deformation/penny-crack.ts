/**
 * Surface displacement of a pressurised horizontal penny-shaped crack in an elastic half-space.
 * In: the crack and points. Out: east, north, up displacement, float64.
 * Fialko, Khazan and Simons (2001), GJI 146, 181-190: two Fredholm equations of the second kind for the functions phi and psi on
 * the radius (Gauss-Legendre), whose Hankel transforms at the surface are integrals of exponentials and
 * Bessel functions and are taken in closed form.
 * @module
 */
import { gaussLegendre, noDisplacement } from './point-sources.js';
import type { Displacement, SurfacePoints } from './okada.js';
import { solveDense } from './dense-solve.js';

export interface PennySource {
  readonly eastM: number;
  readonly northM: number;
  /** Depth of the crack, m, > 0. */
  readonly depthM: number;
  readonly radiusM: number;
  /** Excess pressure divided by the shear modulus. */
  readonly pressureRatio: number;
  /** 0.25 when absent. */
  readonly poissonRatio?: number;
}

/** phi and psi at the nodes t with weights w, radius 1. */
interface Densities {
  readonly t: Float64Array;
  readonly w: Float64Array;
  readonly phi: Float64Array;
  readonly psi: Float64Array;
}

/** Surface displacement of a penny-shaped crack at points. */
export function pennyDisplacement(source: PennySource, points: SurfacePoints): Displacement {
  const nu = source.poissonRatio ?? 0.25;
  const a = source.radiusM;
  const h = source.depthM / a;
  const { t, w, phi, psi } = densities(h);
  const out = noDisplacement(points.eastM.length);
  const scale = 2 * (1 - nu) * a * source.pressureRatio;
  for (let i = 0; i < points.eastM.length; i++) {
    const east = ((points.eastM[i] as number) - source.eastM) / a;
    const north = ((points.northM[i] as number) - source.northM) / a;
    const r = Math.sqrt(east * east + north * north);
    let [vertical, radial] = [0, 0];
    for (let k = 0; k < t.length; k++) {
      const node = t[k] as number;
      const f = transforms(r, h, node);
      const [p, s] = [(w[k] as number) * (phi[k] as number), (w[k] as number) * (psi[k] as number)];
      vertical += s * h * (f.j0 / node - f.j0x) + p * (f.j0 + h * f.j0xs);
      radial += s * (f.j1i / node - f.j1c - h * (f.j1 / node - f.j1xc)) - p * h * f.j1x;
    }
    out.upM[i] = -scale * vertical;
    // The radial sum is already divided by r, so that the axis is no special case.
    out.eastM[i] = scale * radial * east;
    out.northM[i] = scale * radial * north;
  }
  return out;
}

/** Volume of the opened crack, m3: 8 (1 - nu) / 3 pressure / shear modulus radius^3 at depth. */
export function pennyVolumeM3(source: PennySource): number {
  const { t, w, phi } = densities(source.depthM / source.radiusM);
  const sum = t.reduce((total, node, k) => total + node * (w[k] as number) * (phi[k] as number), 0);
  const nu = source.poissonRatio ?? 0.25;
  return -4 * Math.PI * (1 - nu) * source.pressureRatio * source.radiusM ** 3 * sum;
}

/**
 * Integrals over x from 0 to infinity of exp(-x h) times sin(x t) or cos(x t), J0(x r) or J1(x r) / r, and a power of x;
 * with s = h - i t and S = sqrt(r^2 + s^2): J0 gives 1 / S, x J0 s / S^3, J1 / r 1 / (S (S + s)),
 * x J1 / r 1 / S^3, J1 / (x r) 1 / (S + s).
 */
function transforms(r: number, h: number, t: number) {
  // S, principal root of r^2 + h^2 - t^2 - 2 i h t.
  const re = r * r + h * h - t * t;
  const im = -2 * h * t;
  const modulus = Math.hypot(re, im);
  const sRe = Math.sqrt((modulus + re) / 2);
  const sIm = re >= 0 ? im / (2 * sRe) : -Math.sqrt((modulus - re) / 2);
  const root = re >= 0 ? { re: sRe, im: sIm } : { re: im / (2 * sIm), im: sIm };
  const [a, b] = [root.re, root.im];
  const s2 = a * a + b * b;
  // 1 / S, 1 / S^3, 1 / (S + s)
  const inv = { re: a / s2, im: -b / s2 };
  const inv2 = { re: re / (modulus * modulus), im: -im / (modulus * modulus) };
  const inv3 = times(inv, inv2);
  const sumRe = a + h;
  const sumIm = b - t;
  const sum2 = sumRe * sumRe + sumIm * sumIm;
  const invSum = { re: sumRe / sum2, im: -sumIm / sum2 };
  const j1 = times(inv, invSum);
  const j0x = times(inv3, { re: h, im: -t });
  return {
    j0: inv.im,
    j0x: j0x.re,
    j0xs: j0x.im,
    j1: j1.im,
    j1c: j1.re,
    j1x: inv3.im,
    j1xc: inv3.re,
    j1i: invSum.im,
  };
}

interface Complex {
  readonly re: number;
  readonly im: number;
}

function times(x: Complex, y: Complex): Complex {
  return { re: x.re * y.re - x.im * y.im, im: x.re * y.im + x.im * y.re };
}

const solved = new Map<number, Densities>();

/** Solves the Fredholm equations for a depth of h radii (their equations 27 and 28). */
function densities(h: number): Densities {
  const known = solved.get(h);
  if (known) return known;
  // The kernels vary over 2 h: shallow cracks need more nodes.
  const n = Math.min(160, Math.max(24, Math.ceil(24 / Math.min(1, h))));
  const rule = gaussLegendre(n);
  const t = rule.nodes.map((x) => (x + 1) / 2);
  const w = rule.weights.map((x) => x / 2);
  const size = 2 * n;
  const matrix = new Float64Array(size * size);
  const right = new Float64Array(size);
  for (let i = 0; i < n; i++) {
    const ti = t[i] as number;
    right[i] = (-2 * ti) / Math.PI;
    for (let j = 0; j < n; j++) {
      const rj = t[j] as number;
      const k = kernels(h, ti, rj);
      const weight = ((2 / Math.PI) * (w[j] as number)) as number;
      matrix[i * size + j] = -weight * k.t1;
      matrix[i * size + n + j] = -weight * k.t3;
      matrix[(n + i) * size + j] = -weight * kernels(h, rj, ti).t3;
      matrix[(n + i) * size + n + j] = -weight * k.t2;
    }
  }
  for (let i = 0; i < size; i++) {
    matrix[i * size + i] = (matrix[i * size + i] as number) + 1;
  }
  const solution = solveDense(matrix, right);
  const made = { t, w, phi: solution.slice(0, n), psi: solution.slice(n) };
  if (solved.size > 64) solved.clear();
  solved.set(h, made);
  return made;
}

/** T1, T2, T3 of Fialko et al. (2001), appendix A. */
function kernels(h: number, t: number, r: number): { t1: number; t2: number; t3: number } {
  const minus = parts(h, t - r);
  const plus = parts(h, t + r);
  return {
    t1: 4 * h ** 3 * (minus.p1 - plus.p1),
    t2: (h / (t * r)) * (minus.p2 - plus.p2) + h * (minus.p3 + plus.p3),
    t3: ((h * h) / r) * (minus.p4 - plus.p4 - 2 * r * ((t - r) * minus.p1 + (t + r) * plus.p1)),
  };
}

function parts(h: number, x: number): { p1: number; p2: number; p3: number; p4: number } {
  const [h2, x2] = [h * h, x * x];
  const base = 4 * h2 + x2;
  return {
    p1: (12 * h2 - x2) / base ** 3,
    p2: Math.log(base) + (8 * h2 * h2 + 2 * x2 * h2 - x2 * x2) / base ** 2,
    p3: (2 * (8 * h2 * h2 - 2 * x2 * h2 + x2 * x2)) / base ** 3,
    p4: (4 * h2 - x2) / base ** 2,
  };
}
