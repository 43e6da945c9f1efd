import { mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { convertToCog } from '../../../connectors/insar/cog/convert.js';
import { halved } from '../../../connectors/insar/cog/overviews.js';
import { writeCog } from '../../../connectors/insar/cog/write-cog.js';
import { withRaster } from '../../../connectors/insar/geotiff-reader.js';
import { readWindow } from '../../../connectors/insar/tiff/read.js';
import { peersOf } from '../../support/peers.js';
import { describeWithSamples, samplePath } from '../../support/sample-data.js';

const { describeWithPeers, runPeer } = peersOf('insar');
const scratch = (): string => mkdtempSync(path.join(os.tmpdir(), 'cog-'));

describe('reduced versions', () => {
  it('are means of the valid pixels alone', () => {
    const values = Float32Array.from([
      1,
      Number.NaN,
      5,
      3,
      Number.NaN,
      7,
      Number.NaN,
      Number.NaN,
      9,
    ]);
    const small = halved({ rows: 3, columns: 3, values }, Number.NaN);
    expect([small.rows, small.columns]).toEqual([2, 2]);
    expect([...small.values]).toEqual([2, 6, Number.NaN, 9]);
    const zero = Float32Array.from([0, 0, 4, 0]);
    expect([...halved({ rows: 2, columns: 2, values: zero }, 0).values]).toEqual([4]);
  });
});

describe('Cloud-Optimized GeoTIFFs', () => {
  it('give back any numbers of any size and compression', async () => {
    const folder = scratch();
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 70 }),
        fc.integer({ min: 1, max: 70 }),
        fc.constantFrom('deflate' as const, 'zstd' as const),
        fc.constantFrom(Float32Array, Float64Array, Int16Array, Uint8Array),
        fc.integer(),
        async (rows, columns, compression, Type, salt) => {
          const numbers = Array.from(
            { length: rows * columns },
            (_, i) => Math.sin(i * 12.9898 + salt) * 3e4,
          );
          const values = Type.from(numbers);
          const file = path.join(folder, 'any.tif');
          const input = { rows, columns, values, transform: null, crs: null, nodata: null };
          await writeCog(file, input, { compression, tile: 32 });
          const back = await withRaster(file, (raster) => readWindow(raster));
          expect(back).toEqual(values);
        },
      ),
      { numRuns: 60, seed: 6 },
    );
  }, 20_000);

  it('do not appear when writing fails, and leave what was there', async () => {
    const folder = scratch();
    const from = path.join(folder, 'in.tif');
    const to = path.join(folder, 'out.tif');
    writeFileSync(to, 'the old one');
    writeFileSync(from, 'no raster');
    const settings = { tile: 512 };
    await expect(convertToCog({ from, to, band: 1, settings })).rejects.toMatchObject({
      _tag: 'UnsupportedSource',
    });
    const values = new Float32Array(4);
    const plane = { rows: 2, columns: 2, values, crs: null, nodata: null };
    await expect(
      writeCog(to, { ...plane, transform: [0, 1, 0.5, 0, 0, -1] }),
    ).rejects.toMatchObject({ _tag: 'InvalidInput' });
    await expect(
      writeCog(path.join(folder, 'none', 'out.tif'), { ...plane, transform: null }),
    ).rejects.toMatchObject({ _tag: 'Unavailable' });
    expect(readFileSync(to, 'utf8')).toBe('the old one');
    expect(readdirSync(folder).sort()).toEqual(['in.tif', 'out.tif']);
  });
});

const VALIDATE = `
import json, sys
import numpy as np, rasterio
from rio_cogeo import cog_validate
out = []
for made, source in zip(sys.argv[1::2], sys.argv[2::2]):
    valid, errors, warnings = cog_validate(made, strict=True, quiet=True)
    with rasterio.open(made) as a, rasterio.open(source) as b:
        x, y = a.read(1), b.read(1)
        same = x.dtype == y.dtype and x.shape == y.shape and np.array_equal(np.isnan(x), np.isnan(y)) \\
            and np.array_equal(x[~np.isnan(x)], y[~np.isnan(y)])
        nodata = a.nodata == b.nodata or (a.nodata is not None and np.isnan(a.nodata) and np.isnan(b.nodata))
        stats = a.tags(1)
        ok = ~np.isnan(x) & (x != (a.nodata if a.nodata is not None else np.nan))
        mean = abs(float(stats['STATISTICS_MEAN']) - float(x[ok].astype('f8').mean())) < 1e-9
        out.append(dict(valid=valid, errors=errors, warnings=warnings, same=bool(same), crs=a.crs == b.crs,
            transform=a.transform == b.transform, nodata=bool(nodata), mean=bool(mean), overviews=a.overviews(1),
            tiled=a.profile['tiled']))
print(json.dumps(out))
`;

