import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { inspectInsarFile } from '../../../connectors/insar/inspect/inspect.js';
import { towardSatellite } from '../../../connectors/insar/line-of-sight.js';
import { rawGridConnector } from '../../../connectors/insar/raw-scene.js';
import { probeConnector } from '../../../connectors/registry.js';
import { openSourceFile } from '../../../connectors/source-file.js';
import { readScene } from '../../../connectors/insar/unwrapped-geotiff.js';
import { insarScenes } from '../../../core/tables/insar-table.js';
import { peersOf } from '../../support/peers.js';
import { describeWithSamples, samplePath } from '../../support/sample-data.js';

const folder = mkdtempSync(path.join(os.tmpdir(), 'raw-scene-'));
afterAll(() => rmSync(folder, { recursive: true }));
const { describeWithPeers, runPeer } = peersOf('insar');

const [ROWS, COLUMNS] = [40, 30];
const LAMBDA = 0.0562356424;
const phase = Float32Array.from({ length: ROWS * COLUMNS }, (_, i) =>
  i === 5 ? 0 : Math.sin(i / 17) * 12,
);

/** Float32 in either byte order; with `amplitude`, two bands a line. */
function put(name: string, values: Float32Array, little: boolean, amplitude = false): string {
  const width = amplitude ? 2 * COLUMNS : COLUMNS;
  const view = new DataView(new ArrayBuffer(4 * ROWS * width));
  values.forEach((value, i) => {
    const [row, column] = [Math.floor(i / COLUMNS), i % COLUMNS];
    view.setFloat32(4 * (row * width + column + (amplitude ? COLUMNS : 0)), value, little);
  });
  const file = path.join(folder, name);
  writeFileSync(file, new Uint8Array(view.buffer));
  return file;
}

function header(name: string, lines: readonly string[]): void {
  writeFileSync(path.join(folder, name), `${lines.join('\n')}\n`);
}

const ROI_PAC = [
  ...[`WIDTH ${COLUMNS}`, `FILE_LENGTH ${ROWS}`, 'X_FIRST 150.9', 'X_STEP 0.000833333'],
  ...['Y_FIRST -34.17', 'Y_STEP -0.000833333', 'X_UNIT degrees', `WAVELENGTH ${LAMBDA}`],
  ...['DATE12 060619-061002', 'HEADING_DEG -168', 'INCIDENCE_ANGLE 23'],
];
const GAMMA = [
  ...['Gamma DIFF&GEO DEM/MAP parameter file', 'DEM_projection: EQA', `width: ${COLUMNS}`],
  ...[`nlines: ${ROWS}`, 'corner_lat: 19.5 decimal degrees', 'corner_lon: -99.2 decimal degrees'],
  ...['post_lat: -1.3888889e-03 decimal degrees', 'post_lon: 1.3888889e-03 decimal degrees'],
];
const ENVI = [
  ...['ENVI', `samples = ${COLUMNS}`, `lines = ${ROWS}`, 'bands = 1', 'data type = 4'],
  ...['byte order = 0', 'data ignore value = 0'],
  'map info = {UTM, 1, 1, 560000, 4400000, 90, 90, 34, North, WGS-84, units=Meters}',
];

function expectDisplacement(losM: Float32Array, wavelengthM: number): void {
  const scale = -wavelengthM / (4 * Math.PI);
  phase.forEach((value, i) => {
    if (value === 0) expect(losM[i]).toBeNaN();
    else expect(losM[i]).toBeCloseTo(scale * value, 8);
  });
}

