import { readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { inspectInsarFile } from '../../../connectors/insar/inspect/inspect.js';
import { peersOf } from '../../support/peers.js';
import { describeWithSamples, samplePath } from '../../support/sample-data.js';

const { describeWithPeers, runPeer } = peersOf('insar');

interface Truth {
  readonly shape: readonly number[];
  readonly crs: string;
  readonly transform: readonly number[];
  readonly dtype: string;
  readonly nodata: number | string | null;
  readonly nanCount: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly sha256Pixels: string;
}

const RASTERIO = `
import hashlib, json, sys
import numpy as np, rasterio
out = {}
for name in sys.argv[1:]:
    with rasterio.open(name) as d:
        a = d.read(1)
        nan = np.isnan(a)
        size = np.abs(a) if np.iscomplexobj(a) else a
        ok = ~nan & (size != (np.float32(d.nodata) if d.nodata is not None else np.nan))
        v = size[ok].astype('f8')
        wide = a.astype('c16').ravel().view('f8') if np.iscomplexobj(a) else a.astype('f8').ravel()
        bits = wide.view('u8').copy()
        bits[np.isnan(wide)] = 0x7FF8000000000000
        out[name] = dict(shape=a.shape, crs=str(d.crs), transform=list(d.transform)[:6], dtype=str(a.dtype),
            nodata='NaN' if d.nodata is not None and np.isnan(d.nodata) else d.nodata,
            nanCount=int(nan.sum()), min=float(v.min()), max=float(v.max()), mean=float(v.mean()),
            sha256Pixels=hashlib.sha256(bits.tobytes()).hexdigest())
print(json.dumps(out))
`;

function rasters(): string[] {
  const root = samplePath('insar');
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.tif'))
    .map((name) => path.join(root, name));
}

describeWithSamples('inspection beside rasterio', ['insar/format-variants/expected.json'], () => {
  describeWithPeers('every raster of the samples', () => {
    it('has the same shape, place, type, counts, statistics and pixels', async () => {
      const files = rasters();
      const truth = runPeer<Record<string, Truth>>(RASTERIO, files);
      expect(files.length).toBeGreaterThan(100);
      for (const file of files) {
        const ours = await inspectInsarFile(file);
        const { mean, ...exact } = truth[file] as Truth;
        expect(ours, file).toMatchObject(exact);
        expect(ours.mean, file).toBeCloseTo(mean, 9);
      }
    }, 60_000);
  });

  it('tells sign, dates and look vector of GAMMA, and what ROI_PAC lacks', async () => {
    const gamma = await inspectInsarFile(
      samplePath('insar/mexico-city-2018/unw/cropA_20180106-20180130_VV_8rlks_eqa_unw.tif'),
    );
    expect(gamma).toMatchObject({
      ...{ product: 'GAMMA', sign: 'away', firstDate: '2018-01-06', secondDate: '2018-01-30' },
      missing: [],
    });
    expect(gamma.wavelengthM).toBeCloseTo(299_792_458 / 5.4050005e9, 12);
    expect(gamma.lookVector?.[2]).toBeCloseTo(Math.cos((39.7036 * Math.PI) / 180), 6);
    const roipac = await inspectInsarFile(
      samplePath('insar/sydney-small/tif/geo_060619-061002_unw.tif'),
    );
    expect(roipac).toMatchObject({
      ...{ product: 'ROI_PAC', sign: 'away', firstDate: '2006-06-19', wavelengthM: 0.0562356424 },
      lookVector: null,
    });
    expect(roipac.missing.join()).toMatch(/heading \(--heading-deg\) and incidence angle/);
  });

  it('reads the raw grid of Thessaly, quadtree tables and NumPy arrays', async () => {
    const raw = await inspectInsarFile(samplePath('insar/thessaly-2021/greece.unw'));
    expect(raw).toMatchObject({
      ...{ shape: [801, 801], nanCount: 36_096, sign: 'away', unit: 'm', nodata: 'NaN' },
      ...{ min: -0.03840802237391472, max: 0.4763181507587433 },
    });
    expect(raw.mean).toBeCloseTo(0.017411024584724738, 12);
    expect(raw.missing.join()).toMatch(/line of sight.*dates.*wavelength/);
    const table = await inspectInsarFile(samplePath('insar/synthetic-volcano/asc_high.txt'));
    expect(table).toMatchObject({ product: 'VMOD quadtree', shape: [1257, 6], sign: 'towards' });
    const array = await inspectInsarFile(
      samplePath('insar/sydney-small/expected-npy/linear_rate.npy'),
    );
    expect(array.shape).toEqual([72, 47]);
    expect(array.max).toBeCloseTo(22.3082, 4);
  });

  it('refuses what is no product', async () => {
    for (const name of ['thessaly-2021/greece.par', 'sydney-small/LICENSE']) {
      await expect(inspectInsarFile(samplePath(`insar/${name}`))).rejects.toMatchObject({
        _tag: 'UnsupportedSource',
      });
    }
  });
});
