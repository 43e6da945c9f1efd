import { expect, it, describe } from 'vitest';
import { describeWithPeers, runPeer } from '../../support/peers.js';
import { travelTimeTable } from '../../../models/traveltime/travel-time-table.js';
import { flatLayers, flattenDepthKm } from '../../../models/traveltime/earth-models.js';
import { firstArrivals } from '../../../models/traveltime/first-arrival.js';

describe('layered first arrivals', () => {
  const twoLayers = { topKm: Float64Array.of(0, 30), velocityKmS: Float64Array.of(6, 8) };

  it('is the straight line in a constant layer', () => {
    const time = firstArrivals({ topKm: Float64Array.of(0), velocityKmS: Float64Array.of(6) }, 12);
    for (const x of [0, 3, 50, 400]) expect(time(x)).toBeCloseTo(Math.hypot(x, 12) / 6, 9);
  });

  it('has the textbook crossover of a surface source over a half-space', () => {
    // X_cross = 2 h sqrt((v2 + v1) / (v2 - v1))
    const cross = 60 * Math.sqrt(14 / 2);
    const time = firstArrivals(twoLayers, 0);
    expect(time(cross - 1)).toBeCloseTo((cross - 1) / 6, 9);
    const head = (x: number): number => x / 8 + 60 * Math.sqrt(1 / 36 - 1 / 64);
    expect(time(cross + 1)).toBeCloseTo(head(cross + 1), 9);
  });

  it('bends a ray across an interface by Fermat', () => {
    const time = firstArrivals(twoLayers, 50);
    let least = Number.POSITIVE_INFINITY;
    for (let x = 0; x <= 80; x += 0.001) {
      least = Math.min(least, Math.hypot(x, 30) / 6 + Math.hypot(80 - x, 20) / 8);
    }
    expect(time(80)).toBeCloseTo(least, 6);
  });

  it('keeps velocities in order', () => {
    const layers = flatLayers({
      model: [
        { depthKm: 0, vpKmS: 5, vsKmS: 3 },
        { depthKm: 10, vpKmS: 6, vsKmS: 3.5 },
      ],
      phase: 'S',
      stepKm: 5,
    });
    expect([...layers.topKm].map((z) => Math.round(z * 100) / 100)).toEqual([0, 5]);
    expect(layers.velocityKmS[1]).toBeGreaterThan(layers.velocityKmS[0] as number);
    expect(flattenDepthKm(0)).toBe(0);
  });
});

describe('travel time table', () => {
  it('agrees with the rays between its nodes', () => {
    for (const [model, phase] of [
      ['iasp91', 'P'],
      ['ak135', 'S'],
    ] as const) {
      const table = travelTimeTable({ model });
      expect(table.p(0, 0)).toBeCloseTo(0, 6);
      const interpolated = phase === 'P' ? table.p : table.s;
      // 0.5 km from the source, off the nodes in both directions.
      const v = phase === 'P' ? 5.8 : 3.46;
      expect(interpolated(0.4, 0.3)).toBeCloseTo(0.5 / v, 2);
      expect(interpolated(650, 10)).toBeGreaterThan(interpolated(600, 10));
      for (let d = 0; d < 590; d += 13.7) {
        expect(interpolated(d + 1, 11.3)).toBeGreaterThan(interpolated(d, 11.3));
      }
    }
  });
});

describeWithPeers('travel times against TauPy', () => {
  it('are within 0.1 s of the first arrivals of iasp91 and ak135', { timeout: 240_000 }, () => {
    const distances = [3, 15, 47, 90, 133, 171, 222, 301, 420, 589];
    const depths = [0, 4.5, 12, 19.5, 20.5, 33, 36, 61, 97, 150, 195];
    for (const model of ['iasp91', 'ak135'] as const) {
      const truth = runPeer<number[][][]>(
        `
import sys, json
from obspy.taup import TauPyModel
m = TauPyModel(sys.argv[1])
distances, depths = json.loads(sys.argv[2]), json.loads(sys.argv[3])
def first(z, d, phases):
    # A source on a discontinuity or straight below makes TauP drop rays: take every first phase.
    a = m.get_travel_times(z, d / 111.19492664455873, phases)
    return min(x.time for x in a) if a else None
print(json.dumps([[[first(z, d, ['p', 'P', 'Pn', 'Pg']), first(z, d, ['s', 'S', 'Sn', 'Sg'])]
  for d in distances] for z in depths]))
`,
        [model, JSON.stringify(distances), JSON.stringify(depths)],
      );
      const table = travelTimeTable({ model });
      let worst = 0;
      depths.forEach((depth, i) =>
        distances.forEach((distance, j) => {
          const [p, s] = truth[i]?.[j] as [number, number];
          worst = Math.max(worst, Math.abs(table.p(distance, depth) - p));
          worst = Math.max(worst, Math.abs(table.s(distance, depth) - s));
        }),
      );
      expect(worst).toBeLessThan(0.1);
    }
  });
});
