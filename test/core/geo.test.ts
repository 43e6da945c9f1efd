import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  azimuthDeg,
  azimuthalGapDeg,
  distanceKm,
  fromLocalKm,
  KM_PER_DEGREE,
  toLocalKm,
  type LatLon,
} from '../../core/geo.js';

const at = (latitude: number, longitude: number): LatLon => ({ latitude, longitude });
const anyPlace = fc.record({
  latitude: fc.double({ min: -80, max: 80, noNaN: true }),
  longitude: fc.double({ min: -180, max: 180, noNaN: true }),
});

/** Distance from the angle between unit vectors: another formula than the haversine. */
function chordDistanceKm(a: LatLon, b: LatLon): number {
  const vector = ({ latitude, longitude }: LatLon): readonly [number, number, number] => {
    const [phi, lambda] = [(latitude * Math.PI) / 180, (longitude * Math.PI) / 180];
    return [Math.cos(phi) * Math.cos(lambda), Math.cos(phi) * Math.sin(lambda), Math.sin(phi)];
  };
  const [u, v] = [vector(a), vector(b)];
  const chord = Math.hypot(u[0] - v[0], u[1] - v[1], u[2] - v[2]);
  return 2 * 6371 * Math.asin(Math.min(1, chord / 2));
}

describe('distance and azimuth', () => {
  it('known distances on the sphere', () => {
    expect(distanceKm(at(0, 0), at(0, 1))).toBeCloseTo(111.19493, 4);
    expect(distanceKm(at(0, 0), at(0, 180))).toBeCloseTo(Math.PI * 6371, 6);
    expect(distanceKm(at(90, 0), at(-90, 77))).toBeCloseTo(Math.PI * 6371, 6);
    // Paris to New York, from the law of cosines in 50-digit arithmetic.
    expect(distanceKm(at(48.8566, 2.3522), at(40.7128, -74.006))).toBeCloseTo(5837.24, 1);
    expect(distanceKm(at(16.386, -97.979), at(16.386, -97.979))).toBe(0);
  });

  it('agrees with the chord, is symmetric and does not see whole turns', () => {
    fc.assert(
      fc.property(anyPlace, anyPlace, (a, b) => {
        const d = distanceKm(a, b);
        expect(d).toBeCloseTo(chordDistanceKm(a, b), 3);
        expect(distanceKm(b, a)).toBeCloseTo(d, 6);
        expect(distanceKm(a, { ...b, longitude: b.longitude + 360 })).toBeCloseTo(d, 6);
      }),
    );
  });

  it('known azimuths', () => {
    expect(azimuthDeg(at(0, 0), at(1, 0))).toBeCloseTo(0, 9);
    expect(azimuthDeg(at(0, 0), at(0, 1))).toBeCloseTo(90, 9);
    expect(azimuthDeg(at(0, 0), at(-1, 0))).toBeCloseTo(180, 9);
    expect(azimuthDeg(at(0, 0), at(0, -1))).toBeCloseTo(270, 9);
    expect(azimuthDeg(at(0, 179.5), at(0, -179.5))).toBeCloseTo(90, 9);
    // Baghdad to Osaka: the textbook example of a great-circle course.
    expect(azimuthDeg(at(35, 45), at(35, 135))).toBeCloseTo(60.16, 2);
  });

  it('azimuths are in [0, 360)', () => {
    fc.assert(
      fc.property(anyPlace, anyPlace, (a, b) => {
        const azimuth = azimuthDeg(a, b);
        expect(azimuth >= 0 && azimuth < 360).toBe(true);
      }),
    );
  });
});

describe('local coordinates', () => {
  const local = fc.record({
    eastKm: fc.double({ min: -300, max: 300, noNaN: true }),
    northKm: fc.double({ min: -300, max: 300, noNaN: true }),
  });

  it('there and back', () => {
    fc.assert(
      fc.property(anyPlace, local, (origin, offset) => {
        const back = toLocalKm(origin, fromLocalKm(origin, offset));
        expect(back.eastKm).toBeCloseTo(offset.eastKm, 6);
        expect(back.northKm).toBeCloseTo(offset.northKm, 6);
      }),
    );
  });

  it('has the length and direction of the great circle, within 0.5 %, in middle latitudes', () => {
    const origin = fc.record({
      latitude: fc.double({ min: -55, max: 55, noNaN: true }),
      longitude: fc.double({ min: -180, max: 180, noNaN: true }),
    });
    fc.assert(
      fc.property(origin, local, (place, offset) => {
        const length = Math.hypot(offset.eastKm, offset.northKm);
        const point = fromLocalKm(place, offset);
        expect(Math.abs(distanceKm(place, point) - length)).toBeLessThan(0.005 * length + 1e-6);
      }),
    );
    const northEast = fromLocalKm(at(10, 20), { eastKm: 10, northKm: 10 });
    expect(azimuthDeg(at(10, 20), northEast)).toBeCloseTo(45, 1);
  });

  it('goes the short way over the date line', () => {
    expect(toLocalKm(at(0, 179.5), at(0, -179.5)).eastKm).toBeCloseTo(KM_PER_DEGREE, 6);
    expect(toLocalKm(at(0, -179.5), at(0, 179.5)).eastKm).toBeCloseTo(-KM_PER_DEGREE, 6);
    expect(toLocalKm(at(0, 181), at(0, -178)).eastKm).toBeCloseTo(KM_PER_DEGREE, 6);
  });
});

describe('azimuthal gap', () => {
  const around = (azimuths: readonly number[]): LatLon[] =>
    azimuths.map((degrees) => ({
      latitude: 0.1 * Math.cos((degrees * Math.PI) / 180),
      longitude: 0.1 * Math.sin((degrees * Math.PI) / 180),
    }));

  it('is the widest angle without a station', () => {
    expect(azimuthalGapDeg(at(0, 0), [])).toBe(360);
    expect(azimuthalGapDeg(at(0, 0), around([12]))).toBe(360);
    expect(azimuthalGapDeg(at(0, 0), around([0, 90, 180, 270]))).toBeCloseTo(90, 3);
    expect(azimuthalGapDeg(at(0, 0), around([350, 10]))).toBeCloseTo(340, 3);
    expect(azimuthalGapDeg(at(0, 0), around([200, 10, 100]))).toBeCloseTo(170, 3);
  });
});
