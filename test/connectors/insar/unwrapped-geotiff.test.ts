import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { towardSatellite } from '../../../connectors/insar/line-of-sight.js';
import {
  readScene,
  unwrappedGeotiffConnector as connector,
} from '../../../connectors/insar/unwrapped-geotiff.js';
import { float32GeoTiff, writeLicsarScene } from '../../../connectors/insar/write-licsar.js';
import type { SourceFile } from '../../../core/connector.js';
import { decodeTable, encodeTable } from '../../../core/tables/ipc.js';
import { insarScenes } from '../../../core/tables/insar-table.js';
import type { InsarScene } from '../../../core/waveform.js';
import { describeWithPeers, runPeer } from '../../support/peers.js';
import { describeWithSamples, samplePath } from '../../support/sample-data.js';

function sourceFile(file: string): SourceFile {
  const bytes = readFileSync(file);
  return { path: file, head: new Uint8Array(bytes.subarray(0, 4096)), bytes: bytes.length };
}

function exampleScene(): InsarScene {
  const [rows, columns] = [90, 40];
  const pixels = rows * columns;
  const vector = towardSatellite({ headingDeg: -10, incidenceDeg: 39 });
  return {
    sceneId: '102A_05049_131313/20210218_20210303',
    firstDate: '2021-02-18',
    secondDate: '2021-03-03',
    rows,
    columns,
    transform: [22.1, 0.001, 0, 39.9, 0, -0.001],
    crs: 'EPSG:4326',
    // 10 cm of subsidence, one hole
    losM: Float32Array.from({ length: pixels }, (_, i) =>
      i === 7 ? Number.NaN : vector[2] * (-0.1 - i * 1e-5),
    ),
    coherence: new Float32Array(pixels).fill(0.7),
    unitVectors: Float32Array.from(
      { length: 3 * pixels },
      (_, i) => vector[Math.floor(i / pixels)] as number,
    ),
    wavelengthM: 0.05546576,
    notes: [],
  };
}

const folder = (): string => mkdtempSync(path.join(os.tmpdir(), 'licsar-'));

