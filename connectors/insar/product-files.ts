/**
 * In: the path of an unwrapped phase or displacement file. Out: which product it belongs to, its dates,
 * and the files beside it that hold coherence, line of sight and the radar's wavelength.
 * @module
 */
import { existsSync, readdirSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { CorruptSourceError, UnsupportedSourceError } from '../../core/errors.js';
import { layerOfMetadata, layerOfName, type Layer, type ProductName } from './products/layers.js';

/** A scene's main file and its companions; null where a companion is absent. */
export interface ProductFiles {
  readonly product: ProductName;
  readonly kind: 'unwrapped phase' | 'displacement';
  /** Direction that counts as positive in the file. */
  readonly sign: 'away' | 'towards';
  /** Dates `YYYY-MM-DD`, in the order of the name. */
  readonly firstDate: string;
  readonly secondDate: string;
  readonly sceneId: string;
  readonly coherence: string | null;
  /** East, north, up component files (LiCSAR). */
  readonly components: readonly [string, string, string] | null;
  /** Elevation angle and orientation angle files (HyP3). */
  readonly angles: readonly [string, string] | null;
  /** Parameter file: GAMMA `.par` of the first date, ROI_PAC `.rsc`. */
  readonly header: string | null;
}

/**
 * What the name, the folder and the file's own metadata say of a scene; null when it is none of a
 * known product.
 */
export function findProductFiles(
  file: string,
  metadata: Readonly<Record<string, string>> = {},
): ProductFiles | null {
  const folder = path.dirname(file);
  const name = path.basename(file);
  const layer = layerOfName(name) ?? layerOfMetadata(metadata, name);
  if (!layer || !layer.sign || !layer.firstDate || !layer.secondDate) return null;
  if (layer.kind !== 'unwrapped phase' && layer.kind !== 'displacement') return null;
  const common = {
    product: layer.product,
    kind: layer.kind,
    sign: layer.sign,
    firstDate: layer.firstDate,
    secondDate: layer.secondDate,
    sceneId: name.replace(/\.tif$/, ''),
    ...{ coherence: null, components: null, angles: null, header: null },
  };
  if (layer.product === 'LiCSAR') {
    const components = findComponents(folder);
    return {
      ...common,
      sceneId: components ? `${components.frame}/${layer.stem}` : layer.stem,
      coherence: firstExisting([path.join(folder, `${layer.stem}.geo.cc.tif`)]),
      components: components?.files ?? null,
    };
  }
  if (layer.product.startsWith('HyP3'))
    return { ...common, ...hyp3Companions(folder, name, layer) };
  const pair = layer.stem;
  const first = layer.firstDate.replaceAll('-', '');
  const isRoiPac = layer.product === 'ROI_PAC';
  const headers = [folder, path.join(folder, 'headers'), path.join(folder, '..', 'headers')];
  return {
    ...common,
    coherence: findByPair([folder, path.join(folder, '..', 'cc')], pair, /(cc|cor|coh)\.tif$/),
    header: isRoiPac
      ? findByPair(headers, pair, /\.rsc$/)
      : findByPair(headers, secondPart(pair, first), /\.par$/),
  };
}

/** GAMMA headers are named after one date. */
function secondPart(pair: string, first: string): string {
  return /^\d{8}/.exec(pair)?.[0] ?? first;
}

function hyp3Companions(
  folder: string,
  name: string,
  layer: Layer,
): Pick<ProductFiles, 'coherence' | 'angles'> {
  const clip = /_clip(ped)?\.tif$/.exec(name)?.[0] ?? '.tif';
  const companion = (suffix: string): string | null =>
    firstExisting([path.join(folder, `${layer.stem}_${suffix}${clip}`)]);
  const [theta, phi] = [companion('lv_theta'), companion('lv_phi')];
  return { coherence: companion('corr'), angles: theta && phi ? [theta, phi] : null };
}

/** E, N, U beside the file, in the folder above, or in a `metadata` folder of either. */
function findComponents(
  folder: string,
): { frame: string; files: readonly [string, string, string] } | null {
  const above = path.dirname(folder);
  const places = [folder, above, path.join(above, 'metadata'), path.join(above, '..', 'metadata')];
  for (const place of places) {
    const frames = list(place).flatMap((entry) => /^(.+)\.geo\.E\.tif$/.exec(entry)?.[1] ?? []);
    if (frames.length > 1) {
      throw new UnsupportedSourceError({
        source: place,
        reason: `line-of-sight files of ${frames.length} frames (${frames.join(', ')})`,
        remedy: 'keep one frame a folder',
      });
    }
    const frame = frames[0];
    if (frame === undefined) continue;
    const files = ['E', 'N', 'U'].map((k) => path.join(place, `${frame}.geo.${k}.tif`));
    if (files.every((f) => existsSync(f))) {
      return { frame, files: files as [string, string, string] };
    }
  }
  return null;
}

function findByPair(folders: readonly string[], part: string, ending: RegExp): string | null {
  for (const folder of folders) {
    const match = list(folder)
      .filter((entry) => entry.includes(part) && ending.test(entry))
      .sort()[0];
    if (match) return path.join(folder, match);
  }
  return null;
}

function firstExisting(files: readonly string[]): string | null {
  return files.find((file) => existsSync(file)) ?? null;
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    // A folder that is not there holds no companions.
    return [];
  }
}

const LIGHT_SPEED = 299_792_458;
const MAX_HEADER_BYTES = 2 ** 20;

/** What a GAMMA or ROI_PAC parameter file says; null for an entry it lacks. */
export interface GammaHeader {
  readonly wavelengthM: number | null;
  readonly headingDeg: number | null;
  readonly incidenceDeg: number | null;
}

/** Reads a GAMMA SLC or MLI parameter file. Throws CorruptSourceError naming the field. */
export async function readGammaHeader(file: string): Promise<GammaHeader> {
  const number = headerNumbers(file, await headerText(file), ':');
  const frequency = number('radar_frequency');
  return {
    wavelengthM: frequency === null ? null : LIGHT_SPEED / frequency,
    headingDeg: number('heading'),
    incidenceDeg: number('incidence_angle'),
  };
}

/** Reads a ROI_PAC `.rsc` file: `KEY value` lines. Errors as readGammaHeader. */
export async function readRoiPacHeader(file: string): Promise<GammaHeader> {
  const number = headerNumbers(file, await headerText(file), '');
  return {
    wavelengthM: number('WAVELENGTH'),
    headingDeg: number('HEADING_DEG') ?? number('HEADING'),
    incidenceDeg: number('INCIDENCE_ANGLE') ?? number('CENTER_INCIDENCE_ANGLE'),
  };
}

async function headerText(file: string): Promise<string> {
  const { size } = await stat(file);
  if (size > MAX_HEADER_BYTES) {
    const reason = `${size} bytes are too many for a parameter file`;
    throw new CorruptSourceError({ source: path.basename(file), at: 'byte 0', reason });
  }
  return readFile(file, 'latin1');
}

function headerNumbers(
  file: string,
  text: string,
  colon: ':' | '',
): (field: string) => number | null {
  return (field) => {
    const match = new RegExp(`^${field}${colon}\\s+(\\S+)`, 'm').exec(text);
    if (!match) return null;
    const value = Number(match[1]);
    if (!Number.isFinite(value)) {
      throw new CorruptSourceError({
        source: path.basename(file),
        at: field,
        reason: `'${match[1]}' is no number`,
      });
    }
    return value;
  };
}
