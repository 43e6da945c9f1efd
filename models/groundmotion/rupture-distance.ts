/**
 * Distance to a rupture of which only the hypocentre and the magnitude are known. Epicentral distance
 * in, expected Joyner-Boore distance out.
 * @module
 */

const STRIKES = 12;
const PLACES = 5;

/**
 * Mean distance to the surface projection of a vertical rupture of the length of Wells and Coppersmith
 * (1994; log10 L = -2.44 + 0.59 M, all mechanisms), over all strikes and over hypocentres anywhere
 * along it: what Thompson and Worden (2018, BSSA 108) do for point sources, without their tables.
 * Grows with epicentral distance, falls with magnitude.
 */
export function expectedRuptureDistanceKm(input: {
  readonly magnitude: number;
  readonly distanceKm: number;
}): number {
  const { distanceKm } = input;
  const lengthKm = 10 ** (-2.44 + 0.59 * input.magnitude);
  if (lengthKm < 0.02 * distanceKm) return distanceKm;
  let sum = 0;
  for (let s = 0; s < STRIKES; s++) {
    const angle = ((s + 0.5) * Math.PI) / STRIKES;
    const along = distanceKm * Math.cos(angle);
    const across = distanceKm * Math.sin(angle);
    for (let p = 0; p < PLACES; p++) {
      const behind = ((p + 0.5) / PLACES) * lengthKm;
      const beyond = Math.max(0, along - (lengthKm - behind), -behind - along);
      sum += Math.hypot(across, beyond);
    }
  }
  return sum / (STRIKES * PLACES);
}
