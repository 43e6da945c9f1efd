import { expect, it } from 'vitest';
import { EARTH_MODELS } from '../../../models/traveltime/earth-models.js';
import { localTable, timeAt } from '../../../models/traveltime/local-table.js';
import { REGIONAL_MODELS, regionalModel } from '../../../models/traveltime/regional-models.js';
import { describeWithPeers, runPeer } from '../../support/peers.js';

describeWithPeers('bundled models of the Earth beside ObsPy', () => {
  it.each(['iasp91', 'ak135'] as const)(
    '%s has every knot of the .tvel file down to 410 km',
    (name) => {
      const theirs = runPeer<number[][]>(
        'import json,sys,obspy.taup,os\n' +
          'file=os.path.join(os.path.dirname(obspy.taup.__file__),"data",sys.argv[1]+".tvel")\n' +
          'rows=[list(map(float,l.split()[:3])) for l in open(file).read().splitlines()[2:] if l.strip()]\n' +
          'print(json.dumps(rows))',
        [name],
      );
      // The last knot of ours is the upper side of the discontinuity at 410 km.
      const upper = theirs.slice(0, theirs.findIndex(([depth]) => depth === 410) + 1);
      const ours = EARTH_MODELS[name].map(({ depthKm, vpKmS, vsKmS }) => [depthKm, vpKmS, vsKmS]);
      const last = ours.at(-1) as number[];
      for (const row of ours) expect(upper).toContainEqual(row);
      expect(last).toEqual(upper.at(-1));
      // What we leave out lies on the lines between our knots.
      for (const [depth, vp, vs] of upper as [number, number, number][]) {
        const k = ours.findIndex(([d]) => (d as number) >= depth);
        const [a, b] = [ours[Math.max(0, k - 1)], ours[k]] as [number[], number[]];
        const [d0, p0, s0] = a as [number, number, number];
        const [d1, p1, s1] = b as [number, number, number];
        const part = d1 === d0 ? 1 : (depth - d0) / (d1 - d0);
        const isKnot = ours.some((row) => row.every((value, i) => value === [depth, vp, vs][i]));
        if (isKnot) continue;
        expect(p0 + part * (p1 - p0)).toBeCloseTo(vp, 3);
        expect(s0 + part * (s1 - s0)).toBeCloseTo(vs, 3);
      }
    },
  );
});

it.each(REGIONAL_MODELS)('%s has rising layers and the direct wave of its first one', (name) => {
  const model = regionalModel(name);
  const tops = model.knots.filter((_, i) => i % 2 === 0).map(({ vpKmS }) => vpKmS);
  expect(tops).toEqual([...tops].sort((a, b) => a - b));
  const out = { timeS: 0, byDistance: 0, byDepth: 0 };
  const steps = { distanceStepKm: 0.25, depthStepKm: 0.25 };
  timeAt(localTable({ model, maxDistanceKm: 20, maxDepthKm: 10, ...steps }), 0, 0.5, 0.5, out);
  expect(out.timeS).toBeCloseTo(Math.hypot(0.5, 0.5) / (tops[0] as number), 4);
});

it('has the head wave along the Moho of southern California at 200 km', () => {
  const table = localTable({
    model: regionalModel('southern-california'),
    maxDistanceKm: 250,
    maxDepthKm: 20,
  });
  const out = { timeS: 0, byDistance: 0, byDepth: 0 };
  timeAt(table, 0, 200, 10, out);
  const leg = (km: number, v: number): number => km * Math.sqrt(1 / (v * v) - 1 / (7.8 * 7.8));
  // Up through all layers, down from 10 km on.
  const head = 200 / 7.8 + leg(5.5, 5.5) + leg(10.5 + 6, 6.3) + leg(32, 6.7);
  expect(out.timeS).toBeCloseTo(head, 2);
});
