/**
 * In: a raw float32 grid with its header. Out: one InsarScene, displacement in metres, + towards the
 * satellite, first row in the north. What neither header, name nor companion says comes from the options
 * `quantity`, `positive`, `crs`, `firstDate`, `secondDate`, `headingDeg`, `incidenceDeg`, `wavelengthM`.
 * @module
 */
import path from 'node:path';
import type { Connector, Scan } from '../../core/connector.js';
import { CorruptSourceError, UnsupportedSourceError } from '../../core/errors.js';
import { insarTable } from '../../core/tables/insar-table.js';
import type { InsarScene } from '../../core/waveform.js';
import { constantVectors, towardSatellite } from './line-of-sight.js';
import { checkPlausible } from './plausible.js';
import {
  coherenceOf,
  COMPANION,
  gammaDateHeader,
  lookOf,
  northUp,
  vectorsOfFiles,
  type Look,
} from './raw-companions.js';
import { describeRawGrid, readRawGrid, type RawGrid } from './raw-grid.js';
import { checkDates, checkPlace, option, type Options, type Refuse } from './scene-metadata.js';
import { isTiff } from './tiff/directory.js';

/** Reader of raw grids with a COMET, GAMMA, ROI_PAC or ENVI header beside them. */
export const rawGridConnector: Connector = {
  format: 'insar/raw-grid',
  source: 'insar',
  title: 'Raw float32 grid with header (COMET, GAMMA, ROI_PAC, ENVI)',

  async probe(file) {
    if (isTiff(file.head) || COMPANION.test(file.path)) return 0;
    try {
      return (await describeRawGrid(file.path)) ? 0.9 : 0;
    } catch {
      // A header beside a file of another size may belong to another format; `scan` is not reached then.
      return 0;
    }
  },

  async scan(file, options): Promise<Scan> {
    const facts = await rawFacts(file.path, options);
    const { firstDate, secondDate, transform, crs, wavelengthM, notes } = facts;
    const end = new Date(Date.parse(secondDate) + 86_400_000).toISOString().slice(0, 10);
    const { product, rows, columns, header, nodata } = facts.grid;
    return {
      format: 'insar/raw-grid',
      source: 'insar',
      window: { start: `${firstDate}T00:00:00Z`, end: `${end}T00:00:00Z` },
      facts: {
        ...{ product, rows, columns, header, nodata, firstDate, secondDate },
        ...{ transform, crs, wavelengthM },
      },
      audit: notes,
    };
  },

  async read({ file, options }) {
    return insarTable([await readRawScene(file.path, options)]);
  },
};

/**
 * The scene of a raw grid. Throws UnsupportedSourceError with what is missing, CorruptSourceError when
 * header and file disagree or no pixel has data. A velocity along the line of sight does not need to know where
 * that points: without `needsLook` unknown vectors are NaN.
 */
export async function readRawScene(
  file: string,
  options: Options,
  needsLook = true,
): Promise<InsarScene> {
  const facts = await rawFacts(file, options, needsLook);
  const { grid, wavelengthM, metresPerUnit, transform, crs, firstDate, secondDate } = facts;
  const { rows, columns } = grid;
  const stored = northUp(await readRawGrid(file, grid), grid);
  const name = path.basename(file);
  const unit = facts.isPhase ? 'rad' : 'm';
  checkPlausible({ values: stored, nodata: grid.nodata, unit, columns, source: name });
  let missing = 0;
  const losM = stored.map((value) => {
    const hasData = Number.isFinite(value) && value !== grid.nodata;
    if (!hasData) missing++;
    return hasData ? metresPerUnit * value : Number.NaN;
  });
  if (missing === losM.length) {
    const reason = `every pixel is nodata (NaN${grid.nodata === null ? '' : ` or ${grid.nodata}`})`;
    throw new CorruptSourceError({ source: name, at: 'byte 0', reason });
  }
  return {
    sceneId: name,
    ...{ firstDate, secondDate, rows, columns, transform, crs, losM, wavelengthM },
    unitVectors: await unitVectorsOf(facts),
    coherence: await coherenceOf(file, grid),
    notes: [...facts.notes, `${missing} of ${losM.length} pixels are nodata`],
  };
}

interface RawFacts {
  readonly grid: RawGrid;
  readonly firstDate: string;
  readonly secondDate: string;
  readonly transform: InsarScene['transform'];
  readonly crs: string;
  readonly wavelengthM: number;
  readonly metresPerUnit: number;
  readonly isPhase: boolean;
  readonly look: Look | null;
  readonly notes: readonly string[];
}

async function unitVectorsOf({ look, grid }: RawFacts): Promise<Float32Array> {
  const pixels = grid.rows * grid.columns;
  if (!look) return new Float32Array(3 * pixels).fill(Number.NaN);
  if ('angles' in look) return constantVectors(towardSatellite(look.angles), pixels);
  return vectorsOfFiles(look, grid);
}

