import { describe, expect, it } from 'vitest';
import {
  clockModel,
  clockState,
  isClockTrusted,
  observeClock,
} from '../../../connectors/phones/clock-model.js';
import { createRandom } from '../../../core/random.js';

/** Messages every 2 s for `seconds`; the clock is `offsetS` slow and loses `drift` s/s. */
function sent(input: { offsetS: (tS: number) => number; seconds: number }) {
  const random = createRandom(7);
  const model = clockModel();
  for (let t = 0; t < input.seconds; t += 2) {
    const delayS = 0.1 - 0.3 * Math.log(1 - random.uniform());
    observeClock(model, 1.7e9 + t - input.offsetS(t), 1.7e9 + t + delayS);
  }
  return model;
}

describe('the clock model', () => {
  it('finds the offset through delays with a long tail', () => {
    const state = clockState(sent({ offsetS: () => 12.5, seconds: 600 }));
    expect(state.offsetS).toBeGreaterThan(12.59);
    expect(state.offsetS).toBeLessThan(12.75); // least delay 0.1 s and what 30 messages leave of it
    expect(Math.abs(state.driftPpm)).toBeLessThan(1500);
    expect(state.jumps).toBe(0);
  });

  it('follows a clock that drifts a second a day, and a fast one', () => {
    const slow = clockState(sent({ offsetS: (t) => t / 86_400, seconds: 20_000 }));
    expect(slow.offsetS).toBeCloseTo(0.1 + 20_000 / 86_400, 1);
    const fast = clockState(sent({ offsetS: (t) => 0.002 * t, seconds: 2000 }));
    expect(fast.driftPpm).toBeGreaterThan(1500);
    expect(fast.driftPpm).toBeLessThan(2500);
  });

  it('counts a jump and knows the clock after it', () => {
    const model = sent({ offsetS: (t) => (t < 300 ? 0 : -40), seconds: 600 });
    expect(clockState(model).jumps).toBe(1);
    expect(clockState(model).offsetS).toBeCloseTo(-39.9, 1);
  });

  it('trusts by the limit, and a new device in spite of one long delay', () => {
    expect(isClockTrusted(sent({ offsetS: () => 0.3, seconds: 100 }), 1)).toBe(true);
    expect(isClockTrusted(sent({ offsetS: () => 1.5, seconds: 100 }), 1)).toBe(false);
    expect(isClockTrusted(sent({ offsetS: () => -1.5, seconds: 100 }), 1)).toBe(false);
    const model = clockModel();
    observeClock(model, 1.7e9, 1.7e9 + 3);
    expect(isClockTrusted(model, 1)).toBe(true);
    observeClock(model, 1.7e9 + 1, 1.7e9 + 1.2);
    expect(clockState(model).offsetS).toBeCloseTo(0.2, 6);
  });

  it('takes lateness for delay until it lasts, and a clock that is ahead for wrong at once', () => {
    const known = (): ReturnType<typeof clockModel> => sent({ offsetS: () => 0, seconds: 600 });
    const late = known();
    for (let i = 0; i < 3; i++) {
      observeClock(late, 1.7e9 + 7200 + i, 1.7e9 + 7200 + i + 4); // a storm two hours later
      expect(isClockTrusted(late, 1)).toBe(true);
    }
    for (let i = 3; i < 6; i++) observeClock(late, 1.7e9 + 7200 + i, 1.7e9 + 7200 + i + 4);
    expect(isClockTrusted(late, 1)).toBe(false);
    const ahead = known();
    observeClock(ahead, 1.7e9 + 7204, 1.7e9 + 7200);
    expect(clockState(ahead).offsetS).toBeCloseTo(-4, 6);
    expect(isClockTrusted(ahead, 1)).toBe(false);
  });
});
