/**
 * Displacement and its gradient inside an elastic half-space due to a rectangular dislocation.
 * In: one rectangle and points at or below the surface. Out: east, north, up displacement (m) and the nine
 * derivatives, float64. Okada (1992), BSSA 82, 1018-1040: u = A(z) - A(-z) + B(z) + z C(z).
 * @module
 */
import { InvalidInputError } from '../../core/errors.js';
import { corner, dipTerms, type CornerPlane } from './okada-corner.js';
import type { Displacement, OkadaSource, SurfacePoints } from './okada.js';
import { partA, partB, partC, type Elastic, type Slip } from './okada-tables.js';

/** Points at or below the surface, local metres. */
export interface InteriorPoints extends SurfacePoints {
  /** Height above the surface, m: 0 or negative. */
  readonly upM: Float64Array;
}

/** Displacement, m, and its gradient at each point. */
export interface DisplacementGradient extends Displacement {
  /** [9, n]: duE/dE, duE/dN, duE/dU, duN/dE, duN/dN, duN/dU, duU/dE, duU/dN, duU/dU. */
  readonly gradient: Float64Array;
}

const RAD = Math.PI / 180;

/**
 * Displacement and gradient at points. On the rectangle itself the mean of both sides; on its edges, where
 * the displacement is infinite, the value a billionth of its size away. Throws InvalidInputError for points above the
 * surface.
 */
export function okadaInterior(source: OkadaSource, points: InteriorPoints): DisplacementGradient {
  // A plane of negative dip is one of positive dip with the opposite strike and slip.
  if (source.dipDeg < 0) {
    const { strikeDeg, dipDeg, rakeDeg } = source;
    const turned = { strikeDeg: strikeDeg + 180, dipDeg: -dipDeg, rakeDeg: rakeDeg + 180 };
    return okadaInterior({ ...source, ...turned }, points);
  }
  const frame = frameOf(source);
  const n = points.eastM.length;
  const out = {
    eastM: new Float64Array(n),
    northM: new Float64Array(n),
    upM: new Float64Array(n),
    gradient: new Float64Array(9 * n),
  };
  for (let i = 0; i < n; i++) {
    const up = points.upM[i] as number;
    if (!(up <= 0)) {
      throw new InvalidInputError({
        what: `point ${i} of the interior`,
        reason: `it lies ${up} m above the surface`,
        remedy: 'give points at or below the surface: upM <= 0',
      });
    }
    const east = (points.eastM[i] as number) - source.eastM;
    const north = (points.northM[i] as number) - source.northM;
    const { sinStrike: s, cosStrike: c } = frame;
    const u = inFaultAxes(frame, east * s + north * c, north * s - east * c, up);
    out.eastM[i] = at(u, 0) * s - at(u, 1) * c;
    out.northM[i] = at(u, 0) * c + at(u, 1) * s;
    out.upM[i] = at(u, 2);
    // Rows x, y, z of du/dx, du/dy, du/dz turned to east, north, up on both sides.
    const turned = [0, 1, 2].map((k) => {
      const [dx, dy, dz] = [at(u, 3 + k), at(u, 6 + k), at(u, 9 + k)];
      return [dx * s - dy * c, dx * c + dy * s, dz] as const;
    }) as [Triple, Triple, Triple];
    for (let k = 0; k < 3; k++) {
      const [x, y, z] = [turned[0][k], turned[1][k], turned[2][k]] as [number, number, number];
      out.gradient[k * n + i] = x * s - y * c;
      out.gradient[(3 + k) * n + i] = x * c + y * s;
      out.gradient[(6 + k) * n + i] = z;
    }
  }
  return out;
}

type Triple = readonly [number, number, number];

function at(values: Float64Array, k: number): number {
  return values[k] as number;
}

interface Frame {
  readonly sinStrike: number;
  readonly cosStrike: number;
  readonly plane: CornerPlane;
  readonly elastic: Elastic;
  readonly slip: Slip;
  readonly centroidDepthM: number;
  readonly lengthM: number;
  readonly widthM: number;
}

