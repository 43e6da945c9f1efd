/** What a stack may be given beside its interferograms: mask, heights, weather delays, GNSS. @module */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { readGeoTiff } from '../../../../../connectors/insar/geotiff-reader.js';
import {
  CorruptSourceError,
  InvalidInputError,
  UnavailableError,
} from '../../../../../core/errors.js';
import type { InsarScene } from '../../../../../core/waveform.js';
import type { GnssVelocity } from '../../../../../models/deformation/stack/gnss-tie.js';
import { resample, type PlacedGrid } from '../../../../../models/deformation/stack/grid-place.js';
import { filesUnder } from './interferograms.js';

/** 1 where the mask says no: 0, no data, or outside of it. */
export async function readMask(file: string, scene: InsarScene): Promise<Uint8Array> {
  const values = await onGrid(file, scene);
  const excluded = Uint8Array.from(values, (v) => (v > 0 ? 0 : 1));
  if (excluded.every((v) => v === 1)) {
    throw new InvalidInputError({
      what: `mask ${file}`,
      reason: 'it leaves out every pixel of the stack',
      remedy: 'write values above 0 where pixels are to be kept, in the CRS of the stack',
    });
  }
  return excluded;
}

/** Heights at the pixels, m. */
export function readHeights(file: string, scene: InsarScene): Promise<Float32Array> {
  return onGrid(file, scene);
}

async function onGrid(file: string, scene: InsarScene): Promise<Float32Array> {
  const { info, values } = await readGeoTiff(file);
  const wrong = (reason: string): InvalidInputError =>
    new InvalidInputError({
      what: file,
      reason,
      remedy: 'bring it to the CRS of the stack',
    });
  if (!info.transform || !info.crs) throw wrong('it has no geotransform or EPSG code');
  if (info.crs !== scene.crs) throw wrong(`its CRS is ${info.crs}, that of the stack ${scene.crs}`);
  const grid = { rows: info.rows, columns: info.columns, transform: info.transform };
  const clean = Float32Array.from(values, (v) => (v === info.nodata ? Number.NaN : v));
  return resample(grid, clean, scene);
}

/** Zenith delays by date, m, at the pixels. Dates without a file are left out. */
export async function readDelays(
  folder: string,
  scene: InsarScene,
  dates: readonly string[],
): Promise<Map<string, Float32Array>> {
  const files = await filesUnder(folder);
  const delays = new Map<string, Float32Array>();
  for (const date of dates) {
    const digits = date.replaceAll('-', '');
    const own = files.filter((file) => path.basename(file).startsWith(digits));
    const tif = own.find((file) => /\.ztd(\.geo)?\.tiff?$/.test(file));
    const raw = own.find((file) => file.endsWith('.ztd'));
    if (tif) delays.set(date, await onGrid(tif, scene));
    else if (raw) delays.set(date, await readRawDelay(raw, scene));
    else {
      throw new InvalidInputError({
        what: `GACOS folder ${folder}`,
        reason: `it has no ${digits}.ztd and no ${digits}.ztd.tif`,
        remedy: 'add the delay of that date or leave out --gacos',
      });
    }
  }
  return delays;
}

/** GACOS as delivered: little-endian float32 metres, north first, and a ROI_PAC header. */
async function readRawDelay(file: string, scene: InsarScene): Promise<Float32Array> {
  const header = await readFile(`${file}.rsc`, 'latin1').catch((cause: unknown) => {
    throw new UnavailableError({
      what: `${file}.rsc`,
      reason: 'the header of the delay cannot be read',
      remedy: 'keep the .rsc beside the .ztd',
      retryable: false,
      cause,
    });
  });
  const field = (name: string): number => {
    const value = Number(new RegExp(`^${name}\\s+(\\S+)`, 'm').exec(header)?.[1]);
    if (Number.isFinite(value)) return value;
    throw new CorruptSourceError({
      source: `${file}.rsc`,
      at: name,
      reason: 'it has no such number',
    });
  };
  const [columns, rows] = [field('WIDTH'), field('FILE_LENGTH')];
  const { size } = await stat(file);
  if (size !== 4 * rows * columns) {
    throw new CorruptSourceError({
      source: file,
      at: 'WIDTH and FILE_LENGTH',
      reason: `${size} bytes are not ${rows} x ${columns} float32`,
    });
  }
  const bytes = new Uint8Array(await readFile(file));
  const grid: PlacedGrid = {
    ...{ rows, columns },
    transform: [field('X_FIRST'), field('X_STEP'), 0, field('Y_FIRST'), 0, field('Y_STEP')],
  };
  const values = new Float32Array(bytes.buffer).map((v) => (v === 0 ? Number.NaN : v));
  return resample(grid, values, scene);
}

const MOST_STATIONS_BYTES = 10_000_000;

/** Station velocities of a CSV with a header line. Throws InvalidInputError with line and column. */
export async function readStations(file: string): Promise<GnssVelocity[]> {
  const bad = (reason: string): InvalidInputError =>
    new InvalidInputError({
      what: `stations ${file}`,
      reason,
      remedy: 'write name,x,y,east,north,up and optionally eastSd,northSd,upSd, in mm/yr',
    });
  const info = await stat(file).catch(() => null);
  if (!info?.isFile()) throw bad('it cannot be read');
  if (info.size > MOST_STATIONS_BYTES) throw bad(`it has ${info.size} bytes`);
  const lines = (await readFile(file, 'utf8')).split(/\r?\n/).filter((line) => line.trim() !== '');
  const header = (lines[0] ?? '').split(',').map((name) => name.trim());
  for (const name of ['name', 'x', 'y', 'east', 'north', 'up']) {
    if (!header.includes(name)) throw bad(`the first line has no column ${name}`);
  }
  return lines.slice(1).map((line, k) => {
    const cells = line.split(',').map((cell) => cell.trim());
    const number = (name: string, fallback?: number): number => {
      const text = cells[header.indexOf(name)] ?? '';
      if (text === '' && fallback !== undefined) return fallback;
      const value = Number(text);
      if (text !== '' && Number.isFinite(value)) return value;
      throw bad(`line ${k + 2}: ${name} is '${text}'`);
    };
    return {
      name: cells[header.indexOf('name')] ?? '',
      ...{ x: number('x'), y: number('y') },
      ...{ east: number('east'), north: number('north'), up: number('up') },
      ...{ eastSd: number('eastSd', 1), northSd: number('northSd', 1), upSd: number('upSd', 1) },
    };
  });
}
