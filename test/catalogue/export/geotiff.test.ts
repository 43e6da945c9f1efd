import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fromArrayBuffer } from 'geotiff';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeGeoTiff, type GeoTiffInput } from '../../../catalogue/export/geotiff.js';
import { decodeFloat32 } from '../../../core/evidence.js';
import { createRandom } from '../../../core/random.js';
import { describeWithPeers, runPeer } from '../../support/peers.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'quakeloom-tiff-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function grid(rows: number, columns: number, rest: Partial<GeoTiffInput> = {}): GeoTiffInput {
  const random = createRandom(rows * 1000 + columns);
  const values = Float32Array.from({ length: rows * columns }, (_, i) =>
    random.uniform() < 0.1 ? Number.NaN : Math.sin(i / 40) + 0.001 * random.normal(),
  );
  return {
    rows,
    columns,
    values,
    transform: [-99.2, 0.00125, 0, 19.6, 0, -0.001],
    crs: 'EPSG:4326',
    ...rest,
  };
}

interface Read {
  readonly values: string;
  readonly shape: number[];
  readonly crs: number;
  readonly transform: [number, number, number, number, number, number];
  readonly nodata: number | string;
  readonly dtype: string;
  readonly description: string | null;
  readonly tags: Record<string, string>;
  readonly structure: Record<string, string>;
  readonly overviews: number[];
  readonly overview: string | null;
  readonly area: string;
}

function readWithRasterio(input: GeoTiffInput): Read {
  const file = path.join(folder, `${input.rows}x${input.columns}.tif`);
  writeFileSync(file, encodeGeoTiff(input));
  return runPeer<Read>(
    `
import sys, json, base64, math, rasterio, warnings
warnings.simplefilter('error')
def pack(a): return base64.b64encode(a.astype('<f4').tobytes()).decode()
with rasterio.open(sys.argv[1]) as d:
    overviews = d.overviews(1)
    out = dict(values=pack(d.read(1)), shape=list(d.shape), crs=d.crs.to_epsg(),
        transform=list(d.transform.to_gdal()), nodata='nan' if math.isnan(d.nodata) else d.nodata,
        dtype=d.dtypes[0], description=d.descriptions[0], tags=d.tags(),
        structure=d.tags(ns='IMAGE_STRUCTURE'), overviews=overviews, area=d.tags().get('AREA_OR_POINT'), overview=None)
if overviews:
    with rasterio.open(sys.argv[1], overview_level=0) as d: out['overview'] = pack(d.read(1))
print(json.dumps(out))`,
    [file],
  );
}