/** Everything but the numbers. */
async function rawFacts(file: string, options: Options, needsLook = true): Promise<RawFacts> {
  const name = path.basename(file);
  const refuse: Refuse = (reason, remedy) =>
    new UnsupportedSourceError({ source: name, reason, remedy });
  const grid = await describeRawGrid(file);
  if (!grid) {
    throw refuse(
      'no header beside it describes a raw grid',
      'put a .rsc, .par or .hdr of the same name beside it',
    );
  }
  const transform = grid.transform as InsarScene['transform'] | null;
  if (!transform) {
    throw refuse(`${grid.header} does not place the grid`, 'add corner and spacing to the header');
  }
  const crs = text(options, 'crs', /^(EPSG:\d+|LOCAL:metres)$/, refuse) ?? grid.crs;
  if (!crs) {
    throw refuse(`${grid.header} names no CRS`, 'give the option crs: EPSG:<code> or LOCAL:metres');
  }
  const { rows, columns } = grid;
  checkPlace({ transform, crs, rows, columns }, refuse);
  const firstDate = text(options, 'firstDate', DATE, refuse) ?? grid.firstDate;
  const secondDate = text(options, 'secondDate', DATE, refuse) ?? grid.secondDate;
  if (!firstDate || !secondDate) {
    throw refuse(
      'its dates are unknown: neither name nor header has two',
      'put YYYYMMDD-YYYYMMDD into its name or give the options firstDate and secondDate',
    );
  }
  checkDates({ firstDate, secondDate }, refuse);
  const quantity =
    text(options, 'quantity', /^(phase|displacement)$/, refuse) ??
    (grid.quantity === 'unwrapped phase' ? 'phase' : grid.quantity);
  const positive = text(options, 'positive', /^(towards|away)$/, refuse) ?? grid.sign;
  if (!quantity || !positive) {
    throw refuse(
      `${grid.header} does not say ${quantity ? 'which direction is positive' : 'what its numbers are'}`,
      'give the options quantity (phase or displacement) and positive (towards or away, from the satellite)',
    );
  }
  const header = await gammaDateHeader(file, grid, firstDate);
  const wavelengthM =
    option(options, 'wavelengthM', refuse) ?? grid.wavelengthM ?? header?.wavelengthM ?? null;
  if (quantity === 'phase' && !(wavelengthM !== null && wavelengthM > 0)) {
    throw refuse(
      `the wavelength is unknown: ${grid.header} lacks it`,
      'give the option wavelengthM (--wavelength-m; Sentinel-1 0.05546576, ENVISAT 0.0562356424)',
    );
  }
  const own = {
    ...grid,
    headingDeg: grid.headingDeg ?? header?.headingDeg ?? null,
    incidenceDeg: grid.incidenceDeg ?? header?.incidenceDeg ?? null,
  };
  const look = lookOf(file, own, options, refuse);
  if (!look && needsLook) {
    throw refuse(
      'the line of sight is unknown: no heading and incidence angle in a header, no lv_theta and lv_phi beside it',
      'give the options headingDeg and incidenceDeg (--heading-deg and --incidence-deg)',
    );
  }
  const sign = positive === 'towards' ? 1 : -1;
  // Fringes of a map of displacement are drawn for Sentinel-1 when no other radar is named.
  const drawn = wavelengthM ?? 0.05546576;
  return {
    ...{ grid, firstDate, secondDate, transform, crs, look, wavelengthM: drawn },
    isPhase: quantity === 'phase',
    metresPerUnit: quantity === 'phase' ? (sign * drawn) / (4 * Math.PI) : sign,
    notes: [
      `${grid.product}: ${quantity}, + ${positive} ${positive === 'away' ? 'from ' : ''}the satellite; header ${grid.header}`,
      ...(quantity === 'phase' ? [`wavelength ${drawn} m`] : []),
      look === null
        ? 'the line of sight is unknown: no east and up, no GNSS tie'
        : 'angles' in look
          ? `line of sight constant over the scene: heading ${look.angles.headingDeg}, incidence ${look.angles.incidenceDeg} degrees`
          : `line of sight a pixel from ${look.files.map((f) => path.basename(f)).join(', ')}`,
      ...grid.notes,
    ],
  };
}

const DATE = /^\d{4}-\d{2}-\d{2}$/;

function text(options: Options, key: string, form: RegExp, refuse: Refuse): string | null {
  const value = options[key];
  if (value === undefined) return null;
  if (typeof value === 'string' && form.test(value)) return value;
  throw refuse(`option ${key} is '${String(value)}'`, `write it as ${form.source}`);
}
