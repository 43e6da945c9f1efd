/**
 * Pick sets with truth, as every system of the benchmark gets them: picks, stations and true events
 * in seconds since 1970 and kilometres on the plane of the stations.
 * @module
 */
import path from 'node:path';
import { parseDelimited, readDelimited } from '../../connectors/picks/delimited.js';
import { readPicks } from '../../connectors/picks/picks.js';
import { readStations } from '../../connectors/picks/stations.js';
import { parseEpochS } from '../../connectors/picks/time-text.js';
import { localPlane } from '../../core/local-plane.js';
import type { PhasePicks, PickStations } from '../../core/picks.js';

/** One reference event. */
export interface TrueEvent {
  readonly timeS: number;
  readonly eastKm: number;
  readonly northKm: number;
  readonly depthKm: number;
  readonly magnitude: number;
  /** Rows of the pick file that belong to it; empty where the truth has no labels. */
  readonly picks: readonly number[];
}

export interface PickDataset {
  readonly name: string;
  readonly files: { readonly picks: string; readonly stations: string };
  readonly picks: PhasePicks;
  readonly stations: PickStations;
  readonly events: readonly TrueEvent[];
  /** Where the events of a search may be, km. */
  readonly box: {
    readonly x: [number, number];
    readonly y: [number, number];
    readonly z: [number, number];
  };
}

export const dataFolder = (): string =>
  path.join(process.env['QUAKELOOM_DATA'] ?? '../shared/data', 'picks');

/** Salton Sea 2020 (SCSN reference). */
export async function saltonSea(): Promise<PickDataset> {
  const folder = path.join(dataFolder(), 'salton-sea-2020');
  const files = {
    picks: path.join(folder, 'picks_long.csv.gz'),
    stations: path.join(folder, 'stations.csv'),
  };
  const stations = await readStations({ path: files.stations });
  const { picks } = await readPicks({ path: files.picks, stations, nowS: Date.now() / 1000 });
  const table = await readDelimited({ path: path.join(folder, 'events.csv') });
  const column = (name: string): number => (table.header as string[]).indexOf(name);
  const at = {
    time: column('time'),
    lat: column('lat'),
    lon: column('lng'),
    z: column('depth(m)'),
    m: column('mag'),
  };
  const { toKm } = localPlane(stations.origin);
  const events = table.rows.map((cells) => {
    const local = toKm({
      latitude: Number(cells[at.lat]),
      longitude: Number(cells[at.lon]),
    });
    return {
      timeS: parseEpochS(cells[at.time] as string),
      ...local,
      depthKm: Number(cells[at.z]) / 1000,
      magnitude: Number(cells[at.m]),
      picks: [],
    };
  });
  return {
    name: 'salton-sea',
    files,
    picks,
    stations,
    events,
    box: { x: [-60, 60], y: [-60, 60], z: [0, 20] },
  };
}

/** Synthetic A or B (exact truth). */
export async function synthetic(which: 'a' | 'b'): Promise<PickDataset> {
  const folder = path.join(dataFolder(), `synthetic-${which}`);
  const picksFile = path.join(folder, which === 'a' ? 'picks.csv' : 'picks.csv.gz');
  return labelled({ name: `synthetic-${which}`, folder, picksFile });
}

/** A set in the layout of the synthetics: picks with the column `event`, events.csv, stations.csv. */
export async function labelled(input: {
  readonly name: string;
  readonly folder: string;
  readonly picksFile: string;
}): Promise<PickDataset> {
  const files = { picks: input.picksFile, stations: path.join(input.folder, 'stations.csv') };
  const stations = await readStations({ path: files.stations });
  const table = await readDelimited({ path: files.picks });
  const { picks } = await readPicks({ path: files.picks, stations, nowS: Date.now() / 1000 });
  const label = (table.header as string[]).indexOf('event');
  const members = new Map<number, number[]>();
  table.rows.forEach((cells, row) => {
    const event = Number(cells[label]);
    if (event < 0) return;
    const list = members.get(event);
    if (list) list.push(row);
    else members.set(event, [row]);
  });
  const truth = await readDelimited({ path: path.join(input.folder, 'events.csv') });
  const events = truth.rows.map((cells, i) => {
    const [, t, x, y, z, m] = cells.map(Number);
    return {
      timeS: t as number,
      eastKm: x as number,
      northKm: y as number,
      depthKm: z as number,
      magnitude: m as number,
      picks: members.get(i) ?? [],
    };
  });
  return {
    name: input.name,
    files,
    picks,
    stations,
    events,
    box: { x: [-100, 100], y: [-100, 100], z: [0, 30] },
  };
}

/** Central Italy, STA/LTA picks of one day; no reference. */
export async function italy(): Promise<PickDataset> {
  const folder = path.join(dataFolder(), 'italy-2016-stalta');
  const files = {
    picks: path.join(folder, 'picks_stalta.csv.gz'),
    stations: path.join(folder, 'station.dat'),
  };
  const stations = await readStations({ path: files.stations });
  const { picks } = await readPicks({ path: files.picks, stations, nowS: Date.now() / 1000 });
  return {
    name: 'italy',
    files,
    picks,
    stations,
    events: [],
    box: { x: [-80, 80], y: [-80, 80], z: [0, 25] },
  };
}

/** Picks of a time range and least probability. */
export function selectPicks(
  picks: PhasePicks,
  input: { readonly fromS?: number; readonly toS?: number; readonly minProbability?: number },
): PhasePicks {
  const { fromS = -Infinity, toS = Infinity, minProbability = 0 } = input;
  const keep: number[] = [];
  for (let i = 0; i < picks.count; i++) {
    const t = picks.timeS[i] as number;
    const p = picks.probability[i] as number;
    if (t >= fromS && t < toS && !(p < minProbability)) keep.push(i);
  }
  return {
    count: keep.length,
    timeS: Float64Array.from(keep, (i) => picks.timeS[i] as number),
    station: Int32Array.from(keep, (i) => picks.station[i] as number),
    phase: Uint8Array.from(keep, (i) => picks.phase[i] as number),
    probability: Float32Array.from(keep, (i) => picks.probability[i] as number),
    logAmplitude: Float32Array.from(keep, (i) => picks.logAmplitude[i] as number),
    sourceIndex: Int32Array.from(keep, (i) => picks.sourceIndex[i] as number),
  };
}

/** Picks and stations as the peers' scripts read them. */
export function peerTables(
  dataset: PickDataset,
  picks: PhasePicks,
): { picks: string; stations: string } {
  const { stations } = dataset;
  const rows = ['index,station,time,phase,prob,amp'];
  for (let i = 0; i < picks.count; i++) {
    const p = picks.probability[i] as number;
    const a = picks.logAmplitude[i] as number;
    rows.push(
      [
        picks.sourceIndex[i],
        stations.ids[picks.station[i] as number],
        (picks.timeS[i] as number).toFixed(4),
        picks.phase[i] === 0 ? 'P' : 'S',
        Number.isNaN(p) ? 1 : p.toFixed(4),
        Number.isNaN(a) ? '' : (10 ** a).toExponential(5),
      ].join(','),
    );
  }
  const places = ['id,x,y,z'];
  stations.ids.forEach((id, i) =>
    places.push(
      [id, stations.eastKm[i], stations.northKm[i], -(stations.elevationKm[i] as number)].join(','),
    ),
  );
  return { picks: `${rows.join('\n')}\n`, stations: `${places.join('\n')}\n` };
}

export { parseDelimited };
