/**
 * Surface displacement of a pressurised prolate spheroid of any orientation in an elastic half-space.
 * In: the spheroid and points. Out: east, north, up displacement, float64.
 * Yang, Davis and Dieterich (1988), JGR 93, 4249-4257: centres of dilatation and double forces between the
 * foci. Their closed form is the integral over that line and divides by the cosine of the plunge and by powers of the focal
 * distance; the same integral by Gauss-Legendre quadrature has no singular case, vertical and horizontal axes and
 * the sphere included.
 * @module
 */
import { addDilatation, addTensilePoint, gaussLegendre, noDisplacement } from './point-sources.js';
import type { Displacement, SurfacePoints } from './okada.js';

export interface SpheroidSource {
  readonly eastM: number;
  readonly northM: number;
  /** Depth of the centre, m. */
  readonly depthM: number;
  /** Half the long axis, m. */
  readonly semiMajorM: number;
  /** Half the short axes, m; at most the long one. */
  readonly semiMinorM: number;
  /** Azimuth towards which the long axis goes down, degrees clockwise from north. */
  readonly trendDeg: number;
  /** Angle of the long axis below the horizontal, degrees, 0 to 90. */
  readonly plungeDeg: number;
  /** Pressure divided by the shear modulus. */
  readonly pressureRatio: number;
  /** 0.25 when absent. */
  readonly poissonRatio?: number;
}

const RAD = Math.PI / 180;

/** Surface displacement of a spheroid at points. */
export function spheroidDisplacement(source: SpheroidSource, points: SurfacePoints): Displacement {
  const nu = source.poissonRatio ?? 0.25;
  const { semiMajorM: a, semiMinorM: b, depthM } = source;
  const c = Math.sqrt(Math.max(0, (a - b) * (a + b)));
  const { dilation, mean } = strengths(a, b, c, nu, source.pressureRatio);
  const [sin, cos] = [Math.sin(source.plungeDeg * RAD), Math.cos(source.plungeDeg * RAD)];
  const [toEast, toNorth] = [Math.sin(source.trendDeg * RAD), Math.cos(source.trendDeg * RAD)];
  const out = noDisplacement(points.eastM.length);
  const { nodes, weights } = gaussLegendre(nodesFor(depthM - c * sin, c));
  nodes.forEach((t, i) => {
    const weight = weights[i] as number;
    const along = c * t;
    // Positive t goes up, against the trend.
    const place = {
      eastM: source.eastM - toEast * cos * along,
      northM: source.northM - toNorth * cos * along,
      depthM: depthM - sin * along,
      poissonRatio: nu,
    };
    const parabola = Math.PI * a * b * b * weight * (1 - t * t);
    const quadrupole =
      c > 0
        ? (((Math.PI * a * b ** 4 * dilation) / (c * c)) * weight * (3 * t * t - 1)) /
          (4 * (1 - nu))
        : 0;
    addTensilePoint(out, points, {
      ...place,
      potencyM3: -0.5 * dilation * parabola,
      strikeDeg: source.trendDeg + 90,
      dipDeg: 90 - source.plungeDeg,
    });
    addDilatation(out, points, {
      ...place,
      volumeM3: (parabola * (nu * dilation - (1 - 2 * nu) * mean)) / (2 * (1 - nu)) + quadrupole,
    });
  });
  return out;
}

/** Nodes for twelve digits: the integrand is analytic up to the distance `clear` from the line. */
function nodesFor(clear: number, half: number): number {
  if (half === 0) return 2; // exact for the parabola
  const ratio = Math.max(0.02, clear / half);
  return Math.min(400, Math.max(4, Math.ceil(16 / Math.asinh(ratio))));
}

/**
 * Eshelby's constraint for a pressurised spheroid: the stress-free strains, as Yang's P_d and P* divided
 * by the shear modulus (their appendix). `dilation` and `mean` are of the sign of the expansion of Yang's integrand.
 */
function strengths(
  a: number,
  b: number,
  c: number,
  nu: number,
  pressure: number,
): { readonly dilation: number; readonly mean: number } {
  const e2 = (c / a) ** 2;
  const lambda = (2 * nu) / (1 - 2 * nu); // divided by the shear modulus, as all stresses here
  const ia = 4 * Math.PI * (b / a) ** 2 * axisSeries(e2, 3);
  const iaa = ((4 * Math.PI * (b / a) ** 2) / (a * a)) * axisSeries(e2, 5);
  const u = 8 * Math.PI * (1 - nu);
  const q = 3 / u;
  const r = (1 - 2 * nu) / u;
  const a11 = 2 * r * (ia - 4 * Math.PI);
  const a12 = -2 * r * (ia + 4 * Math.PI);
  const a21 = q * a * a * iaa + r * ia - 1;
  const a22 = -(q * a * a * iaa + ia * (2 * r - q));
  const scale = pressure / ((3 * lambda + 2) * (a11 * a22 - a12 * a21));
  const e11 = (3 * a22 - a12) * scale;
  const e22 = (a11 - 3 * a21) * scale;
  return { dilation: 2 * (e11 - e22), mean: lambda * e11 + 2 * (lambda + 1) * e22 };
}

/** sum over k of e^(2 k) / (first + 2 k): atanh(e) / e without its first terms, divided by their power. */
function axisSeries(e2: number, first: 3 | 5): number {
  if (e2 < 0.3) {
    let [sum, power] = [0, 1];
    for (let k = 0; k < 40; k++) {
      sum += power / (first + 2 * k);
      power *= e2;
    }
    return sum;
  }
  const e = Math.sqrt(e2);
  const full = Math.atanh(e) / e;
  return first === 3 ? (full - 1) / e2 : (full - 1 - e2 / 3) / (e2 * e2);
}
