import { describe, expect, it } from 'vitest';
import { polarStereographic, type PolarStereographic } from '../../core/polar-stereographic.js';
import { frameOf, fromLocal, toLocal, touchingAt } from '../../models/deformation/local-frame.js';
import { peersOf } from '../support/peers.js';

const { describeWithPeers, runPeer } = peersOf('traveltime');
const CODES = [3413, 3995, 3996, 5041, 32661, 3031, 3976, 5042, 32761];

const PYPROJ = `
import json, sys
from pyproj import Proj, Transformer
codes, places = json.loads(sys.argv[1])
out = []
for code in codes:
    t = Transformer.from_crs('EPSG:4326', f'EPSG:{code}', always_xy=True)
    sign = 1 if code in (3413, 3995, 3996, 5041, 32661) else -1
    out.append([t.transform(lon, sign * lat) for lon, lat in places])
aeqd = Proj(proj='aeqd', lon_0=15, lat_0=78, ellps='WGS84')
print(json.dumps([out, [aeqd(lon, lat) for lon, lat in [(13.9, 78.2), (16.3, 77.8)]]]))
`;

function projection(code: number): PolarStereographic {
  const found = polarStereographic(`EPSG:${code}`);
  if (!found) throw new Error(`EPSG:${code} is unknown`);
  return found;
}

describeWithPeers('polar stereographic places beside pyproj', () => {
  const places = Array.from({ length: 24 }, (_, i): [number, number] => [
    -178 + 15.3 * i,
    60 + 1.24 * i,
  ]);
  const [exact, local] = runPeer<[[number, number][][], [number, number][]]>(PYPROJ, [
    JSON.stringify([CODES, places]),
  ]);

  it('are the same to a micrometre, and come back', () => {
    CODES.forEach((code, k) => {
      const { fromDegrees, toDegrees } = projection(code);
      places.forEach(([longitude, latitude], i) => {
        const pole = [3413, 3995, 3996, 5041, 32661].includes(code) ? 1 : -1;
        const [x, y] = fromDegrees(longitude, pole * latitude);
        const [peerX, peerY] = exact[k]?.[i] as [number, number];
        expect(Math.hypot(x - peerX, y - peerY)).toBeLessThan(1e-6);
        const [lon, lat] = toDegrees(x, y);
        expect(lat).toBeCloseTo(pole * latitude, 10);
        expect(lon).toBeCloseTo(longitude, 9);
      });
    });
  });

  it('make frames whose north is true where the ground moves', () => {
    const at = projection(3413).fromDegrees(15, 78);
    const frame = frameOf({ crs: 'EPSG:3413', x: at[0], y: at[1], pixel: 100, what: 'scene a' });
    expect(frame.geographic).toBe(false);
    [
      [13.9, 78.2],
      [16.3, 77.8],
    ].forEach(([longitude, latitude], i) => {
      const [x, y] = projection(3413).fromDegrees(longitude as number, latitude as number);
      const { eastM, northM } = toLocal(frame, x, y);
      const [e, n] = local[i] as [number, number];
      expect(Math.hypot(eastM - e, northM - n)).toBeLessThan(1);
      const near = touchingAt(frame, eastM, northM);
      const back = fromLocal(near, eastM, northM);
      expect(Math.hypot(back.x - x, back.y - y)).toBeLessThan(1e-3);
    });
  });
});

describe('polar stereographic places', () => {
  it('have their pole at the origin of the projection and refuse other CRS', () => {
    expect(projection(3413).toDegrees(0, 0)[1]).toBeCloseTo(90, 12);
    expect(projection(5042).toDegrees(2e6, 2e6)[1]).toBeCloseTo(-90, 12);
    expect(polarStereographic('EPSG:32633')).toBeNull();
    expect(polarStereographic('EPSG:3411')).toBeNull();
  });
});
