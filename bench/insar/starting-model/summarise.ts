/** Lines of cases in, figures out: which search finds the best misfit, and what it costs. @module */
import type { Race } from './race.js';

/**
 * Searches: 36 random starts; 8 of 240 random shapes by their misfit; the hypotheses of the network; and what the
 * inversion does with it: hypotheses, and of draws from its mixture and of random shapes a few by their misfit.
 */
export const ARMS = ['random', 'screened', 'likely', 'mixed'] as const;
export type Arm = (typeof ARMS)[number];

/** One search of one case. */
export interface CaseLine extends Pick<Race, 'before' | 'steps' | 'seconds'> {
  readonly name: string;
  /** `truth`: a single start at the true shape. */
  readonly arm: Arm | 'truth';
  readonly kind: string;
  readonly tracks: number;
  /** Null for real scenes. */
  readonly signalToNoise: number | null;
  readonly radiusM: number;
  /** Of each start, by parameter; none for real scenes. */
  readonly errors: readonly Readonly<Record<string, number>>[];
}

/** A search has found the source when its misfit is within this factor of the best that is known. */
const FOUND = 1.02;
/** The sampler leaves out modes beyond this. */
const RIVAL = 1.15;
/** Forward evaluations after which the searches are compared. */
const BUDGETS = [50, 100, 200, 400, 800, 1600, 3200] as const;

interface Judged extends CaseLine {
  /** Smallest misfit that any search of the case found. */
  readonly best: number;
}

const finalOf = (line: CaseLine): number => line.steps.at(-1)?.chi2 ?? Infinity;

function median(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? null;
}

function figures(lines: readonly Judged[], arm: Arm) {
  const runs = lines.filter((line) => line.arm === arm);
  const foundAt = runs.map(
    ({ steps, best }) => steps.find(({ chi2 }) => chi2 <= FOUND * best)?.evaluations ?? Infinity,
  );
  const share = (isTrue: readonly boolean[]): number => isTrue.filter(Boolean).length / runs.length;
  const worse = (factor: number): number =>
    share(runs.map((run) => finalOf(run) > factor * run.best));
  return {
    cases: runs.length,
    starts: median(runs.map(({ steps }) => steps.length)),
    evaluations: median(runs.map(({ steps }) => steps.at(-1)?.evaluations ?? 0)),
    seconds: median(runs.map(({ seconds }) => seconds)),
    wrongModes: worse(FOUND),
    wrongByMoreThanRivals: worse(RIVAL),
    missed: runs.filter((run) => finalOf(run) > FOUND * run.best).map(({ name }) => name),
    medianEvaluationsToFind: median(foundAt.filter((at) => at < Infinity)),
    foundWithin: Object.fromEntries(
      BUDGETS.map((budget) => [budget, share(foundAt.map((at) => at <= budget))]),
    ),
    foundByFirstStart: share(
      runs.map(({ steps, best }) => (steps[0]?.chi2 ?? Infinity) <= FOUND * best),
    ),
    medianMisfitOfFirstStart: median(runs.map(({ before, best }) => (before[0] ?? 0) / best)),
    medianMisfitOfBestOf8: median(
      runs.map(({ before, best }) => Math.min(...before.slice(0, 8)) / best),
    ),
  };
}

/** Errors of the best of the first eight starts, parameter by parameter, medians; places in radii. */
function startErrors(lines: readonly Judged[], arm: Arm) {
  const runs = lines.filter((line) => line.arm === arm);
  const names = Object.keys(runs[0]?.errors[0] ?? {});
  return Object.fromEntries(
    names.map((name) => [
      name,
      median(
        runs.map(({ before, errors, radiusM }) => {
          const first = before.slice(0, 8);
          const error = errors[first.indexOf(Math.min(...first))]?.[name] ?? Number.NaN;
          return /^(eastM|northM|topDepthM|depthM)$/.test(name) ? error / radiusM : error;
        }),
      ),
    ]),
  );
}

export function summarise(lines: readonly CaseLine[]) {
  const best = new Map<string, number>();
  for (const line of lines) {
    best.set(line.name, Math.min(best.get(line.name) ?? Infinity, finalOf(line)));
  }
  const judged = lines.map((line): Judged => ({ ...line, best: best.get(line.name) as number }));
  const of = (chosen: readonly Judged[]) =>
    Object.fromEntries(ARMS.map((arm) => [arm, figures(chosen, arm)]));
  const simulated = judged.filter(({ signalToNoise }) => signalToNoise !== null);
  const kinds = ['okada', 'dike', 'mogi'] as const;
  return {
    simulated: of(simulated),
    byKind: Object.fromEntries(
      kinds.map((kind) => {
        const own = simulated.filter((line) => line.kind === kind);
        const errorsOfBestOf8 = {
          random: startErrors(own, 'random'),
          likely: startErrors(own, 'likely'),
        };
        return [kind, { ...of(own), errorsOfBestOf8 }];
      }),
    ),
    thessaly: of(judged.filter(({ signalToNoise }) => signalToNoise === null)),
  };
}
