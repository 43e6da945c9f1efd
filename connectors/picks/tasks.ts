/**
 * Files of picks, readings, stations and catalogues as a task for worker threads: paths in, tables out.
 * @module
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { Task, TaskTable } from '../../core/compute.js';
import type { EventReadings, PickStations } from '../../core/picks.js';
import { readText } from './delimited.js';
import { readEventTable, type CatalogueEvent } from './event-table.js';
import { readPicks, type PickFile } from './picks.js';
import { readReadings } from './readings.js';
import { readStations } from './stations.js';

export interface ReadPickFilesInput {
  /** Files; those that are not named are not read. */
  readonly paths: {
    readonly stations: string;
    readonly picks?: string;
    readonly readings?: string;
    readonly catalogue?: string;
    readonly velocity?: string;
    readonly parameters?: string;
  };
  readonly minProbability: number;
  /** Seconds since 1970: later picks are refused. */
  readonly nowS: number;
}

export interface PickFiles {
  readonly stations: PickStations;
  readonly picks: PickFile | null;
  readonly readings: readonly EventReadings[] | null;
  readonly catalogue: readonly CatalogueEvent[] | null;
  /** Texts, for models to parse. */
  readonly velocity: string | null;
  readonly parameters: string | null;
  /** SHA-256 of each file, for provenance. */
  readonly sha256: Readonly<Partial<Record<keyof ReadPickFilesInput['paths'], string>>>;
}

/** Throws what the readers throw, naming the file. */
const readPickFiles: Task<ReadPickFilesInput, PickFiles> = async (input) => {
  const { paths, minProbability, nowS } = input;
  const { picks, readings, catalogue, velocity, parameters } = paths;
  const stations = await readStations({ path: paths.stations });
  const sha256: Partial<Record<keyof typeof paths, string>> = {};
  for (const name of Object.keys(paths) as (keyof typeof paths)[]) {
    const file = paths[name];
    if (file !== undefined) sha256[name] = await hashOf(file);
  }
  return {
    stations,
    picks:
      picks === undefined ? null : await readPicks({ path: picks, stations, minProbability, nowS }),
    readings: readings === undefined ? null : await readReadings({ path: readings }),
    catalogue:
      catalogue === undefined ? null : (await readEventTable({ path: catalogue, stations })).events,
    velocity: velocity === undefined ? null : await readText(velocity),
    parameters: parameters === undefined ? null : await readText(parameters),
    sha256,
  };
};

export const pickFileTasks = { readPickFiles } as const satisfies TaskTable;

async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const part of createReadStream(file)) hash.update(part as Buffer);
  return hash.digest('hex');
}
