import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { MEASURES, type Mechanism } from '../../../models/groundmotion/ground-motion-model.js';
import { BSSA14 } from '../../../models/groundmotion/equations.js';
import {
  groundMotionNetwork,
  parseGroundMotionWeights,
} from '../../../models/groundmotion/network.js';
import { components } from '../../../models/groundmotion/train/scatter.js';
import { simulateMotions } from '../../../models/groundmotion/train/simulate.js';
import { createRandom } from '../../../core/random.js';

const between = (min: number, max: number): fc.Arbitrary<number> =>
  fc.double({ min, max, noNaN: true });
const mechanism = fc.constantFrom<Mechanism>('strike-slip', 'reverse', 'normal', 'unspecified');

describe('the shipped network', () => {
  const network = groundMotionNetwork();

  it('never falls with magnitude and never grows with distance, in its range and beyond', () => {
    fc.assert(
      fc.property(
        between(0, 10),
        between(0, 3),
        between(0, 2000),
        between(0, 500),
        between(0, 700),
        between(50, 3000),
        mechanism,
        (magnitude, more, distanceKm, farther, depthKm, vs30, kind) => {
          const scenario = { magnitude, distanceKm, depthKm, vs30, mechanism: kind };
          for (const measure of MEASURES) {
            const here = network.predict(measure, scenario).median;
            const larger = network.predict(measure, { ...scenario, magnitude: magnitude + more });
            const away = { ...scenario, distanceKm: distanceKm + farther };
            expect(larger.median).toBeGreaterThanOrEqual(here - 1e-12);
            expect(network.predict(measure, away).median).toBeLessThanOrEqual(here + 1e-12);
          }
        },
      ),
      { numRuns: 3000 },
    );
  });

  it('strictly grows and decays where it was trained', () => {
    fc.assert(
      fc.property(between(3, 7.8), between(2, 300), between(0, 40), (m, d, z) => {
        const scenario = {
          magnitude: m,
          distanceKm: d,
          depthKm: z,
          vs30: 400,
          mechanism: 'reverse',
        } as const;
        for (const measure of MEASURES) {
          const here = network.predict(measure, scenario).median;
          const up = network.predict(measure, { ...scenario, magnitude: m + 0.2 }).median;
          const away = network.predict(measure, { ...scenario, distanceKm: d * 1.3 }).median;
          expect(up).toBeGreaterThan(here);
          expect(away).toBeLessThan(here);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('agrees with BSSA14 within its own scatter over what both cover', () => {
    fc.assert(
      fc.property(
        between(4, 7),
        between(10, 150),
        between(250, 900),
        (magnitude, distanceKm, vs30) => {
          const scenario = {
            magnitude,
            distanceKm,
            depthKm: 8,
            vs30,
            mechanism: 'strike-slip',
          } as const;
          for (const measure of ['pga', 'pgv'] as const) {
            const ours = network.predict(measure, scenario);
            const theirs = BSSA14.predict(measure, scenario);
            expect(Math.abs(ours.median - theirs.median)).toBeLessThan(
              Math.hypot(ours.tau, ours.phi) * 1.2,
            );
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('names what is wrong with weights, among it negative ones where none may be', () => {
    expect(() => parseGroundMotionWeights('{', 'w.json')).toThrow(/w.json: not JSON/);
    expect(() => parseGroundMotionWeights('{"format":"x"}', 'w.json')).toThrow(/at format/);
  });
});

describe('training data', () => {
  it('is the same for a seed and holds simulated and predicted motions of all measures', () => {
    const a = simulateMotions({ seed: 5, events: 2 });
    expect(simulateMotions({ seed: 5, events: 2 })).toEqual(a);
    // 2 x (3 measures of one simulated quake + 2 + 1 + 2 equations) x 12 sites.
    expect(a).toHaveLength(2 * 12 * 8);
    for (const { value } of a) expect(Number.isFinite(value)).toBe(true);
  });

  it('recovers tau and phi of simulated residuals', () => {
    const random = createRandom(3);
    const residuals = Array.from({ length: 400 }, (_, event) => {
      const term = 0.4 * random.normal();
      return Array.from({ length: 12 }, () => ({
        event,
        magnitude: 5,
        residual: term + 0.6 * random.normal(),
      }));
    }).flat();
    const { tau, phi } = components(residuals);
    // Standard errors: 0.4 / sqrt(800) and 0.6 / sqrt(2 x 4400), three of each and the noise of means.
    expect(Math.abs(tau - 0.4)).toBeLessThan(0.06);
    expect(Math.abs(phi - 0.6)).toBeLessThan(0.02);
  });
});
