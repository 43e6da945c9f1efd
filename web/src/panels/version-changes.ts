/** What changed from one version of an origin to the next. Pure. @module */
import { fixed, probability, signed, sourceName } from '../format.js';
import { move } from '../geometry.js';
import type { StoredOrigin } from '../types.js';

/** Sentences; `null` before means the first version. */
export function changesOf(before: StoredOrigin | null, after: StoredOrigin): string[] {
  if (!before) return ['first version'];
  const [a, b] = [before.origin, after.origin];
  const changes: string[] = [];
  const magnitude = b.magnitude.mean - a.magnitude.mean;
  if (Math.abs(magnitude) >= 0.005) changes.push(`magnitude ${signed(magnitude, 2)}`);
  const seconds = (Date.parse(b.originTime) - Date.parse(a.originTime)) / 1000;
  if (Math.abs(seconds) >= 0.01) changes.push(`origin time ${signed(seconds, 2)} s`);
  const { distanceKm, direction } = move(pointOf(a), pointOf(b));
  if (distanceKm >= 0.05) changes.push(`moved ${fixed(distanceKm, 1)} km ${direction}`);
  const depth = b.depthKm.mean - a.depthKm.mean;
  if (Math.abs(depth) >= 0.05) changes.push(`depth ${signed(depth, 1)} km`);
  const size = b.ellipse90.semiMajorKm - a.ellipse90.semiMajorKm;
  if (Math.abs(size) >= 0.05) changes.push(`ellipse axis ${signed(size, 1)} km`);
  const [p, q] = [probability(a.existenceProbability), probability(b.existenceProbability)];
  if (p !== q) changes.push(`probability ${p} to ${q}`);
  const [had, has] = [sourcesOf(before), sourcesOf(after)];
  const added = has.filter((source) => !had.includes(source));
  const lost = had.filter((source) => !has.includes(source));
  if (added.length > 0) changes.push(`new source: ${added.map(sourceName).join(', ')}`);
  if (lost.length > 0) changes.push(`without ${lost.map(sourceName).join(', ')}`);
  if (after.provenance.codeVersion !== before.provenance.codeVersion) {
    changes.push(`code ${after.provenance.codeVersion}`);
  }
  return changes.length > 0 ? changes : ['no change in the shown numbers'];
}

function pointOf({ latitude, longitude }: StoredOrigin['origin']): {
  latitude: number;
  longitude: number;
} {
  return { latitude: latitude.mean, longitude: longitude.mean };
}

function sourcesOf({ origin }: StoredOrigin): string[] {
  return origin.contributions.filter(({ items }) => items > 0).map(({ source }) => source);
}
