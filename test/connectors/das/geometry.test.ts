import { writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ai4epsFormat } from '../../../connectors/das/formats/ai4eps.js';
import { dasConnector } from '../../../connectors/das/das-format.js';
import {
  calibrateByTaps,
  fibreGeometry,
  pointOnFibre,
  type FibreFix,
} from '../../../connectors/das/geometry/geometry.js';
import { readFibreGeometry } from '../../../connectors/das/geometry/geometry-read.js';
import { distanceKm, fromLocalKm } from '../../../core/geo.js';
import { describeWithSamples, samplePath } from '../../support/sample-data.js';
import { readSegments, temporaryFolder } from './support.js';

const folder = temporaryFolder();
const at = (name: string): string => path.join(folder, name);
const ORIGIN = { latitude: 39.8, longitude: -119 };
const NUMBERING = { firstChannel: 0, firstDistanceM: 0, spacingM: 10 };

/** Place `eastM`, `northM` from the origin at a distance along the fibre. */
const fix = (distanceM: number, eastM: number, northM = 0): FibreFix => ({
  ...fromLocalKm(ORIGIN, { eastKm: eastM / 1000, northKm: northM / 1000 }),
  distanceM,
  elevationM: null,
});

describe('positions', () => {
  it('lie on the line, as far from its vertices as the fibre is long', () => {
    const geometry = fibreGeometry({ fixes: [fix(0, 0), fix(1000, 1000), fix(2000, 1000, 1000)] });
    fc.assert(
      fc.property(fc.double({ min: 0, max: 2000, noNaN: true }), (distanceM) => {
        const point = pointOnFibre(geometry, distanceM);
        const corner = fix(0, 1000);
        expect(1000 * distanceKm(point, corner)).toBeCloseTo(Math.abs(1000 - distanceM), 0);
        expect(point.azimuthDeg).toBeCloseTo(distanceM < 1000 ? 90 : 0, 1);
      }),
    );
    expect(pointOnFibre(geometry, -5)).toMatchObject({ isBeyond: true, ...ORIGIN });
  });

  it('a loop of slack stays in one place and has no direction', () => {
    // 300 m of fibre are coiled at 500 m of the way.
    const geometry = fibreGeometry({
      fixes: [fix(0, 0), fix(500, 500), fix(800, 500), fix(1300, 1000)],
    });
    expect(geometry.sections).toEqual([{ kind: 'slack', fromM: 500, toM: 800 }]);
    expect(pointOnFibre(geometry, 650)).toMatchObject({ section: 'slack', azimuthDeg: null });
    expect(1000 * distanceKm(pointOnFibre(geometry, 650), fix(0, 500))).toBeLessThan(0.1);
    expect(1000 * distanceKm(pointOnFibre(geometry, 1000), fix(0, 700))).toBeLessThan(1);
  });

  it('stated slack between two fixes takes no way', () => {
    const sections = [{ kind: 'slack', fromM: 400, toM: 600 }] as const;
    const geometry = fibreGeometry({ fixes: [fix(0, 0), fix(1200, 1000)], sections });
    expect(1000 * distanceKm(pointOnFibre(geometry, 600), fix(0, 400))).toBeLessThan(0.1);
    expect(1000 * distanceKm(pointOnFibre(geometry, 900), fix(0, 700))).toBeLessThan(0.1);
  });

  it('refuses fibre that is shorter than the way on the map', () => {
    expect(() => fibreGeometry({ fixes: [fix(0, 0), fix(100, 900)] })).toThrow(
      /900\.\d m on the map/,
    );
    expect(() => fibreGeometry({ fixes: [] })).toThrow(/no channel/);
  });
});

it('tap tests stretch the surveyed line piecewise', () => {
  const line = fibreGeometry({ fixes: [fix(0, 0), fix(1000, 1000)] });
  // The knock at 200 m of the line is seen at 230 m of fibre, the one at 800 m at 860 m.
  const taps = [fix(230, 200), fix(860, 800)];
  const geometry = calibrateByTaps(line, taps);
  for (const [fibreM, wayM] of [
    [230, 200],
    [860, 800],
    [545, 500],
    [1070, 1000],
  ] as const) {
    expect(1000 * distanceKm(pointOnFibre(geometry, fibreM), fix(0, wayM))).toBeLessThan(0.5);
  }
  expect(() => calibrateByTaps(line, [fix(230, 800), fix(860, 200)])).toThrow(/lies before/);
});

describe('tables', () => {
  const expected = fibreGeometry({ fixes: [fix(0, 0), fix(1000, 1000)] });

  it('CSV, GeoJSON and DAS-RCN give the same line', async () => {
    const end = fix(1000, 1000);
    writeFileSync(
      at('a.csv'),
      `channel,lat,lon\n0,39.8,-119\n100,${end.latitude},${end.longitude}\n`,
    );
    const coordinates = [
      [-119, 39.8],
      [end.longitude, end.latitude],
    ];
    const line = { type: 'LineString', coordinates };
    const properties = { distance_m: [0, 1000] };
    writeFileSync(at('a.geojson'), JSON.stringify({ type: 'Feature', properties, geometry: line }));
    const channels = coordinates.map(([x, y], i) => ({
      channel_id: 100 * i,
      distance_along_fiber: 1000 * i,
      x_coordinate: x,
      y_coordinate: y,
    }));
    const groups = [{ channel_group: { channels } }];
    writeFileSync(at('rcn.json'), JSON.stringify({ network: 'XX', cable: [{ groups }] }));
    for (const name of ['a.csv', 'a.geojson', 'rcn.json']) {
      expect((await readFibreGeometry(at(name), NUMBERING)).fixes).toEqual(expected.fixes);
    }
  });

  it('names the line that is wrong', async () => {
    writeFileSync(at('b.csv'), '# taps\nchannel,lat,lon\n0,39.8,-119\n1,north,-119\n');
    await expect(readFibreGeometry(at('b.csv'), NUMBERING)).rejects.toMatchObject({
      _tag: 'CorruptSource',
      at: 'line 4',
    });
    writeFileSync(at('b.json'), '{"type": "Feature"');
    await expect(readFibreGeometry(at('b.json'), NUMBERING)).rejects.toMatchObject({
      _tag: 'CorruptSource',
    });
  });
});

const BRADY = 'das/brady_eq_daspy_example_f32.h5';

describeWithSamples('a recording', [BRADY], () => {
  it('places each channel by the table and leaves dead ones out', async () => {
    const last = fix(0, 499);
    writeFileSync(
      at('brady.csv'),
      'distance_m,latitude,longitude,elevation_m,section\n2520,39.8,-119,1200,\n' +
        `2620,${fix(0, 100).latitude},${fix(0, 100).longitude},1200,dead\n` +
        `2640,${fix(0, 120).latitude},${fix(0, 120).longitude},1200,\n` +
        `3019,${last.latitude},${last.longitude},1300,\n`,
    );
    const placed = await readSegments(dasConnector(ai4epsFormat), {
      path: samplePath(BRADY),
      window: { start: '2016-03-21T07:37:31Z', end: '2016-03-21T07:37:32Z' },
      options: { geometry: at('brady.csv') },
    });
    expect(placed).toHaveLength(480);
    expect(placed.map((s) => s.distanceM)).not.toContain(2625);
    const end = placed.at(-1);
    expect(1000 * distanceKm(end as never, last)).toBeLessThan(0.1);
  });
});
