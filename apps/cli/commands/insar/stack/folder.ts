/** A folder of interferograms in, the scenes of one stack out. @module */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { readGeoTiff } from '../../../../../connectors/insar/geotiff-reader.js';
import { constantVectors, towardSatellite } from '../../../../../connectors/insar/line-of-sight.js';
import { checkPlausible } from '../../../../../connectors/insar/plausible.js';
import { readRawScene } from '../../../../../connectors/insar/raw-scene.js';
import { readScene } from '../../../../../connectors/insar/unwrapped-geotiff.js';
import { describeError, isQuakeError, UnsupportedSourceError } from '../../../../../core/errors.js';
import type { InsarScene } from '../../../../../core/waveform.js';
import { findInterferograms, PLAIN_NAME, type Interferogram } from './interferograms.js';
import { cropScene, type Window } from './window.js';

export interface FolderSettings {
  readonly wavelengthM?: number;
  readonly headingDeg?: number;
  readonly incidenceDeg?: number;
  /** What raw grids hold, and which direction counts as positive, where headers do not tell. */
  readonly quantity?: 'phase' | 'displacement';
  readonly positive?: 'towards' | 'away';
  /** `EPSG:<code>` or `LOCAL:metres`, where a header does not tell. */
  readonly crs?: string;
  /** Leave out files that cannot be read instead of stopping. */
  readonly skipDamaged: boolean;
  /** Rows and columns to keep, from the first scene's grid. */
  readonly window: (scene: InsarScene) => Window;
}

export interface StackFolder {
  readonly scenes: readonly InsarScene[];
  readonly skipped: readonly { readonly file: string; readonly reason: string }[];
}

/**
 * Reads every unwrapped interferogram under a folder, in order of name. Scenes share their look vectors, which a
 * stack has once. Throws InvalidInputError when there is none, and what the readers throw.
 */
export async function readStackFolder(
  folder: string,
  settings: FolderSettings,
  progress: (done: number, of: number, name: string) => void,
): Promise<StackFolder> {
  const { interferograms, repeated } = await findInterferograms(
    folder,
    settings.quantity !== undefined && settings.positive !== undefined,
  );
  const scenes: InsarScene[] = [];
  const skipped: { file: string; reason: string }[] = [...repeated];
  let window: Window | null = null;
  for (const [i, { file, kind }] of interferograms.entries()) {
    progress(i, interferograms.length, path.basename(file));
    try {
      const scene = await readAny(file, kind, settings);
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
async function readAny(
  file: string,
  kind: Interferogram['kind'],
  settings: FolderSettings,
): Promise<InsarScene> {
  if (kind === 'raw') return readRawScene(file, optionsOf(settings), false);
  if (kind === 'product' && !PLAIN_NAME.test(path.basename(file))) {
    return readScene({ path: file }, optionsOf(settings), false);
  }
  try {
    return await readScene({ path: file }, optionsOf(settings));
  } catch (error) {
    if (!isQuakeError(error) || error._tag !== 'UnsupportedSource') throw error;
    return readPlain(file, settings);
  }
}

const READER_OPTIONS = [
  ...(['wavelengthM', 'headingDeg', 'incidenceDeg', 'quantity', 'positive', 'crs'] as const),
];

function optionsOf(settings: FolderSettings): Readonly<Record<string, string | number>> {
  return Object.fromEntries(
    READER_OPTIONS.flatMap((name) =>
      settings[name] === undefined ? [] : [[name, settings[name]]],
    ),
  );
}

/** A file that says no more than phase and place: wavelength from its .rsc or the request. */
async function readPlain(file: string, settings: FolderSettings): Promise<InsarScene> {
  const name = path.basename(file);
  const refuse = (reason: string, remedy: string): UnsupportedSourceError =>
    new UnsupportedSourceError({ source: name, reason, remedy });
  const match = PLAIN_NAME.exec(name);
  const [firstDate, secondDate] = [isoDate(match?.[1] ?? ''), isoDate(match?.[2] ?? '')];
  if (!firstDate || !secondDate || firstDate >= secondDate) {
    throw refuse('its name has no two dates in order', 'name it geo_YYMMDD-YYMMDD_unw.tif');
  }
  const { info, values } = await readGeoTiff(file);
  // PyRate keeps what the header of the processor said inside the GeoTIFF.
  const inside = Number(info.metadata['WAVELENGTH_METRES'] ?? Number.NaN);
  const wavelengthM =
    settings.wavelengthM ?? (await rscWavelength(file)) ?? (inside > 0 ? inside : null);
  if (!wavelengthM) {
    throw refuse(
      'the wavelength is unknown: the file has no header beside it',
      'give --wavelength-m (ENVISAT 0.0562356424, Sentinel-1 0.05546576)',
    );
  }
  if (!info.transform || !info.crs) {
    throw refuse('no geotransform or EPSG code in the file', 'give a north-up geocoded GeoTIFF');
  }
  const { nodata, columns } = info;
  checkPlausible({ values, nodata, unit: 'rad', columns, source: name });
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
