import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { dyfiGeojsonConnector } from '../../../connectors/reports/dyfi-geojson.js';
import { squareCorners, writeDyfi } from '../../../connectors/reports/write-dyfi.js';
import { openSourceFile } from '../../../connectors/source-file.js';
import { distanceKm } from '../../../core/geo.js';
import { rejectedCountOf, rejectedOf } from '../../../core/tables/rejected.js';
import { reportItems } from '../../../core/tables/report-table.js';
import { describeWithPeers, runPeer } from '../../support/peers.js';
import { describeWithSamples, samplePath } from '../../support/sample-data.js';

const folder = mkdtempSync(path.join(tmpdir(), 'dyfi-'));
afterAll(() => rmSync(folder, { recursive: true }));
const NAPA = 'felt/napa-nc72282711/dyfi_geo_10km.geojson';

async function readTable(file: string) {
  const source = await openSourceFile({ path: file });
  return dyfiGeojsonConnector.read({ file: source, window: null, options: {} });
}

function write(name: string, text: string): string {
  const file = path.join(folder, name);
  writeFileSync(file, text);
  return file;
}

describeWithSamples('South Napa 2014', [NAPA], () => {
  it('has 374 cells of 10 km, felt and not felt by intensity', async () => {
    const source = await openSourceFile({ path: samplePath(NAPA) });
    expect(await dyfiGeojsonConnector.probe(source)).toBeGreaterThan(0.9);
    const items = reportItems(await readTable(samplePath(NAPA)));
    expect(items).toHaveLength(374);
    // A 10 km UTM square has a half diagonal of 7.07 km, stretched a little by the projection.
    expect(items.every((item) => Math.abs((item.radiusKm as number) - 7.07) < 0.1)).toBe(true);
    expect(items[0]).toMatchObject({
      kind: 'felt-cell',
      sourceId: 'UTM:(10S 043 436 10000)',
      timeNs: null,
      intensity: 3.6,
      felt: 1,
      notFelt: 0,
    });
    expect(items[1]).toMatchObject({ intensity: 1, felt: 0, notFelt: 1 });
    const scan = await dyfiGeojsonConnector.scan(source, {});
    expect(scan).toMatchObject({ window: null, facts: { cells: 374, rejected: 0 } });
  });
});

describeWithPeers('against Python', () => {
  describeWithSamples('South Napa 2014', [NAPA], () => {
    it('every cell has the same centre, intensity and count', async () => {
      const items = reportItems(await readTable(samplePath(NAPA)));
      const peer = runPeer<[number, number, number, number][]>(
        `
import json, sys
fs = json.load(open(sys.argv[1]))['features']
out = []
for f in fs:
    ring = f['geometry']['coordinates'][0]
    ring = ring[:-1] if ring[0] == ring[-1] else ring
    out.append([sum(p[1] for p in ring) / len(ring), sum(p[0] for p in ring) / len(ring), f['properties']['cdi'], f['properties']['nresp']])
print(json.dumps(out))
`,
        [samplePath(NAPA)],
      );
      expect(items).toHaveLength(peer.length);
      items.forEach((item, i) => {
        const [latitude, longitude, cdi, count] = peer[i] as [number, number, number, number];
        expect(item.latitude).toBeCloseTo(latitude, 9);
        expect(item.longitude).toBeCloseTo(longitude, 9);
        expect(item.intensity).toBe(cdi);
        expect(item.felt + item.notFelt).toBe(count);
      });
    });
  });
});

