import { beforeAll, describe, expect, it } from 'vitest';
import type { CrowdEvidence, EvidenceSet } from '../../../core/evidence.js';
import { distanceKm } from '../../../core/geo.js';
import { createRandom } from '../../../core/random.js';
import { loadBackend, type Backend } from '../../../models/backend.js';
import { cellLogRatio, prepareCell } from '../../../models/detection/crowd/cell-likelihood.js';
import { emptyCellPrediction, predictCell } from '../../../models/detection/crowd/cell-model.js';
import { crowdLikelihood } from '../../../models/detection/crowd/crowd-likelihood.js';
import { drawCrowdTerms, simulateCrowd } from '../../../models/detection/crowd/simulate-crowd.js';
import { detectWith, type DetectResult } from '../../../models/detection/detect.js';
import type { EventState } from '../../../models/detection/event-prior.js';
import { jointModel } from '../../../models/detection/joint-likelihood.js';
import { DEFAULT_PARAMETERS } from '../../../models/detection/parameters.js';
import { simulateEvidence } from '../../../models/detection/simulate-evidence.js';
import { crowdRows, CROWD_REGION, CROWD_WINDOW, evidenceOf } from '../../support/phone-crowd.js';
import { phones, TABLE } from './world.js';

const parameters = DEFAULT_PARAMETERS;
const QUAKE: EventState = {
  latitude: 19.05,
  longitude: -99.05,
  depthKm: 11,
  timeS: 40,
  magnitude: 5.4,
};
const NO_TERMS = { amplitude: 0, slowness: 0, slownessS: 0 };
let backend: Backend;
beforeAll(async () => {
  backend = await loadBackend();
});

const detect = (crowd: CrowdEvidence, rest: Partial<EvidenceSet> = {}): Promise<DetectResult> =>
  detectWith(backend, {
    evidence: { window: CROWD_WINDOW, sensors: [], reports: null, ...rest, crowd },
    region: CROWD_REGION,
    seed: 1,
    samples: 150,
    maxQuakes: 2,
  });

/** The most that the model gives a quake about `QUAKE`, against none; nats. */
function likelihoodOf(crowd: CrowdEvidence) {
  return crowdLikelihood({ crowd, table: TABLE, spanS: 180, parameters })!;
}

describe('quakes of phones that only trigger', () => {
  it('one is found once, its truth inside the intervals', async () => {
    const { quakes } = await detect(evidenceOf(crowdRows({ seed: 11, phones: 160, quake: QUAKE })));
    expect(quakes).toHaveLength(1);
    const { origin, samples } = quakes[0]!;
    expect(origin.existenceProbability).toBeGreaterThan(0.99);
    expect(origin.magnitude.p05).toBeLessThan(QUAKE.magnitude);
    expect(origin.magnitude.p95).toBeGreaterThan(QUAKE.magnitude);
    expect(origin.depthKm.p05 - 2).toBeLessThan(QUAKE.depthKm);
    expect(origin.depthKm.p95 + 2).toBeGreaterThan(QUAKE.depthKm);
    const place = { latitude: origin.latitude.p50, longitude: origin.longitude.p50 };
    expect(distanceKm(place, QUAKE)).toBeLessThan(5);
    const farther = [...samples.latitude].filter(
      (latitude, i) =>
        distanceKm(place, { latitude, longitude: samples.longitude[i]! }) >
        distanceKm(place, QUAKE),
    );
    expect(farther.length).toBeGreaterThan(0.02 * samples.latitude.length);
    expect(origin.contributions.map(({ source }) => source)).toEqual(['phones']);
    expect(origin.arrivalsUsed).toBeGreaterThan(20);
  }, 240_000);

  it('none is found where phones are silent or trigger for other reasons', async () => {
    const cases = [undefined, 'notification', 'thunderstorm', 'stadium', 'firmware'] as const;
    for (const [k, stressor] of cases.entries()) {
      const rows = crowdRows({ seed: 20 + k, phones: 200, ...(stressor ? { stressor } : {}) });
      const { quakes } = await detect(evidenceOf(rows));
      expect({ stressor, quakes: quakes.length }).toEqual({ stressor, quakes: 0 });
    }
  }, 240_000);

  it('crowd and records together say more than either', async () => {
    const random = createRandom(5);
    const sensors = phones(4, random).map((sensor) => ({
      ...sensor,
      latitude: 18.5 + (sensor.latitude - 16) / 2,
      longitude: -99.5 + (sensor.longitude + 100) / 2,
      uptime: [{ startS: 0, endS: 120 }],
      log10Threshold: 0.3,
    }));
    const evidence = simulateEvidence({
      ...{ window: CROWD_WINDOW, sensors, event: QUAKE, table: TABLE, parameters, random },
    });
    const crowd = evidenceOf(crowdRows({ seed: 12, phones: 80, quake: QUAKE }));
    const none = { ...crowd, cells: [] };
    const [records, triggers, both] = [
      await detect(none, { sensors: evidence.sensors }),
      await detect(crowd),
      await detect(crowd, { sensors: evidence.sensors }),
    ].map(({ quakes }) => quakes[0]);
    const best = Math.max(records!.logBayesFactor, triggers!.logBayesFactor);
    expect(both!.logBayesFactor).toBeGreaterThan(best);
    const spread = (q: typeof both): number => q!.origin.ellipse90.semiMajorKm;
    expect(spread(both)).toBeLessThan(spread(records));
    const source = both!.origin.contributions.find((c) => c.source === 'phones');
    expect(source?.items).toBe(4 + crowd.cells.length);
  }, 240_000);
});

