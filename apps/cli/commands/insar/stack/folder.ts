/** A folder of interferograms in, the scenes of one stack out. @module */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { readGeoTiff } from '../../../../../connectors/insar/geotiff-reader.js';
import { constantVectors, towardSatellite } from '../../../../../connectors/insar/line-of-sight.js';
import { findProductFiles } from '../../../../../connectors/insar/product-files.js';
import { readScene } from '../../../../../connectors/insar/unwrapped-geotiff.js';
import {
  describeError,
  InvalidInputError,
  isQuakeError,
  UnsupportedSourceError,
} from '../../../../../core/errors.js';
import type { InsarScene } from '../../../../../core/waveform.js';
import { cropScene, type Window } from './window.js';

export interface FolderSettings {
  readonly wavelengthM?: number;
  readonly headingDeg?: number;
  readonly incidenceDeg?: number;
  /** Leave out files that cannot be read instead of stopping. */
  readonly skipDamaged: boolean;
  /** Rows and columns to keep, from the first scene's grid. */
  readonly window: (scene: InsarScene) => Window;
}

export interface StackFolder {
  readonly scenes: readonly InsarScene[];
  readonly skipped: readonly { readonly file: string; readonly reason: string }[];
}

/** Products keep a folder a pair, and those in a folder a frame. */
const DEEPEST = 4;
const MOST_FILES = 20_000;

/** ROI_PAC and PyRate: `geo_060619-061002_unw.tif`, phase + away, 0 is no data. */
const PLAIN = /^geo_(\d{6}|\d{8})[-_](\d{6}|\d{8})_.*unw\.tif$/;

/**
 * Reads every unwrapped interferogram under a folder, in order of name. Scenes share their look vectors, which a
 * stack has once. Throws InvalidInputError when there is none, and what the readers throw.
 */
export async function readStackFolder(
  folder: string,
  settings: FolderSettings,
  progress: (done: number, of: number, name: string) => void,
): Promise<StackFolder> {
  const files = (await filesUnder(folder)).filter(
    (file) => /\.tiff?$/i.test(file) && (findProductFiles(file) ?? PLAIN.exec(path.basename(file))),
  );
  if (files.length === 0) {
    throw new InvalidInputError({
      what: `stack ${folder}`,
      reason: 'it has no unwrapped interferograms',
      remedy:
        'give a folder with files named as LiCSAR (YYYYMMDD_YYYYMMDD.geo.unw.tif), GAMMA (…YYYYMMDD-YYYYMMDD_…unw.tif) or ROI_PAC (geo_YYMMDD-YYMMDD_unw.tif) name them',
    });
  }
  const scenes: InsarScene[] = [];
  const skipped: { file: string; reason: string }[] = [];
  let window: Window | null = null;
  for (const [i, file] of files.entries()) {
    progress(i, files.length, path.basename(file));
    try {
      const scene = await readAny(file, settings);
      window ??= settings.window(scene);
      const first = scenes[0];
      const own = cropScene(scene, window, first);
      scenes.push(own);
    } catch (error) {
      if (!settings.skipDamaged || !isQuakeError(error)) throw error;
      skipped.push({ file, reason: describeError(error) });
    }
  }
  return { scenes, skipped };
}

/** A velocity along the line of sight does not need to know where that points: products without it will do. */
async function readAny(file: string, settings: FolderSettings): Promise<InsarScene> {
  if (!PLAIN.test(path.basename(file))) return readScene({ path: file }, optionsOf(settings));
  try {
    return await readScene({ path: file }, optionsOf(settings));
  } catch (error) {
    if (!isQuakeError(error) || error._tag !== 'UnsupportedSource') throw error;
    return readPlain(file, settings);
  }
}

function optionsOf(settings: FolderSettings): Readonly<Record<string, number>> {
  const { wavelengthM, headingDeg, incidenceDeg } = settings;
  return {
    ...(wavelengthM === undefined ? {} : { wavelengthM }),
    ...(headingDeg === undefined ? {} : { headingDeg }),
    ...(incidenceDeg === undefined ? {} : { incidenceDeg }),
  };
}

