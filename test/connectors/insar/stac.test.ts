import { describe, expect, it } from 'vitest';
import { readStacItem, stacItem } from '../../../connectors/insar/stac/item.js';
import { utmToLonLat } from '../../../core/utm.js';
import { peersOf } from '../../support/peers.js';

const { describeWithPeers, runPeer } = peersOf('insar');

const INPUT = {
  ...{ id: 'pair', rows: 100, columns: 200, crs: 'EPSG:32634' },
  transform: [328_000, 100, 0, 4_418_000, 0, -100],
  ...{ firstDate: '2021-02-18', secondDate: '2021-03-03' },
  assets: [{ key: 'data', href: 'pair.tif', title: 'LiCSAR unwrapped phase', roles: ['data'] }],
} as const;

describe('STAC items', () => {
  it('come back as they were written', () => {
    const item = readStacItem(JSON.stringify(stacItem(INPUT)), '/data/items/pair.json');
    expect(item).toMatchObject({
      ...{ id: 'pair', crs: 'EPSG:32634', start: '2021-02-18T00:00:00Z' },
      assets: [{ key: 'data', href: '/data/items/pair.tif', roles: ['data'] }],
    });
    const there = readStacItem(JSON.stringify(stacItem(INPUT)), 'https://example.org/a/pair.json');
    expect(there.assets[0]?.href).toBe('https://example.org/a/pair.tif');
  });

  it('that are wrong are refused by field', () => {
    for (const [text, at] of [
      ['{', 'byte 0'],
      ['{"type":"Feature"}', 'stac_version'],
      [JSON.stringify({ ...stacItem(INPUT), assets: { a: {} } }), 'assets.a.href'],
    ] as const) {
      expect(() => readStacItem(text, 'item.json')).toThrow(
        expect.objectContaining({ _tag: 'CorruptSource', at }) as Error,
      );
    }
    expect(() => stacItem({ ...INPUT, crs: 'EPSG:3035' })).toThrow(/EPSG:3035/);
  });

  describeWithPeers('by pystac and pyproj', () => {
    it('are valid and lie where PROJ says', () => {
      const truth = runPeer<{ type: string; bbox: number[]; points: number[][] }>(
        `
import json, sys
import pystac
from rasterio.warp import transform
item = pystac.Item.from_dict(json.loads(sys.argv[1]))
from pystac.validation import validate_dict
validate_dict({**item.to_dict(include_self_link=False), 'stac_extensions': []})
xs, ys = [], []
cases = [(32634, 328000., 4418000.), (32733, 700000., 8000000.), (32601, 166100., 9000000.), (32660, 833900., 10.)]
for epsg, x, y in cases:
    lon, lat = transform(f'EPSG:{epsg}', 'EPSG:4326', [x], [y])
    xs.append([lon[0], lat[0]])
print(json.dumps(dict(type=item.assets['data'].media_type, bbox=item.bbox, points=xs)))
`,
        [JSON.stringify(stacItem(INPUT))],
      );
      expect(truth.type).toBe('image/tiff; application=geotiff; profile=cloud-optimized');
      const ours = [
        utmToLonLat({ eastM: 328_000, northM: 4_418_000, zone: 34, isSouth: false }),
        utmToLonLat({ eastM: 700_000, northM: 8_000_000, zone: 33, isSouth: true }),
        utmToLonLat({ eastM: 166_100, northM: 9_000_000, zone: 1, isSouth: false }),
        utmToLonLat({ eastM: 833_900, northM: 10, zone: 60, isSouth: false }),
      ];
      ours.forEach(([lon, lat], i) => {
        const [x, y] = truth.points[i] as [number, number];
        expect(Math.abs(((lon - x + 540) % 360) - 180)).toBeLessThan(1e-8);
        expect(Math.abs(lat - y)).toBeLessThan(1e-8);
      });
      expect(truth.bbox[0]).toBeCloseTo(19, 0);
    }, 20_000);
  });
});
