/**
 * Butterworth filters as second-order sections, designed like `scipy.signal.butter(...,
 * output='sos')`, applied causally.
 * @module
 */
import { InvalidInputError } from '../../core/errors.js';

/** One section: H(z) = (b0 + b1 z^-1 + b2 z^-2) / (1 + a1 z^-1 + a2 z^-2). */
export interface Section {
  readonly b0: number;
  readonly b1: number;
  readonly b2: number;
  readonly a1: number;
  readonly a2: number;
}

interface Complex {
  readonly re: number;
  readonly im: number;
}

/**
 * Sections of a digital Butterworth filter. `order` is that of the low-pass prototype (a band-pass
 * has twice as many poles, as in scipy). The bilinear transform is pre-warped, so the corners are
 * exact. Throws InvalidInputError when a corner is not between 0 and the Nyquist frequency.
 */
export function butterworth(
  input: { readonly order: number; readonly rateHz: number } & (
    | { readonly kind: 'lowpass' | 'highpass'; readonly cornerHz: number }
    | { readonly kind: 'bandpass'; readonly lowHz: number; readonly highHz: number }
  ),
): Section[] {
  const { order, rateHz } = input;
  const corners = input.kind === 'bandpass' ? [input.lowHz, input.highHz] : [input.cornerHz];
  if (
    !Number.isInteger(order) ||
    order < 1 ||
    corners.some((f) => !(f > 0 && f < rateHz / 2)) ||
    (corners[1] ?? Infinity) <= (corners[0] as number)
  ) {
    throw new InvalidInputError({
      what: 'filter',
      reason: `order ${order}, corners ${corners.join(' and ')} Hz at ${rateHz} Hz`,
      remedy: 'give an order of at least 1 and ascending corners between 0 and half the rate',
    });
  }
  // Analogue frequencies for a sampling interval of 1/2, where the bilinear transform is
  // z = (1 + s/4) / (1 - s/4).
  const warped = corners.map((f) => 4 * Math.tan((Math.PI * f) / rateHz));
  const prototype = Array.from({ length: order }, (_, k): Complex => {
    const angle = (Math.PI * (2 * k + 1)) / (2 * order) + Math.PI / 2;
    // The middle pole of an odd order is real; rounding would leave a tiny imaginary part.
    return { re: Math.cos(angle), im: 2 * k + 1 === order ? 0 : Math.sin(angle) };
  });
  const poles = prototype.flatMap((pole) => analoguePoles(input.kind, pole, warped)).map(bilinear);
  const sections = pairPoles(poles).map((denominator) => section(input.kind, denominator));
  const gain = gainAt(sections, referenceAngle(input.kind, corners, rateHz));
  const [first, ...rest] = sections as [Section, ...Section[]];
  return [{ ...first, b0: first.b0 / gain, b1: first.b1 / gain, b2: first.b2 / gain }, ...rest];
}

/** Causal filtering (direct form II transposed, float64). Copies; `samples` is not changed. */
export function sosFilter(
  sections: readonly Section[],
  samples: ArrayLike<number>,
  options: {
    /**
     * 'zero': at rest before the first sample, as scipy's `sosfilt`. 'steady': as if the first
     * sample had lasted for ever (`sosfilt_zi` times it), which avoids a step from an offset.
     */
    readonly initial: 'zero' | 'steady';
  },
): Float64Array {
  const output = Float64Array.from(samples);
  let level = options.initial === 'steady' ? (output[0] ?? 0) : 0;
  for (const { b0, b1, b2, a1, a2 } of sections) {
    // Steady state of a constant input `level`: output `level * B / A`.
    const settled = (level * (b0 + b1 + b2)) / (1 + a1 + a2);
    let z1 = settled - b0 * level;
    let z2 = b2 * level - a2 * settled;
    for (let i = 0; i < output.length; i++) {
      const x = output[i] as number;
      const y = b0 * x + z1;
      z1 = b1 * x - a1 * y + z2;
      z2 = b2 * x - a2 * y;
      output[i] = y;
    }
    level = settled;
  }
  return output;
}

