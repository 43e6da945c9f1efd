/** Lines of cases in, figures out: which search finds the best misfit, and what it costs. @module */
import type { Race } from './race.js';

export type Arm = 'random' | 'screened' | 'learned';

export interface CaseLine {
  readonly name: string;
  readonly kind: string;
  readonly tracks: number;
  /** Null for real scenes. */
  readonly signalToNoise: number | null;
  readonly names: readonly string[];
  readonly radiusM: number;
  readonly chi2FromTruth: number | null;
  readonly arms: Readonly<Record<Arm, Pick<Race, 'before' | 'steps' | 'seconds'>>>;
  /** By start and parameter; null for real scenes. */
  readonly errors: Readonly<
    Record<'random' | 'learned', readonly Readonly<Record<string, number>>[]>
  > | null;
}

/** A search has found the source when its misfit is within this factor of the best that is known. */
const FOUND = 1.02;
/** Forward evaluations after which the searches are compared. */
const BUDGETS = [50, 100, 200, 400, 800, 1600, 3200] as const;

const bestOf = (line: CaseLine): number =>
  Math.min(
    line.chi2FromTruth ?? Infinity,
    ...Object.values(line.arms).map(({ steps }) => steps.at(-1)?.chi2 ?? Infinity),
  );

function median(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? null;
}

function figures(lines: readonly CaseLine[], arm: Arm) {
  const runs = lines.map((line) => ({ ...line.arms[arm], best: bestOf(line) }));
  const foundAt = runs.map(
    ({ steps, best }) => steps.find(({ chi2 }) => chi2 <= FOUND * best)?.evaluations ?? Infinity,
  );
  const share = (isTrue: readonly boolean[]): number => isTrue.filter(Boolean).length / runs.length;
  const final = runs.map(({ steps, best }) => (steps.at(-1)?.chi2 ?? Infinity) / best);
  return {
    starts: median(runs.map(({ steps }) => steps.length)),
    evaluations: median(runs.map(({ steps }) => steps.at(-1)?.evaluations ?? 0)),
    seconds: median(runs.map(({ seconds }) => seconds)),
    wrongModes: 1 - share(final.map((ratio) => ratio <= FOUND)),
    /** The sampler leaves out modes beyond this. */
    wrongBy15Percent: 1 - share(final.map((ratio) => ratio <= 1.15)),
    medianEvaluationsToFind: median(foundAt.filter((at) => at < Infinity)),
    foundWithin: Object.fromEntries(
      BUDGETS.map((budget) => [budget, share(foundAt.map((at) => at <= budget))]),
    ),
    foundByFirstStart: share(
      runs.map(({ steps, best }) => (steps[0]?.chi2 ?? Infinity) <= FOUND * best),
    ),
    medianMisfitOfFirstStart: median(runs.map(({ before, best }) => (before[0] as number) / best)),
    medianMisfitOfBestOf8: median(
      runs.map(({ before, best }) => Math.min(...before.slice(0, 8)) / best),
    ),
  };
}

/** Errors of the best of the first eight starts, parameter by parameter, medians; places in radii. */
function startErrors(lines: readonly CaseLine[], arm: 'random' | 'learned') {
  const names = [...new Set(lines.flatMap((line) => line.names))];
  return Object.fromEntries(
    names.map((name) => [
      name,
      median(
        lines.flatMap(({ errors, arms, radiusM }) => {
          const first = arms[arm].before.slice(0, 8);
          const chosen = first.indexOf(Math.min(...first));
          const error = errors?.[arm][chosen]?.[name];
          if (error === undefined) return [];
          const isPlace = /^(eastM|northM|topDepthM|depthM)$/.test(name);
          return [isPlace ? error / radiusM : error];
        }),
      ),
    ]),
  );
}

export function summarise(lines: readonly CaseLine[]) {
  const of = (chosen: readonly CaseLine[]) => ({
    cases: chosen.length,
    random: figures(chosen, 'random'),
    screened: figures(chosen, 'screened'),
    learned: figures(chosen, 'learned'),
  });
  const simulated = lines.filter(({ signalToNoise }) => signalToNoise !== null);
  return {
    simulated: of(simulated),
    byKind: Object.fromEntries(
      ['okada', 'dike', 'mogi'].map((kind) => {
        const own = simulated.filter((line) => line.kind === kind);
        const errors = { random: startErrors(own, 'random'), learned: startErrors(own, 'learned') };
        return [kind, { ...of(own), errorsOfBestOf8: errors }];
      }),
    ),
    thessaly: of(lines.filter(({ signalToNoise }) => signalToNoise === null)),
  };
}
