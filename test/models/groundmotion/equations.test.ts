import { describe, expect, it } from 'vitest';
import { bssa14 } from '../../../models/groundmotion/bssa14.js';
import { AW07, BSSA14, combineModels, CUA_HEATON } from '../../../models/groundmotion/equations.js';
import { expectedRuptureDistanceKm } from '../../../models/groundmotion/rupture-distance.js';

// BooreEtAl2014(sof=...) of openquake.engine 3.24.1; medians equal those of pygmm 0.8.0 to 1e-8.
const OPENQUAKE = [
  [6, 10, 760, 'strike-slip', 0.18174134, 10.461674, 0.348, 0.495, 0.346, 0.552],
  [6, 10, 300, 'reverse', 0.24613079, 18.513491, 0.348, 0.495, 0.346, 0.552],
  [7, 200, 250, 'normal', 0.011861938, 1.9145408, 0.348, 0.51721537, 0.346, 0.55680972],
  [4.8, 150, 400, 'unspecified', 0.0011762776, 0.064205602, 0.383, 0.66954066, 0.3845, 0.64712711],
  [3.2, 40, 180, 'strike-slip', 0.00082127923, 0.023231115, 0.398, 0.625, 0.401, 0.564],
  [8, 1, 1500, 'reverse', 0.33076073, 42.771575, 0.348, 0.495, 0.346, 0.552],
  [5.4, 300, 220, 'normal', 0.00086119522, 0.088742612, 0.353, 0.545, 0.3515, 0.5632],
] as const;

describe('bssa14 with mechanism and the scatter of far and soft sites', () => {
  it.each(OPENQUAKE)(
    'M %f at %f km, Vs30 %f, %s equals OpenQuake and pygmm',
    (magnitude, distanceKm, vs30, mechanism, pgaG, pgvCmS, tauA, phiA, tauV, phiV) => {
      const scenario = { magnitude, distanceKm, vs30, mechanism };
      const a = bssa14({ measure: 'pga-g', ...scenario });
      const v = bssa14({ measure: 'pgv-cm-s', ...scenario });
      expect(Math.exp(a.lnMedian) / pgaG).toBeCloseTo(1, 6);
      expect(Math.exp(v.lnMedian) / pgvCmS).toBeCloseTo(1, 6);
      expect([a.tau, a.phi, v.tau, v.phi]).toEqual(
        [tauA, phiA, tauV, phiV].map((value) => expect.closeTo(value, 6) as number),
      );
    },
  );
});

describe('the interface', () => {
  const scenario = {
    magnitude: 4,
    distanceKm: 30,
    depthKm: 8,
    vs30: 760,
    mechanism: 'unspecified',
  } as const;

  it('gives log10 gal and log10 cm/s', () => {
    // A rupture of M 4 is 0.8 km long: the distance to it is the epicentral one to 0.1 km.
    const g = bssa14({ measure: 'pga-g', magnitude: 4, distanceKm: 30, vs30: 760 });
    const motion = BSSA14.predict('pga', scenario);
    expect(10 ** motion.median / 980.665 / Math.exp(g.lnMedian)).toBeCloseTo(1, 1);
    expect(motion.tau * Math.LN10).toBeCloseTo(g.tau, 10);
  });

  it('refuses what a model does not predict, and joins models', () => {
    expect(() => CUA_HEATON.predict('mmi', scenario)).toThrow(/cua-heaton does not predict it/);
    const both = combineModels([BSSA14, AW07]);
    expect(both.predict('mmi', scenario)).toEqual(AW07.predict('mmi', scenario));
    expect(both.predict('pga', scenario)).toEqual(BSSA14.predict('pga', scenario));
  });

  it('distance to the rupture grows with distance, falls with magnitude, and is the epicentral one for small quakes', () => {
    expect(expectedRuptureDistanceKm({ magnitude: 3, distanceKm: 20 })).toBe(20);
    const near = expectedRuptureDistanceKm({ magnitude: 7, distanceKm: 20 });
    expect(near).toBeLessThan(20);
    expect(expectedRuptureDistanceKm({ magnitude: 7, distanceKm: 30 })).toBeGreaterThan(near);
    expect(expectedRuptureDistanceKm({ magnitude: 7.5, distanceKm: 20 })).toBeLessThan(near);
  });
});
