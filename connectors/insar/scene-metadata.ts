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
  readRoiPacHeader,
  type GammaHeader,
  type ProductFiles,
} from './product-files.js';

/** c / 5.405000454334350e9 Hz: the centre frequency of Sentinel-1, the only radar of LiCSAR. */
export const SENTINEL1_WAVELENGTH_M = 0.05546576;

export type Options = ReadRequest['options'];

/**
 * Line of sight as two angles for the whole scene, as files of east, north and up, or as files of the
 * elevation above the horizon and the orientation counter-clockwise from east, both in radians.
 */
export type Geometry =
  | { readonly kind: 'angles'; readonly headingDeg: number; readonly incidenceDeg: number }
  | { readonly kind: 'files'; readonly files: readonly [string, string, string] }
  | { readonly kind: 'elevation-orientation'; readonly files: readonly [string, string] }
  | { readonly kind: 'unknown' };

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

export type Refuse = (reason: string, remedy: string) => UnsupportedSourceError;

/**
 * Metadata of an unwrapped interferogram. Throws UnsupportedSourceError that says what is missing,
 * CorruptSourceError when a header is damaged.
 */
export async function sceneMetadata(
  file: Pick<SourceFile, 'path'>,
  options: Options,
  needsLook = true,
): Promise<SceneMetadata> {
  const name = path.basename(file.path);
  const refuse: Refuse = (reason, remedy) =>
    new UnsupportedSourceError({ source: name, reason, remedy });
  const info = await readGeoTiffInfo(file.path);
  const files = findProductFiles(file.path, info.metadata);
  if (!files) {
    throw refuse(
      'its name is that of no unwrapped phase or displacement of LiCSAR, HyP3, GAMMA or ROI_PAC, and its metadata name no processor and dates',
      'name it as the product does: dates and sign convention come from there',
    );
  }
  if (!info.dtype.startsWith('float')) {
    throw refuse(
      `samples are ${info.dtype}, not floating point`,
      'give unwrapped phase in radians',
    );
  }
  checkUnit(info.unit, files.kind, refuse);
  if (!info.transform || !info.crs) {
    throw refuse(
      `no ${info.transform ? 'EPSG code' : 'geotransform'} in the file`,
      'give a north-up geocoded GeoTIFF',
    );
  }
  checkPlace(
    { transform: info.transform, crs: info.crs, rows: info.rows, columns: info.columns },
    refuse,
  );
  checkDates(files, refuse);
  const header = await readHeader(files, info.metadata);
  const wavelength = chooseWavelength(files, header, options, refuse);
  const geometry = chooseGeometry({ files, header, options, needsLook }, refuse);
  return {
    name,
    info: { ...info, transform: info.transform, crs: info.crs },
    files,
    wavelengthM: wavelength.wavelengthM,
    geometry: geometry.geometry,
    notes: [
      files.kind === 'displacement'
        ? `${files.product} displacement counts + ${files.sign} the satellite`
        : `${files.product} phase counts + away from the satellite: displacement = -wavelength/(4 pi) * phase`,
      wavelength.note,
      geometry.note,
      files.coherence
        ? `coherence from ${path.basename(files.coherence)}`
        : 'no coherence file: coherence is NaN',
    ],
  };
}

const UNITS = {
  'unwrapped phase': /^rad(ian)?s?$/i,
  displacement: /^(m|met(er|re)s?)$/i,
} as const;

/** A unit that the file names has to be that of its product: a scene in mm would move a thousand times as far. */
function checkUnit(unit: string | null, kind: ProductFiles['kind'], refuse: Refuse): void {
  if (unit === null || UNITS[kind].test(unit)) return;
  const wanted = kind === 'displacement' ? 'metres' : 'radians';
  throw refuse(
    `its unit is '${unit.slice(0, 40)}', and the ${kind} of its product is in ${wanted}`,
    `convert it to ${wanted}, or correct its unit (gdal_edit.py -units)`,
  );
}

function chooseWavelength(
  files: ProductFiles,
  header: SceneHeader,
  options: Options,
  refuse: Refuse,
): { wavelengthM: number; note: string } {
  const given = option(options, 'wavelengthM', refuse);
  const isSentinel = files.product === 'LiCSAR' || files.product.startsWith('HyP3');
  const choice: readonly [number | null, string] =
    given !== null
      ? [given, 'the request']
      : isSentinel
        ? [SENTINEL1_WAVELENGTH_M, `Sentinel-1, the only radar of ${files.product}`]
        : [header.wavelengthM, header.origin.wavelength];
  const [wavelengthM, origin] = choice;
  if (wavelengthM === null || !(wavelengthM > 0)) {
    throw refuse(
      files.product === 'ROI_PAC'
        ? 'the wavelength is unknown: no .rsc of the pair with WAVELENGTH'
        : 'the wavelength is unknown: no headers/*.par of the first date with radar_frequency',
      'put the header beside the file or give the option wavelengthM (--wavelength-m)',
    );
  }
  return { wavelengthM, note: `wavelength ${wavelengthM} m from ${origin}` };
}

