/** Declarations and the quakes of a simulated year in, recall and false declarations out. @module */
import type { SimulatedYear } from './simulate-year.js';

export interface YearScore {
  readonly quakes: number;
  readonly declared: number;
  readonly recall: number;
  readonly falseDeclarations: number;
  readonly medianDelayS: number;
}

/** A declaration within so long after an origin belongs to it: talk and aftershocks, s. */
const BELONGS_S = 4 * 3600;
const LEAST_POSTS = 20;

/** Quakes with 20 first-hand posts or more, seen by feeds that were up. */
export function scoreYear(year: SimulatedYear, declaredS: readonly number[]): YearScore {
  const wanted = year.quakes.filter((q) => q.firstHandPosts >= LEAST_POSTS && q.isObserved);
  const delays: number[] = [];
  for (const quake of wanted) {
    const found = declaredS.find((t) => t >= quake.originS && t < quake.originS + 1800);
    if (found !== undefined) delays.push(found - quake.originS);
  }
  delays.sort((a, b) => a - b);
  const isOfQuake = (t: number): boolean =>
    year.quakes.some(({ originS }) => t >= originS && t < originS + BELONGS_S);
  return {
    quakes: wanted.length,
    declared: delays.length,
    recall: delays.length / wanted.length,
    falseDeclarations: declaredS.filter((t) => !isOfQuake(t)).length,
    medianDelayS: delays[Math.floor(delays.length / 2)] ?? Number.NaN,
  };
}
