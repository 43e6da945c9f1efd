import { expect, it } from 'vitest';
import { projector, type MapProjection } from '../../core/map-projection.js';
import { peersOf } from '../support/peers.js';

const { describeWithPeers, runPeer } = peersOf('traveltime');

const origin = { latitude: 43.75, longitude: 7.5, rotationDeg: 0 };
/** Each with what PROJ calls it; radius and flattening as NonLinLoc has them. */
const CASES: readonly (readonly [MapProjection, string])[] = [
  [
    { kind: 'lambert', ellipsoid: 'Clarke-1880', parallels: [43.1993, 44.9961], ...origin },
    '+proj=lcc +lat_0=43.75 +lon_0=7.5 +lat_1=43.1993 +lat_2=44.9961 +a=6378249.1 +rf=293.46',
  ],
  [
    { kind: 'lambert', ellipsoid: 'WGS-84', parallels: [-20, -20], ...origin, latitude: -20 },
    '+proj=lcc +lat_0=-20 +lon_0=7.5 +lat_1=-20 +lat_2=-20 +a=6378137 +rf=298.254',
  ],
  [
    {
      kind: 'transverse-mercator',
      ellipsoid: 'WGS-84',
      falseEastM: 500_000,
      scale: 0.9996,
      ...origin,
    },
    '+proj=tmerc +lat_0=43.75 +lon_0=7.5 +k=0.9996 +x_0=500000 +a=6378137 +rf=298.254',
  ],
  [
    { kind: 'azimuthal-equidistant', ellipsoid: 'Sphere', ...origin },
    '+proj=aeqd +lat_0=43.75 +lon_0=7.5 +a=6371008.7714 +b=6371008.7714',
  ],
];
const OFFSETS = [
  [0, 0],
  [1.2, -0.7],
  [-1.5, 1.1],
  [0.3, 2],
] as const;

describeWithPeers('map transformations beside PROJ', () => {
  it.each(CASES)('%j', (projection, proj) => {
    if (projection.kind === 'none') throw new Error('no case of none');
    const places = OFFSETS.map(([north, east]) => ({
      latitude: projection.latitude + north,
      longitude: projection.longitude + east,
    }));
    const theirs = runPeer<[number, number][]>(
      'import json,sys,pyproj\np=pyproj.Proj(sys.argv[1])\n' +
        'print(json.dumps([p(b,a) for a,b in json.loads(sys.argv[2])]))',
      [`${proj} +units=m +no_defs`, JSON.stringify(places.map((p) => [p.latitude, p.longitude]))],
    );
    const project = projector(projection);
    places.forEach((place, i) => {
      const [x, y] = project?.(place) ?? [NaN, NaN];
      const [east, north] = theirs[i] as [number, number];
      // 5 cm: the series of Snyder end at the sixth power.
      expect(Math.hypot(x - east / 1000, y - north / 1000)).toBeLessThan(5e-5);
    });
  });
});

it('turns the axes clockwise', () => {
  const place = { latitude: 44.75, longitude: 7.5 };
  for (const kind of ['simple', 'sdc'] as const) {
    const [x0, y0] = projector({ kind, ...origin })?.(place) ?? [NaN, NaN];
    const [x, y] = projector({ kind, ...origin, rotationDeg: 90 })?.(place) ?? [NaN, NaN];
    expect(x0).toBeCloseTo(0, 9);
    expect(y0).toBeGreaterThan(110);
    // The y axis points east then: what lies north lies on the side of negative... x.
    expect([x, y].map((v) => Math.round(v))).toEqual([Math.round(y0), 0]);
  }
});
