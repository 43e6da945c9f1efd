import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { distanceKm } from '../../../core/geo.js';
import { createRandom } from '../../../core/random.js';
import { BSSA14, AW07, combineModels } from '../../../models/groundmotion/equations.js';
import { MEASURES, type Measure } from '../../../models/groundmotion/ground-motion-model.js';
import { lothBaker, withinEventCorrelation } from '../../../models/shaking/correlation.js';
import { coverageOf } from '../../../models/shaking/leave-out.js';
import { mergeFelt, type ShakingObservation } from '../../../models/shaking/observations.js';
import { priorCovariance, priorMotion } from '../../../models/shaking/prior.js';
import { gridAround, mapShaking, shakingField } from '../../../models/shaking/shaking-map.js';
import { cholesky } from '../../../models/numerics/linear-algebra.js';
import { describeWithPeers, runPeer } from '../../support/peers.js';

const SOURCE = { latitude: 38.2, longitude: -122.3, depthKm: 11, magnitude: 6 };
const MODEL = combineModels([BSSA14, AW07]);
const VS30 = 400;

// LothBaker2013([0.01, 1.0]).getCorrelation of esi-shakelib 1.2.1.
const LOTH_BAKER = [
  ['pga', 'pga', 1, 0.6998879879966735],
  ['pga', 'pga', 20, 0.213893487294847],
  ['pga', 'pgv', 5, 0.30294777118483773],
  ['pgv', 'pgv', 1, 0.7438967894969399],
  ['pgv', 'pgv', 60, 0.03672534299091728],
] as const;

const station = (
  id: string,
  place: { latitude: number; longitude: number },
  measure: Measure,
  value: number,
  sigma = 0,
): ShakingObservation => ({ id, source: 'station', ...place, measure, value, sigma, vs30: VS30 });

const DATA = [
  station('A', { latitude: 38.3, longitude: -122.3 }, 'pga', 2.4),
  station('A', { latitude: 38.3, longitude: -122.3 }, 'pgv', 1.2),
  station('B', { latitude: 38.0, longitude: -122.1 }, 'pga', 1.9, 0.1),
  station('C', { latitude: 38.5, longitude: -122.6 }, 'mmi', 5.5, 0.4),
];

const question = (
  observations: readonly ShakingObservation[],
  samples: readonly (typeof SOURCE)[] = [SOURCE],
) => ({ samples, model: MODEL, mechanism: 'strike-slip', observations, vs30: VS30 }) as const;

const SPREAD = [-1, 0, 1].map((k) => ({
  ...SOURCE,
  latitude: SOURCE.latitude + 0.05 * k,
  magnitude: 6 + 0.2 * k,
}));

const places = MEASURES.flatMap((measure) => [
  { latitude: 38.25, longitude: -122.35, measure, vs30: VS30 },
  { latitude: 39, longitude: -121.5, measure, vs30: VS30 },
]);

describe('correlation', () => {
  it('is 1 at one place, falls with distance and makes covariances of any places', () => {
    for (const measure of MEASURES) {
      expect(withinEventCorrelation(measure, measure, 0)).toBeCloseTo(1, 12);
      expect(withinEventCorrelation(measure, measure, 30)).toBeLessThan(0.3);
    }
    const random = createRandom(4);
    const sites = Array.from({ length: 40 }, (_, i) => ({
      measure: MEASURES[i % 3] as Measure,
      x: 50 * random.uniform(),
      y: 50 * random.uniform(),
    }));
    const matrix = Float64Array.from({ length: 1600 }, (_, k) => {
      const a = sites[Math.floor(k / 40)] as (typeof sites)[number];
      const b = sites[k % 40] as (typeof sites)[number];
      return withinEventCorrelation(a.measure, b.measure, Math.hypot(a.x - b.x, a.y - b.y));
    });
    // Throws for a matrix that is not positive definite.
    expect(cholesky(matrix, 40)).toHaveLength(1600);
  });

  it.each(LOTH_BAKER)('%s and %s at %f km is that of shakelib', (a, b, km, rho) => {
    expect(lothBaker(a, b, km)).toBeCloseTo(rho, 6);
  });
});

