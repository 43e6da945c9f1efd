import { describe, expect, it } from 'vitest';
import type { PhoneSignalRow } from '../../core/tables/phone-signal-table.js';
import { isoToNs, secondsToNs } from '../../core/time.js';
import { binSignals, SIGNAL_FEATURES } from '../../tensors/signal-cells.js';
import { believedTimes } from '../../tensors/signal-clocks.js';
import { decodeSignalWindow, encodeSignalWindow } from '../../tensors/signal-window.js';
import { crowdRows, CROWD_WINDOW } from '../support/phone-crowd.js';

const window = CROWD_WINDOW;
const at = (seconds: number): bigint => isoToNs(window.start) + secondsToNs(seconds);

/** A signal sent at a true time over a network of 0.3 s by a clock that is off by `clockS`. */
function signal(
  deviceId: string,
  timeS: number,
  rest: Partial<PhoneSignalRow> & { readonly clockS?: number } = {},
): PhoneSignalRow {
  const { clockS = 0, ...row } = rest;
  return {
    kind: 'trigger',
    deviceId,
    boot: null,
    seq: null,
    deviceNs: at(timeS + clockS),
    arrivalNs: at(timeS + 0.3),
    position: { latitude: 19.01, longitude: -99.01, positionSigmaKm: 0.3 },
    ...{ steady: null, charging: null, iqrG: null, zeroCrossingsHz: null, cavGs: null },
    ...{ peakGal: null, peakCmS: null, probability: null, appVersion: null, modelVersion: null },
    ...row,
  };
}
const beat = (deviceId: string, timeS: number, steady = 1, clockS = 0): PhoneSignalRow =>
  signal(deviceId, timeS, { kind: 'heartbeat', steady, clockS });

/** Triggers by bin of half a second, of all cells. */
function counts(rows: readonly PhoneSignalRow[]): Record<number, number> {
  const { cells } = binSignals({ rows, window });
  const found: Record<number, number> = {};
  for (const { values } of cells) {
    for (let k = 0; k < values.length / SIGNAL_FEATURES.length; k++) {
      const n = values[k * SIGNAL_FEATURES.length] as number;
      if (n > 0) found[k] = (found[k] ?? 0) + n;
    }
  }
  return found;
}

describe('signals on cells', () => {
  it('counts active phones by their last heartbeat, within five hours', () => {
    const rows = [
      beat('still', -3600),
      beat('picked up', -3600),
      beat('picked up', -60, 0),
      beat('back again', -3600, 0),
      beat('back again', -60),
      beat('long silent', -6 * 3600),
      beat('picked up during the window', -60),
      beat('picked up during the window', 30, 0),
      signal('triggered before', -600),
    ];
    const { cells } = binSignals({ rows, window });
    expect(cells.map((c) => c.active)).toEqual([4]);
    expect(cells[0]?.triggersBefore).toBe(1);
  });

  it('leaves out a phone first heard of by a trigger, and one that speaks by records', () => {
    const moving = [beat('moving', -60, 0), signal('moving', 10.1)];
    const rows = [
      beat('a', -60),
      signal('a', 10.1),
      signal('new', 10.1),
      beat('b', -60),
      ...moving,
    ];
    const tensor = binSignals({ rows, window, recorded: new Set(['b']) });
    expect(tensor.cells.map((c) => c.active)).toEqual([1]);
    expect(tensor.left).toMatchObject({ unproven: 1, recorded: 1 });
    expect(counts(rows)).toEqual({ 20: 1 });
  });

  it('counts a message once and a phone once in 30 s', () => {
    const trigger = signal('a', 10.1, { boot: 'x', seq: 7 });
    const late = { ...trigger, arrivalNs: trigger.arrivalNs + 10n ** 9n };
    const rows = [beat('a', -60), trigger, late, signal('a', 15), signal('a', 41)];
    expect(counts(rows)).toEqual({ 20: 1, 82: 1 });
    expect(binSignals({ rows, window }).left.repeated).toBe(1);
  });

  it('repairs a clock that is steadily off, and drops one that cannot be known', () => {
    const off = [-4000, -3000, -2000].map((t) => beat('off', t, 1, -100));
    const rows = [...off, signal('off', 10.3, { clockS: -100 })];
    // 0.05 s of the usual delay are not known.
    expect(counts(rows)).toEqual({ 20: 1 });
    expect(believedTimes(rows).get(rows[3]!)?.sigmaS).toBe(0.5);
    const lone = [beat('lone', -60, 1, -100), signal('lone', 10.3, { clockS: -100 })];
    expect(counts(lone)).toEqual({});
    expect(binSignals({ rows: lone, window }).left.clock).toBe(2);
    const slow = [beat('slow', -60), { ...signal('slow', 10.3), arrivalNs: at(40) }];
    expect(counts(slow)).toEqual({ 20: 1 });
  });

  it('takes an outage for unknown, not silent', () => {
    const often = (from: number, to: number): PhoneSignalRow[] =>
      Array.from({ length: to - from }, (_, i) => beat(`d${i}`, from + i));
    expect(binSignals({ rows: often(-18000, 120), window }).uptime).toEqual([
      { startS: 0, endS: 120 },
    ]);
    const cut = [...often(-18000, 20), ...often(100, 120)];
    const [first, second] = binSignals({ rows: cut, window }).uptime;
    expect(first?.startS).toBe(0);
    expect(first?.endS).toBeCloseTo(19.3);
    expect(second?.startS).toBeCloseTo(100.3);
    expect(second?.endS).toBe(120);
  });

  it('depends on the messages alone, not on their order; its file gives it back', () => {
    const rows = crowdRows({ seed: 3, stressor: 'firmware' });
    const bytes = encodeSignalWindow(binSignals({ rows, window }));
    const shuffled = [...rows.slice(200), ...rows.slice(0, 300)].reverse();
    const tensor = binSignals({ rows: shuffled, window });
    const { repeated } = tensor.left;
    expect(repeated).toBe(100);
    const again = { ...tensor, left: { ...tensor.left, repeated: 0 } };
    expect(Buffer.compare(bytes, encodeSignalWindow(again))).toBe(0);
    expect(decodeSignalWindow(bytes, 'crowd.arrow')).toEqual(again);
  });

  it('makes larger cells of a crowd that is spread far', () => {
    const rows = Array.from({ length: 400 }, (_, i) => ({
      ...beat(`d${i}`, -60),
      position: {
        latitude: (i % 20) * 0.3,
        longitude: Math.floor(i / 20) * 0.3,
        positionSigmaKm: 1,
      },
    }));
    const { cells } = binSignals({ rows, window });
    expect(cells.length).toBeLessThanOrEqual(100);
    expect(cells.reduce((sum, c) => sum + c.active, 0)).toBe(400);
  });
});
