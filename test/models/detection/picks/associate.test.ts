import { describe, expect, it } from 'vitest';
import type { PhasePicks } from '../../../../core/picks.js';
import { associate, type Association } from '../../../../models/detection/picks/associate.js';
import { whyNoEvent } from '../../../../models/detection/picks/explain.js';
import {
  DEFAULT_PICK_PARAMETERS,
  type PickParameters,
} from '../../../../models/detection/picks/parameters.js';
import { summariseEvents } from '../../../../models/detection/picks/summarise.js';
import { makeWorld, shuffled, TABLE, type PickWorld } from './world.js';

const SPAN_S = 7200;
const world = makeWorld({ seed: 3, stations: 25, events: 40, spanS: SPAN_S, falsePicks: 700 });

function run(
  w: PickWorld,
  picks: PhasePicks = w.picks,
  parameters: PickParameters = DEFAULT_PICK_PARAMETERS,
): Association {
  return associate({ picks, stations: w.stations, table: TABLE, parameters });
}

const found = run(world);
const declared = found.events.filter(({ logOdds }) => logOdds > 3);

/** Index of the declared event whose picks are mostly one true event's. */
function eventOf(truth: number): number {
  return declared.findIndex(({ picks }) => {
    const own = Array.from(picks).filter((pick) => world.label[pick] === truth).length;
    const all = world.label.filter((label) => label === truth).length;
    return own / Math.max(picks.length, all) >= 0.6;
  });
}

describe('association of a simulated hour', () => {
  const seen = world.events.flatMap((event, i) =>
    world.label.filter((label) => label === i).length >= 6 ? [{ event, match: eventOf(i) }] : [],
  );

  it('finds the quakes that many stations saw, and hardly anything else', () => {
    expect(seen.length).toBeGreaterThan(25);
    expect(seen.filter(({ match }) => match >= 0).length).toBeGreaterThanOrEqual(seen.length - 1);
    const matched = new Set(world.events.map((_, i) => eventOf(i)).filter((i) => i >= 0));
    expect(declared.length - matched.size).toBeLessThanOrEqual(2);
  });

  it('locates them within the noise of the picks and gives their magnitudes', () => {
    const errors = seen.flatMap(({ event, match }) => {
      const fit = declared[match];
      return fit
        ? [
            {
              km: Math.hypot(fit.eastKm - event.eastKm, fit.northKm - event.northKm),
              depthKm: Math.abs(fit.depthKm - event.depthKm),
              magnitude: Math.abs(fit.magnitude - event.magnitude),
            },
          ]
        : [];
    });
    const middle = (values: number[]): number =>
      values.sort((a, b) => a - b)[values.length >> 1] as number;
    expect(middle(errors.map(({ km }) => km))).toBeLessThan(0.8);
    expect(middle(errors.map(({ depthKm }) => depthKm))).toBeLessThan(1.5);
    expect(middle(errors.map(({ magnitude }) => magnitude))).toBeLessThan(0.1);
  });

  it('gives every pick to one event at most, of its own station and phase once', () => {
    const owner = new Int32Array(world.picks.count).fill(-1);
    found.events.forEach((event, i) => {
      const channels = new Set<number>();
      for (const pick of event.picks) {
        expect(owner[pick]).toBe(-1);
        owner[pick] = i;
        const channel =
          (world.picks.station[pick] as number) * 2 + (world.picks.phase[pick] as number);
        expect(channels.has(channel)).toBe(false);
        channels.add(channel);
      }
    });
    expect(Array.from(owner)).toEqual(Array.from(found.owner));
  });

  it('gives the same answer again', () => {
    const again = run(world);
    expect(again.events).toEqual(found.events);
  });

  it('finds next to nothing once every channel is shifted by its own time', () => {
    const decoy = run(world, shuffled(world, SPAN_S)).events.filter(({ logOdds }) => logOdds > 3);
    expect(decoy.length).toBeLessThanOrEqual(1);
  });

  it('holds silence against an event: the same picks count for less where more stations were up', () => {
    const few = makeWorld({
      seed: 11,
      stations: 8,
      events: 1,
      spanS: 1000,
      falsePicks: 0,
      magnitude: [2.5, 2.5],
    });
    const alone = run(few).events[0];
    // Eight more stations at the same places that heard nothing.
    const { stations } = few;
    const twice = (values: Float64Array): Float64Array =>
      Float64Array.from({ length: 16 }, (_, i) => (values[i % 8] as number) + (i < 8 ? 0 : 0.5));
    const more = associate({
      picks: few.picks,
      stations: {
        ...stations,
        ids: [...stations.ids, ...stations.ids.map((id) => `${id}b`)],
        eastKm: twice(stations.eastKm),
        northKm: twice(stations.northKm),
        elevationKm: new Float64Array(16),
      },
      table: TABLE,
      parameters: DEFAULT_PICK_PARAMETERS,
    }).events[0];
    expect(alone).toBeDefined();
    expect(more?.logOdds ?? -Infinity).toBeLessThan((alone?.logOdds as number) - 3);
  });
});

