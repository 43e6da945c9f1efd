/** Outcomes of simulated worlds in; coverage, ranks, false alarms and scores with their tests out. @module */
import { binomialInterval, chiSquaredUpperTail, kolmogorovSmirnov } from '../../statistics.js';
import { PRIOR } from './stage.js';
import { PARAMETERS, RANKED, type Parameter, type QuakeOutcome } from './invert.js';

/** Natural-log odds of the best candidate in windows without a quake; null without any. */
export interface WindowOutcome {
  /** Nothing happened. */
  readonly noise: number | null;
  /** Nothing happened, and the sensors are shifted against each other. */
  readonly decoy: number | null;
  /** A quake that is hard to see, with its weight (see `drawFaint`). */
  readonly faint?: { readonly logOdds: number | null; readonly weight: number };
}

const LOG_EXPECTED = Math.log(PRIOR.expectedEvents);
const LEVELS = [0.5, 0.9, 0.95] as const;
const BINS = 20;
/** All tests together fail a calibrated posterior in 1 of 100 runs. */
const FAILURE = 0.01;
/** Alarms that a false-alarm rate is read from. */
const LEAST_ALARMS = 100;

/** Only declared quakes count: being declared depends on the data alone, which calibration allows. */
export function summariseWorlds(input: {
  readonly quakes: readonly QuakeOutcome[];
  readonly windows: readonly WindowOutcome[];
}): Readonly<Record<string, unknown>> {
  const declared = input.quakes.filter((q) => q.logOdds !== null && q.logOdds > 0);
  const tests = (PARAMETERS.length + 1) * LEVELS.length;
  const covered = (name: string, level: number, inside: number): unknown => {
    const [low, high] = binomialInterval({
      n: declared.length,
      p: level,
      tail: FAILURE / tests / 2,
    });
    return {
      name,
      level,
      share: inside / declared.length,
      allowed: [low / declared.length, high / declared.length],
      ok: inside >= low && inside <= high,
    };
  };
  const rank = (q: QuakeOutcome, key: Parameter): number =>
    (q.ranks as Record<Parameter, number>)[key];
  const coverage = LEVELS.flatMap((level) => [
    covered(
      'epicentre',
      level,
      declared.filter((q) => (q.epicentreLevel as number) <= level).length,
    ),
    ...PARAMETERS.map((key) => {
      // Central interval of the 100 ranks.
      const tail = ((1 - level) / 2) * (RANKED + 1);
      const inside = declared.filter((q) => {
        const middle = rank(q, key) + 0.5;
        return middle >= tail && middle <= RANKED + 1 - tail;
      }).length;
      return covered(key, level, inside);
    }),
  ]);
  return {
    worlds: input.quakes.length,
    declared: declared.length,
    coverage,
    ranks: PARAMETERS.map((key) => {
      const counts = new Array<number>(BINS).fill(0);
      for (const q of declared) counts[Math.floor((rank(q, key) * BINS) / (RANKED + 1))]!++;
      const expected = declared.length / BINS;
      const chi2 = counts.reduce((sum, c) => sum + (c - expected) ** 2 / expected, 0);
      const ks = kolmogorovSmirnov(declared.map((q) => (rank(q, key) + 0.5) / (RANKED + 1)));
      const pValue = chiSquaredUpperTail(chi2, BINS - 1);
      return {
        parameter: key,
        counts,
        chi2,
        pValue,
        ks,
        ok: Math.min(pValue, ks.pValue) > FAILURE / (2 * PARAMETERS.length),
      };
    }),
    sources: sourceScores(declared),
    falseAlarms: falseAlarms(input.windows),
  };
}

/** Mean log score with all sources minus that without one, with its standard error. */
function sourceScores(quakes: readonly QuakeOutcome[]): unknown {
  const scored = quakes.flatMap(({ logScore }) => (logScore ? [logScore] : []));
  return (['das', 'phones', 'reports', 'insar'] as const).map((source) => {
    const gains = scored.flatMap((s) => {
      const without = s[`no-${source}`];
      return without === undefined ? [] : [s.all - without];
    });
    const mean = gains.reduce((a, b) => a + b, 0) / gains.length;
    const variance = gains.reduce((sum, g) => sum + (g - mean) ** 2, 0) / (gains.length - 1);
    const standardError = Math.sqrt(variance / gains.length);
    return {
      without: source,
      quakes: gains.length,
      lossNats: mean,
      standardError,
      ok: mean > 2 * standardError,
    };
  });
}

/**
 * The rate that the model states for a threshold b of the Bayes factor B is the chance of B > b without a
 * quake. As B is the ratio of the two densities of the data, that is the mean of 1{B > b} / B over worlds
 * with a quake: no window without a quake is needed to state it. The rate seen is that of the decoys, and
 * beside it that of windows in which nothing happened.
 */
function falseAlarms(windows: readonly WindowOutcome[]): unknown {
  const n = windows.length;
  if (n < LEAST_ALARMS) return { windows: n, note: 'not measured: too few windows' };
  const odds = (rows: readonly (number | null)[]): number[] =>
    rows.map((logOdds) => logOdds ?? -Infinity).sort((a, b) => b - a);
  const noise = odds(windows.map((w) => w.noise));
  const decoys = odds(windows.map((w) => w.decoy));
  const faint = windows.flatMap((w) => (w.faint ? [w.faint] : []));
  const at = (alarms: number): unknown => {
    const logOdds = decoys[alarms - 1] as number;
    const terms = faint.map((f) =>
      f.logOdds === null || f.logOdds < logOdds ? 0 : f.weight * Math.exp(LOG_EXPECTED - f.logOdds),
    );
    const stated = terms.reduce((a, b) => a + b, 0) / terms.length;
    const variance = terms.reduce((sum, t) => sum + (t - stated) ** 2, 0) / (terms.length - 1);
    const seen = alarms / n;
    return {
      logOdds,
      logBayesFactor: logOdds - LOG_EXPECTED,
      decoyAlarms: alarms,
      noiseAlarms: noise.filter((v) => v >= logOdds).length,
      seen,
      stated,
      statedError: Math.sqrt(variance / terms.length),
      ratio: stated / seen,
      ok: stated < 1.5 * seen && stated > seen / 1.5,
    };
  };
  return {
    windows: n,
    faintQuakes: faint.length,
    declaredOnNoise: noise.filter((v) => v > 0).length,
    declaredOnDecoys: decoys.filter((v) => v > 0).length,
    thresholds: [LEAST_ALARMS, 2 * LEAST_ALARMS, 4 * LEAST_ALARMS]
      .filter((a) => a <= n / 4)
      .map(at),
  };
}
