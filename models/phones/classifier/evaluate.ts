/**
 * How well a network tells shaking from use. In: probabilities of labelled windows by class. Out:
 * area under the curve, shares over the limit.
 * @module
 */

/** Scores of windows of one class. */
export interface ClassScores {
  readonly name: string;
  readonly isQuake: boolean;
  readonly scores: readonly number[];
}

/** Of one class: how many windows, and the share that the network calls an earthquake. */
export interface ClassShare {
  readonly name: string;
  readonly isQuake: boolean;
  readonly windows: number;
  readonly flaggedShare: number;
}

/** Area under the ROC curve (Mann-Whitney, ties count half); null without both classes. */
export function areaUnderCurve(
  positives: readonly number[],
  negatives: readonly number[],
): number | null {
  if (positives.length === 0 || negatives.length === 0) return null;
  const sorted = [
    ...positives.map((score) => ({ score, positive: true })),
    ...negatives.map((score) => ({ score, positive: false })),
  ].sort((a, b) => a.score - b.score);
  let rankSum = 0;
  for (let i = 0; i < sorted.length;) {
    let end = i;
    while (end < sorted.length && sorted[end]?.score === sorted[i]?.score) end++;
    const rank = (i + 1 + end) / 2;
    for (let k = i; k < end; k++) if (sorted[k]?.positive === true) rankSum += rank;
    i = end;
  }
  const [p, n] = [positives.length, negatives.length];
  return (rankSum - (p * (p + 1)) / 2) / (p * n);
}

/** Scores by class at a limit. */
export function evaluateClasses(input: {
  readonly classes: readonly ClassScores[];
  readonly limit: number;
}): { readonly auc: number | null; readonly classes: readonly ClassShare[] } {
  const of = (isQuake: boolean): number[] =>
    input.classes.filter((c) => c.isQuake === isQuake).flatMap((c) => [...c.scores]);
  return {
    auc: areaUnderCurve(of(true), of(false)),
    classes: input.classes.map(({ name, isQuake, scores }) => ({
      name,
      isQuake,
      windows: scores.length,
      flaggedShare: scores.filter((s) => s >= input.limit).length / Math.max(1, scores.length),
    })),
  };
}
