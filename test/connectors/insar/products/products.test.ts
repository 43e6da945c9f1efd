import {
  copyFileSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { probeConnector } from '../../../../connectors/registry.js';
import { inspectInsarFile } from '../../../../connectors/insar/inspect/inspect.js';
import { readQuadtree } from '../../../../connectors/insar/quadtree.js';
import { readScene } from '../../../../connectors/insar/unwrapped-geotiff.js';
import { peersOf } from '../../../support/peers.js';

const { describeWithPeers, runPeer } = peersOf('insar');

/** Ground to satellite at 39 degrees of incidence, heading -10. */
const LOOK = [-0.61976, -0.10928, 0.777146] as const;
const LAMBDA = 0.05546576;
const PIXELS = 48;

describeWithPeers('products written by rasterio and h5py', () => {
  const root = mkdtempSync(path.join(os.tmpdir(), 'products-'));
  runPeer(readFileSync(new URL('make-products.py', import.meta.url), 'utf8'), [root]);
  const find = (folder: string, ending: string): string =>
    path.join(
      root,
      folder,
      readdirSync(path.join(root, folder)).find((name) => name.endsWith(ending)) ?? 'none',
    );
  const looksRight = (vectors: Float32Array): void => {
    LOOK.forEach((value, k) => {
      for (let i = 0; i < PIXELS; i++) expect(vectors[k * PIXELS + i]).toBeCloseTo(value, 5);
    });
  };

  for (const [folder, product, first, second] of [
    ['gamma', 'HyP3 GAMMA', '2016-12-23', '2017-01-16'],
    ['burst', 'HyP3 ISCE burst', '2020-06-04', '2020-06-16'],
    ['multi', 'HyP3 ISCE multi-burst', '2020-06-04', '2020-06-16'],
  ] as const) {
    it(`${product}: phase is + away, los_disp + towards: both give the same ground`, async () => {
      const phase = find(folder, '_unw_phase.tif');
      const disp = find(folder, '_los_disp.tif');
      const [a, b] = [await readScene({ path: phase }, {}), await readScene({ path: disp }, {})];
      expect(a).toMatchObject({ firstDate: first, secondDate: second, wavelengthM: LAMBDA });
      expect(a.losM[0]).toBeNaN();
      expect(a.losM[10]).toBeCloseTo((-LAMBDA / (4 * Math.PI)) * 2, 8);
      a.losM.forEach((value, i) => {
        if (i > 0) expect(b.losM[i]).toBeCloseTo(value, 7);
      });
      looksRight(a.unitVectors);
      expect(a.coherence[5]).toBe(0.5);
      const report = await inspectInsarFile(phase);
      expect(report).toMatchObject({ product, sign: 'away', unit: 'rad', missing: [] });
      expect(report.lookVector?.[0]).toBeCloseTo(LOOK[0], 5);
      expect(await inspectInsarFile(disp)).toMatchObject({ product, sign: 'towards', unit: 'm' });
    });
  }

  it('HyP3 without its look angles is refused, saying which files are missing', async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'hyp3-'));
    const phase = find('burst', '_unw_phase.tif');
    const copy = path.join(folder, path.basename(phase));
    copyFileSync(phase, copy);
    await expect(readScene({ path: copy }, {})).rejects.toMatchObject({
      _tag: 'UnsupportedSource',
      message: expect.stringContaining('_lv_theta.tif') as string,
    });
    expect((await inspectInsarFile(copy)).missing.join()).toContain('_lv_theta.tif');
  });

  it('HyP3 look angles in degrees or of another CRS are refused', async () => {
    const folder = path.join(root, 'gamma');
    const theta = find('gamma', '_lv_theta.tif');
    const kept = readFileSync(theta);
    const change = (code: string): unknown =>
      runPeer(
        `
import sys, rasterio, numpy as np
name = sys.argv[1]
with rasterio.open(name) as d: a, p = d.read(1), d.profile
${code}
with rasterio.open(name, 'w', **p) as d: d.write(a, 1)
print('0')`,
        [theta],
      );
    const phase = find('gamma', '_unw_phase.tif');
    change('a = np.degrees(a)');
    await expect(readScene({ path: phase }, {})).rejects.toThrow(/no angles in radians/);
    writeFileSync(theta, kept);
    change("p['crs'] = 'EPSG:32635'");
    await expect(readScene({ path: phase }, {})).rejects.toThrow(/EPSG:32635 is not EPSG:32634/);
    writeFileSync(theta, kept);
    expect(readdirSync(folder)).toHaveLength(5);
  });

  it('ARIA GUNW: the reference is the later date, so phase is + towards', async () => {
    const file = find('aria', '.nc');
    const scene = await readScene({ path: file }, {});
    expect(scene).toMatchObject({
      ...{ firstDate: '2021-07-11', secondDate: '2021-07-23', crs: 'EPSG:4326' },
      ...{ rows: 6, columns: 8 },
    });
    expect(scene.losM[0]).toBeNaN();
    expect(scene.losM[10]).toBeCloseTo((LAMBDA / (4 * Math.PI)) * 2, 8);
    expect(scene.transform[0]).toBeCloseTo(-119.0005, 9);
    expect(scene.transform[3]).toBeCloseTo(33.0005, 9);
    looksRight(scene.unitVectors);
    const report = await inspectInsarFile(file);
    expect(report).toMatchObject({
      ...{ product: 'ARIA GUNW', sign: 'towards', nodata: 0, shape: [6, 8], missing: [] },
      ...{ validCount: 47, max: expect.closeTo(5.7, 5) as number },
    });
    const head = new Uint8Array(readFileSync(file).subarray(0, 4096));
    const connector = await probeConnector({ file: { path: file, head, bytes: 9999 } });
    expect(connector.format).toBe('insar/netcdf-product');
  });

  it('ARIA GUNW whose name has the earlier date first has no known sign', async () => {
    const file = find('aria', '.nc');
    const folder = mkdtempSync(path.join(os.tmpdir(), 'aria-'));
    const copy = path.join(
      folder,
      path.basename(file).replace('20210723_20210711', '20210711_20210723'),
    );
    copyFileSync(file, copy);
    await expect(readScene({ path: copy }, {})).rejects.toThrow(/sign of the phase is unknown/);
  });

  it('OPERA DISP-S1: metres, + towards; look from the static layers or refused', async () => {
    const file = find('opera', '.nc');
    const scene = await readScene({ path: file }, {});
    expect(scene).toMatchObject({
      ...{ firstDate: '2016-07-05', secondDate: '2017-01-01', crs: 'EPSG:32610' },
      transform: [500_000, 30, 0, 4_000_000, 0, -30],
    });
    expect(scene.losM[0]).toBeCloseTo(-0.05, 8);
    expect(scene.losM[2 * 8 + 3]).toBeNaN();
    expect(scene.coherence[7]).toBeCloseTo(0.9, 6);
    looksRight(scene.unitVectors);
    expect(await inspectInsarFile(file)).toMatchObject({
      ...{ product: 'OPERA DISP-S1', sign: 'towards', nodata: 'NaN', nanCount: 1, unit: 'm' },
    });
    rmSync(find('opera', 'los_east.tif'));
    await expect(readScene({ path: file }, {})).rejects.toThrow(/los_east\.tif/);
    const given = await readScene({ path: file }, { headingDeg: -10, incidenceDeg: 39 });
    looksRight(given.unitVectors);
  });

  it('ROI_PAC: wavelength, heading and incidence from .rsc', async () => {
    const file = find('roipac', '_unw.tif');
    const scene = await readScene({ path: file }, {});
    expect(scene).toMatchObject({ firstDate: '2006-06-19', wavelengthM: 0.0562356424 });
    expect(scene.losM[10]).toBeCloseTo((-0.0562356424 / (4 * Math.PI)) * 2, 8);
    looksRight(scene.unitVectors);
    writeFileSync(find('roipac', '.rsc'), 'WAVELENGTH 0.0562356424\nHEADING_DEG -10\n');
    await expect(readScene({ path: file }, {})).rejects.toThrow(/missing: incidence angle/);
    writeFileSync(find('roipac', '.rsc'), 'HEADING_DEG -10\nINCIDENCE_ANGLE 39\n');
    await expect(readScene({ path: file }, {})).rejects.toThrow(/wavelength is unknown/);
  });

  it('raw grids: GAMMA big-endian, ROI_PAC amplitude and phase, ENVI', async () => {
    const same = { shape: [6, 8], validCount: 47, max: expect.closeTo(5.7, 5) as number };
    expect(await inspectInsarFile(path.join(root, 'raw/g.unw'))).toMatchObject({
      ...same,
      ...{ product: 'GAMMA', sign: 'away', crs: 'EPSG:4326', storage: { byteOrder: 'big' } },
    });
    expect(await inspectInsarFile(path.join(root, 'raw/r.unw'))).toMatchObject({
      ...same,
      ...{ product: 'ROI_PAC', wavelengthM: 0.0562356424 },
    });
    const envi = await inspectInsarFile(path.join(root, 'raw/e.img'));
    expect(envi).toMatchObject({ shape: [6, 8], validCount: 48, sign: null, crs: 'EPSG:4326' });
    expect(envi.missing.join()).toMatch(/sign and unit/);
    expect(envi.geoTransform?.[0]).toBeCloseTo(150.9, 9);
    writeFileSync(path.join(root, 'raw/g.unw'), Buffer.alloc(50));
    await expect(inspectInsarFile(path.join(root, 'raw/g.unw'))).rejects.toThrow(
      /50 bytes are not/,
    );
  });

  it('Kite quadtree tables', async () => {
    const points = await readQuadtree(path.join(root, 'raw/kite.csv'));
    expect([...points.losM]).toEqual([0, 0.01, 0.02]);
    LOOK.forEach((value, k) => expect(points.look[3 + k]).toBeCloseTo(value, 6));
    const report = await inspectInsarFile(path.join(root, 'raw/kite.csv'));
    expect(report).toMatchObject({ product: 'Kite quadtree', sign: 'towards', shape: [3, 11] });
  });
});
