/**
 * Weights of interferograms from their coherence.
 * @module
 */

/** Coherence outside these limits is taken as the limit: the bound below holds for neither. */
const [LEAST, MOST] = [0.05, 0.999];

/**
 * Inverse variance of an interferometric phase, 1 / rad^2: the Cramer-Rao bound (1 - g^2) / (2 L g^2) of
 * coherence g and L independent looks (Rodriguez and Martin 1992, eq. 25; Hanssen 2001, eq. 4.2.32).
 */
export function phaseWeight(coherence: number, looks: number): number {
  const g = Math.min(MOST, Math.max(LEAST, coherence));
  return (2 * looks * g * g) / (1 - g * g);
}