describe('LiCSAR scenes', () => {
  it('turns subsidence into + phase in the file and back into - displacement', async () => {
    const scene = exampleScene();
    const files = await writeLicsarScene({ scene, folder: folder(), frame: '102A_05049_131313' });
    const file = sourceFile(files[0] as string);
    expect(await connector.probe(file)).toBe(1);
    const table = await connector.read({ file, window: null, options: {} });
    const [back] = insarScenes(decodeTable(encodeTable(table), 'test'));
    expect(back).toMatchObject({
      sceneId: scene.sceneId,
      firstDate: '2021-02-18',
      secondDate: '2021-03-03',
      rows: 90,
      columns: 40,
      transform: scene.transform,
      crs: 'EPSG:4326',
      wavelengthM: 0.05546576,
    });
    expect(back?.losM[7]).toBeNaN();
    // The worked example of the sign convention: 0.10 m down at 39 degrees is -0.0777 m.
    expect(back?.losM[0]).toBeCloseTo(-0.0777146, 6);
    for (const [i, value] of scene.losM.entries()) {
      if (i !== 7) expect(Math.abs((back?.losM[i] as number) - value)).toBeLessThan(2e-8);
    }
    expect([0, 3600, 7200].map((i) => back?.unitVectors[i])).toEqual(
      [-0.61976, -0.10928, 0.777146].map((v) => expect.closeTo(v, 6) as number),
    );
    expect(back?.notes.join('\n')).toMatch(/LiCSAR phase counts \+ away.*\n.*Sentinel-1/);
    expect((await connector.scan(file, {})).window).toEqual({
      start: '2021-02-18T00:00:00Z',
      end: '2021-03-04T00:00:00Z',
    });
  });

  it('stores 0.10 m of subsidence as +17.6071 rad', async () => {
    const [unw] = await writeLicsarScene({ scene: exampleScene(), folder: folder(), frame: 'f' });
    const { readGeoTiff } = await import('../../../connectors/insar/geotiff-reader.js');
    expect((await readGeoTiff(unw as string)).values[0]).toBeCloseTo(17.6071, 4);
  });

  it('finds E, N, U in the folder above', async () => {
    const root = folder();
    const [unw] = await writeLicsarScene({ scene: exampleScene(), folder: root, frame: 'f' });
    const inner = path.join(root, '20210218_20210303');
    mkdirSync(inner);
    const moved = path.join(inner, path.basename(unw as string));
    renameSync(unw as string, moved);
    const scene = await readScene({ path: moved }, {});
    expect(scene.unitVectors[0]).toBeCloseTo(-0.61976, 5);
    expect(scene.coherence[0]).toBeNaN();
    expect(scene.notes.join()).toContain('no coherence file');
  });

  it('refuses unknown geometry, says what is missing, and takes it from the request', async () => {
    const root = folder();
    const [unw] = await writeLicsarScene({ scene: exampleScene(), folder: root, frame: 'f' });
    rmSync(path.join(root, 'f.geo.N.tif'));
    const file = sourceFile(unw as string);
    await expect(connector.scan(file, {})).rejects.toMatchObject({
      _tag: 'UnsupportedSource',
      message: expect.stringContaining('.N.tif') as string,
      remedy: expect.stringContaining('headingDeg') as string,
    });
    expect(await connector.probe(file)).toBe(0.5);
    const scene = await readScene(file, { headingDeg: -10, incidenceDeg: 39 });
    expect(scene.unitVectors[0]).toBeCloseTo(-0.61976, 5);
    expect(scene.notes.join()).toContain('constant over the scene');
    await expect(connector.scan(file, { headingDeg: -10, incidenceDeg: 139 })).rejects.toThrow(
      /incidenceDeg/,
    );
  });

  it('refuses components that are no unit vectors to a satellite', async () => {
    const root = folder();
    const scene = exampleScene();
    const down = { ...scene, unitVectors: scene.unitVectors.map((v) => -v) };
    const [unw] = await writeLicsarScene({ scene: down, folder: root, frame: 'f' });
    await expect(readScene({ path: unw as string }, {})).rejects.toMatchObject({
      _tag: 'CorruptSource',
      source: 'f.geo.E.tif',
    });
  });

  it('refuses companions on another grid and scenes without a single value', async () => {
    const root = folder();
    const scene = exampleScene();
    const [unw, cc] = await writeLicsarScene({ scene, folder: root, frame: 'f' });
    const small = {
      ...scene,
      rows: 10,
      values: scene.coherence.subarray(0, 400),
      epsg: 4326,
      nodata: 0,
    };
    writeFileSync(cc as string, float32GeoTiff(small));
    await expect(readScene({ path: unw as string }, {})).rejects.toThrow(/10 x 40 pixels/);
    const empty = { ...scene, losM: new Float32Array(scene.losM.length).fill(Number.NaN) };
    const [none] = await writeLicsarScene({ scene: empty, folder: folder(), frame: 'f' });
    await expect(readScene({ path: none as string }, {})).rejects.toThrow(/every pixel is nodata/);
  });

  it('refuses impossible and reversed dates', async () => {
    const root = folder();
    const [unw] = await writeLicsarScene({ scene: exampleScene(), folder: root, frame: 'f' });
    for (const name of ['20210230_20210303', '20210303_20210218']) {
      const file = path.join(root, `${name}.geo.unw.tif`);
      writeFileSync(file, readFileSync(unw as string));
      await expect(readScene({ path: file }, {})).rejects.toMatchObject({
        _tag: 'UnsupportedSource',
      });
    }
  });

  it('does not claim other files', async () => {
    const root = folder();
    const files = await writeLicsarScene({ scene: exampleScene(), folder: root, frame: 'f' });
    for (const file of files.slice(1)) expect(await connector.probe(sourceFile(file))).toBe(0);
    const text = path.join(root, '20210218_20210303.geo.unw.tif');
    writeFileSync(text, 'text');
    expect(await connector.probe(sourceFile(text))).toBe(0);
    expect(statSync(text).size).toBe(4);
  });
});

