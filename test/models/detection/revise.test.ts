import { describe, expect, it } from 'vitest';
import type { Arrival, EvidenceSet } from '../../../core/evidence.js';
import type { Candidate } from '../../../models/detection/candidates.js';
import {
  leftBy,
  reviseQuakes,
  type Claim,
  type FindQuake,
} from '../../../models/detection/revise.js';

/** One sensor that heard something at the given times. */
function heard(...times: number[]): EvidenceSet {
  const arrivals = times.map((timeS): Arrival => ({
    ...{ phase: 'P', timeS, sigmaS: 0.1, logLikelihoodRatio: 3, log10Amplitude: -1.5 },
  }));
  return {
    window: { start: '2020-01-01T00:00:00Z', end: '2020-01-01T00:05:00Z' },
    sensors: [
      {
        ...{ source: 'phones', sensorId: 'a', latitude: 0, longitude: 0, elevationM: 0 },
        ...{ positionSigmaKm: 0.1, uptime: [{ startS: 0, endS: 300 }], falseRateHz: 0.001 },
        ...{ quantity: 'pga-gal', log10Threshold: -1, notes: [], arrivals },
        series: { startS: 0, rateHz: 1, llrBase64: '' },
      },
    ],
    reports: { cells: [], notes: [] },
  } as unknown as EvidenceSet;
}

const at = (timeS: number): Candidate => ({
  ...{ latitude: 0, longitude: 0, depthKm: 5, timeS, score: 0, from: 'stack' },
});
const timesOf = (evidence: EvidenceSet): number[] =>
  (evidence.sensors[0]?.arrivals ?? []).map((arrival) => arrival.timeS);

/** A quake at `timeS` that explains what is within `reachS` after it, 1 of log odds an arrival. */
function claim(evidence: EvidenceSet, timeS: number, reachS: number, rivals: number[] = []): Claim {
  const own = timesOf(evidence).map((t) => (t >= timeS && t <= timeS + reachS ? 1 : 0));
  const log10Peak = 0;
  return {
    evidence,
    middle: at(timeS),
    logOdds: own.reduce<number>((sum, p) => sum + p, 0),
    rivals: rivals.map(at),
    shares: {
      crowd: null,
      bySensor: [
        {
          ...{ probability: own, total: Math.max(0, ...own) },
          shaken: {
            ...{ startS: timeS, endS: timeS + 50, originS: timeS, peakS: timeS + 5, log10Peak },
          },
        },
      ],
    },
  };
}

/** Declares, at the candidates, what explains at least two arrivals within 10 s. */
const find: FindQuake<Claim> = (evidence, { candidates }) => {
  const best = candidates
    .map(({ timeS }) => claim(evidence, timeS ?? 0, 10))
    .sort((a, b) => b.logOdds - a.logOdds)[0];
  return Promise.resolve(best && best.logOdds >= 2 ? best : null);
};

describe('a second look at declared quakes', () => {
  it('leaves a quake what it claims in the coda of another', () => {
    const evidence = heard(10, 12, 30, 32, 45);
    const first = claim(evidence, 10, 5);
    const second = claim(evidence, 30, 5);
    expect(timesOf(leftBy(evidence, [first], []))).toEqual([]);
    expect(timesOf(leftBy(evidence, [first], [second]))).toEqual([30, 32]);
    expect(leftBy(evidence, [first], [second]).reports).not.toBeNull();
    expect(leftBy(evidence, [first], []).reports).toBeNull();
  });

  it('keeps two that are two', async () => {
    const evidence = heard(10, 12, 100, 102);
    const quakes = [claim(evidence, 10, 10), claim(evidence, 100, 10)];
    const revised = await reviseQuakes({ evidence, quakes, find, maxQuakes: 4 });
    expect(revised.quakes.map((q) => q.middle.timeS)).toEqual([10, 100]);
    expect(revised.notes).toEqual([]);
  });

  it('gives up one that the others leave nothing', async () => {
    const evidence = heard(10, 12, 14);
    // Declared while the other's arrivals were in its way, it claims nothing of its own.
    const quakes = [claim(heard(), 200, 10), claim(evidence, 10, 10)];
    const revised = await reviseQuakes({ evidence, quakes, find, maxQuakes: 4 });
    expect(revised.quakes.map((q) => q.middle.timeS)).toEqual([10]);
    expect(revised.notes).toHaveLength(1);
  });

  it('splits one that stands for two', async () => {
    const evidence = heard(10, 12, 100, 102);
    const quakes = [claim(evidence, 10, 2, [100])];
    const revised = await reviseQuakes({ evidence, quakes, find, maxQuakes: 4 });
    expect(revised.quakes.map((q) => q.middle.timeS).sort()).toEqual([10, 100]);
    expect((await reviseQuakes({ evidence, quakes, find, maxQuakes: 1 })).quakes).toHaveLength(1);
  });

  it('merges two that one explains', async () => {
    const evidence = heard(10, 12, 17, 19);
    const quakes = [claim(evidence, 10, 4), claim(evidence, 16, 4)];
    const revised = await reviseQuakes({ evidence, quakes, find, maxQuakes: 4 });
    expect(revised.quakes.map((q) => q.middle.timeS)).toEqual([10]);
    expect(revised.quakes[0]?.logOdds).toBe(4);
  });
});
