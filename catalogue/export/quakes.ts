/**
 * What every export starts from, and the small conversions that they share. Pure.
 * @module
 */
import type { Quake, StoredOrigin } from '../../core/quake.js';
import type { IsoTime } from '../../core/time.js';

/** An event with all its origins, oldest first. */
export interface ExportedQuake {
  readonly quake: Quake;
  readonly origins: readonly StoredOrigin[];
}

/** Input of every encoder: the same input gives the same bytes. */
export interface ExportInput {
  readonly quakes: readonly ExportedQuake[];
  /** Time written into the file as its own; give a fixed one for reproducible files. */
  readonly generatedAt: IsoTime;
}

/** Name of this catalogue in files: agency, network code and author. */
export const AGENCY = 'quakeloom';

/** Longitude from -180 to 180, as exchange formats want it. */
export function normalLongitude(degrees: number): number {
  if (degrees >= -180 && degrees <= 180) return degrees;
  return ((((degrees + 180) % 360) + 360) % 360) - 180;
}

/**
 * A number of kilometres in metres, exact in decimal: 22.123 km is 22123 m, not 22122.999999999996.
 */
export function kmToM(km: number): number {
  const [digits, exponent = '0'] = String(km).split('e');
  return Number(`${digits}e${Number(exponent) + 3}`);
}

/**
 * What happened, in the words of QuakeML's EventType (BED 1.2, section 3.3). A simulated quake is no
 * earthquake: a program that only reads this field must not mistake it for one.
 */
export function eventType(origin: StoredOrigin): 'earthquake' | 'other event' {
  return origin.provenance.synthetic ? 'other event' : 'earthquake';
}

/** One line for a person, for example `M 7.2 - mexico`; simulated quakes say so first. */
export function titleOf(origin: StoredOrigin): string {
  const magnitude = origin.origin.magnitude.mean.toFixed(1);
  return `${origin.provenance.synthetic ? 'SIMULATED ' : ''}M ${magnitude} - ${origin.regionId}`;
}
