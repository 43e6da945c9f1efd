import { describe, expect, it } from 'vitest';
import { simulatedCrowd, simulateEpisode } from '../../../apps/cli/commands/phones/simulate.js';
import { STRESSORS, type Stressor } from '../../../models/generative/phone-stress.js';
import { cellOf, crowdGrid, placeOf } from '../../../models/phones/network/crowd-grid.js';
import { shareAtLeast } from '../../../models/phones/network/crowd-scan.js';
import {
  countAt,
  crowdState,
  ingest,
  type TriggerBatch,
} from '../../../models/phones/network/crowd-state.js';
import { arrivedShare, triggerShares } from '../../../models/phones/network/trigger-model.js';

const grid = crowdGrid({ bounds: { west: 10, east: 11, south: 45, north: 46 }, cellKm: 5 });

const batch = (nowS: number, rows: readonly [number, number, number, number][]): TriggerBatch => ({
  nowS,
  cell: Int32Array.from(rows, (r) => r[0]),
  arrivalS: Float64Array.from(rows, (r) => r[1]),
  deviceS: Float64Array.from(rows, (r) => r[2]),
  device: Int32Array.from(rows, (r) => r[3]),
});

describe('crowd grid', () => {
  it('finds the cell of the place of a cell', () => {
    for (let cell = 0; cell < grid.count; cell += 7) {
      const place = placeOf(grid, grid.eastKm[cell] as number, grid.northKm[cell] as number);
      expect(cellOf(grid, place.latitude, place.longitude)).toBe(cell);
    }
    expect(cellOf(grid, 44.9, 10.5)).toBe(-1);
    expect(cellOf(grid, 45.5, 11.2)).toBe(-1);
  });

  it('refuses bounds without area and grids beyond memory', () => {
    const bounds = { west: 10, east: 10, south: 45, north: 46 };
    expect(() => crowdGrid({ bounds, cellKm: 5 })).toThrow(/crowd grid/);
    expect(() => crowdGrid({ bounds: { ...bounds, east: 60 }, cellKm: 0.01 })).toThrow(/cells/);
  });
});

describe('ingest', () => {
  it('counts by arrival, once a device, and refuses what cannot be', () => {
    const state = crowdState(grid);
    ingest(
      state,
      batch(100, [
        [3, 99.9, 99.5, 1],
        [3, 99.9, 99.6, 1],
        [3, 99.9, 99.9, 2],
        [-1, 99.9, 99.9, 3],
        [3, 99.9, 0, 4],
        [3, 99.9, Number.NaN, 5],
        [3, 10, 9.9, 6],
      ]),
    );
    expect(countAt(state, 3, 1)).toBe(2);
    expect(state.refused).toEqual({ outside: 2, repeated: 1, clock: 2 });
  });

  it('forgets after a minute and learns the rate of a cell', () => {
    const state = crowdState(grid);
    state.active[5] = 1000;
    for (let t = 1; t < 1500; t++) ingest(state, batch(t, [[5, t - 0.1, t - 0.3, t]]));
    let kept = 0;
    for (let back = 0; back < 240; back++) kept += countAt(state, 5, back);
    expect(kept).toBeGreaterThan(55);
    expect(kept).toBeLessThanOrEqual(61);
    // One trigger a second of 1000 phones, pulled a little to the prior.
    expect(state.rateHz[5]).toBeGreaterThan(0.7e-3);
    expect(state.rateHz[5]).toBeLessThan(1e-3);
  });
});

describe('trigger model', () => {
  it('has more triggers for larger and nearer quakes, and P + S never beyond all usable', () => {
    for (const km of [0, 10, 40, 100]) {
      const small = triggerShares(5, km, 10);
      const large = triggerShares(6.5, km, 10);
      expect(large.p).toBeGreaterThanOrEqual(small.p);
      expect(large.p + large.s).toBeLessThanOrEqual(0.8);
      expect(triggerShares(5, km + 20, 10).p).toBeLessThan(small.p);
    }
    expect(arrivedShare(0.1)).toBe(0);
    expect(arrivedShare(20)).toBeCloseTo(1, 6);
  });

  it('lower limit of a share is Wilson 1927', () => {
    // Its definition: the share from which the observed one is exactly z deviations away.
    for (const [x, n, z] of [
      [10, 100, 1.96],
      [3, 8, 2.6],
      [900, 1000, 3],
    ] as const) {
      const limit = shareAtLeast(x, n, z);
      expect((x / n - limit) / Math.sqrt((limit * (1 - limit)) / n)).toBeCloseTo(z, 9);
    }
    expect(shareAtLeast(0, 0, 2)).toBe(0);
  });
});

describe('crowd detector', () => {
  const crowd = simulatedCrowd(7, 6000);

  it('declares quakes under a town, near them and soon', () => {
    for (const seed of [1, 2, 3]) {
      const result = simulateEpisode({ crowd, seed, scenario: 'quake', time: 'night' });
      expect(result.alerts.length).toBe(1);
      expect(result.errorKm).toBeLessThan(15);
      expect(result.afterFourthS).toBeLessThan(6);
      expect(result.alerts[0]?.atS).toBeGreaterThan(result.quake?.timeS as number);
    }
  });

  it.each(Object.keys(STRESSORS) as Stressor[])('is quiet in %s', (scenario) => {
    expect(simulateEpisode({ crowd, seed: 11, scenario, time: 'day' }).alerts).toEqual([]);
  });

  it('gives the same answer for the same seed', () => {
    const run = () => simulateEpisode({ crowd, seed: 5, scenario: 'quake', time: 'day' });
    expect(run()).toEqual(run());
  });
});