describe('a map of shaking', () => {
  it('is the prior where there are no data', () => {
    const field = shakingField(question([]));
    const { mean, sigma } = field.at(places);
    places.forEach((place, i) => {
      const km = distanceKm(SOURCE, place);
      const scenario = { ...SOURCE, distanceKm: km, vs30: VS30, mechanism: 'strike-slip' } as const;
      const prior = field.priorAt([place]);
      expect(mean[i]).toBeCloseTo(prior.mean[0] as number, 12);
      expect(sigma[i]).toBeCloseTo(prior.sigma[0] as number, 12);
      const { tau, phi } = MODEL.predict(place.measure, scenario);
      const site = { pga: 0.1, pgv: 0.14, mmi: 0 }[place.measure];
      expect(sigma[i]).toBeCloseTo(Math.hypot(tau, phi, site), 9);
    });
    expect(field.leaveOut()).toEqual([]);
    expect(coverageOf([])).toBeNull();
  });

  it('honours an exact station and ignores it far away but for the event term', () => {
    const field = shakingField(question(DATA));
    const at = field.at(
      DATA.map(({ latitude, longitude, measure }) => ({
        ...{ latitude, longitude, measure },
        vs30: VS30,
        isVs30Known: true,
      })),
    );
    expect(at.mean[0]).toBeCloseTo(2.4, 6);
    expect(at.mean[1]).toBeCloseTo(1.2, 6);
    expect(at.sigma[0]).toBeLessThan(1e-3);
    // A datum with error is approached, not reached.
    expect(at.sigma[3]).toBeGreaterThan(0.1);
    expect(at.sigma[3]).toBeLessThan(0.4);
    const far = { latitude: 45, longitude: -122.3, measure: 'pga', vs30: VS30 } as const;
    const shift = (field.at([far]).mean[0] as number) - (field.priorAt([far]).mean[0] as number);
    // tau at M 6 is all that 750 km share: 0.348 of ln.
    const term = field.eventTerms.pga.mean;
    expect(shift).toBeCloseTo(term, 6);
  });

  it('with draws that know the data is the mixture of what each draw says', () => {
    const asked = question(DATA, SPREAD);
    const { mean, sigma } = shakingField({ ...asked, samplesKnowData: true }).at(places);
    const each = SPREAD.map((sample) => shakingField(question(DATA, [sample])).at(places));
    const together = shakingField(asked).at(places);
    places.forEach((_, i) => {
      const means = each.map((one) => one.mean[i] as number);
      const middle = means.reduce((a, b) => a + b, 0) / means.length;
      const between = means.reduce((sum, value) => sum + (value - middle) ** 2, 0) / means.length;
      const within =
        each.reduce((sum, one) => sum + (one.sigma[i] as number) ** 2, 0) / each.length;
      // phi varies a little with the distance of each draw: hence not exactly.
      expect(mean[i]).toBeCloseTo(middle, 4);
      expect(sigma[i]).toBeCloseTo(Math.sqrt(between + within), 4);
      // Data that are let narrow the source as well make it surer.
      expect(together.sigma[i]).toBeLessThanOrEqual((sigma[i] as number) + 1e-12);
    });
    const alone = shakingField({ ...question([], SPREAD), samplesKnowData: true });
    expect(alone.at(places)).toEqual(alone.priorAt(places));
  });

  it('never knows less with more data, wherever and whatever they are', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            latitude: fc.double({ min: 37.5, max: 39, noNaN: true }),
            longitude: fc.double({ min: -123, max: -121.5, noNaN: true }),
            measure: fc.constantFrom(...MEASURES),
            value: fc.double({ min: -1, max: 3, noNaN: true }),
            sigma: fc.double({ min: 0.01, max: 2, noNaN: true }),
          }),
          { minLength: 2, maxLength: 8 },
        ),
        (rows) => {
          const data = rows.map((row, i) =>
            station(String(i), row, row.measure, row.value, row.sigma),
          );
          const fewer = shakingField(question(data.slice(1), SPREAD)).at(places);
          const all = shakingField(question(data, SPREAD)).at(places);
          all.sigma.forEach((sigma, i) => {
            expect(sigma).toBeLessThanOrEqual((fewer.sigma[i] as number) + 1e-9);
            expect(Number.isFinite(all.mean[i])).toBe(true);
          });
        },
      ),
      { numRuns: 60 },
    );
  });

  it('predicts left-out places as a field without them would', () => {
    const left = shakingField(question(DATA)).leaveOut();
    const without = shakingField(question(DATA.filter(({ id }) => id !== 'B')));
    const { latitude, longitude } = DATA[2] as ShakingObservation;
    const site = { latitude, longitude, measure: 'pga', vs30: VS30, isVs30Known: true } as const;
    const { mean, sigma } = without.at([site]);
    const b = left[2];
    expect(b?.residual).toBeCloseTo(1.9 - (mean[0] as number), 6);
    expect(b?.sigma).toBeCloseTo(Math.hypot(sigma[0] as number, 0.1), 6);
  });

  it('covers the truth of fields drawn from its own prior as often as it says', () => {
    const random = createRandom(11);
    const sites = Array.from({ length: 60 }, (_, i) => ({
      id: String(i),
      latitude: 37.7 + random.uniform(),
      longitude: -122.8 + random.uniform(),
    }));
    const priors = sites.map((site) =>
      priorMotion({
        samples: [SOURCE],
        model: MODEL,
        mechanism: 'strike-slip',
        place: { ...site, measure: 'pga', vs30: VS30, isVs30Known: true },
      }),
    );
    const n = sites.length;
    const lower = cholesky(
      Float64Array.from({ length: n * n }, (_, k) =>
        priorCovariance(
          priors[Math.floor(k / n)] as (typeof priors)[number],
          priors[k % n] as (typeof priors)[number],
        ),
      ),
      n,
    );
    let [inside, count] = [0, 0];
    for (let draw = 0; draw < 20; draw++) {
      const normal = Float64Array.from({ length: n }, () => random.normal());
      const data = sites.map((site, i) => {
        const shift = normal.reduce((sum, z, k) => sum + z * (lower[i * n + k] as number), 0);
        return station(site.id, site, 'pga', (priors[i]?.mean ?? 0) + shift);
      });
      const coverage = coverageOf(shakingField(question(data)).leaveOut());
      inside += (coverage?.inside90 ?? 0) * n;
      count += n;
    }
    // 1,200 values, correlated: three standard errors of 150 independent ones.
    expect(Math.abs(inside / count - 0.9)).toBeLessThan(0.05);
  });

  it('makes a grid about the source with cells of the size asked for', () => {
    const grid = gridAround({ centre: SOURCE, radiusKm: 20, spacingKm: 10 });
    expect([grid.rows, grid.columns]).toEqual([5, 5]);
    const map = mapShaking({ field: shakingField(question(DATA)), grid, vs30: VS30 });
    expect(map.layers.pga.median).toHaveLength(25);
    // The middle cell is nearest to the source, with median about that of the prior and the event.
    expect(map.layers.mmi.median[12]).toBeGreaterThan(map.layers.mmi.median[0] as number);
  });

  it('leaves out a peak that no field explains, and says so', () => {
    const good = Array.from({ length: 8 }, (_, i) => {
      const place = { latitude: 38 + 0.1 * i, longitude: -122 };
      const { median } = MODEL.predict('pga', {
        ...{ ...SOURCE, vs30: VS30, mechanism: 'strike-slip' },
        distanceKm: distanceKm(SOURCE, place),
      });
      return station(String(i), place, 'pga', median - 0.2);
    });
    const bad = station('dead', { latitude: 38.45, longitude: -122.1 }, 'pga', -3);
    const field = shakingField(question([...good, bad]));
    expect(field.used).toHaveLength(8);
    expect(field.leftOut).toEqual([expect.stringMatching(/^pga of station dead: -\d+/)]);
    expect(shakingField(question(good)).leftOut).toEqual([]);
  });

  it('merges felt cells to a limit without losing their mean', () => {
    const random = createRandom(2);
    const felt = Array.from({ length: 300 }, (_, i) => ({
      ...station(String(i), { latitude: 38 + random.uniform(), longitude: -122 }, 'mmi', 4, 0.5),
      source: 'felt' as const,
    }));
    const merged = mergeFelt(felt, 50);
    expect(merged.length).toBeLessThanOrEqual(50);
    for (const { value } of merged) expect(value).toBeCloseTo(4, 9);
  });
});

