/**
 * In: the path of an unwrapped phase file. Out: which product it belongs to, its dates, and the
 * files beside it that hold coherence, line of sight and radar frequency.
 * @module
 */
import { existsSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { CorruptSourceError, UnsupportedSourceError } from '../../core/errors.js';

/** An unwrapped interferogram and its companions; null where a companion is absent. */
export interface ProductFiles {
  readonly product: 'LiCSAR' | 'GAMMA';
  /** Dates `YYYY-MM-DD`, in the order of the name. */
  readonly firstDate: string;
  readonly secondDate: string;
  readonly sceneId: string;
  readonly coherence: string | null;
  /** East, north, up component files (LiCSAR). */
  readonly components: readonly [string, string, string] | null;
  /** GAMMA parameter file of the first date. */
  readonly header: string | null;
}

const LICSAR = /^((\d{8})_(\d{8}))\.geo\.unw\.tif$/;
const GAMMA = /^(?:.*_)?((\d{8})-(\d{8}))_.*unw\.tif$/;

/** What the name and the folder say of an unwrapped file; null when it is no known product. */
export function findProductFiles(file: string): ProductFiles | null {
  const folder = path.dirname(file);
  const name = path.basename(file);
  const licsar = LICSAR.exec(name);
  if (licsar) {
    const pair = licsar[1] as string;
    const components = findComponents(folder);
    return {
      product: 'LiCSAR',
      ...pairDates(licsar),
      sceneId: components ? `${components.frame}/${pair}` : pair,
      coherence: firstExisting([path.join(folder, `${pair}.geo.cc.tif`)]),
      components: components?.files ?? null,
      header: null,
    };
  }
  const gamma = GAMMA.exec(name);
  if (!gamma) return null;
  return {
    product: 'GAMMA',
    ...pairDates(gamma),
    sceneId: name.replace(/\.tif$/, ''),
    coherence: findByPair([folder, path.join(folder, '..', 'cc')], gamma[1] as string, /cc\.tif$/),
    components: null,
    header: findByPair(
      [folder, path.join(folder, 'headers'), path.join(folder, '..', 'headers')],
      gamma[2] as string,
      /\.par$/,
    ),
  };
}

function pairDates(match: RegExpExecArray): { firstDate: string; secondDate: string } {
  const iso = (digits: string): string =>
    `${digits.slice(0, 4)}-${digits.slice(4, 6)}-${digits.slice(6)}`;
  return { firstDate: iso(match[2] as string), secondDate: iso(match[3] as string) };
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

/** What a GAMMA parameter file says; null for an entry it lacks. */
export interface GammaHeader {
  readonly wavelengthM: number | null;
  readonly headingDeg: number | null;
  readonly incidenceDeg: number | null;
}

/** Reads a GAMMA SLC or MLI parameter file. Throws CorruptSourceError naming the field. */
export async function readGammaHeader(file: string): Promise<GammaHeader> {
  const text = await readFile(file, 'latin1');
  const number = (field: string): number | null => {
    const match = new RegExp(`^${field}:\\s*(\\S+)`, 'm').exec(text);
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
  const frequency = number('radar_frequency');
  return {
    wavelengthM: frequency === null ? null : LIGHT_SPEED / frequency,
    headingDeg: number('heading'),
    incidenceDeg: number('incidence_angle'),
  };
}
