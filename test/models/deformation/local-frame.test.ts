import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  degreesFrame,
  frameOf,
  fromLocal,
  gridNorthDeg,
  toLocal,
  touchingAt,
} from '../../../models/deformation/local-frame.js';
import { peersOf } from '../../support/peers.js';

const { describeWithPeers, runPeer } = peersOf('traveltime');

/** Azimuthal equidistant places by pyproj, lengths and azimuths by geodesics, grid north by its factors. */
const PYPROJ = `
import json, sys
from pyproj import Geod, Proj, Transformer
lon, lat, places, grids = json.loads(sys.argv[1])
aeqd = Proj(proj='aeqd', lon_0=lon, lat_0=lat, ellps='WGS84')
geod = Geod(ellps='WGS84')
lines = []
for a, b in zip(places[::2], places[1::2]):
    azimuth, _, metres = geod.inv(*a, *(p + 0.1 * (q - p) for p, q in zip(a, b)))
    lines.append([azimuth, metres])
north = []
for code, x, y in grids:
    p = Proj(f'EPSG:{code}')
    # Meridian convergence is grid north seen from true north, clockwise.
    north.append(p.get_factors(*p(x, y, inverse=True)).meridian_convergence)
print(json.dumps([[aeqd(*p) for p in places], lines, north]))
`;

describeWithPeers('places in local metres beside pyproj', () => {
  const [lon, lat] = [22.2, 39.7] as const;
  const places = Array.from({ length: 40 }, (_, i): [number, number] => [
    lon + 0.7 * Math.sin(2.7 * i),
    lat + 0.6 * Math.cos(1.9 * i),
  ]);
  const grids: [number, number, number][] = [
    [32634, 300_000, 4_400_000],
    [32719, 720_000, 7_600_000],
    [32633, 500_000, 5_000_000],
  ];
  const [exact, lines, north] = runPeer<[number[][], number[][], number[]]>(PYPROJ, [
    JSON.stringify([lon, lat, places, grids]),
  ]);

  it('are those of the azimuthal equidistant projection to 1 m at 90 km', () => {
    places.forEach(([x, y], i) => {
      const { eastM, northM } = toLocal(degreesFrame(lon, lat), x, y);
      const [e, n] = exact[i] as [number, number];
      expect(Math.hypot(eastM - e, northM - n)).toBeLessThan(1);
    });
  });

  it('have true lengths and directions where the plane touches, off the origin too', () => {
    const frame = degreesFrame(lon, lat);
    for (let i = 0; i < places.length; i += 2) {
      const [a, b] = [places[i], places[i + 1]] as [[number, number], [number, number]];
      const at = toLocal(frame, ...a);
      const near = touchingAt(frame, at.eastM, at.northM);
      // A tenth of the way to the next place: 1 to 15 km.
      const end = [a[0] + 0.1 * (b[0] - a[0]), a[1] + 0.1 * (b[1] - a[1])] as const;
      const [from, to] = [toLocal(near, ...a), toLocal(near, ...end)];
      expect(from.eastM).toBeCloseTo(at.eastM, 3);
      expect(from.northM).toBeCloseTo(at.northM, 3);
      const [azimuth, metres] = lines[i / 2] as [number, number];
      const [east, north] = [to.eastM - from.eastM, to.northM - from.northM];
      const turn = (Math.atan2(east, north) * 180) / Math.PI - azimuth;
      expect(Math.abs(((turn + 540) % 360) - 180)).toBeLessThan(1e-3);
      expect(Math.hypot(east, north) / metres).toBeCloseTo(1, 6);
    }
  });

  it('tell grid north of UTM', () => {
    grids.forEach(([code, x, y], i) => {
      expect(gridNorthDeg(`EPSG:${code}`, x, y)).toBeCloseTo(north[i] as number, 3);
    });
    expect(gridNorthDeg('EPSG:27700', 4e5, 4e5)).toBeNull();
  });
});

describe('local frames', () => {
  it('come back, over the date line and in the south', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -180_000, max: 180_000 }),
        fc.integer({ min: -75_000, max: 75_000 }),
        fc.integer({ min: -150, max: 150 }),
        fc.integer({ min: -150, max: 150 }),
        (x, y, east, north) => {
          const frame = touchingAt(degreesFrame(x / 1000, y / 1000), 1000 * north, 700 * east);
          const place = fromLocal(frame, 1000 * east, 1000 * north);
          const { eastM, northM } = toLocal(frame, place.x, place.y);
          expect(eastM).toBeCloseTo(1000 * east, 3);
          expect(northM).toBeCloseTo(1000 * north, 3);
          expect(Math.abs(place.x - x / 1000)).toBeLessThan(15);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('projections without plane metres and unknown degrees are refused', () => {
    const at = { x: 2.5e6, y: 4.8e6, pixel: 100, what: 'scene a' };
    expect(frameOf({ ...at, crs: 'EPSG:32634' }).geographic).toBe(false);
    expect(frameOf({ ...at, crs: 'EPSG:4258', x: 22, y: 39, pixel: 0.001 }).geographic).toBe(true);
    expect(() => frameOf({ ...at, crs: 'EPSG:3857' })).toThrow(/EPSG:3857/);
    expect(() => frameOf({ ...at, crs: 'EPSG:3411' })).toThrow(/EPSG:3411/);
    expect(() => frameOf({ ...at, crs: 'EPSG:4151', x: 22, y: 39, pixel: 0.001 })).toThrow(
      /look like degrees/,
    );
  });
});
