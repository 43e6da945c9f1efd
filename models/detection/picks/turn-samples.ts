/**
 * Turns draws of an event about the stations that heard it. Stations at one place, or far from a quake,
 * know its distance and not its direction; a sampler that starts at one answer never finds the others.
 * @module
 */
import type { Random } from '../../../core/random.js';

/** Draws in place, [count, dimension]; coordinates `east` and `north` are at these offsets. */
export interface Draws {
  readonly states: Float64Array;
  readonly count: number;
  readonly dimension: number;
  readonly east: number;
  readonly north: number;
}

const ROUNDS = 3;

/**
 * Metropolis moves by a uniform angle about the stations' middle: the proposal is symmetric and keeps
 * volumes, so equally weighted draws of the posterior stay such. Costs three evaluations a draw.
 */
export function turnDraws(input: {
  readonly draws: Draws;
  readonly logTarget: (state: ArrayLike<number>) => number;
  /** Stations that heard the event, km. */
  readonly heard: readonly { readonly eastKm: number; readonly northKm: number }[];
  readonly random: Random;
}): void {
  const { draws, logTarget, heard, random } = input;
  const { states, count, dimension, east, north } = draws;
  if (heard.length === 0) return;
  const x0 = heard.reduce((sum, { eastKm }) => sum + eastKm, 0) / heard.length;
  const y0 = heard.reduce((sum, { northKm }) => sum + northKm, 0) / heard.length;
  for (let i = 0; i < count; i++) {
    const state = states.subarray(i * dimension, (i + 1) * dimension);
    let here = logTarget(state);
    for (let round = 0; round < ROUNDS; round++) {
      const angle = 2 * Math.PI * random.uniform();
      const dx = (state[east] as number) - x0;
      const dy = (state[north] as number) - y0;
      const turned = Float64Array.from(state);
      turned[east] = x0 + dx * Math.cos(angle) - dy * Math.sin(angle);
      turned[north] = y0 + dx * Math.sin(angle) + dy * Math.cos(angle);
      const there = logTarget(turned);
      if (Math.log(1 - random.uniform()) >= there - here) continue;
      state.set(turned);
      here = there;
    }
  }
}
