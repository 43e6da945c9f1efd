/**
 * In: the samples of a band, part by part in row order. Out: counts, range, mean and a hash, each as
 * numpy would give them over float64. Complex numbers count by their magnitude.
 * @module
 */
import { createHash } from 'node:crypto';
import type { SampleArray } from '../tiff/samples.js';

/** NaN and infinities are the texts 'NaN', 'Infinity', '-Infinity', which JSON numbers cannot be. */
export type JsonNumber = number | 'NaN' | 'Infinity' | '-Infinity' | null;

/** A number as JSON can carry it. */
export function jsonNumber(value: number | null): JsonNumber {
  if (value === null || Number.isFinite(value)) return value;
  return String(value) as 'NaN' | 'Infinity' | '-Infinity';
}

export interface BandStatistics {
  /** Pixels that are NaN. */
  readonly nanCount: number;
  /** Pixels that are neither NaN nor equal to nodata; the rest of the fields is of these. */
  readonly validCount: number;
  readonly min: JsonNumber;
  readonly max: JsonNumber;
  readonly mean: JsonNumber;
  /**
   * SHA-256 of every pixel as little-endian float64, row-major; every NaN as 0x7ff8000000000000; complex
   * numbers as real and imaginary part.
   */
  readonly sha256Pixels: string;
}

/** Collects statistics; `add` takes the next samples, `end` gives the result. */
export function createStatistics(input: {
  readonly nodata: number | null;
  readonly isComplex: boolean;
  readonly isSingle: boolean;
}): { add(samples: SampleArray): void; end(): BandStatistics } {
  const { isComplex, isSingle } = input;
  // A nodata value is compared as the file can hold it.
  const nodata = input.nodata === null || !isSingle ? input.nodata : Math.fround(input.nodata);
  const hash = createHash('sha256');
  let [nanCount, validCount, sum] = [0, 0, 0];
  let [min, max] = [Infinity, -Infinity];
  const count = (value: number): number => {
    if (Number.isNaN(value)) {
      nanCount++;
      return 0;
    }
    if (value === nodata) return 0;
    validCount++;
    if (value < min) min = value;
    if (value > max) max = value;
    return value;
  };
  return {
    add: (samples) => {
      const wide = Float64Array.from(samples);
      let part = 0;
      if (isComplex) {
        for (let i = 0; i < wide.length; i += 2) {
          part += count(magnitude(wide[i] as number, wide[i + 1] as number, isSingle));
        }
      } else for (const value of wide) part += count(value);
      // Sums of parts lose less than one long sum.
      sum += part;
      hash.update(canonicalBytes(wide));
    },
    end: () => {
      const isEmpty = validCount === 0;
      return {
        nanCount,
        validCount,
        min: isEmpty ? null : jsonNumber(min),
        max: isEmpty ? null : jsonNumber(max),
        mean: isEmpty ? null : jsonNumber(sum / validCount),
        sha256Pixels: hash.digest('hex'),
      };
    },
  };
}

/** As numpy takes it: in single precision each step is rounded. */
function magnitude(real: number, imaginary: number, isSingle: boolean): number {
  if (!isSingle) return Math.hypot(real, imaginary);
  const large = Math.max(Math.abs(real), Math.abs(imaginary));
  const small = Math.min(Math.abs(real), Math.abs(imaginary));
  if (!(large > 0) || large === Infinity) return large;
  const ratio = Math.fround(small / large);
  return Math.fround(large * Math.fround(Math.sqrt(Math.fround(1 + Math.fround(ratio * ratio)))));
}

function canonicalBytes(values: Float64Array): Uint8Array {
  const view = new DataView(values.buffer);
  values.forEach((value, i) => {
    if (Number.isNaN(value)) view.setBigUint64(8 * i, 0x7ff8000000000000n, true);
  });
  return new Uint8Array(values.buffer);
}