describe('round trip', () => {
  it('cells that were written come back', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            latitude: fc.double({ min: -70, max: 70, noNaN: true }),
            longitude: fc.double({ min: -180, max: 180, noNaN: true }),
            sizeKm: fc.constantFrom(1, 10),
            intensity: fc.integer({ min: 10, max: 100 }).map((tenths) => tenths / 10),
            responses: fc.integer({ min: 1, max: 5000 }),
          }),
          { maxLength: 12 },
        ),
        async (cells) => {
          const file = path.join(folder, 'trip.geojson');
          await writeDyfi({
            path: file,
            cells: cells.map((cell, i) => ({
              ...cell,
              name: `cell ${i}`,
              corners: squareCorners(cell).map(([lon, lat]): [number, number] => [
                lon > 180 ? lon - 360 : lon < -180 ? lon + 360 : lon,
                lat,
              ]),
              distanceKm: 5,
            })),
          });
          const items = reportItems(await readTable(file));
          expect(items.map((item) => item.sourceId)).toEqual(cells.map((_, i) => `cell ${i}`));
          items.forEach((item, i) => {
            const cell = cells[i] as (typeof cells)[number];
            const centre = {
              latitude: item.latitude as number,
              longitude: item.longitude as number,
            };
            expect(distanceKm(centre, cell)).toBeLessThan(0.002);
            expect(item.radiusKm).toBeCloseTo(cell.sizeKm * Math.SQRT1_2, 1);
            expect(item.felt).toBe(cell.intensity > 1 ? cell.responses : 0);
            expect(item.notFelt).toBe(cell.intensity > 1 ? 0 : cell.responses);
          });
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe('bad input', () => {
  const good = {
    type: 'Feature',
    geometry: {
      type: 'Polygon',
      coordinates: [
        [
          [0, 0],
          [1, 0],
          [1, 1],
          [0, 1],
          [0, 0],
        ],
      ],
    },
    properties: { cdi: 4.2, nresp: 3, name: 'a' },
  };

  it('a bad cell is refused with its place and reason, the others stay', async () => {
    const changed = (change: object) => ({
      ...good,
      properties: { ...good.properties, ...change },
    });
    const file = write(
      'mixed.geojson',
      JSON.stringify({
        type: 'FeatureCollection',
        features: [
          good,
          changed({ cdi: 'strong' }),
          changed({ nresp: 0 }),
          good,
          { ...good, geometry: { type: 'Point', coordinates: [0, 0] } },
          changed({ name: 'b' }),
        ],
      }),
    );
    const table = await readTable(file);
    const items = reportItems(table);
    expect(items.map((item) => item.sourceId)).toEqual(['a', 'b']);
    // A closed ring counts its first corner once.
    expect(items[0]).toMatchObject({ latitude: 0.5, longitude: 0.5 });
    expect(rejectedCountOf(table)).toBe(4);
    expect(rejectedOf(table).map(({ at }) => at)).toEqual([
      'features[1]',
      'features[2]',
      'features[3]',
      'features[4]',
    ]);
    expect(rejectedOf(table)[0]?.reason).toMatch(/properties\.cdi: /);
    expect(rejectedOf(table)[2]?.reason).toMatch(/twice/);
  });

  it('the product of an event without answers is known, and has no cells', async () => {
    const file = write('none.json', '{"type":"FeatureCollection","metadata":{},"features":[ ]}');
    const source = await openSourceFile({ path: file });
    expect(await dyfiGeojsonConnector.probe(source)).toBeGreaterThan(0);
    expect(reportItems(await readTable(file))).toHaveLength(0);
  });

  it('files of DYFI 4 itself have intensity and id', async () => {
    const cell = { ...good, id: '590000 4030000 10 S', properties: { intensity: 3.1, nresp: 2 } };
    const nameless = { ...cell, id: undefined };
    const none = { ...cell, properties: { nresp: 2 } };
    const features = [cell, nameless, none];
    const text = JSON.stringify({ type: 'FeatureCollection', features });
    const table = await readTable(write('own.geojson', text));
    expect(reportItems(table)).toMatchObject([{ sourceId: cell.id, intensity: 3.1, felt: 2 }]);
    expect(rejectedOf(table).map(({ reason }) => reason)).toEqual([
      'properties.name: missing, and no id',
      'properties: neither cdi nor intensity',
    ]);
  });

  it.each([
    ['cut.geojson', JSON.stringify({ type: 'FeatureCollection', features: [good] }).slice(0, 90)],
    ['list.geojson', '[1, 2]'],
    ['other.geojson', '{"type": "Feature"}'],
  ])('%s is refused as a whole', async (name, text) => {
    await expect(readTable(write(name, text))).rejects.toMatchObject({ _tag: 'CorruptSource' });
  });
});
