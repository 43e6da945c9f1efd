import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { localPlane } from '../../core/local-plane.js';

/** Origin, place; east and north of PROJ 9 (`+proj=sterea +ellps=WGS84`), geodesic distance of GeographicLib, km. */
const CASES = [
  [47, 10, 49.5, 14.2, 304.286672, 286.35819, 417.692093],
  [-18, 179.9, -19.3, -178.6, 157.679279, -144.560608, 213.89694],
  [78.2, 15.6, 79.9, 3.5, -235.371018, 214.319011, 318.261473],
  [0.5, -91, -1, -90, 111.324441, -165.87519, 199.752703],
  [-89, 30, -88.2, -120, -100.564049, -285.85117, 302.968185],
] as const;

describe('local plane', () => {
  it.each(CASES)('%d %d to %d %d is where PROJ puts it', (...row) => {
    const [latitude0, longitude0, latitude, longitude, east, north, distance] = row;
    const plane = localPlane({ latitude: latitude0, longitude: longitude0 });
    const { eastKm, northKm } = plane.toKm({ latitude, longitude });
    expect(eastKm).toBeCloseTo(east, 5);
    expect(northKm).toBeCloseTo(north, 5);
    const radius = Math.hypot(eastKm, northKm);
    expect(Math.abs(radius / (1 + (radius / 12_742) ** 2 / 3) / distance - 1)).toBeLessThan(5e-5);
  });

  it('goes there and back', () => {
    const origins = fc.record({
      latitude: fc.integer({ min: -90, max: 90 }),
      longitude: fc.integer({ min: -180, max: 180 }),
    });
    const step = fc.integer({ min: -800, max: 800 });
    fc.assert(
      fc.property(origins, step, step, (origin, eastKm, northKm) => {
        const plane = localPlane(origin);
        const back = plane.toKm(plane.fromKm({ eastKm, northKm }));
        expect(Math.hypot(back.eastKm - eastKm, back.northKm - northKm)).toBeLessThan(1e-6);
      }),
    );
  });

  it('gives numbers for the other side of the Earth', () => {
    const { toKm } = localPlane({ latitude: 0, longitude: 0 });
    const { eastKm, northKm } = toKm({ latitude: 0, longitude: 180 });
    expect(Number.isFinite(eastKm) && Number.isFinite(northKm)).toBe(true);
  });
});