describeWithPeers('GeoTIFF read by rasterio', () => {
  it.each([
    ['EPSG:3413', [1.1e6, 200, 0, -6e5, 0, -200]],
    ['EPSG:2154', [7e5, 100, 0, 6.6e6, 0, -100]],
    ['EPSG:4258', [11.5, 0.001, 0, 46.2, 0, -0.001]],
    ['EPSG:7844', [148.1, 0.002, 0, -35.3, 0, -0.002]],
  ] as const)('is in %s', (crs, transform) => {
    const read = readWithRasterio(grid(40, 30, { crs, transform }));
    expect(`EPSG:${read.crs}`).toBe(crs);
    transform.forEach((v, i) => expect(read.transform[i]).toBeCloseTo(v, 9));
  });

  it('has the same cells, NaN included, place and metadata', () => {
    const input = grid(300, 517, {
      description: 'velocity <up> & "down"',
      metadata: { units: 'm/yr', pairs: 12, note: 'a < b & "c"', synthetic: false },
    });
    const read = readWithRasterio(input);
    expect(read.shape).toEqual([300, 517]);
    expect(decodeFloat32(read.values)).toEqual(input.values);
    expect([read.crs, read.nodata, read.dtype, read.area]).toEqual([
      4326,
      'nan',
      'float32',
      'Area',
    ]);
    expect(read.transform).toEqual(input.transform);
    expect(read.description).toBe('velocity <up> & "down"');
    expect(read.tags).toMatchObject({
      units: 'm/yr',
      pairs: '12',
      note: 'a < b & "c"',
      synthetic: 'false',
    });
    expect(read.structure).toMatchObject({ COMPRESSION: 'DEFLATE', LAYOUT: 'COG', PREDICTOR: '3' });
    expect(read.overviews).toEqual([2]);
  });

  it.each([
    ['one cell', grid(1, 1)],
    ['one tile exactly', grid(256, 256)],
    ['a cell more than a tile', grid(257, 255)],
    ['one long row', grid(1, 1500)],
  ])('is right for %s', (_title, input) => {
    const read = readWithRasterio(input);
    expect(decodeFloat32(read.values)).toEqual(input.values);
    expect(read.transform).toEqual(input.transform);
    expect(read.structure['LAYOUT']).toBe('COG');
  });

  it.each([
    ['EPSG:32614', 32614],
    ['EPSG:32760', 32760],
  ])('knows the UTM zone %s', (crs, code) => {
    const transform = [485_000.5, 90, 0, 2_150_000.25, 0, -30] as const;
    const read = readWithRasterio(grid(20, 30, { crs, transform }));
    expect(read.crs).toBe(code);
    expect(read.transform).toEqual(transform);
  });

  it('keeps a rotated grid and one with south up', () => {
    const rotated = [10, 0.8, 0.6, 20, 0.6, -0.8] as const;
    expect(readWithRasterio(grid(8, 9, { transform: rotated })).transform).toEqual(rotated);
    const southUp = [10, 0.5, 0, 20, 0, 0.5] as const;
    expect(readWithRasterio(grid(8, 9, { transform: southUp })).transform).toEqual(southUp);
  });

  it('has overviews that are means of what is there', () => {
    const input = grid(700, 1300);
    const read = readWithRasterio(input);
    expect(read.overviews).toEqual([2, 4]);
    const overview = decodeFloat32(read.overview ?? '');
    expect(overview.length).toBe(350 * 650);
    let compared = 0;
    for (const [r, c] of [
      [0, 0],
      [10, 20],
      [349, 649],
      [100, 333],
    ] as const) {
      const below = [0, 1].flatMap((y) =>
        [0, 1].map((x) => input.values[(2 * r + y) * 1300 + 2 * c + x] as number),
      );
      const there = below.filter((value) => !Number.isNaN(value));
      const mean = there.reduce((a, b) => a + b, 0) / there.length;
      expect(overview[r * 650 + c]).toBeCloseTo(mean, 6);
      compared += there.length;
    }
    expect(compared).toBeGreaterThan(8);
  });
});

describe('GeoTIFF', () => {
  it('is read alike by geotiff.js, for any size', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 400 }),
        fc.integer({ min: 1, max: 400 }),
        async (rows, columns) => {
          const input = grid(rows, columns);
          const bytes = encodeGeoTiff(input);
          const tiff = await fromArrayBuffer(bytes.slice().buffer);
          const image = await tiff.getImage();
          const [band] = (await image.readRasters()) as unknown as [Float32Array];
          expect(Buffer.from(band.buffer).equals(Buffer.from(input.values.buffer))).toBe(true);
          expect(image.getOrigin().slice(0, 2)).toEqual([-99.2, 19.6]);
        },
      ),
      { numRuns: 10 },
    );
  });

  it('has the same bytes for the same grid, whatever the bits of its NaN', () => {
    const input = grid(40, 50);
    const other = input.values.slice();
    const bits = new Uint32Array(other.buffer);
    for (let i = 0; i < other.length; i++) if (Number.isNaN(other[i])) bits[i] = 0xffc12345;
    expect(encodeGeoTiff({ ...input, values: other })).toEqual(encodeGeoTiff(input));
  });

  it.each([
    ['too few values', { values: new Float32Array(3) }],
    ['no rows', { rows: 0, values: new Float32Array(0) }],
    ['a CRS that it cannot write', { crs: 'EPSG:102008' }],
    ['no CRS', { crs: '' }],
    ['a transform without area', { transform: [0, 0, 0, 0, 0, -1] as const }],
  ])('refuses %s', (_title, wrong) => {
    expect(() => encodeGeoTiff(grid(4, 4, wrong))).toThrow(
      expect.objectContaining({ _tag: 'InvalidInput' }),
    );
  });
});