function frameOf(source: OkadaSource): Frame {
  const { lengthM, widthM, slipM, centroidDepthM } = source;
  const vertical = Math.abs(source.dipDeg - 90) < 1e-9;
  const dipRad = vertical ? Math.PI / 2 : source.dipDeg * RAD;
  // alpha = (lambda + mu) / (lambda + 2 mu)
  const alpha = 0.5 / (1 - (source.poissonRatio ?? 0.25));
  return {
    sinStrike: Math.sin(source.strikeDeg * RAD),
    cosStrike: Math.cos(source.strikeDeg * RAD),
    plane: {
      dipRad,
      sin: Math.sin(dipRad),
      cos: vertical ? 0 : Math.cos(dipRad),
      tiny: 1e-12 * (lengthM + widthM),
    },
    elastic: { alpha },
    slip: {
      strike: slipM * Math.cos(source.rakeDeg * RAD),
      dip: slipM * Math.sin(source.rakeDeg * RAD),
      opening: source.openingM ?? 0,
    },
    ...{ centroidDepthM, lengthM, widthM },
  };
}

/** u, du/dx, du/dy, du/dz (12 values) with x along strike, y up-dip, from above the centre. */
function inFaultAxes(frame: Frame, x: number, y: number, z: number): Float64Array {
  const { plane, centroidDepthM, lengthM, widthM } = frame;
  const { sin, cos, tiny } = plane;
  const snap = (value: number): number => (Math.abs(value) <= tiny ? 0 : value);
  const place = (depth: number) => {
    const p = y * cos + depth * sin;
    return {
      q: snap(y * sin - depth * cos),
      xis: [snap(x + lengthM / 2), snap(x - lengthM / 2)] as const,
      etas: [snap(p + widthM / 2), snap(p - widthM / 2)] as const,
    };
  };
  const real = place(centroidDepthM + z);
  const image = place(centroidDepthM - z);
  for (const { q, xis, etas } of [real, image]) {
    const onXi = xis[0] * xis[1] <= 0 && etas[0] * etas[1] === 0;
    const onEta = etas[0] * etas[1] <= 0 && xis[0] * xis[1] === 0;
    if (q === 0 && (onXi || onEta)) {
      const hair = 1e-9 * (lengthM + widthM);
      return inFaultAxes(frame, x + hair, y + hair, z);
    }
  }
  const u = new Float64Array(12);
  for (const [j, k, sign] of [
    [0, 0, 1],
    [0, 1, -1],
    [1, 0, -1],
    [1, 1, 1],
  ] as const) {
    const below = corner(real.xis[j], real.etas[k], real.q, plane);
    const a = partA(below, plane, frame.elastic, frame.slip);
    for (let i = 0; i < 12; i += 3) {
      // The derivative downwards of a function of -z has the other sign.
      const s = i < 9 ? -sign : sign;
      add(u, i, s * at(a, i));
      add(u, i + 1, s * (at(a, i + 1) * cos - at(a, i + 2) * sin));
      add(u, i + 2, s * (at(a, i + 1) * sin + at(a, i + 2) * cos));
    }
    const above = corner(image.xis[j], image.etas[k], image.q, plane);
    const [a2, b, c] = [
      partA(above, plane, frame.elastic, frame.slip),
      partB(above, dipTerms(above, plane), plane, frame.elastic, frame.slip),
      partC(above, z, plane, frame.elastic, frame.slip),
    ];
    for (let i = 0; i < 12; i += 3) {
      const ab = (k2: number): number => at(a2, i + k2) + at(b, i + k2);
      const zc = (k2: number): number => z * at(c, i + k2);
      add(u, i, sign * (ab(0) + zc(0)));
      add(u, i + 1, sign * ((ab(1) + zc(1)) * cos - (ab(2) + zc(2)) * sin));
      add(u, i + 2, sign * ((ab(1) - zc(1)) * sin + (ab(2) - zc(2)) * cos));
    }
    add(u, 9, sign * at(c, 0));
    add(u, 10, sign * (at(c, 1) * cos - at(c, 2) * sin));
    add(u, 11, -sign * (at(c, 1) * sin + at(c, 2) * cos));
  }
  return u;
}

function add(values: Float64Array, i: number, amount: number): void {
  values[i] = (values[i] as number) + amount;
}