/** Files under a folder by name; throws InvalidInputError when it is none or holds too much. */
export async function filesUnder(folder: string): Promise<string[]> {
  const found: string[] = [];
  const visit = async (at: string, depth: number): Promise<void> => {
    const entries = await readdir(at, { withFileTypes: true });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const full = path.join(at, entry.name);
      if (entry.isFile()) found.push(full);
      else if (entry.isDirectory() && depth < DEEPEST) await visit(full, depth + 1);
      if (found.length > MOST_FILES) {
        throw new InvalidInputError({
          what: `folder ${folder}`,
          reason: `it holds more than ${MOST_FILES} files`,
          remedy: 'give the folder of one stack',
        });
      }
    }
  };
  try {
    await visit(folder, 0);
  } catch (cause) {
    if (isQuakeError(cause)) throw cause;
    throw new InvalidInputError({
      what: `folder ${folder}`,
      reason: 'it cannot be read',
      remedy: 'check the path',
      cause,
    });
  }
  return found;
}

/** A file that says no more than phase and place: wavelength from its .rsc or the request. */
async function readPlain(file: string, settings: FolderSettings): Promise<InsarScene> {
  const name = path.basename(file);
  const refuse = (reason: string, remedy: string): UnsupportedSourceError =>
    new UnsupportedSourceError({ source: name, reason, remedy });
  const match = PLAIN.exec(name);
  const [firstDate, secondDate] = [isoDate(match?.[1] ?? ''), isoDate(match?.[2] ?? '')];
  if (!firstDate || !secondDate || firstDate >= secondDate) {
    throw refuse('its name has no two dates in order', 'name it geo_YYMMDD-YYMMDD_unw.tif');
  }
  const wavelengthM = settings.wavelengthM ?? (await rscWavelength(file));
  if (!wavelengthM) {
    throw refuse(
      'the wavelength is unknown: the file has no header beside it',
      'give --wavelength-m (ENVISAT 0.0562356424, Sentinel-1 0.05546576)',
    );
  }
  const { info, values } = await readGeoTiff(file);
  if (!info.transform || !info.crs) {
    throw refuse('no geotransform or EPSG code in the file', 'give a north-up geocoded GeoTIFF');
  }
  const pixels = info.rows * info.columns;
  const { headingDeg, incidenceDeg } = settings;
  const look =
    headingDeg === undefined || incidenceDeg === undefined
      ? null
      : towardSatellite({ headingDeg, incidenceDeg });
  return {
    sceneId: name.replace(/\.tif$/, ''),
    ...{ firstDate, secondDate, rows: info.rows, columns: info.columns },
    transform: info.transform,
    crs: info.crs,
    losM: Float32Array.from(values, (phase) =>
      Number.isFinite(phase) && phase !== 0 && phase !== info.nodata
        ? (-wavelengthM / (4 * Math.PI)) * phase
        : Number.NaN,
    ),
    coherence: new Float32Array(pixels).fill(Number.NaN),
    unitVectors: look
      ? constantVectors(look, pixels)
      : new Float32Array(3 * pixels).fill(Number.NaN),
    wavelengthM,
    notes: [
      'ROI_PAC phase counts + away from the satellite: displacement = -wavelength/(4 pi) * phase',
      `wavelength ${wavelengthM} m`,
      look
        ? 'line of sight from the request'
        : 'the line of sight is unknown: no east and up, no GNSS tie',
    ],
  };
}

/** `060619` or `20060619` to `2006-06-19`; null when it is no day. */
function isoDate(digits: string): string | null {
  const full =
    digits.length === 6 ? `${Number(digits.slice(0, 2)) < 70 ? '20' : '19'}${digits}` : digits;
  const iso = `${full.slice(0, 4)}-${full.slice(4, 6)}-${full.slice(6)}`;
  const time = new Date(`${iso}T00:00:00Z`);
  return !Number.isNaN(time.getTime()) && time.toISOString().slice(0, 10) === iso ? iso : null;
}

async function rscWavelength(file: string): Promise<number | null> {
  const header = [
    `${file}.rsc`,
    file.replace(/\.tif$/, '.unw.rsc'),
    file.replace(/\.tif$/, '.rsc'),
  ].find((place) => existsSync(place));
  if (!header) return null;
  const value = Number(/^WAVELENGTH\s+(\S+)/m.exec(await readFile(header, 'latin1'))?.[1]);
  return value > 0 ? value : null;
}
