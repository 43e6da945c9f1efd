/**
 * In: an inversion. Out: what a person must know before believing it.
 * @module
 */
import type { PointInversion } from './invert-points.js';
import { gridNorthDeg, type LocalFrame } from './local-frame.js';
import type { SignalArea } from './scene-noise.js';
import type { SourceName } from './source-models.js';
import { auxiliaryPlane, marginal } from './source-summary.js';

/** Doubts and choices of an inversion, in words. */
export function inversionNotes(input: {
  readonly model: SourceName;
  readonly sceneCount: number;
  readonly result: PointInversion;
  readonly signal: SignalArea;
  readonly rigidityPa: number;
}): string[] {
  const { result, signal, rigidityPa } = input;
  const notes: string[] = [];
  const standsOut = Math.abs(signal.peakM) / (signal.backgroundM || 1e-9);
  if (standsOut < 8) {
    notes.push(
      `the largest block stands out from the background only ${standsOut.toFixed(1)} times its scatter: the source may be noise`,
    );
  }
  if (input.sceneCount === 1) {
    notes.push('one line of sight only: dip, depth and slip trade off; see the posterior');
  }
  const worst = Math.max(...result.rHat);
  if (worst > 1.2)
    notes.push(
      `populations do not agree yet (R-hat ${worst.toFixed(2)}): take more moves or samples`,
    );
  const scales = result.columns
    .map((name, k) => ({ name, k }))
    .filter(({ name }) => name.startsWith('noiseScale:'));
  for (const { name, k } of scales) {
    const scale = marginal(result.samples, result.columns.length, k).mean;
    if (scale > 1.5) {
      notes.push(
        `misfit of ${name.slice(11)} is ${scale.toFixed(1)} times its far-field noise: the source is too simple near the fault; the intervals are widened by it`,
      );
    }
  }
  if (input.model === 'okada') {
    notes.push(`uniform slip on one rectangle; shear modulus ${rigidityPa / 1e9} GPa`);
    const [best, ...others] = result.modes;
    const rival = others.find((mode) => {
      const turn = Math.abs((mode.values[3] as number) - (best?.values[3] as number)) % 360;
      return Math.min(turn, 360 - turn) > 40;
    });
    const plane = auxiliaryPlane({
      strikeDeg: result.best[3] as number,
      dipDeg: result.best[4] as number,
      rakeDeg: result.best[7] as number,
    });
    const angle = (value: number): string => value.toFixed(0);
    if (rival && best) {
      notes.push(
        `another plane, strike ${angle((rival.values[3] as number) % 360)} dip ${angle(rival.values[4] as number)}, has ` +
          `${(rival.chi2 / best.chi2).toFixed(2)} times the misfit`,
      );
    }
    notes.push(`auxiliary plane: strike ${angle(plane.strikeDeg)} dip ${angle(plane.dipDeg)}`);
  }
  return notes;
}

/** Where east and north count from, and which north it is. */
export function placeNote(frame: LocalFrame, crs: string): string {
  const { originX: x, originY: y, tangent } = frame;
  const middle = `eastM and northM count from the middle of the first scene, ${x}, ${y} (${crs})`;
  if (tangent) return `${middle}; strike from true north`;
  const north = gridNorthDeg(crs, x, y);
  return north === null
    ? `${middle}; strike from the north of that grid`
    : `${middle}; strike from grid north, which is ${north.toFixed(2)} degrees clockwise from true north there`;
}