/** A scaled raster with its unit, and one with a mask inside. */
const UNUSUAL = `
import sys
import numpy as np, rasterio
from rasterio.transform import Affine
y, x = np.mgrid[:150, :170]
settings = dict(driver='GTiff', height=150, width=170, count=1, crs='EPSG:32634', transform=Affine(80, 0, 3e5, 0, -80, 44e5))
with rasterio.open(f'{sys.argv[1]}/scaled.tif', 'w', dtype='int16', **settings) as d:
    d.write((x - y).astype('i2'), 1)
    d.scales, d.offsets, d.units, d.descriptions = [0.5], [2], ['m'], ['los']
with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True), rasterio.open(f'{sys.argv[1]}/masked.tif', 'w', dtype='float32', **settings) as d:
    d.write((x - y).astype('f4'), 1)
    d.write_mask(x > y)
print('null')
`;
const COMPARE = `
import json, sys
import numpy as np, rasterio
out = {}
for name in ('scaled', 'masked'):
    with rasterio.open(f'{sys.argv[1]}/{name}.tif') as a, rasterio.open(f'{sys.argv[1]}/{name}-cog.tif') as b:
        mask = a.dataset_mask()
        same = np.array_equal(mask, b.dataset_mask()) and np.array_equal(a.read(1)[mask > 0], b.read(1)[mask > 0])
        out[name] = dict(same=same, scale=b.scales[0], offset=b.offsets[0], unit=b.units[0], description=b.descriptions[0],
            tags=[k for k in b.tags() if k not in ('AREA_OR_POINT', 'OVR_RESAMPLING_ALG')])
print(json.dumps(out))
`;

describeWithSamples('COGs of the samples', ['insar/format-variants/expected.json'], () => {
  describeWithPeers('by rasterio and rio-cogeo', () => {
    it('are valid and hold the same pixels, place and nodata', async () => {
      const folder = scratch();
      const names = [
        ...['none-strip', 'big-endian-lzw-p3-strips', 'lerc-strip', 'int16-deflate-p2-strip'],
        ...['float64-deflate-p3-tiled', 'zstd-p2-strip', 'cog-deflate-overviews'],
      ].map((name) => `insar/format-variants/${name}.tif`);
      names.push('insar/mexico-city-2018/unw/cropA_20180106-20180130_VV_8rlks_eqa_unw.tif');
      const pairs: string[] = [];
      for (const [i, name] of names.entries()) {
        const from = samplePath(name);
        const to = path.join(folder, `${i}.tif`);
        const compression = i % 2 ? ('zstd' as const) : ('deflate' as const);
        await convertToCog({ from, to, band: 1, settings: { compression, tile: 64 } });
        pairs.push(to, from);
      }
      const results = runPeer<Record<string, unknown>[]>(VALIDATE, pairs);
      expect(results).toHaveLength(names.length);
      for (const [i, result] of results.entries()) {
        expect(result, names[i]).toMatchObject({
          ...{ valid: true, errors: [], warnings: [], same: true, crs: true, transform: true },
          ...{ nodata: true, mean: true, tiled: true },
        });
      }
      expect(results[0]?.['overviews']).toEqual([2, 4]);
    }, 30_000);

    it('keep scale, offset, unit and description, and the pixels that a mask leaves out', async () => {
      const folder = scratch();
      runPeer(UNUSUAL, [folder]);
      for (const name of ['scaled', 'masked']) {
        const [from, to] = [path.join(folder, `${name}.tif`), path.join(folder, `${name}-cog.tif`)];
        await convertToCog({ from, to, band: 1, settings: { compression: 'deflate', tile: 64 } });
      }
      expect(runPeer(COMPARE, [folder])).toEqual({
        scaled: { same: true, scale: 0.5, offset: 2, unit: 'm', description: 'los', tags: [] },
        masked: { same: true, scale: 1, offset: 0, unit: null, description: null, tags: [] },
      });
    });
  });

  it('reads an overview as it was written by GDAL', async () => {
    const file = samplePath('insar/format-variants/cog-deflate-overviews.tif');
    const nans = await withRaster(file, async (raster) => {
      expect(raster.overviews.map(({ rows, columns }) => [rows, columns])).toEqual([[80, 80]]);
      const image = raster.overviews[0];
      const samples = await readWindow(raster, image ? { image } : {});
      return [...samples].filter(Number.isNaN).length;
    });
    expect(nans).toBe(727);
  });
});
