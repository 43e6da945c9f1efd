import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { bssa14 } from '../../../models/groundmotion/bssa14.js';
import { cuaHeatonLog10Pga } from '../../../models/groundmotion/cua-heaton.js';
import { strainRateLog10 } from '../../../models/groundmotion/strain-rate.js';
import {
  awMmi2007California,
  awwMmi2014,
  mmiFromPga,
  mmiFromPgv,
  pgaFromMmi,
} from '../../../models/groundmotion/intensity.js';

describe('bssa14', () => {
  it.each([
    [4.5, 10, 300, 0.0399977, 1.589428, 0.80089],
    [5, 10, 300, 0.0937653, 3.90541, 0.70225],
    [6, 10, 760, 0.1749123, 10.041419, 0.60509],
    [6, 10, 300, 0.2447373, 18.600398, 0.60509],
    [7, 50, 300, 0.0989159, 10.357882, 0.60509],
  ])('M %f at %f km, Vs30 %f equals OpenQuake', (magnitude, distanceKm, vs30, pga, pgv, sigma) => {
    const a = bssa14({ measure: 'pga-g', magnitude, distanceKm, vs30 });
    const v = bssa14({ measure: 'pgv-cm-s', magnitude, distanceKm, vs30 });
    expect(Math.exp(a.lnMedian)).toBeCloseTo(pga, 6);
    expect(Math.exp(v.lnMedian)).toBeCloseTo(pgv, 5);
    expect(a.sigma).toBeCloseTo(sigma, 5);
  });
});

describe('cua-heaton', () => {
  it('equals the formula worked by hand', () => {
    // M 6, R 20: R1 = 20.2237, C = 1.722 e^0.956 (pi/4 + pi/2) = 10.5546, log10(R1 + C) = 1.488246
    const sum = 20.2237484 + 10.5545797;
    const byHand = 4.254 - 2.3878e-3 * sum - 1.4386 * Math.log10(sum) - 0.024525;
    expect(cuaHeatonLog10Pga('S-soil', 6, 20)).toBeCloseTo(byHand, 3);
    // BSSA14's S-dominated PGA within its own sigma (0.6 in ln, 0.26 in log10) at M 6, 20 km.
    const g = bssa14({ measure: 'pga-g', magnitude: 6, distanceKm: 20, vs30: 300 });
    expect(Math.abs(byHand - (g.lnMedian / Math.LN10 + Math.log10(980.665)))).toBeLessThan(0.26);
  });

  it('P is smaller than S, and both fall with distance and grow with magnitude', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 2, max: 6.5, noNaN: true }),
        fc.double({ min: 0, max: 300, noNaN: true }),
        fc.double({ min: 0, max: 100, noNaN: true }),
        (m, r, z) => {
          for (const envelope of ['P-soil', 'S-soil', 'P-rock', 'S-rock'] as const) {
            const here = cuaHeatonLog10Pga(envelope, m, r, z);
            expect(cuaHeatonLog10Pga(envelope, m, r + 5, z)).toBeLessThan(here);
            expect(cuaHeatonLog10Pga(envelope, m + 0.2, r, z)).toBeGreaterThan(here);
          }
        },
      ),
    );
    expect(cuaHeatonLog10Pga('P-soil', 5, 50)).toBeLessThan(cuaHeatonLog10Pga('S-soil', 5, 50));
  });
});

describe('strain rate', () => {
  it('equals the Ridgecrest check: M 4 at 50 km', () => {
    expect(10 ** strainRateLog10('S', 4, 50, 0.299)).toBeCloseTo(2.301, 3);
    expect(10 ** strainRateLog10('P', 4, 50, 0.401)).toBeCloseTo(0.983, 3);
  });
});

describe('intensity', () => {
  it.each([
    [2, 1.38],
    [3, 6.12],
    [4, 27.1],
    [5, 60.8],
    [6, 113],
    [7, 211],
    [8, 393],
    [9, 733],
  ])('MMI %f is %f gal', (mmi, gal) => {
    expect(pgaFromMmi(mmi) / gal).toBeCloseTo(1, 2);
    expect(mmiFromPga(pgaFromMmi(mmi)).mmi).toBeCloseTo(mmi, 9);
  });

  it('PGV 10 cm/s is MMI 6.05', () => {
    expect(mmiFromPgv(10).mmi).toBeCloseTo(6.05, 9);
    expect(mmiFromPgv(1).mmi).toBeCloseTo(3.78, 9);
  });

  it.each([
    [6, 10, 6.37369],
    [5, 5, 5.21425],
    [6, 50, 4.52931],
  ])('AW2007 California M %f at %f km is %f', (magnitude, distanceKm, mmi) => {
    expect(awMmi2007California(magnitude, distanceKm).mmi).toBeCloseTo(mmi, 5);
  });

  it('AWW2014 M 6 at 10 km by hand', () => {
    // R = sqrt(296) = 17.204651, log10 R = 1.235646
    const byHand = 0.309 + 11.184 - 1.672 * 1.235646 - 0.00219 * 17.204651 - 2.298 * 1.235646;
    expect(awwMmi2014(6, 10).mmi).toBeCloseTo(byHand, 5);
  });
});