describe('raw grids as scenes', () => {
  it('reads ROI_PAC with amplitude, dates, geometry and wavelength of its header', async () => {
    const file = put('geo_x.unw', phase, true, true);
    header('geo_x.unw.rsc', ROI_PAC);
    const scene = await readScene({ path: file }, {});
    expect(scene).toMatchObject({
      ...{ firstDate: '2006-06-19', secondDate: '2006-10-02', rows: ROWS, columns: COLUMNS },
      ...{ crs: 'EPSG:4326', wavelengthM: LAMBDA },
      transform: [150.9, 0.000833333, 0, -34.17, 0, -0.000833333],
    });
    expectDisplacement(scene.losM, LAMBDA);
    const look = towardSatellite({ headingDeg: -168, incidenceDeg: 23 });
    expect(scene.unitVectors[2 * ROWS * COLUMNS]).toBeCloseTo(look[2], 6);
    const seen = await inspectInsarFile(file);
    expect(seen).toMatchObject({ missing: [], firstDate: '2006-06-19', sign: 'away' });
    expect(seen.lookVector?.[0]).toBeCloseTo(look[0], 12);
    const source = await openSourceFile({ path: file });
    expect((await probeConnector({ file: source })).format).toBe('insar/raw-grid');
    const table = await rawGridConnector.read({ file: source, window: null, options: {} });
    expect(insarScenes(table)[0]?.losM).toEqual(scene.losM);
  });

  it('reads GAMMA with look vectors, coherence and the parameter file of the date', async () => {
    const file = put('20180106-20180130_eqa.unw', phase, false);
    header('20180106-20180130_eqa.unw.par', GAMMA);
    header('r20180106_mli.par', ['radar_frequency: 5.405e+09 Hz', 'heading: -10.5 degrees']);
    await expect(readScene({ path: file }, {})).rejects.toThrow(
      /line of sight is unknown.*lv_theta/,
    );
    put(
      'eqa.lv_theta',
      phase.map(() => 0.9),
      false,
    );
    put(
      'eqa.lv_phi',
      phase.map(() => -2.8),
      false,
    );
    put(
      '20180106-20180130_eqa.cc',
      phase.map(() => 0.5),
      false,
    );
    const scene = await readScene({ path: file }, {});
    expectDisplacement(scene.losM, 299_792_458 / 5.405e9);
    const at = (k: number) => scene.unitVectors[k * ROWS * COLUMNS + 7];
    expect(at(0)).toBeCloseTo(Math.cos(0.9) * Math.cos(-2.8), 6);
    expect(at(1)).toBeCloseTo(Math.cos(0.9) * Math.sin(-2.8), 6);
    expect(at(2)).toBeCloseTo(Math.sin(0.9), 6);
    expect(scene.coherence[3]).toBe(0.5);
    // GAMMA places the centre of a pixel, a scene its corner.
    expect(scene.transform[0]).toBeCloseTo(-99.2 - 1.3888889e-3 / 2, 9);
    for (const name of ['eqa.lv_theta', 'eqa.lv_phi']) rmSync(path.join(folder, name));
  });

  it('asks ENVI for what its header cannot say', async () => {
    const file = put('map_20210218_20210303.dat', phase, true);
    header('map_20210218_20210303.hdr', ENVI);
    await expect(readScene({ path: file }, {})).rejects.toThrow(/what its numbers are/);
    const options = { quantity: 'displacement', positive: 'away' } as const;
    await expect(readScene({ path: file }, options)).rejects.toThrow(/line of sight/);
    const scene = await readScene(
      { path: file },
      { ...options, headingDeg: -10, incidenceDeg: 39 },
    );
    expect(scene.crs).toBe('EPSG:32634');
    expect(scene.losM[9]).toBeCloseTo(-(phase[9] as number), 6);
    expect(Number.isNaN(scene.losM[5])).toBe(true);
    await expect(readScene({ path: file }, { ...options, positive: 'up' })).rejects.toThrow(
      /option positive is 'up'/,
    );
  });

  it('refuses cut grids, headers of another file, reversed dates and no data', async () => {
    const file = put('short.unw', phase, true);
    header('short.unw.rsc', ROI_PAC);
    writeFileSync(file, new Uint8Array(100));
    await expect(readScene({ path: file }, {})).rejects.toMatchObject({ _tag: 'CorruptSource' });
    await expect(readScene({ path: file }, {})).rejects.toThrow(/100 bytes are not the 40 x 30/);
    const empty = put('empty.unw', new Float32Array(ROWS * COLUMNS), true);
    header('empty.unw.rsc', ROI_PAC);
    await expect(readScene({ path: empty }, {})).rejects.toThrow(/every pixel is nodata/);
    header('empty.unw.rsc', [...ROI_PAC, 'DATE12 061002-060619']);
    await expect(readScene({ path: empty }, {})).rejects.toThrow(/is not before the second/);
    header(
      'empty.unw.rsc',
      ROI_PAC.filter((line) => !line.startsWith('X_FIRST')),
    );
    await expect(readScene({ path: empty }, {})).rejects.toThrow(/does not place the grid/);
    header(
      'empty.unw.rsc',
      ROI_PAC.map((line) => line.replace('WIDTH 30', 'WIDTH thirty')),
    );
    await expect(readScene({ path: empty }, {})).rejects.toThrow(
      /'thirty' is no number \(at WIDTH\)/,
    );
    // The header of a height file is that of a phase file: only the name tells.
    copyFileSync(put('x.unw', phase, true), path.join(folder, 'heights.hgt'));
    header('heights.hgt.rsc', ROI_PAC);
    await expect(readScene({ path: path.join(folder, 'heights.hgt') }, {})).rejects.toThrow(
      /what its numbers are/,
    );
  });
});