function analoguePoles(
  kind: 'lowpass' | 'highpass' | 'bandpass',
  pole: Complex,
  warped: readonly number[],
): Complex[] {
  const [low, high] = warped as [number, number];
  if (kind === 'lowpass') return [{ re: pole.re * low, im: pole.im * low }];
  if (kind === 'highpass') {
    const scale = low / (pole.re ** 2 + pole.im ** 2);
    return [{ re: pole.re * scale, im: -pole.im * scale }];
  }
  // s^2 - p (high - low) s + low high = 0
  const half = { re: (pole.re * (high - low)) / 2, im: (pole.im * (high - low)) / 2 };
  const root = squareRoot({
    re: half.re ** 2 - half.im ** 2 - low * high,
    im: 2 * half.re * half.im,
  });
  return [
    { re: half.re + root.re, im: half.im + root.im },
    { re: half.re - root.re, im: half.im - root.im },
  ];
}

function bilinear(s: Complex): Complex {
  const d = (4 - s.re) ** 2 + s.im ** 2;
  return { re: (16 - s.re ** 2 - s.im ** 2) / d, im: (8 * s.im) / d };
}

function squareRoot(z: Complex): Complex {
  const size = Math.hypot(z.re, z.im);
  const re = Math.sqrt(Math.max(0, (size + z.re) / 2));
  const im = Math.sqrt(Math.max(0, (size - z.re) / 2));
  return { re, im: z.im < 0 ? -im : im };
}

/** Denominators a1, a2 of the sections: conjugate pairs, then real poles two by two. */
function pairPoles(poles: readonly Complex[]): { a1: number; a2: number }[] {
  const pairs = poles
    .filter((p) => p.im > 1e-12)
    .map((p) => ({ a1: -2 * p.re, a2: p.re ** 2 + p.im ** 2 }));
  const real = poles
    .filter((p) => Math.abs(p.im) <= 1e-12)
    .map((p) => p.re)
    .sort((a, b) => a - b);
  for (let i = 0; i < real.length; i += 2) {
    const [p, q = 0] = [real[i] as number, real[i + 1]];
    pairs.push({ a1: -(p + q), a2: p * q });
  }
  return pairs;
}

/** Zeros at -1 (low-pass), +1 (high-pass) or both (band-pass); one fewer for a single pole. */
function section(
  kind: 'lowpass' | 'highpass' | 'bandpass',
  { a1, a2 }: { a1: number; a2: number },
): Section {
  if (kind === 'bandpass') return { b0: 1, b1: 0, b2: -1, a1, a2 };
  const sign = kind === 'lowpass' ? 1 : -1;
  return a2 === 0 ? { b0: 1, b1: sign, b2: 0, a1, a2 } : { b0: 1, b1: 2 * sign, b2: 1, a1, a2 };
}

/** Angle at which a Butterworth filter has gain exactly 1. */
function referenceAngle(
  kind: 'lowpass' | 'highpass' | 'bandpass',
  corners: readonly number[],
  rateHz: number,
): number {
  if (kind === 'lowpass') return 0;
  if (kind === 'highpass') return Math.PI;
  const [low, high] = corners.map((f) => Math.tan((Math.PI * f) / rateHz)) as [number, number];
  return 2 * Math.atan(Math.sqrt(low * high));
}

function gainAt(sections: readonly Section[], angle: number): number {
  const [c1, s1, c2, s2] = [
    Math.cos(angle),
    Math.sin(angle),
    Math.cos(2 * angle),
    Math.sin(2 * angle),
  ];
  return sections.reduce((gain, { b0, b1, b2, a1, a2 }) => {
    const top = Math.hypot(b0 + b1 * c1 + b2 * c2, b1 * s1 + b2 * s2);
    const bottom = Math.hypot(1 + a1 * c1 + a2 * c2, a1 * s1 + a2 * s2);
    return (gain * top) / bottom;
  }, 1);
}
