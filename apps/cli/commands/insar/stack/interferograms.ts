/** Which files under a folder are the interferograms of a stack, and how each is read. @module */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { readGeoTiffInfo } from '../../../../../connectors/insar/geotiff-reader.js';
import { findProductFiles } from '../../../../../connectors/insar/product-files.js';
import { COMPANION } from '../../../../../connectors/insar/raw-companions.js';
import { describeRawGrid } from '../../../../../connectors/insar/raw-grid.js';
import { PAIR_OF_DATES } from '../../../../../connectors/insar/raw-header.js';
import { layerOfName } from '../../../../../connectors/insar/products/layers.js';
import { InvalidInputError, isQuakeError } from '../../../../../core/errors.js';

export interface Interferogram {
  readonly file: string;
  /** `plain`: a GeoTIFF that says no more than phase and place. */
  readonly kind: 'product' | 'plain' | 'raw';
}

export interface Found {
  readonly interferograms: readonly Interferogram[];
  /** Second files of a pair that is there in another form. */
  readonly repeated: readonly { readonly file: string; readonly reason: string }[];
}

/** ROI_PAC and PyRate: `geo_060619-061002_unw.tif`, phase + away, 0 is no data. */
export const PLAIN_NAME = /^geo_(\d{6}|\d{8})[-_](\d{6}|\d{8})_.*unw\.tif$/;
const TIFF = /\.tiff?$/i;
const NETCDF = /GUNW.*\.nc$|DISP-S1.*\.nc$/;
/** What processors leave beside grids. */
const NO_GRID =
  /\.(aux|bmp|csv|gif|hdr|html?|jpe?g|json|kml|kmz|log|md|npy|off|par|pdf|png|ras|rsc|txt|vrt|xml|ya?ml|zip|gz)$/i;

/**
 * All interferograms under a folder, in order of name. `saysQuantity`: the request tells what raw grids hold, so
 * that their names need not. Throws InvalidInputError when there is none, and what the header of a raw grid throws.
 */
export async function findInterferograms(folder: string, saysQuantity: boolean): Promise<Found> {
  const found: Interferogram[] = [];
  const unnamed: string[] = [];
  for (const file of await filesUnder(folder)) {
    const kind = TIFF.test(file) ? await kindOfTiff(file) : await kindOfOther(file, saysQuantity);
    if (kind === 'unknown') unnamed.push(path.basename(file));
    else if (kind) found.push({ file, kind });
  }
  if (found.length > 0) return withoutRepeated(found);
  throw new InvalidInputError({
    what: `stack ${folder}`,
    reason:
      unnamed.length > 0
        ? `it has no file that is known to be an unwrapped interferogram; ${unnamed.length} raw grids such as ${unnamed[0]} do not say what they hold`
        : 'it has no unwrapped interferograms',
    remedy:
      unnamed.length > 0
        ? 'give --quantity and --positive, or put unw into their names'
        : 'give a folder with files named as LiCSAR (YYYYMMDD_YYYYMMDD.geo.unw.tif), GAMMA (…YYYYMMDD-YYYYMMDD_…unw.tif) or ROI_PAC (geo_YYMMDD-YYMMDD_unw.tif) name them, or raw grids (….unw) with their headers',
  });
}

async function kindOfTiff(file: string): Promise<Interferogram['kind'] | null> {
  const name = path.basename(file);
  if (findProductFiles(file)) return 'product';
  if (PLAIN_NAME.test(name)) return 'plain';
  if (layerOfName(name) || !PAIR_OF_DATES.test(name)) return null;
  // PyRate renames its interferograms, and says in the file what they are.
  const info = await readGeoTiffInfo(file).catch((error: unknown) => {
    if (isQuakeError(error)) return null;
    throw error;
  });
  return info && findProductFiles(file, info.metadata) ? 'product' : null;
}

async function kindOfOther(
  file: string,
  saysQuantity: boolean,
): Promise<Interferogram['kind'] | 'unknown' | null> {
  const name = path.basename(file);
  if (NETCDF.test(name)) return 'product';
  if (NO_GRID.test(name) || COMPANION.test(name)) return null;
  if (/unw|phase/i.test(name)) {
    const grid = await describeRawGrid(file);
    return grid && (grid.quantity ?? saysQuantity) ? 'raw' : grid ? 'unknown' : null;
  }
  if (!PAIR_OF_DATES.test(name)) return null;
  // A pair of dates and a size that fits a header: what it holds is for the request to tell.
  const grid = await describeRawGrid(file).catch((error: unknown) => {
    if (isQuakeError(error)) return null;
    throw error;
  });
  return grid && (saysQuantity || grid.quantity) ? 'raw' : grid ? 'unknown' : null;
}

/** A pair counts once: as GeoTIFF before raw grid, as phase before the displacement made from it. */
function withoutRepeated(found: readonly Interferogram[]): Found {
  const rank = ({ file, kind }: Interferogram): number =>
    kind === 'raw' ? 2 : findProductFiles(file)?.kind === 'displacement' ? 1 : 0;
  const best = new Map<string, Interferogram>();
  for (const own of found) {
    const key = pairOf(own);
    const other = best.get(key);
    if (!other || rank(own) < rank(other)) best.set(key, own);
  }
  const isRepeated = (own: Interferogram): boolean =>
    rank(best.get(pairOf(own)) as Interferogram) < rank(own);
  return {
    interferograms: found.filter((own) => !isRepeated(own)),
    repeated: found.filter(isRepeated).map((own) => ({
      file: own.file,
      reason: `the same pair is read from ${path.basename((best.get(pairOf(own)) as Interferogram).file)}`,
    })),
  };
}

function pairOf({ file }: Interferogram): string {
  const product = findProductFiles(file);
  const name = path.basename(file);
  if (product) return `${product.firstDate} ${product.secondDate}`;
  const dates = PAIR_OF_DATES.exec(name);
  const iso = (digits = ''): string =>
    (digits.length === 6 ? `20${digits}` : digits).replace(/^(\d{4})(\d\d)(\d\d)$/, '$1-$2-$3');
  return dates ? `${iso(dates[1])} ${iso(dates[2])}` : file;
}

/** Products keep a folder a pair, and those in a folder a frame. */
const DEEPEST = 4;
const MOST_FILES = 20_000;

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