const WRITE = `
import json, sys, numpy as np, rasterio
from rasterio.transform import Affine
folder, driver, name, crs = sys.argv[1:5]
a = np.sin(np.arange(1200).reshape(40, 30) / 17).astype('f4')
with rasterio.open(folder + '/' + name, 'w', driver=driver, width=30, height=40, count=1, dtype='float32',
        crs=crs, transform=Affine(90, 0, 560000, 0, -90, 4400000) if crs != 'EPSG:4326' else
        Affine(0.001, 0, 22, 0, -0.001, 39)) as d:
    d.write(a, 1)
with rasterio.open(folder + '/' + name) as d:
    b = d.read(1)
    print(json.dumps(dict(values=b.astype(float).ravel().tolist(), transform=list(d.transform)[:6], crs=str(d.crs))))
`;

const READ = `
import json, sys, rasterio
with rasterio.open(sys.argv[1]) as d:
    b = d.read(d.count)
    print(json.dumps(dict(values=b.astype(float).ravel().tolist(), transform=list(d.transform)[:6], crs=str(d.crs))))
`;

interface Read {
  readonly values: number[];
  readonly transform: number[];
  readonly crs: string;
}

describeWithPeers('raw grids beside GDAL', () => {
  it('reads what GDAL writes as ENVI, byte for byte', async () => {
    for (const [name, crs] of [
      ['utm_20210218_20210303.img', 'EPSG:32634'],
      ['ll_20210218_20210303.img', 'EPSG:4326'],
    ] as const) {
      const theirs = runPeer<Read>(WRITE, [folder, 'ENVI', name, crs]);
      const file = path.join(folder, name);
      const seen = await inspectInsarFile(file);
      expect(seen.crs).toBe(theirs.crs);
      theirs.transform.forEach((value, i) => expect(seen.transform?.[i]).toBeCloseTo(value, 9));
      const settings = { quantity: 'displacement', positive: 'towards' } as const;
      const scene = await readScene(
        { path: file },
        { ...settings, headingDeg: -10, incidenceDeg: 39 },
      );
      expect([...scene.losM]).toEqual(theirs.values);
    }
  });

  it('places and reads ROI_PAC as GDAL does', async () => {
    const file = put(
      'gdal_060619-061002.unw',
      phase.map((v) => v || 1),
      true,
      true,
    );
    header('gdal_060619-061002.unw.rsc', ROI_PAC);
    const theirs = runPeer<Read>(READ, [file]);
    const scene = await readScene({ path: file }, {});
    const seen = await inspectInsarFile(file);
    theirs.transform.forEach((value, i) => expect(seen.transform?.[i]).toBeCloseTo(value, 12));
    const scale = -LAMBDA / (4 * Math.PI);
    theirs.values.forEach((value, i) => expect(scene.losM[i]).toBeCloseTo(scale * value, 8));
  });
});

describeWithSamples('raw grid of Thessaly', ['insar/thessaly-2021/greece.unw'], () => {
  it('turns north up and + towards the satellite', async () => {
    const file = samplePath('insar/thessaly-2021/greece.unw');
    const options = { headingDeg: -10, incidenceDeg: 39, firstDate: '2021-02-18' } as const;
    const scene = await readScene({ path: file }, { ...options, secondDate: '2021-03-03' });
    const bytes = readFileSync(file);
    const stored = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (const [row, column] of [
      [0, 0],
      [400, 300],
      [800, 800],
    ] as const) {
      const value = stored.getFloat32(4 * ((800 - row) * 801 + column), true);
      expect(scene.losM[row * 801 + column]).toBeCloseTo(-value, 9);
    }
    expect(scene.transform).toEqual([-40_050, 100, 0, 40_050, 0, -100]);
    await expect(readScene({ path: file }, options)).rejects.toThrow(/dates are unknown/);
  });
});
