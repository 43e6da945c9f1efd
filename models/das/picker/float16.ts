/**
 * IEEE 754 half precision, in which weights are stored. Values in, bits out, and back.
 * @module
 */

const bits = new Uint32Array(1);
const value = new Float32Array(bits.buffer);

/** Nearest half-precision number (ties to even); beyond 65504 the largest. */
export function toFloat16(x: number): number {
  value[0] = Math.max(-65504, Math.min(65504, x));
  const word = bits[0] as number;
  const sign = (word >>> 16) & 0x8000;
  const exponent = ((word >>> 23) & 0xff) - 112;
  const mantissa = word & 0x7fffff;
  if (exponent >= 1) {
    // A carry out of the mantissa raises the exponent, as it should.
    const kept = (exponent << 10) | (mantissa >>> 13);
    return sign | (kept + roundUp(mantissa & 0x1fff, 0x1000, kept));
  }
  if (exponent < -10) return sign;
  const full = mantissa | 0x800000;
  const shift = 14 - exponent;
  const kept = full >>> shift;
  return sign | (kept + roundUp(full & ((1 << shift) - 1), 1 << (shift - 1), kept));
}

function roundUp(rest: number, half: number, kept: number): number {
  return rest > half || (rest === half && (kept & 1) === 1) ? 1 : 0;
}

/** Value of half-precision bits. */
export function fromFloat16(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 0x1f;
  const mantissa = half & 0x3ff;
  if (exponent === 0) return sign * mantissa * 2 ** -24;
  if (exponent === 31) return mantissa ? Number.NaN : sign * Infinity;
  return sign * (1 + mantissa / 1024) * 2 ** (exponent - 15);
}