describe('posterior of associated events', () => {
  it('covers the truth about as often as its intervals say', () => {
    const events = summariseEvents({ association: found, samples: 400, seed: 1 });
    const pairs = world.events.flatMap((truth) => {
      const event = events.find(({ timeS }) => Math.abs(timeS.p50 - truth.timeS) < 2);
      return event ? [{ truth, event }] : [];
    });
    expect(pairs.length).toBeGreaterThan(25);
    const inside = pairs.filter(
      ({ truth, event }) =>
        truth.depthKm >= event.depthKm.p05 && truth.depthKm <= event.depthKm.p95,
    ).length;
    // 90 % of n, within 4 binomial standard deviations.
    const slack = 4 * Math.sqrt(pairs.length * 0.09);
    expect(inside).toBeGreaterThan(0.9 * pairs.length - slack);
    expect(pairs.every(({ event }) => event.probability > 0 && event.probability <= 1)).toBe(true);
  });

  it('has wider intervals for fewer picks', () => {
    const events = summariseEvents({ association: found, samples: 300, seed: 1 });
    const byCount = events.toSorted((a, b) => a.arrivals.length - b.arrivals.length);
    const mean = (chosen: typeof events): number =>
      chosen.reduce((sum, { depthKm }) => sum + depthKm.sd, 0) / chosen.length;
    expect(mean(byCount.slice(0, 8))).toBeGreaterThan(mean(byCount.slice(-8)));
  });
});

describe('input that holds no event', () => {
  const none = (): PhasePicks => ({
    count: 0,
    timeS: new Float64Array(0),
    station: new Int32Array(0),
    phase: new Uint8Array(0),
    probability: new Float32Array(0),
    logAmplitude: new Float32Array(0),
    sourceIndex: new Int32Array(0),
  });

  it('says so for no picks', () => {
    expect(whyNoEvent(run(world, none()))).toMatch(/no usable picks/);
  });

  it('says so for one station', () => {
    const one = makeWorld({ seed: 5, stations: 1, events: 20, spanS: 3000, falsePicks: 30 });
    const result = run(one);
    expect(result.events).toHaveLength(0);
    expect(whyNoEvent(result)).toMatch(/1 station; an event needs 3/);
  });

  it('says so for picks that agree with nothing', () => {
    const quiet = makeWorld({ seed: 6, stations: 10, events: 0, spanS: 86_400, falsePicks: 60 });
    const result = run(quiet);
    expect(result.events.filter(({ logOdds }) => logOdds > 0)).toHaveLength(0);
    expect(whyNoEvent(result)).toMatch(/origin|log odds/);
  });

  it('works with all stations at one place', () => {
    const { stations } = world;
    const same = {
      ...stations,
      eastKm: stations.eastKm.map(() => 0),
      northKm: stations.northKm.map(() => 0),
    };
    const result = associate({
      picks: world.picks,
      stations: same,
      table: TABLE,
      parameters: DEFAULT_PICK_PARAMETERS,
    });
    for (const event of result.events) expect(Number.isFinite(event.logOdds)).toBe(true);
  });
});