describe('likelihood of a crowd', () => {
  const blanks = Array.from({ length: 20 }, (_, i) => ({
    cellId: `c${i}`,
    latitude: 18.7 + 0.15 * (i % 5),
    longitude: -99.4 + 0.2 * Math.floor(i / 5),
    scatterKm: 1.5,
    active: 5,
    uptime: [{ startS: 0, endS: 120 }],
    falseRateHz: 0.7 / 3600,
  }));
  const simulate = (event: EventState | null, seed: number): CrowdEvidence => {
    const random = createRandom(seed);
    const terms = event ? drawCrowdTerms(parameters, random) : NO_TERMS;
    return simulateCrowd({
      cells: blanks,
      binS: 0.5,
      event,
      terms,
      table: TABLE,
      parameters,
      random,
    });
  };

  it('of one phone is the chance to be silent, or to trigger then', () => {
    const cell = { ...blanks[0]!, active: 1, bins: [] };
    const prediction = emptyCellPrediction();
    predictCell(prediction, cell, QUAKE, NO_TERMS, TABLE, parameters);
    const share = prediction.shareP + prediction.shareS;
    expect(share).toBeGreaterThan(0.1);
    const silent = cellLogRatio(prepareCell(cell, 0.5, parameters), prediction);
    expect(silent).toBeCloseTo(Math.log(1 - share), 10);
    // Over all times and silence the likelihoods under the event add up to one.
    const rate = prepareCell(cell, 0.5, parameters).rateHz;
    let mass = Math.exp(silent);
    for (let timeS = -100; timeS < 200; timeS += 0.05) {
      const bins = [{ timeS, count: 1, clockSigmaS: 0.15, logOdds: null, log10PeakGal: null }];
      const ratio = cellLogRatio(prepareCell({ ...cell, bins }, 0.5, parameters), prediction);
      // Noise takes its own share of the phones that the event leaves: that is not the event's.
      mass += (Math.exp(ratio) - (1 - share)) * rate * 0.05;
    }
    expect(mass).toBeCloseTo(1, 2);
  });

  it('peaks of a simulated event are as the model has them', () => {
    const near = { ...QUAKE, latitude: 18.85, longitude: -99.2 };
    const cell = { ...blanks[6]!, active: 5, bins: [] };
    const prediction = emptyCellPrediction();
    predictCell(prediction, cell, near, NO_TERMS, TABLE, parameters);
    const ratio = (log10PeakGal: number | null): number => {
      const bins = [
        { timeS: prediction.timeP, count: 1, clockSigmaS: 0.15, logOdds: null, log10PeakGal },
      ];
      return cellLogRatio(prepareCell({ ...cell, bins }, 0.5, parameters), prediction);
    };
    expect(ratio(prediction.peakP)).toBeGreaterThan(ratio(prediction.peakP - 1.2));
    expect(ratio(prediction.peakP)).toBeGreaterThan(ratio(prediction.peakP + 1.2));
  });

  it('no event gives no odds on the average: E[ratio | noise] = 1', () => {
    const event = { ...QUAKE, magnitude: 4.6, depthKm: 25 };
    const few = blanks.slice(0, 3).map((cell) => ({ ...cell, active: 1 }));
    const wild = { ...parameters, crowdStormShare: 1e-9, crowdBurstsPerCellDay: 1e-9 };
    const quiet = { ...wild, crowdCommonPerDay: 1e-9 };
    let sum = 0;
    const rounds = 3000;
    for (let k = 0; k < rounds; k++) {
      const random = createRandom(k);
      const uptime = [{ startS: 35, endS: 65 }];
      const cells = few.map((cell) => ({ ...cell, uptime, falseRateHz: 0.002 }));
      const crowd = simulateCrowd({
        ...{ cells, binS: 0.5, event: null, terms: NO_TERMS, table: TABLE, parameters, random },
      });
      const model = crowdLikelihood({ crowd, table: TABLE, spanS: 180, parameters: quiet });
      sum += Math.exp(model!.logRatio(event, NO_TERMS));
    }
    expect(sum / rounds).toBeGreaterThan(0.8);
    expect(sum / rounds).toBeLessThan(1.2);
  });

  it('one cell that bursts proves nothing, and costs a quake nothing', () => {
    const quiet = simulate(null, 3);
    const burst = {
      ...quiet,
      cells: quiet.cells.map((cell, i) =>
        i === 7
          ? {
              ...cell,
              active: 400,
              bins: [0, 1, 2].map((k) => ({
                timeS: 44.75 + 0.5 * k,
                count: 100,
                clockSigmaS: 0.15,
                logOdds: null,
                log10PeakGal: null,
              })),
            }
          : cell,
      ),
    };
    const at = {
      ...QUAKE,
      latitude: burst.cells[7]!.latitude,
      longitude: burst.cells[7]!.longitude,
    };
    expect(likelihoodOf(burst).logRatio(at, NO_TERMS)).toBeLessThan(4);
    const shaken = simulate(QUAKE, 4);
    const alone = likelihoodOf(shaken).logRatio(QUAKE, NO_TERMS);
    const mixed = { ...shaken, cells: shaken.cells.map((c, i) => (i === 7 ? burst.cells[7]! : c)) };
    expect(alone).toBeGreaterThan(50);
    expect(likelihoodOf(mixed).logRatio(QUAKE, NO_TERMS)).toBeGreaterThan(alone - 30);
  });

  it('silence costs a quake only where phones were up', () => {
    const silent = simulate(null, 6);
    const model = likelihoodOf({ ...silent, cells: silent.cells.map((c) => ({ ...c, bins: [] })) });
    expect(model.logRatio(QUAKE, NO_TERMS)).toBeLessThan(-10);
    const down = silent.cells.map((c) => ({ ...c, bins: [], uptime: [{ startS: 0, endS: 30 }] }));
    expect(likelihoodOf({ ...silent, cells: down }).logRatio(QUAKE, NO_TERMS)).toBeCloseTo(0, 1);
  });

  it('is null without active phones, and shares its amplitude term with records', () => {
    expect(
      crowdLikelihood({
        crowd: { binS: 0.5, cells: [], notes: [] },
        table: TABLE,
        spanS: 1,
        parameters,
      }),
    ).toBeNull();
    const evidence = { window: CROWD_WINDOW, sensors: [], reports: null, crowd: simulate(null, 1) };
    const model = jointModel({ evidence, region: CROWD_REGION, parameters });
    expect(model.terms.map(({ name }) => name)[0]).toBe('accelerometers');
    expect(model.terms).toHaveLength(4);
  });
});
