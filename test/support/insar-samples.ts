/**
 * Loaders of the InSAR sample sets that no connector reads: NumPy arrays, PyRate's Sydney stack,
 * the raw Thessaly grid, and the quadtree points of the synthetic volcano.
 * @module
 */
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { readGeoTiff } from '../../connectors/insar/geotiff-reader.js';
import { constantVectors, towardSatellite } from '../../connectors/insar/line-of-sight.js';
import { readScene } from '../../connectors/insar/unwrapped-geotiff.js';
import type { InsarScene } from '../../core/waveform.js';
import { samplePath } from './sample-data.js';

/** A little-endian float .npy file in row-major order. */
export function readNpy(file: string): {
  shape: number[];
  values: Float32Array | Float64Array;
} {
  const bytes = readFileSync(file);
  const headerBytes = bytes.readUInt16LE(8);
  const header = bytes.toString('latin1', 10, 10 + headerBytes);
  const shape = /'shape': \(([^)]*)\)/.exec(header)?.[1] ?? '';
  const data = new Uint8Array(bytes.subarray(10 + headerBytes)).buffer;
  return {
    shape: shape
      .split(',')
      .filter((part) => part.trim() !== '')
      .map(Number),
    values: header.includes("'<f8'") ? new Float64Array(data) : new Float32Array(data),
  };
}

/** The 30 scenes of Mexico City, in order of name. */
export async function mexicoScenes(): Promise<InsarScene[]> {
  const folder = samplePath('insar/mexico-city-2018/unw');
  const scenes: InsarScene[] = [];
  for (const name of readdirSync(folder).sort()) {
    scenes.push(await readScene({ path: path.join(folder, name) }, {}));
  }
  return scenes;
}

/** The 17 ENVISAT scenes of Sydney; phase is taken as + away, no coherence, nominal geometry. */
export async function sydneyScenes(): Promise<InsarScene[]> {
  const folder = samplePath('insar/sydney-small/tif');
  const scenes: InsarScene[] = [];
  for (const name of readdirSync(folder).sort()) {
    const dates = /_(\d{6})-(\d{6})_/.exec(name);
    const iso = (d = ''): string => `20${d.slice(0, 2)}-${d.slice(2, 4)}-${d.slice(4)}`;
    const { info, values } = await readGeoTiff(path.join(folder, name));
    const wavelengthM = 0.0562356424;
    scenes.push({
      sceneId: name,
      firstDate: iso(dates?.[1]),
      secondDate: iso(dates?.[2]),
      rows: info.rows,
      columns: info.columns,
      transform: info.transform as InsarScene['transform'],
      crs: info.crs as string,
      losM: Float32Array.from(values, (v) =>
        v === 0 ? Number.NaN : (-wavelengthM / (4 * Math.PI)) * v,
      ),
      coherence: new Float32Array(values.length).fill(Number.NaN),
      unitVectors: constantVectors(
        towardSatellite({ headingDeg: -167, incidenceDeg: 23 }),
        values.length,
      ),
      wavelengthM,
      notes: [],
    });
  }
  return scenes;
}

/** Thessaly 2021: stored in metres, + away, row 0 south; turned to + towards, row 0 north. */
export function thessalyScene(): InsarScene {
  const [rows, columns] = [801, 801];
  const bytes = new Uint8Array(readFileSync(samplePath('insar/thessaly-2021/greece.unw')));
  const stored = new Float32Array(bytes.buffer);
  const losM = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      losM[row * columns + column] = -(stored[(rows - 1 - row) * columns + column] as number);
    }
  }
  return {
    sceneId: '102A/20210218_20210303',
    firstDate: '2021-02-18',
    secondDate: '2021-03-03',
    rows,
    columns,
    // Pixel centres are at -40 000 + 100 k m.
    transform: [-40_050, 100, 0, 40_050, 0, -100],
    crs: 'LOCAL:metres',
    losM,
    coherence: new Float32Array(rows * columns).fill(Number.NaN),
    unitVectors: constantVectors(
      towardSatellite({ headingDeg: -10, incidenceDeg: 39 }),
      rows * columns,
    ),
    wavelengthM: 0.05546576,
    notes: [],
  };
}
