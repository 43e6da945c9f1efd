import { beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../../core/random.js';
import { distanceKm } from '../../../core/geo.js';
import { loadBackend, type Backend } from '../../../models/backend.js';
import { detectWith, type DetectedQuake } from '../../../models/detection/detect.js';
import type { EventState } from '../../../models/detection/event-prior.js';
import {
  binomial99,
  cable,
  drawQuake,
  epicentreInside90,
  logScore,
  observe,
  phones,
  rankOf,
  REGION,
  villages,
} from './world.js';

/**
 * Sizes that keep this file under a minute of processor time. With 30 quakes a 90 % region must hold
 * the truth in 22 to 30 of them (central 99 % of a binomial). A region that holds it in 60 % only
 * fails in 9 of 10 such tests, one of 70 % in 6 of 10; four parameters are tested.
 */
const QUAKES = 30;
const NOISE_WINDOWS = 30;
const SAMPLES = 250;
const SOURCE_TRIALS = 8;
/** Long, bent posteriors of few sensors need this many: with 250 some trials miss the truth. */
const SOURCE_SAMPLES = 600;
let backend: Backend;
beforeAll(async () => {
  backend = await loadBackend();
});

interface Trial {
  readonly truth: EventState;
  readonly quake: DetectedQuake;
}

describe('posterior of simulated quakes', () => {
  const trials: Trial[] = [];
  let declared = 0;
  let extra = 0;

  beforeAll(async () => {
    for (let k = 0; k < QUAKES; k++) {
      const random = createRandom(9000 + k);
      const sensors = [...phones(14, random), ...cable(2, 16.5, -99.2)];
      const truth = drawQuake(random);
      const evidence = observe({ sensors, event: truth, seed: 500 + k });
      const result = await detectWith(backend, {
        evidence,
        region: REGION,
        seed: k,
        samples: SAMPLES,
        maxQuakes: 2,
      });
      const quake = result.quakes[0];
      if (quake) {
        declared++;
        extra += result.quakes.length - 1;
        trials.push({ truth, quake });
      }
    }
  }, 900_000);

  it('finds nearly all of them, and invents no second one', () => {
    expect(declared).toBeGreaterThanOrEqual(0.95 * QUAKES);
    expect(extra).toBeLessThanOrEqual(1);
    const errors = trials
      .map(({ truth, quake }) =>
        distanceKm(truth, {
          latitude: quake.origin.latitude.p50,
          longitude: quake.origin.longitude.p50,
        }),
      )
      .sort((a, b) => a - b);
    // Travel times are wrong by 5 % or 0.4 s in this world: 2.4 km a sensor at least.
    expect(errors[Math.floor(errors.length / 2)]).toBeLessThan(8);
  });

  it('covers the truth as often as it says: 90 % regions within the 99 % binomial interval', () => {
    const n = trials.length;
    const central = (rank: number): boolean => rank >= 0.05 && rank <= 0.95;
    const covered = {
      epicentre: trials.filter((t) => epicentreInside90(t.quake.samples, t.truth)).length,
      depth: trials.filter((t) => central(rankOf(t.quake.samples.depthKm, t.truth.depthKm))).length,
      time: trials.filter((t) => central(rankOf(t.quake.samples.timeS, t.truth.timeS))).length,
      magnitude: trials.filter((t) => central(rankOf(t.quake.samples.magnitude, t.truth.magnitude)))
        .length,
    };
    const [low, high] = binomial99(n, 0.9);
    for (const [parameter, count] of Object.entries(covered)) {
      expect(count, `${parameter}: ${count} of ${n} in [${low}, ${high}]`).toBeGreaterThanOrEqual(
        low,
      );
      expect(count, `${parameter}: ${count} of ${n} in [${low}, ${high}]`).toBeLessThanOrEqual(
        high,
      );
    }
  });
});

describe('noise', () => {
  it('is declared a quake in at most 1 of 30 windows', { timeout: 600_000 }, async () => {
    let declared = 0;
    for (let k = 0; k < NOISE_WINDOWS; k++) {
      const random = createRandom(70_000 + k);
      const sensors = [...phones(14, random), ...cable(4, 16.5, -99.2)];
      const evidence = observe({
        sensors,
        event: null,
        seed: 800 + k,
        reports: villages(random),
      });
      const result = await detectWith(backend, {
        evidence,
        region: REGION,
        seed: k,
        samples: SAMPLES,
      });
      declared += result.quakes.length;
      if (result.quakes.length === 0) expect(result.why).toHaveLength(1);
    }
    expect(declared).toBeLessThanOrEqual(1);
  });
});

describe('sources together', () => {
  it('know more than each alone: the mean log score rises', { timeout: 600_000 }, async () => {
    const scores = { phones: 0, withCable: 0, withReports: 0 };
    const trials = SOURCE_TRIALS;
    for (let k = 0; k < trials; k++) {
      const random = createRandom(31_000 + k);
      const devices = phones(6, random);
      const fibre = cable(3, 17, -99);
      const truth = { ...drawQuake(random), magnitude: 5 + 0.8 * random.uniform() };
      const all = observe({
        sensors: [...devices, ...fibre],
        event: truth,
        seed: 900 + k,
        reports: villages(random),
      });
      const score = async (evidence: typeof all): Promise<number> => {
        const result = await detectWith(backend, {
          evidence,
          region: REGION,
          seed: k,
          samples: SOURCE_SAMPLES,
          maxQuakes: 1,
          parameters: { declareProbability: 0 },
        });
        const quake = result.quakes[0];
        return quake ? logScore(quake.samples, truth) : Math.log(1e-12);
      };
      const only = all.sensors.filter((s) => s.source === 'phones');
      const phonesOnly = await score({ ...all, sensors: only, reports: null });
      const together = await score(all);
      scores.withCable += (await score({ ...all, reports: null })) / trials;
      scores.withReports += together / trials;
      scores.phones += phonesOnly / trials;
    }
    expect(scores.withCable).toBeGreaterThan(scores.phones);
    expect(scores.withReports).toBeGreaterThan(scores.withCable - 0.1);
  });
});
