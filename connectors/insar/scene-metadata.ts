/**
 * In: an unwrapped-phase file and request options. Out: all that is needed to turn it into
 * displacement: product, dates, grid, wavelength, line of sight, and notes on how each was decided.
 * @module
 */
import path from 'node:path';
import type { ReadRequest, SourceFile } from '../../core/connector.js';
import { UnsupportedSourceError } from '../../core/errors.js';
import type { InsarScene } from '../../core/waveform.js';
import { readGeoTiffInfo, type GeoTiffInfo } from './geotiff-reader.js';
import {
  findProductFiles,
  readGammaHeader,
  type GammaHeader,
  type ProductFiles,
} from './product-files.js';

/** c / 5.405000454334350e9 Hz: the centre frequency of Sentinel-1, the only radar of LiCSAR. */
export const SENTINEL1_WAVELENGTH_M = 0.05546576;

export type Options = ReadRequest['options'];

/** Line of sight as two angles for the whole scene, or as files of east, north and up. */
export type Geometry =
  | { readonly kind: 'angles'; readonly headingDeg: number; readonly incidenceDeg: number }
  | { readonly kind: 'files'; readonly files: readonly [string, string, string] };

export interface SceneMetadata {
  readonly name: string;
  readonly info: GeoTiffInfo & {
    readonly transform: InsarScene['transform'];
    readonly crs: string;
  };
  readonly files: ProductFiles;
  readonly wavelengthM: number;
  readonly geometry: Geometry;
  readonly notes: readonly string[];
}

type Refuse = (reason: string, remedy: string) => UnsupportedSourceError;

/**
 * Metadata of an unwrapped interferogram. Throws UnsupportedSourceError that says what is missing,
 * CorruptSourceError when a header is damaged.
 */
export async function sceneMetadata(
  file: Pick<SourceFile, 'path'>,
  options: Options,
): Promise<SceneMetadata> {
  const name = path.basename(file.path);
  const refuse: Refuse = (reason, remedy) =>
    new UnsupportedSourceError({ source: name, reason, remedy });
  const info = await readGeoTiffInfo(file.path);
  const files = findProductFiles(file.path);
  if (!files) {
    throw refuse(
      'the name is neither YYYYMMDD_YYYYMMDD.geo.unw.tif nor <text>_YYYYMMDD-YYYYMMDD_<text>unw.tif',
      'name it as the product does: dates and sign convention come from there',
    );
  }
  if (!info.dtype.startsWith('float')) {
    throw refuse(
      `samples are ${info.dtype}, not floating point`,
      'give unwrapped phase in radians',
    );
  }
  if (!info.transform || !info.crs) {
    throw refuse(
      `no ${info.transform ? 'EPSG code' : 'geotransform'} in the file`,
      'give a north-up geocoded GeoTIFF',
    );
  }
  checkDates(files, refuse);
  const header = files.header ? await readGammaHeader(files.header) : null;
  const wavelength = chooseWavelength(files, header, options, refuse);
  const geometry = chooseGeometry(files, header, options, refuse);
  return {
    name,
    info: { ...info, transform: info.transform, crs: info.crs },
    files,
    wavelengthM: wavelength.wavelengthM,
    geometry: geometry.geometry,
    notes: [
      `${files.product} phase counts + away from the satellite: displacement = -wavelength/(4 pi) * phase`,
      wavelength.note,
      geometry.note,
      files.coherence
        ? `coherence from ${path.basename(files.coherence)}`
        : 'no coherence file: coherence is NaN',
    ],
  };
}

function chooseWavelength(
  files: ProductFiles,
  header: GammaHeader | null,
  options: Options,
  refuse: Refuse,
): { wavelengthM: number; note: string } {
  const given = option(options, 'wavelengthM', refuse);
  const headerName = path.basename(files.header ?? '');
  const choice: readonly [number | null, string] =
    given !== null
      ? [given, 'the request']
      : files.product === 'LiCSAR'
        ? [SENTINEL1_WAVELENGTH_M, 'Sentinel-1, the only radar of LiCSAR']
        : [header?.wavelengthM ?? null, `radar_frequency of ${headerName}`];
  const [wavelengthM, origin] = choice;
  if (wavelengthM === null) {
    throw refuse(
      'the wavelength is unknown: no headers/*.par of the first date with radar_frequency',
      'put the GAMMA header beside the file or give the option wavelengthM',
    );
  }
  return { wavelengthM, note: `wavelength ${wavelengthM} m from ${origin}` };
}

function chooseGeometry(
  files: ProductFiles,
  header: GammaHeader | null,
  options: Options,
  refuse: Refuse,
): { geometry: Geometry; note: string } {
  const headingDeg = option(options, 'headingDeg', refuse);
  const incidenceDeg = option(options, 'incidenceDeg', refuse);
  const constant = (heading: number, incidence: number, origin: string) => ({
    geometry: { kind: 'angles', headingDeg: heading, incidenceDeg: incidence } as const,
    note:
      `line of sight constant over the scene: heading ${heading}, incidence ${incidence} degrees ` +
      `from ${origin}; the true incidence varies by several degrees across a swath`,
  });
  if (headingDeg !== null && incidenceDeg !== null) {
    return constant(headingDeg, incidenceDeg, 'the request');
  }
  if (files.components) {
    const names = files.components.map((f) => path.basename(f)).join(', ');
    return {
      geometry: { kind: 'files', files: files.components },
      note: `line of sight a pixel from ${names}`,
    };
  }
  if (header && header.headingDeg !== null && header.incidenceDeg !== null) {
    return constant(header.headingDeg, header.incidenceDeg, path.basename(files.header ?? ''));
  }
  throw refuse(
    files.product === 'LiCSAR'
      ? 'the line of sight is unknown: no <frame>.geo.E.tif, .N.tif and .U.tif beside it or above'
      : 'the line of sight is unknown: no headers/*.par with heading and incidence_angle',
    'put these files there or give the options headingDeg and incidenceDeg',
  );
}

function checkDates(files: ProductFiles, refuse: Refuse): void {
  const { firstDate, secondDate } = files;
  for (const date of [firstDate, secondDate]) {
    const parsed = new Date(`${date}T00:00:00Z`);
    // Date turns February 30th into March 2nd.
    if (Number.isNaN(parsed.getTime()) || parsed.toISOString().slice(0, 10) !== date) {
      throw refuse(`${date} in its name is no date`, 'correct the name');
    }
  }
  if (firstDate >= secondDate) {
    throw refuse(
      `its first date ${firstDate} is not before the second ${secondDate}`,
      'the sign of a reversed pair is ambiguous: form the pair in order of time',
    );
  }
}

function option(options: Options, key: string, refuse: Refuse): number | null {
  const value = options[key];
  if (value === undefined) return null;
  const number = typeof value === 'string' && value.trim() === '' ? Number.NaN : Number(value);
  const valid =
    Number.isFinite(number) &&
    typeof value !== 'boolean' &&
    (key !== 'wavelengthM' || number > 0) &&
    (key !== 'incidenceDeg' || (number > 0 && number < 90));
  if (!valid) {
    throw refuse(
      `option ${key} is '${String(value)}'`,
      'give wavelengthM > 0, incidenceDeg between 0 and 90 from the vertical, headingDeg',
    );
  }
  return number;
}
