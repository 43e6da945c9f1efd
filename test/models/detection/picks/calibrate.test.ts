import { describe, expect, it } from 'vitest';
import { parseDelimited } from '../../../../connectors/picks/delimited.js';
import { stationsOf } from '../../../../connectors/picks/stations.js';
import { createRandom } from '../../../../core/random.js';
import { calibrateParameters } from '../../../../models/detection/picks/calibrate-parameters.js';
import { matchNear } from '../../../../models/detection/picks/match-events.js';
import { DEFAULT_PICK_PARAMETERS } from '../../../../models/detection/picks/parameters.js';
import {
  PARAMETER_FORMAT,
  parsePickParameters,
} from '../../../../models/detection/picks/parse-parameters.js';
import { fitTemper, reliabilityOf } from '../../../../models/detection/picks/temper.js';
import { constantModel } from '../../../../models/traveltime/velocity-model.js';
import { makeWorld, VELOCITY } from './world.js';

describe('temper', () => {
  /** Outcomes of log odds that are too sure by `slope` and wrong by `offset`. */
  const draw = (slope: number, offset: number, n: number, seed: number) => {
    const random = createRandom(seed);
    return Array.from({ length: n }, () => {
      const logOdds = 20 * random.normal();
      return {
        logOdds,
        isReal: random.uniform() < 1 / (1 + Math.exp(-(slope * logOdds + offset))),
      };
    });
  };

  it('finds the slope and offset that outcomes were drawn with', () => {
    const { slope, offset } = fitTemper(draw(0.15, -0.8, 20_000, 1));
    expect(slope).toBeCloseTo(0.15, 1);
    expect(Math.abs(slope / 0.15 - 1)).toBeLessThan(0.08);
    expect(Math.abs(offset + 0.8)).toBeLessThan(0.1);
  });

  it('makes held-out probabilities better and nearly right', () => {
    const temper = fitTemper(draw(0.15, -0.8, 2000, 2));
    const held = draw(0.15, -0.8, 5000, 3);
    const [before, after] = [{ slope: 1, offset: 0 }, temper].map((t) => reliabilityOf(held, t));
    expect(after?.logLoss).toBeLessThan((before?.logLoss ?? 0) - 0.2);
    expect(after?.calibrationError).toBeLessThan(0.03);
    expect(before?.calibrationError).toBeGreaterThan(0.1);
  });

  it('stays finite where outcomes are parted perfectly, or are none', () => {
    const parted = [-3, -2, 2, 3].map((logOdds) => ({ logOdds, isReal: logOdds > 0 }));
    for (const rows of [parted, []]) {
      const { slope, offset } = fitTemper(rows);
      expect(slope).toBeGreaterThanOrEqual(0.01);
      expect(slope).toBeLessThanOrEqual(1);
      expect(Number.isFinite(offset)).toBe(true);
    }
  });
});

describe('calibration', () => {
  const world = makeWorld({ seed: 4, stations: 10, events: 220, spanS: 6 * 3600, falsePicks: 800 });
  const input = {
    picks: world.picks,
    stations: world.stations,
    events: world.events,
    models: [constantModel({ vpKmS: 5, vpVs: 1.9 }), VELOCITY],
    parameters: DEFAULT_PICK_PARAMETERS,
  };

  it(
    'chooses the true velocities, learns the noise, and proves it on time apart',
    { timeout: 120_000 },
    () => {
      const result = calibrateParameters(input);
      expect(result.velocity.name).toBe(VELOCITY.name);
      const [fromS, temperS, proofS, toS] = result.partsS;
      expect([fromS, temperS, proofS, toS]).toEqual(
        [fromS, temperS, proofS, toS].sort((a, b) => a - b),
      );
      const { parameters, proof } = result;
      expect(parameters.residualS[0]).toBeGreaterThan(0.06);
      expect(parameters.residualS[0]).toBeLessThan(0.16);
      const rates = Object.values(parameters.stations).map(
        ({ falseRateHz }) => falseRateHz?.[0] ?? 0,
      );
      // 800 false picks at 10 stations, half of them P, in 6 hours.
      const mean = rates.reduce((a, b) => a + b, 0) / rates.length;
      expect(mean).toBeGreaterThan(0.6 * (400 / 10 / 21_600));
      expect(mean).toBeLessThan(2 * (400 / 10 / 21_600));
      expect(proof.after.events).toBeGreaterThan(20);
      expect(proof.after.logLoss).toBeLessThan(0.5);
      // What is written is read again as it was.
      const text = JSON.stringify({ format: PARAMETER_FORMAT, provenance: {}, parameters });
      expect(parsePickParameters({ name: 'p.json', text })).toEqual(parameters);
    },
  );

  it('refuses a catalogue of another time, and names what to give', () => {
    const events = world.events.map((event) => ({ ...event, timeS: event.timeS + 1e6 }));
    expect(() => calibrateParameters({ ...input, events })).toThrow(/share no time/);
  });
});

describe('matching of events', () => {
  it('is one to one, nearest first, within 3 s and 20 km', () => {
    const at = (timeS: number, eastKm: number) => ({ timeS, eastKm, northKm: 0 });
    expect(
      matchNear([at(0, 0), at(2, 0)], [at(1.9, 1), at(0.2, 2), at(2.1, 19), at(9, 0)]),
    ).toEqual([
      { truth: 1, found: 0 },
      { truth: 0, found: 1 },
    ]);
    expect(matchNear([at(0, 0)], [at(0, 21), at(3.1, 0)])).toEqual([]);
  });
});

describe('stations on a plane', () => {
  it('are marked, so that a catalogue is read in kilometres too', () => {
    const stations = stationsOf(
      parseDelimited({ path: 's', text: 'id,x,y,z\nA,1,2,0\nB,3,4,0\n' }),
    );
    expect(stations.isPlane).toBe(true);
  });
});