function chooseGeometry(
  known: { files: ProductFiles; header: SceneHeader; options: Options; needsLook: boolean },
  refuse: Refuse,
): { geometry: Geometry; note: string } {
  const { files, header, options, needsLook } = known;
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
  if (files.angles) {
    const names = files.angles.map((f) => path.basename(f)).join(', ');
    return {
      geometry: { kind: 'elevation-orientation', files: files.angles },
      note: `line of sight a pixel from ${names} (elevation, orientation from east, radians)`,
    };
  }
  const heading = headingDeg ?? header.headingDeg;
  const incidence = incidenceDeg ?? header.incidenceDeg;
  const isUsable = incidence !== null && incidence > 0 && incidence < 90;
  if (heading !== null && isUsable) {
    return constant(heading, incidence, header.origin.angles);
  }
  const noLook = 'the line of sight is unknown: no east and up, no GNSS tie';
  if (!needsLook) return { geometry: { kind: 'unknown' }, note: noLook };
  const angle = `${incidence === null ? '' : 'a usable '}incidence angle (--incidence-deg)`;
  const lacks = [heading === null ? 'heading (--heading-deg)' : '', isUsable ? '' : angle];
  throw refuse(
    `the line of sight is unknown: ${MISSING_GEOMETRY[files.product] ?? ''}; missing: ${lacks.filter(Boolean).join(' and ')}`,
    'put these files there or give the options headingDeg and incidenceDeg (--heading-deg and --incidence-deg)',
  );
}

export const NO_LOOK = 'the line of sight is unknown: no east and up, no GNSS tie';
const HYP3_GEOMETRY = 'no <product>_lv_theta.tif and _lv_phi.tif beside it';
const MISSING_GEOMETRY: Readonly<Record<string, string>> = {
  LiCSAR: 'no <frame>.geo.E.tif, .N.tif and .U.tif beside it or above',
  GAMMA: 'no headers/*.par with heading and incidence_angle',
  ROI_PAC: 'no .rsc of the pair with HEADING_DEG and INCIDENCE_ANGLE',
  'HyP3 GAMMA': HYP3_GEOMETRY,
  'HyP3 ISCE burst': HYP3_GEOMETRY,
  'HyP3 ISCE multi-burst': HYP3_GEOMETRY,
};

interface SceneHeader extends GammaHeader {
  readonly origin: { readonly wavelength: string; readonly angles: string };
}

/** What the parameter file says, and what PyRate wrote into the GeoTIFF where it says nothing. */
async function readHeader(
  files: ProductFiles,
  metadata: Readonly<Record<string, string>>,
): Promise<SceneHeader> {
  const own = files.header
    ? await (files.product === 'ROI_PAC' ? readRoiPacHeader : readGammaHeader)(files.header)
    : { wavelengthM: null, headingDeg: null, incidenceDeg: null };
  const item = (name: string): number | null => {
    const value = Number(metadata[name] ?? Number.NaN);
    return Number.isFinite(value) ? value : null;
  };
  const name = path.basename(files.header ?? '');
  const inside = 'the metadata inside the GeoTIFF';
  const field = files.product === 'ROI_PAC' ? 'WAVELENGTH' : 'radar_frequency';
  return {
    wavelengthM: own.wavelengthM ?? item('WAVELENGTH_METRES'),
    headingDeg: own.headingDeg,
    incidenceDeg: own.incidenceDeg ?? item('INCIDENCE_DEGREES'),
    origin: {
      wavelength: own.wavelengthM === null ? inside : `${field} of ${name}`,
      angles: own.incidenceDeg === null ? `${name} and ${inside}` : name,
    },
  };
}

/** A geographic scene has to lie on the globe, and no scene may be turned. */
export function checkPlace(
  grid: Pick<InsarScene, 'transform' | 'crs' | 'rows' | 'columns'>,
  refuse: Refuse,
): void {
  const [x0, dx, rowTurn, y0, columnTurn, dy] = grid.transform;
  if (rowTurn !== 0 || columnTurn !== 0 || !(dx > 0) || !(dy < 0)) {
    throw refuse(
      `its transform ${grid.transform.join(', ')} is not north-up`,
      'warp it with gdalwarp',
    );
  }
  if (![x0, y0, dx, dy].every(Number.isFinite)) {
    throw refuse('its transform is not finite', 'georeference it anew');
  }
  const [east, south] = [x0 + grid.columns * dx, y0 + grid.rows * dy];
  const onGlobe = x0 >= -360 && east <= 540 && y0 <= 90.5 && south >= -90.5;
  if (grid.crs === 'EPSG:4326' && !onGlobe) {
    throw refuse(
      `it is in degrees (EPSG:4326) but spans ${x0} to ${east} by ${south} to ${y0}`,
      'correct its CRS or its transform: the coordinates are those of another system',
    );
  }
}

/** Dates have to exist, the first before the second. */
export function checkDates(
  files: Pick<ProductFiles, 'firstDate' | 'secondDate'>,
  refuse: Refuse,
): void {
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

/** A number among the options, null when it is not there. */
export function option(options: Options, key: string, refuse: Refuse): number | null {
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
