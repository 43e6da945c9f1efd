/** The rectangle of Okada (1985) as its formulas see it. @module */

/** What stays the same for all points of one rectangle. */
export interface Plane {
  readonly sin: number;
  readonly cos: number;
  /** mu / (lambda + mu) = 1 - 2 nu. */
  readonly alpha: number;
  readonly tiny: number;
}
