import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readGeoTiff } from '../../../connectors/insar/geotiff-reader.js';
import { inspectInsarFile } from '../../../connectors/insar/inspect/inspect.js';
import { readScene } from '../../../connectors/insar/unwrapped-geotiff.js';
import { peersOf } from '../../support/peers.js';

const { describeWithPeers, runPeer } = peersOf('insar');

/** Rasters of unusual georeference, nodata, range, scale and masks, and what rasterio says of them. */
const WRITE = `
import json, sys
import numpy as np, rasterio
from rasterio.control import GroundControlPoint
from rasterio.transform import Affine
out, folder = {}, sys.argv[1]
north_up = Affine(0.001, 0, 22, 0, -0.001, 39)
y, x = np.mgrid[:37, :45]
wave = (10 * np.sin(x / 9) * np.cos(y / 7)).astype('f4')

def write(name, values=wave, after=None, env={}, **settings):
    profile = dict(driver='GTiff', height=37, width=45, count=1, dtype=values.dtype.name, crs='EPSG:4326', transform=north_up)
    profile.update(settings)
    file = f'{folder}/{name}.tif'
    with rasterio.Env(**env), rasterio.open(file, 'w', **profile) as d:
        d.write(values, 1)
        if after: after(d)
    text = lambda v: 'NaN' if v != v else v if np.isfinite(v) else ('' if v > 0 else '-') + 'Infinity'
    with rasterio.open(file) as d:
        a = d.read(1)
        v = a[~np.isnan(a)].astype('f8')
        if d.nodata is not None: v = v[v != d.nodata]
        out[name] = dict(crs=d.crs.to_string() if d.crs else None, transform=None if d.gcps[0] else list(d.transform)[:6],
            dtype=d.dtypes[0], nodata=None if d.nodata is None else text(d.nodata), scale=d.scales[0], offset=d.offsets[0],
            validCount=v.size, min=text(v.min()), max=text(v.max()), mean=text(v.mean()), masked=int((d.dataset_mask() == 0).sum()))

for version in ('1.0', '1.1'):
    for crs in ('EPSG:4979', 'EPSG:4326+5773', 'EPSG:9518', 'EPSG:32719'):
        write(f'{crs}-{version}'.replace(':', '_'), crs=crs, GEOTIFF_VERSION=version)
write('mollweide', crs='ESRI:54009')
points = [GroundControlPoint(r, c, 22 + c, 39 - r) for r in (0, 37) for c in (0, 45)]
write('points', crs=None, transform=Affine.identity(), after=lambda d: setattr(d, 'gcps', (points, rasterio.crs.CRS.from_epsg(4326))))
write('infinite', np.where(wave > 9, np.inf, wave).astype('f4'))
write('both-infinite', np.where(wave > 9, np.inf, np.where(wave < -9, -np.inf, wave)).astype('f4'))
write('half', wave, nbits=16, nodata=-9999.9)
write('mirrored', transform=Affine(-0.001, 0, 22, 0, 0.001, 39))
write('turned', transform=Affine.translation(22, 39) * Affine.rotation(12) * Affine.scale(0.001, -0.001))
def scaled(d): d.scales, d.offsets = [0.5], [2]
write('scaled', np.round(wave).astype('i2'), nodata=-3, after=scaled)
disc = (x - 20) ** 2 + (y - 18) ** 2 < 200
for inside in (True, False):
    for tiled in (dict(), dict(tiled=True, blockxsize=16, blockysize=32, compress='deflate')):
        write(f'masked-{inside}-{len(tiled)}', env=dict(GDAL_TIFF_INTERNAL_MASK=inside), after=lambda d: d.write_mask(disc), **tiled)
phase = '20210218_20210303.geo.unw'
for name, value in (('E', -0.62), ('N', -0.11), ('U', 0.776853)):
    full = np.where(disc, value, -9999).astype('f4')
    write(f'scene/frame.geo.{name}', full, nodata=-9999)
write('scene/20210218_20210303.geo.cc', np.where(disc, 0.5, -1).astype('f4'), nodata=-1)
write(f'scene/{phase}', after=lambda d: d.write_mask(x > 3), env=dict(GDAL_TIFF_INTERNAL_MASK=True))
def millimetres(d): d.units = ['mm']
write('millimetres/20210218_20210303.geo.unw', after=millimetres)
write('millimetres/frame.geo.U')
print(json.dumps(out))
`;

