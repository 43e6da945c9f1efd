/** Outcomes of simulated worlds in; coverage, ranks, false alarms and scores with their tests out. @module */
import { binomialInterval, chiSquaredUpperTail, kolmogorovSmirnov } from '../../statistics.js';
import { PARAMETERS, RANKED, type Parameter, type QuakeOutcome } from './invert.js';

export interface NoiseOutcome {
  readonly logOdds: number | null;
}

const LEVELS = [0.5, 0.9, 0.95] as const;
const BINS = 20;
/** All tests together fail a calibrated posterior in 1 of 100 runs. */
const FAILURE = 0.01;
/** Alarms that a false-alarm rate is read from. */
const LEAST_ALARMS = 100;

/** Only declared quakes count: being declared depends on the data alone, which calibration allows. */
export function summariseWorlds(input: {
  readonly quakes: readonly QuakeOutcome[];
  readonly noise: readonly NoiseOutcome[];
  readonly decoys: readonly NoiseOutcome[];
}): unknown {
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
    falseAlarms: falseAlarms(input.noise, input.decoys),
  };
}

/** Mean log score with all sources minus that without one, with its standard error. */
function sourceScores(quakes: readonly QuakeOutcome[]): unknown {
  const scored = quakes.flatMap(({ logScore }) => (logScore ? [logScore] : []));
  return (['das', 'phones', 'reports', 'insar'] as const).map((source) => {
    const gains = scored.map((s) => s.all - s[`no-${source}`]);
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
 * The rate stated for a threshold is that of the decoys over it; the true one that of windows in
 * which nothing happened, drawn apart.
 */
function falseAlarms(noise: readonly NoiseOutcome[], decoys: readonly NoiseOutcome[]): unknown {
  const odds = (rows: readonly NoiseOutcome[]): number[] =>
    rows.map(({ logOdds }) => logOdds ?? -Infinity).sort((a, b) => b - a);
  const [true_, shifted] = [odds(noise), odds(decoys)];
  const n = Math.min(true_.length, shifted.length);
  if (n < LEAST_ALARMS) return { windows: n, note: 'not measured: too few windows' };
  const at = (alarms: number): unknown => {
    const logOdds = shifted[alarms - 1] as number;
    const actual = true_.filter((v) => v >= logOdds).length;
    const ratio = actual / true_.length / (alarms / shifted.length);
    return {
      logOdds,
      decoyAlarms: alarms,
      trueAlarms: actual,
      ratio,
      ok: ratio < 1.5 && ratio > 1 / 1.5,
    };
  };
  return {
    windows: n,
    declaredOnNoise: true_.filter((v) => v > 0).length,
    declaredOnDecoys: shifted.filter((v) => v > 0).length,
    thresholds: [LEAST_ALARMS, 2 * LEAST_ALARMS, 4 * LEAST_ALARMS]
      .filter((a) => a <= n / 2)
      .map(at),
  };
}