describeWithPeers('the conditional Gaussian beside numpy', () => {
  it('has the means, standard deviations and covariances of a dense solve', () => {
    const field = shakingField(question(DATA, SPREAD));
    const ours = field.at(places);
    const priorOf = (place: (typeof places)[number] & { isVs30Known?: boolean }) =>
      priorMotion({ samples: SPREAD, model: MODEL, mechanism: 'strike-slip', place });
    const plain = (prior: ReturnType<typeof priorOf>) => ({
      ...prior,
      deviations: [...prior.deviations],
    });
    const rows = {
      targets: places.map((place) => plain(priorOf(place))),
      data: field.used.map(({ prior, observation }) => ({ ...plain(prior), observation })),
    };
    const theirs = runPeer<{ mean: number[]; sigma: number[] }>(PEER, [JSON.stringify(rows)]);
    theirs.mean.forEach((mean, i) => expect(ours.mean[i]).toBeCloseTo(mean, 6));
    theirs.sigma.forEach((sigma, i) => expect(ours.sigma[i]).toBeCloseTo(sigma, 6));
  });
});

/** Written from the papers: Worden et al. (2018) eqs. 13 and 14, Loth and Baker (2013) eq. 42. */
const PEER = `
import json, sys
import numpy as np
rows = json.loads(sys.argv[1])
SHORT = np.array([[0.29, 0.18], [0.18, 0.33]])
LONG = np.array([[0.47, 0.27], [0.27, 0.48]])
NUGGET = np.array([[0.24, -0.02], [-0.02, 0.19]])
everything = rows['targets'] + rows['data']
n = len(everything)
base = [0 if r['measure'] == 'pga' else 1 for r in everything]
gain = np.array([0.8 if r['measure'] == 'mmi' else 1.0 for r in everything])
def rho(i, j, h):
    value = SHORT[base[i], base[j]] * np.exp(-3 * h / 20) + LONG[base[i], base[j]] * np.exp(-3 * h / 70)
    if h == 0:
        value += NUGGET[base[i], base[j]]
    both = everything[i]['measure'] == 'mmi' and everything[j]['measure'] == 'mmi'
    return value if both else value * gain[i] * gain[j]
S = np.zeros((n, n))
for i, a in enumerate(everything):
    for j, b in enumerate(everything):
        north = (a['latitude'] - b['latitude']) * 111.195
        east = (a['longitude'] - b['longitude']) * 111.195 * np.cos(np.radians((a['latitude'] + b['latitude']) / 2))
        h = np.hypot(north, east)
        S[i, j] = a['phi'] * b['phi'] * rho(i, j, h) + a['tau'] * b['tau'] * rho(i, j, 0)
        S[i, j] += np.dot(a['deviations'], b['deviations'])
        if h == 0:
            S[i, j] += a['siteSigma'] * b['siteSigma']
k = len(rows['targets'])
noise = np.array([r['observation']['sigma'] ** 2 for r in rows['data']])
r = np.array([d['observation']['value'] - d['mean'] for d in rows['data']])
gainMatrix = S[:k, k:] @ np.linalg.inv(S[k:, k:] + np.diag(noise))
mean = np.array([t['mean'] for t in rows['targets']]) + gainMatrix @ r
variance = np.diag(S[:k, :k] - gainMatrix @ S[k:, :k])
print(json.dumps({'mean': mean.tolist(), 'sigma': np.sqrt(variance).tolist()}))
`;