interface Truth {
  readonly crs: string | null;
  readonly mean: number | string;
  readonly masked: number;
}

describeWithPeers('rasters of unusual kinds beside rasterio', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'quakeloom-variants-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  let truth: Readonly<Record<string, Truth>> = {};
  beforeAll(() => {
    for (const name of ['scene', 'millimetres']) mkdirSync(path.join(folder, name));
    truth = runPeer<Record<string, Truth>>(WRITE, [folder]);
  }, 60_000);

  it('have the same CRS, transform, type, nodata, scale and statistics', async () => {
    for (const [name, expected] of Object.entries(truth)) {
      const { mean, masked: _masked, ...exact } = expected;
      // rasterio names a code of ESRI where the file has none of EPSG.
      const crs = name === 'mollweide' ? null : exact.crs;
      const ours = JSON.parse(
        JSON.stringify(await inspectInsarFile(path.join(folder, `${name}.tif`))),
      ) as Record<string, unknown>;
      expect(ours, name).toMatchObject({ ...exact, crs });
      if (typeof mean === 'string') expect(ours['mean'], name).toBe(mean);
      else expect(ours['mean'], name).toBeCloseTo(mean, 10);
    }
  });

  it('say what is unusual', async () => {
    const notes = async (name: string): Promise<string> =>
      (await inspectInsarFile(path.join(folder, `${name}.tif`))).notes.join('\n');
    expect(await notes('points')).toContain('4 ground control points in EPSG:4326');
    expect(await notes('scaled')).toContain('0.5 v + 2');
    expect(await notes('masked-True-0')).toContain('a mask of pixels that do not count');
    expect(await notes('infinite')).toContain('infinite');
  });

  it('scale and masks are applied where the numbers are used', async () => {
    const stored = (await readGeoTiff(path.join(folder, 'mirrored.tif'))).values;
    const scaled = (await readGeoTiff(path.join(folder, 'scaled.tif'))).values;
    stored.forEach((value, i) => {
      // numpy rounds halves to even; there are none here.
      const whole = Math.round(value);
      expect(scaled[i]).toBe(whole === -3 ? Number.NaN : 0.5 * whole + 2);
    });
    const masked = Object.keys(truth).filter((name) => name.startsWith('masked'));
    expect(masked).toHaveLength(4);
    for (const name of masked) {
      const { values } = await readGeoTiff(path.join(folder, `${name}.tif`));
      expect(values.filter(Number.isNaN), name).toHaveLength(truth[name]?.masked ?? -1);
      expect(truth[name]?.masked).toBeGreaterThan(0);
    }
  });

  it('a scene leaves out masked pixels and the nodata of its companions', async () => {
    const scene = await readScene(
      { path: path.join(folder, 'scene/20210218_20210303.geo.unw.tif') },
      {},
    );
    for (let i = 0; i < 37 * 45; i++) {
      const [row, column] = [Math.floor(i / 45), i % 45];
      const inDisc = (column - 20) ** 2 + (row - 18) ** 2 < 200;
      expect(Number.isNaN(scene.unitVectors[i])).toBe(!inDisc);
      expect(scene.coherence[i]).toBe(inDisc ? 0.5 : Number.NaN);
      if (column <= 3) expect(scene.losM[i]).toBeNaN();
    }
  });

  it('a scene in another unit than its product is refused with both', async () => {
    const file = path.join(folder, 'millimetres/20210218_20210303.geo.unw.tif');
    await expect(readScene({ path: file }, {})).rejects.toThrow(/its unit is 'mm'.*radians/);
  });
});
