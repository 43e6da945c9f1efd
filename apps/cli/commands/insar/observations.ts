/** The files of an inversion in, scenes or tables of points out. @module */
import { existsSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import path from 'node:path';
import {
  looksLikeQuadtree,
  readQuadtree,
  type QuadtreePoints,
} from '../../../../connectors/insar/quadtree.js';
import { describeRawGrid } from '../../../../connectors/insar/raw-grid.js';
import { readScene } from '../../../../connectors/insar/unwrapped-geotiff.js';
import {
  InvalidInputError,
  UnavailableError,
  UnsupportedSourceError,
} from '../../../../core/errors.js';
import type { InsarScene } from '../../../../core/waveform.js';
import type { LosTable } from '../../../../models/deformation/invert-tables.js';
import {
  degreesFrame,
  toLocal,
  touchingAt,
  type LocalFrame,
} from '../../../../models/deformation/local-frame.js';
import { readFloatGrid } from './float-grid.js';
import type { InvertConfig } from './invert-config.js';

export interface Observations {
  readonly scenes: readonly InsarScene[];
  readonly tables: readonly LosTable[];
}

type Entry = InvertConfig['scenes'][number];
type FileEntry = Exclude<Entry, { readonly rows: number }>;

/** Reads all; throws InvalidInputError for scenes and tables in one inversion, and what the readers throw. */
export async function readObservations(
  config: Pick<InvertConfig, 'scenes'>,
): Promise<Observations> {
  const scenes: InsarScene[] = [];
  const entries: FileEntry[] = [];
  for (const entry of config.scenes) {
    if ('rows' in entry) scenes.push(await readFloatGrid(entry));
    else if (await isTable(entry.file)) entries.push(entry);
    else scenes.push(await readScene({ path: entry.file }, optionsOf(entry)));
  }
  if (scenes.length > 0 && entries.length > 0) {
    throw new InvalidInputError({
      what: 'scenes of the inversion',
      reason: `${scenes.length} are grids and ${entries.length} are tables of points`,
      remedy: 'give the grids, or the tables, alone',
    });
  }
  const tables: LosTable[] = [];
  const origins: (Origin | null)[] = [];
  for (const entry of entries) {
    const origin = await originOf(entry);
    tables.push(await readTable(entry, origin, origins[0] ?? origin, entries.length > 1));
    origins.push(origin);
  }
  const sceneIds = distinct(scenes.map(({ sceneId }) => sceneId));
  const names = distinct(tables.map(({ name }) => name));
  return {
    scenes: scenes.map((scene, i) => ({ ...scene, sceneId: sceneIds[i] as string })),
    tables: tables.map((table, i) => ({ ...table, name: names[i] as string })),
  };
}

/** Files of one name from several folders: maps and noise levels are kept by name, so the later ones are numbered. */
export function distinct(names: readonly string[]): string[] {
  const taken = new Set(names);
  const given = new Set<string>();
  return names.map((name) => {
    let own = name;
    for (let k = 2; given.has(own) || (own !== name && taken.has(own)); k++) own = `${name}-${k}`;
    given.add(own);
    return own;
  });
}

function optionsOf(entry: FileEntry): Readonly<Record<string, string | number>> {
  const { file: _file, originLatitude: _lat, originLongitude: _lon, ...options } = entry;
  return Object.fromEntries(
    Object.entries(options).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
}

async function isTable(file: string): Promise<boolean> {
  const handle = await open(file, 'r').catch((cause: unknown) => {
    throw new UnavailableError({
      ...{ what: file, reason: 'it cannot be opened', remedy: 'check the path' },
      ...{ retryable: false, cause },
    });
  });
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4096), 0, 4096, 0);
    const isText = looksLikeQuadtree(new Uint8Array(buffer.subarray(0, bytesRead)));
    return isText && (await describeRawGrid(file).catch(() => null)) === null;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const remedy = 'give a file, not a folder';
    throw new UnavailableError({ what: file, reason, remedy, retryable: false, cause });
  } finally {
    await handle.close();
  }
}

interface Origin {
  readonly latitude: number;
  readonly longitude: number;
}

/** South-west corner of a Kite frame: as given, or of the scene's .yml beside the table. */
async function originOf(entry: FileEntry): Promise<Origin | null> {
  const { originLatitude: latitude, originLongitude: longitude } = entry;
  if (latitude !== undefined && longitude !== undefined) return { latitude, longitude };
  const yml = entry.file.replace(/\.[^.]+$/, '.yml');
  if (yml === entry.file || !existsSync(yml)) return null;
  const text = (await readFile(yml, 'utf8')).slice(0, 65_536);
  const number = (key: string): number =>
    Number(new RegExp(`^\\s*${key}:\\s*(\\S+)`, 'm').exec(text)?.[1] ?? Number.NaN);
  const found = { latitude: number('llLat'), longitude: number('llLon') };
  return Number.isFinite(found.latitude + found.longitude) ? found : null;
}

async function readTable(
  { file }: FileEntry,
  origin: Origin | null,
  first: Origin | null,
  isOneOfMany: boolean,
): Promise<LosTable> {
  const points = await readQuadtree(file);
  const name = path.basename(file);
  const isKite = points.product === 'Kite quadtree';
  if (isKite && (points.unit === 'degrees' || isOneOfMany) && !(origin && first)) {
    throw new UnsupportedSourceError({
      source: name,
      reason:
        points.unit === 'degrees'
          ? 'its places are degrees from the corner of a frame whose latitude is unknown'
          : 'its places count from the corner of its own frame, which is not known beside other tables',
      remedy:
        "give originLatitude and originLongitude (llLat, llLon), or the scene's .yml beside it",
    });
  }
  const frame = isKite && origin && first ? frameAt(origin, first, points) : null;
  const places = Array.from(points.east, (east, i) => {
    const north = points.north[i] as number;
    if (!frame || !origin) return { eastM: east, northM: north };
    const { latitude, longitude } = origin;
    if (points.unit === 'degrees') return toLocal(frame, longitude + east, latitude + north);
    const corner = toLocal(frame, longitude, latitude);
    return { eastM: corner.eastM + east, northM: corner.northM + north };
  });
  return {
    name,
    eastM: Float64Array.from(places, ({ eastM }) => eastM),
    northM: Float64Array.from(places, ({ northM }) => northM),
    ...{ look: points.look, losM: points.losM, sdM: points.sdM },
  };
}

/** Metres from the corner of the first table, true about the middle of this one. */
function frameAt(origin: Origin, first: Origin, points: QuadtreePoints): LocalFrame {
  const frame = degreesFrame(first.longitude, first.latitude);
  if (points.unit !== 'degrees') return frame;
  const mean = (values: Float64Array): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const middle = toLocal(
    frame,
    origin.longitude + mean(points.east),
    origin.latitude + mean(points.north),
  );
  return touchingAt(frame, middle.eastM, middle.northM);
}
