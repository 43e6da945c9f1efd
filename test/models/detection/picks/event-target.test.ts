import { describe, expect, it } from 'vitest';
import type { PhasePicks } from '../../../../core/picks.js';
import { associate } from '../../../../models/detection/picks/associate.js';
import { eventTarget } from '../../../../models/detection/picks/event-target.js';
import { DEFAULT_PICK_PARAMETERS } from '../../../../models/detection/picks/parameters.js';
import { channelOf } from '../../../../models/detection/picks/pick-model.js';
import { makeWorld, TABLE } from './world.js';

const world = makeWorld({ seed: 8, stations: 14, events: 25, spanS: 5000, falsePicks: 150 });
const { model, events } = associate({
  picks: withTwin(world.picks, 0.4),
  stations: world.stations,
  table: TABLE,
  parameters: DEFAULT_PICK_PARAMETERS,
});

/** Every pick a second time, so much later: a free one beside each of an event. */
function withTwin(picks: PhasePicks, laterS: number): PhasePicks {
  const rows = Array.from({ length: 2 * picks.count }, (_, i) => ({
    from: i >> 1,
    timeS: (picks.timeS[i >> 1] as number) + (i & 1) * laterS,
  })).sort((a, b) => a.timeS - b.timeS);
  const take = (values: ArrayLike<number>) => rows.map(({ from }) => values[from] as number);
  return {
    count: rows.length,
    timeS: Float64Array.from(rows, ({ timeS }) => timeS),
    station: Int32Array.from(take(picks.station)),
    phase: Uint8Array.from(take(picks.phase)),
    probability: Float32Array.from(take(picks.probability)),
    logAmplitude: Float32Array.from(take(picks.logAmplitude)),
    sourceIndex: Int32Array.from(rows.keys()),
  };
}

describe('the target of an event', () => {
  it("sums over which pick of a channel is the event's, or none", () => {
    const event = events.reduce((a, b) => (b.picks.length > a.picks.length ? b : a));
    const own = event.picks[0] as number;
    const channel = channelOf(model.picks, own);
    const twin = Array.from({ length: model.picks.count }, (_, i) => i).find(
      (i) =>
        channelOf(model.picks, i) === channel &&
        Math.abs(
          Math.abs((model.picks.timeS[i] as number) - (model.picks.timeS[own] as number)) - 0.4,
        ) < 1e-6,
    ) as number;
    expect(twin).toBeGreaterThanOrEqual(0);
    const rest = event.picks.filter((pick) => pick !== own);
    const target = (free: readonly number[]): ((state: readonly number[]) => number) =>
      eventTarget({ model, event: { ...event, picks: rest }, isTaken: (i) => !free.includes(i) });
    const [both, first, second, none] = [
      target([own, twin]),
      target([own]),
      target([twin]),
      target([]),
    ];
    for (const [t, x, z, m] of [
      [0, 0, 0, 0],
      [0.1, 1, -2, 0.2],
      [0.3, -1.5, 1, -0.3],
    ] as const) {
      const state = [
        t,
        event.eastKm + x,
        event.northKm,
        Math.max(1, event.depthKm + z),
        event.magnitude + m,
      ];
      const base = none(state);
      expect(first(state)).toBeGreaterThan(base);
      // 1 + a + b = (1 + a) + (1 + b) - 1.
      const whole = Math.exp(first(state) - base) + Math.exp(second(state) - base) - 1;
      expect(both(state) - base).toBeCloseTo(Math.log(whole), 8);
    }
  });

  it('leaves picks of other events to them', () => {
    const event = events[0];
    expect(event).toBeDefined();
    if (!event) return;
    const state = [0, event.eastKm, event.northKm, event.depthKm, event.magnitude];
    const own = eventTarget({ model, event, isTaken: () => true })(state);
    const free = eventTarget({ model, event, isTaken: () => false })(state);
    expect(free).toBeGreaterThan(own);
  });
});
