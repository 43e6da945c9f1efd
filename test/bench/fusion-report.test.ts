import { describe, expect, it } from 'vitest';
import { reportPage, type PartResult } from '../../bench/fusion/report/page.js';
import {
  binomialInterval,
  chiSquaredUpperTail,
  kolmogorovSmirnov,
} from '../../bench/statistics.js';
import { PARAMETERS, type QuakeOutcome } from '../../bench/fusion/worlds/invert.js';
import { PRIOR } from '../../bench/fusion/worlds/stage.js';
import { summariseWorlds } from '../../bench/fusion/worlds/summary.js';
import { createRandom } from '../../core/random.js';

describe('report of runs', () => {
  it('has a row for each system, and none for what was not run', () => {
    const part = (name: string, figures: unknown): PartResult =>
      ({ part: name, node: 'v20', loadAverage: [1, 1], figures }) as PartResult;
    const page = reportPage({
      results: [
        part('italy', {
          picks: 10,
          ours: { cpuS: 1.5, events: 3 },
          real: { cpuS: 9, isFinished: false },
        }),
        part('nonlinloc', [
          { errors: 'model', ours: { msAnEvent: 7 }, nonLinLoc: { msAnEvent: 5 } },
        ]),
        part('salton', { ours: { test: { f1: 0.8 } }, peers: {} }),
      ],
      generatedAt: '2026-01-01T00:00:00Z',
      codeVersion: 'test',
    });
    expect(page).toMatch(/real<\/td><td><span class="no">no<\/span>/);
    expect(page).toContain('NonLinLoc</td>');
    expect(page).toContain('ours, tuned');
    expect(page).not.toContain('ours, default');
    expect(page).not.toContain('<pre>');
  });
});

describe('tests of calibration', () => {
  it('agree with tables', () => {
    // Central 99 % of a binomial of 30 at 0.9 (scipy.stats.binom): 22 to 30.
    expect(binomialInterval({ n: 30, p: 0.9, tail: 0.005 })).toEqual([22, 30]);
    expect(chiSquaredUpperTail(30.144, 19)).toBeCloseTo(0.05, 4);
    expect(chiSquaredUpperTail(10.117, 19)).toBeCloseTo(0.95, 4);
    expect(chiSquaredUpperTail(0, 19)).toBe(1);
    // scipy.stats.kstest([0.1, 0.4, 0.7], 'uniform'): D = 0.3.
    expect(kolmogorovSmirnov([0.1, 0.4, 0.7]).statistic).toBeCloseTo(0.3, 12);
    expect(kolmogorovSmirnov([0.1, 0.4, 0.7]).pValue).toBeGreaterThan(0.5);
  });
});

/** Outcomes with ranks drawn by `rank`. */
function outcomes(n: number, rank: (uniform: number) => number): QuakeOutcome[] {
  const random = createRandom(9);
  return Array.from({ length: n }, (_, seed) => {
    const draw = (): number => Math.floor(100 * rank(random.uniform()));
    const ranks = Object.fromEntries(PARAMETERS.map((key) => [key, draw()]));
    return {
      seed,
      magnitude: 5,
      logOdds: 10,
      ranks: ranks as QuakeOutcome['ranks'],
      epicentreLevel: rank(random.uniform()),
      epicentreErrorKm: 1,
      hasDeformation: false,
      logScore: null,
    };
  });
}

interface Verdicts {
  readonly coverage: readonly { readonly ok: boolean }[];
  readonly ranks: readonly { readonly ok: boolean }[];
}
const verdicts = (quakes: readonly QuakeOutcome[]): boolean[] => {
  const { coverage, ranks } = summariseWorlds({ quakes, windows: [] }) as unknown as Verdicts;
  return [...coverage, ...ranks].map(({ ok }) => ok);
};

describe('summary of simulated worlds', () => {
  it('passes uniform ranks and fails regions that are too small', () => {
    expect(verdicts(outcomes(400, (u) => u)).every(Boolean)).toBe(true);
    // Ranks pushed to both ends: the posterior is too sure of itself.
    const sure = outcomes(400, (u) => (u < 0.5 ? 0.5 * (2 * u) ** 2 : 1 - 0.5 * (2 - 2 * u) ** 2));
    expect(verdicts(sure).filter((ok) => !ok).length).toBeGreaterThan(5);
  });

  it('states a false-alarm rate from quakes alone, and holds it against decoys', () => {
    // log B of noise is N(-v, 2 v), then that of the same data with a quake is N(v, 2 v).
    const v = 2;
    const random = createRandom(3);
    const odds = (mean: number): number =>
      mean + Math.sqrt(2 * v) * random.normal() + Math.log(PRIOR.expectedEvents);
    const summary = (shift: number): unknown => {
      const windows = Array.from({ length: 4000 }, () => ({
        ...{ noise: odds(-v), decoy: odds(-v) + shift },
        faint: { logOdds: odds(v), weight: 1 },
      }));
      return summariseWorlds({ quakes: outcomes(50, (u) => u), windows })['falseAlarms'];
    };
    expect(summary(0)).toMatchObject({
      thresholds: [{ decoyAlarms: 100, ok: true }, { ok: true }, { ok: true }],
    });
    expect(summary(2)).toMatchObject({ thresholds: [{ ok: false }, { ok: false }, {}] });
  });
});

describe('report', () => {
  const page = (results: readonly PartResult[]): string =>
    reportPage({ results, generatedAt: '2026-01-01T00:00:00Z', codeVersion: '1' });
  const part = (name: string, figures: unknown): PartResult => ({
    part: name,
    node: 'v20',
    loadAverage: [1, 2],
    figures,
  });

  it('says of each part that was not run that it was not measured', () => {
    expect(page([]).match(/not measured/g)).toHaveLength(9);
  });

  it('shows a peer that could not be installed as such, and ours beside it', () => {
    const html = page([
      part('salton', {
        rule: 'near <b>',
        ours: {
          test: { f1: 0.81, precision: 0.86, recall: 0.77 },
          curve: [{ rank: 1, precision: 0.9, recall: 0.5 }],
        },
        peers: { pyocto: { missing: 'not installed: no network' } },
      }),
    ]);
    expect(html).toContain('pyocto: not installed: no network');
    expect(html).toContain('0.81');
    expect(html).toContain('<polyline');
    expect(html).toContain('near &lt;b&gt;');
    expect(html.match(/not measured/g)).toHaveLength(8);
  });
});
