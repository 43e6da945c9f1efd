/**
 * In: what the starting model proposes, random shapes, and data. Out: the few starts that are worth refining: the likeliest
 * hypotheses whatever their misfit, and of draws and random shapes those that fit best as they are. One evaluation tells
 * much less than a hundred of a refinement, but costs a hundredth.
 * @module
 */
import { fitStrengths, type Prepared } from '../inverse-problem.js';
import type { SourceModel } from '../source-model.js';
import type { Proposal } from './propose.js';

/** Starts that are refined: of the hypotheses, of the draws, of the random shapes. */
const MOST = { likely: 4, drawn: 8, random: 4 } as const;

export function chooseStarts(input: {
  readonly model: SourceModel;
  readonly sets: readonly Prepared[];
  readonly proposal: Proposal;
  /** Random shapes, natural units. */
  readonly random: readonly (readonly number[])[];
}): (readonly number[])[] {
  const { likely, drawn } = input.proposal;
  const fitting = (shapes: readonly (readonly number[])[], most: number) =>
    shapes
      .map((shape) => ({ shape, chi2: fitStrengths(input.model, input.sets, shape).chi2 }))
      .filter(({ chi2 }) => Number.isFinite(chi2))
      .sort((a, b) => a.chi2 - b.chi2)
      .slice(0, most)
      .map(({ shape }) => shape);
  return [
    ...likely.slice(0, MOST.likely),
    ...fitting([...likely.slice(MOST.likely), ...drawn], MOST.drawn),
    ...fitting(input.random, MOST.random),
  ];
}
