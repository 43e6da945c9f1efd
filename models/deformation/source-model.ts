/**
 * A source in the form the inversion needs: parameters of shape, which act nonlinearly, and
 * strengths, which act linearly on the line-of-sight displacement.
 * @module
 */
import type { LosPoints } from './line-of-sight.js';
import type { SignalArea } from './scene-noise.js';

/**
 * okada: a rectangle with slip; dike: one that opens; sill: a horizontal one; mogi: a point; mctigue: a sphere; yang: a
 * prolate spheroid; penny: a horizontal crack; pcdm: three point cracks at right angles.
 */
export const SOURCE_NAMES = [
  'okada',
  'dike',
  'sill',
  'mogi',
  'mctigue',
  'yang',
  'penny',
  'pcdm',
] as const;
export type SourceName = (typeof SOURCE_NAMES)[number];

/** How a parameter is sampled: `log` uniformly in its logarithm, `angle` on a circle of 360. */
export type ParameterScale = 'linear' | 'log' | 'angle';

export interface ParameterSpec {
  readonly name: string;
  readonly unit: string;
  readonly scale: ParameterScale;
  /** Bounds of the uniform prior, in the unit; ignored for angles. */
  readonly min: number;
  readonly max: number;
  /** A change that matters, for step sizes: in the unit, or in the logarithm for `log`. */
  readonly typical: number;
  /** Where random starts lie, natural units; the bounds when absent. */
  readonly start?: readonly [number, number];
}

export interface SourceModel {
  readonly name: SourceName;
  /** Shape first, then what gives the strengths. */
  readonly parameters: readonly ParameterSpec[];
  readonly shapeCount: number;
  readonly strengthCount: number;
  /** Line-of-sight columns for unit strengths; `values` are natural units, shape first. */
  basis(values: ArrayLike<number>, points: LosPoints): Float64Array[];
  /** Linear strengths of a full parameter vector. */
  strengths(values: ArrayLike<number>): number[];
  /** The non-shape parameters of linear strengths. */
  fromStrengths(strengths: ArrayLike<number>): number[];
  /**
   * Where one source has several descriptions: rewrites values as that which lies nearest to `best`, or as the usual
   * one for null.
   */
  fold?(values: Float64Array, best: ArrayLike<number> | null): void;
}

/** The moving area that bounds and starts are scaled by. */
export type Area = Pick<SignalArea, 'eastM' | 'northM' | 'radiusM'>;