describeWithPeers('written GeoTIFFs in rasterio', () => {
  it('have the pixels, grid, CRS and nodata that were written', async () => {
    const scene = exampleScene();
    const [unw] = await writeLicsarScene({ scene, folder: folder(), frame: 'f' });
    const read = runPeer<Record<string, unknown>>(
      `import json,sys,rasterio
d=rasterio.open(sys.argv[1]); v=d.read(1)
print(json.dumps(dict(crs=d.crs.to_epsg(),transform=list(d.transform)[:6],nodata=d.nodata,
  dtype=d.dtypes[0],shape=d.shape,first=float(v[0,0]),last=float(v[-1,-1]),hole=float(v[0,7]))))`,
      [unw as string],
    );
    const phase = (i: number): number => ((scene.losM[i] as number) * -4 * Math.PI) / 0.05546576;
    expect(read).toEqual({
      crs: 4326,
      transform: [0.001, 0, 22.1, 0, -0.001, 39.9],
      nodata: 0,
      dtype: 'float32',
      shape: [90, 40],
      first: Math.fround(phase(0)),
      last: Math.fround(phase(3599)),
      hole: 0,
    });
  });
});

const MEXICO = 'insar/mexico-city-2018';
const UNW = `${MEXICO}/unw/cropA_20180106-20180130_VV_8rlks_eqa_unw.tif`;

describeWithSamples('GAMMA scenes of Mexico City', [UNW], () => {
  const file = (): SourceFile => sourceFile(samplePath(UNW));

  it('take wavelength and geometry from the header of the first date', async () => {
    expect(await connector.probe(file())).toBe(1);
    const { facts, audit } = await connector.scan(file(), {});
    expect(facts).toMatchObject({
      product: 'GAMMA',
      rows: 60,
      columns: 100,
      crs: 'EPSG:4326',
      wavelengthM: expect.closeTo(0.055465759531382094, 15) as number,
      geometry: { kind: 'angles', headingDeg: -12.2742586, incidenceDeg: 39.7036 },
    });
    expect(audit.join()).toContain('r20180106');
    const scene = await readScene(file(), {});
    expect(scene.sceneId).toBe('cropA_20180106-20180130_VV_8rlks_eqa_unw');
    const [e, n, u] = [0, 6000, 12000].map((i) => scene.unitVectors[i] as number);
    expect(Math.hypot(e as number, n as number, u as number)).toBeCloseTo(1, 6);
    expect(e).toBeLessThan(0); // ascending, right-looking: the satellite is in the west
    expect(u).toBeGreaterThan(0.7);
    expect(Math.max(...scene.coherence)).toBeLessThanOrEqual(1);
    expect(scene.losM.filter((v) => Number.isNaN(v)).length).toBeGreaterThan(0);
  });

  it('are refused without a header', async () => {
    const copy = path.join(folder(), path.basename(UNW));
    writeFileSync(copy, readFileSync(samplePath(UNW)));
    await expect(connector.scan(sourceFile(copy), {})).rejects.toThrow(
      /line of sight is unknown.*missing: heading \(--heading-deg\)/,
    );
    // What a stack asks for: displacement along a line of sight that nobody knows.
    const known = await readScene(file(), {});
    const { wavelengthM } = known;
    const scene = await readScene(sourceFile(copy), { wavelengthM }, false);
    expect(scene.unitVectors.every((v) => Number.isNaN(v))).toBe(true);
    expect(scene.losM).toEqual(known.losM);
    await expect(connector.scan(sourceFile(copy), { wavelengthM: 0.0555 })).rejects.toThrow(
      /line of sight is unknown/,
    );
    const { facts } = await connector.scan(sourceFile(copy), {
      wavelengthM: 0.0555,
      headingDeg: -12,
      incidenceDeg: 39,
    });
    expect(facts['wavelengthM']).toBe(0.0555);
  });
});
