/** The dashboard's sums and sentences, against the great circle and by hand. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { azimuthDeg, distanceKm } from '../../core/geo.js';
import type { StoredOrigin } from '../../core/quake.js';
import {
  fixed,
  place,
  plainNumber,
  probability,
  signed,
  sizeText,
  time,
} from '../../web/src/format.js';
import { ellipseRing, move } from '../../web/src/geometry.js';
import { unwrapPolygons, unwrapRing } from '../../web/src/map/unwrap.js';
import { summaryRows } from '../../web/src/panels/summary-rows.js';
import { changesOf } from '../../web/src/panels/version-changes.js';
import { draft, gaussian } from '../catalogue/drafts.js';

const latitude = fc.double({ min: -60, max: 60, noNaN: true });
const longitude = fc.double({ min: -180, max: 180, noNaN: true });

describe('the ellipse on the map', () => {
  it('is closed and has its axes where they belong', () => {
    fc.assert(
      fc.property(
        latitude,
        longitude,
        fc.double({ min: 0, max: 179.99, noNaN: true }),
        (lat, lon, azimuth) => {
          const centre = { latitude: lat, longitude: lon };
          const axes = { semiMajorKm: 20, semiMinorKm: 5, azimuthDeg: azimuth };
          const ring = ellipseRing(centre, axes, 72);
          expect(ring).toHaveLength(73);
          expect(ring[72]).toEqual(ring[0]);
          const at = (i: number) => {
            const [x, y] = ring[i] as [number, number];
            return { latitude: y, longitude: x };
          };
          // Flat sums against the sphere: within 1.5 % at 60 degrees and 20 km.
          expect(Math.abs(distanceKm(centre, at(0)) / 20 - 1)).toBeLessThan(0.015);
          expect(Math.abs(distanceKm(centre, at(18)) / 5 - 1)).toBeLessThan(0.015);
          const turn = (azimuthDeg(centre, at(0)) - azimuth + 540) % 360;
          expect(Math.abs(turn - 180)).toBeLessThan(1);
        },
      ),
    );
  });
});

describe('outlines at the date line', () => {
  it('run on beyond 180 degrees, with their holes', () => {
    const box = (west: number, east: number, north: number) => [
      [west, 0],
      [east, 0],
      [east, north],
      [west, north],
      [west, 0],
    ];
    const geometry = {
      type: 'Polygon' as const,
      coordinates: [box(170, -170, 9), box(-178, -176, 1)],
    };
    const flat = unwrapPolygons({
      type: 'FeatureCollection',
      features: [{ type: 'Feature', properties: {}, geometry }],
    });
    expect(flat.features[0]?.geometry).toEqual({
      type: 'Polygon',
      coordinates: [box(170, 190, 9), box(182, 184, 1)],
    });
  });

  it('close a ring around a pole by way of the pole', () => {
    const ring = [0, 90, 180, -90, 0].map((longitude) => [longitude, -70]);
    expect(unwrapRing(ring)).toEqual([
      ...[0, 90, 180, 270, 360].map((longitude) => [longitude, -70]),
      [360, -90],
      [0, -90],
      [0, -70],
    ]);
  });
});

describe('how far an origin moved', () => {
  it('agrees with the great circle, also across the date line', () => {
    const from = { latitude: -20, longitude: 179.9 };
    const to = { latitude: -20.01, longitude: -179.9 };
    expect(move(from, to).distanceKm).toBeCloseTo(distanceKm(from, to), 1);
    expect(move(from, to).direction).toBe('E');
    expect(move({ latitude: 0, longitude: 0 }, { latitude: -1, longitude: -1 }).direction).toBe(
      'SW',
    );
  });

  it('is told with all else that changed', () => {
    const stored = (version: number, input: Parameters<typeof draft>[0]): StoredOrigin => ({
      ...draft(input),
      eventId: 'ql',
      version,
      createdAt: '2024-01-01T00:00:00Z',
    });
    const first = stored(1, { originTime: '2024-01-01T00:00:00Z', latitude: 10 });
    const second = stored(2, {
      originTime: '2024-01-01T00:00:01.25Z',
      latitude: 11,
      magnitude: 6.95,
      rest: {
        depthKm: gaussian(20, 4),
        existenceProbability: 0.5,
        contributions: [{ source: 'das', nats: 3, items: 1 }],
      },
    });
    expect(changesOf(null, first)).toEqual(['first version']);
    expect(changesOf(first, first)).toEqual(['no change in the shown numbers']);
    expect(changesOf(first, second)).toEqual([
      'magnitude \u22120.25',
      'origin time +1.25 s',
      'moved 111.2 km N',
      'depth \u22122.1 km',
      'probability 99.9 % to 50 %',
      'new source: fibre (DAS)',
      'without phones, felt reports',
    ]);
  });
});

describe('numbers and times', () => {
  it('are written as people read them', () => {
    expect([fixed(-0.04, 1), fixed(-1.25, 1), signed(2, 1), signed(-0.001, 2)]).toEqual([
      '0.0',
      '\u22121.3',
      '+2.0',
      '0.00',
    ]);
    expect(time('2018-02-16T23:39:39.987654321Z')).toBe('2018-02-16 23:39:39.9');
    expect(time('2018-02-16T23:39:39Z', 3)).toBe('2018-02-16 23:39:39.000');
    expect(place(-20.5, 181.25)).toBe('20.50° S, 178.75° W');
    expect([0.99987, 0.9987, 0.62, 0.0004, 1, 0].map(probability)).toEqual([
      '> 99.9 %',
      '99.9 %',
      '62 %',
      '< 0.1 %',
      '100.0 %',
      '0 %',
    ]);
    expect([1.23456e19, 0.0123456, -4.5, 12].map(plainNumber)).toEqual([
      '1.23e+19',
      '0.01235',
      '\u22124.5',
      '12',
    ]);
    expect([999, 1234, 5_600_000].map(sizeText)).toEqual(['999 B', '1.234 kB', '5.6 MB']);
  });

  it('of a deformation product carry their units', () => {
    const rows = summaryRows({
      velocityMmPerYear: { min: -3, max: 4.5 },
      marginals: { dipDeg: { mean: 30, sd: 2, p05: 26.5, p50: 30, p95: 33.5 } },
      momentNm: 1.5e19,
      epochs: Array.from({ length: 30 }, () => '2020-01-01'),
      converged: true,
      mw: null,
      notes: ['elsewhere'],
    });
    expect(rows).toEqual([
      ['velocity min', '\u22123 mm/yr'],
      ['velocity max', '4.5 mm/yr'],
      ['dip', '30 (26.5 to 33.5) °'],
      ['moment', '1.50e+19 N m'],
      ['epochs', '30 items'],
      ['converged', 'yes'],
    ]);
  });
});
