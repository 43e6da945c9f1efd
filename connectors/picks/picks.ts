/**
 * Pick tables of pickers and associators (SeisBench, PhaseNet, GaMMA, PyOcto, REAL flattened).
 * @module
 */
import { InvalidInputError, UnsupportedSourceError } from '../../core/errors.js';
import { PHASE_P, PHASE_S, type PhasePicks, type PickStations } from '../../core/picks.js';
import { findColumn, needColumn } from './columns.js';
import { readDelimited, type DelimitedTable } from './delimited.js';
import { parseEpochS } from './time-text.js';

const STATION = ['station', 'station_id', 'trace_id', 'id', 'sta'] as const;
const TIME = ['timestamp', 'phase_time', 'peak_time', 'time', 'pick_time', 't'] as const;
const PHASE = ['phase', 'type', 'phase_type', 'phase_hint'] as const;
const PROBABILITY = [
  ...['prob', 'probability', 'phase_score', 'peak_value', 'score', 'confidence'],
  ...['phase_prob', 'phase_probability'],
];
const AMPLITUDE = ['amp', 'amplitude', 'amp_m_s', 'phase_amplitude', 'phase_amp'] as const;

/** What was read, and what was put aside and why. */
export interface PickFile {
  readonly picks: PhasePicks;
  /** Rows not used, by reason, most frequent first. */
  readonly rejected: readonly { readonly reason: string; readonly count: number }[];
  /** Rows that came before an earlier one in time (they were sorted). */
  readonly unsorted: number;
}

/** Picks of one station and phase closer than this are one pick, s. */
const SAME_PICK_S = 0.005;
/** Times after this much beyond now are errors of a clock or a unit, s. */
const FUTURE_S = 86_400;

/**
 * Reads picks of known stations, sorted by time. Columns (any case): `station` (or `id`,
 * `trace_id`), `timestamp` (or `time`, `peak_time`, `phase_time`; ISO-8601 UTC or seconds), `phase`
 * (or `type`), optionally `prob` and `amp`. Rejected with their reason: unknown station, unreadable
 * time, a time over a day after `nowS`, a phase that is neither P nor S, a probability outside 0 to 1,
 * repeats. Throws UnsupportedSourceError without the needed columns and InvalidInputError when no
 * pick belongs to any station.
 */
export async function readPicks(input: {
  readonly path: string;
  readonly stations: PickStations;
  readonly minProbability?: number;
  /** Now, seconds since 1970. */
  readonly nowS: number;
}): Promise<PickFile> {
  return picksOf({ ...input, table: await readDelimited(input) });
}

/** The same for a table that is already here. */
export function picksOf(input: {
  readonly table: DelimitedTable;
  readonly stations: PickStations;
  readonly minProbability?: number;
  readonly nowS: number;
}): PickFile {
  const { table, stations, minProbability = 0, nowS } = input;
  if (table.rows.length === 0 && !table.header) {
    throw new UnsupportedSourceError({
      source: table.path,
      reason: 'it is empty',
      remedy: 'give a header line with station, time and phase, and one pick a row',
    });
  }
  const at = {
    station: needColumn(table, STATION),
    network: findColumn(table, ['network', 'net']),
    time: needColumn(table, TIME),
    phase: needColumn(table, PHASE),
    probability: findColumn(table, PROBABILITY),
    amplitude: findColumn(table, AMPLITUDE),
  };
  const rejected = new Map<string, number>();
  const reject = (reason: string): void =>
    void rejected.set(reason, (rejected.get(reason) ?? 0) + 1);
  const lookUp = stationFinder(stations);
  const n = table.rows.length;
  const timeS = new Float64Array(n);
  const station = new Int32Array(n);
  const phase = new Uint8Array(n);
  const probability = new Float32Array(n);
  const logAmplitude = new Float32Array(n);
  const kept: number[] = [];
  let unknownStations = 0;
  let unsorted = 0;
  let latest = Number.NEGATIVE_INFINITY;
  table.rows.forEach((cells, row) => {
    const name = (cells[at.station] ?? '').trim();
    const net = at.network < 0 || name.includes('.') ? '' : (cells[at.network] ?? '').trim();
    const known = lookUp(net === '' ? name : `${net}.${name}`);
    const when = parseEpochS(cells[at.time] ?? '');
    const kind = phaseOf(cells[at.phase] ?? '');
    const chance = at.probability < 0 ? Number.NaN : numberOrNaN(cells[at.probability]);
    if (known === undefined) {
      unknownStations++;
      reject('unknown station');
    } else if (!Number.isFinite(when)) reject('unreadable time');
    else if (when > nowS + FUTURE_S) reject('in the future');
    else if (kind === null) reject('neither P nor S');
    else if (chance < 0 || chance > 1) reject('probability outside 0 to 1');
    else if (chance < minProbability) reject('under the least probability');
    else {
      if (when < latest) unsorted++;
      latest = Math.max(latest, when);
      timeS[row] = when;
      station[row] = known;
      phase[row] = kind;
      probability[row] = chance;
      const size = at.amplitude < 0 ? Number.NaN : numberOrNaN(cells[at.amplitude]);
      logAmplitude[row] = size > 0 ? Math.log10(size) : Number.NaN;
      kept.push(row);
    }
  });
  if (kept.length === 0 && unknownStations > 0) {
    throw new InvalidInputError({
      what: `picks ${table.path}`,
      reason: `no pick is at a known station (the first is at '${(table.rows[0] as string[])[at.station] ?? ''}', stations are like '${stations.ids[0] as string}')`,
      remedy: 'write station names in both tables alike',
    });
  }
  const order = Int32Array.from(kept);
  if (unsorted > 0) order.sort((a, b) => (timeS[a] as number) - (timeS[b] as number) || a - b);
  const unique = withoutRepeats(order, timeS, station, phase, probability);
  if (unique.length < order.length) rejected.set('repeated', order.length - unique.length);
  return {
    picks: {
      count: unique.length,
      timeS: Float64Array.from(unique, (row) => timeS[row] as number),
      station: Int32Array.from(unique, (row) => station[row] as number),
      phase: Uint8Array.from(unique, (row) => phase[row] as number),
      probability: Float32Array.from(unique, (row) => probability[row] as number),
      logAmplitude: Float32Array.from(unique, (row) => logAmplitude[row] as number),
      sourceIndex: unique,
    },
    rejected: [...rejected]
      .map(([reason, count]) => ({ reason, count }))
      .sort((a, b) => b.count - a.count),
    unsorted,
  };
}

/** Of repeats of one station, phase and time the most probable one stays. */
function withoutRepeats(
  order: Int32Array,
  timeS: Float64Array,
  station: Int32Array,
  phase: Uint8Array,
  probability: Float32Array,
): Int32Array {
  const last = new Map<number, number>();
  const kept: number[] = [];
  for (const row of order) {
    const key = (station[row] as number) * 2 + (phase[row] as number);
    const before = last.get(key);
    const previous = before === undefined ? undefined : (kept[before] as number);
    if (
      before !== undefined &&
      (timeS[row] as number) - (timeS[previous as number] as number) < SAME_PICK_S
    ) {
      if ((probability[row] as number) > (probability[previous as number] as number)) {
        kept[before] = row;
      }
      continue;
    }
    last.set(key, kept.length);
    kept.push(row);
  }
  return Int32Array.from(kept);
}

/**
 * Exact name first, then network.station of names such as `CI.BOM..HH` or `CI.BOM.`, then the bare code
 * where either side has no network and one station alone is called so.
 */
function stationFinder(stations: PickStations): (name: string) => number | undefined {
  const exact = new Map<string, number>();
  const short = new Map<string, number>();
  const bare = new Map<string, number | undefined>();
  stations.ids.forEach((id, i) => {
    exact.set(id, i);
    const name = shortName(id);
    if (!short.has(name)) short.set(name, i);
    const code = codeOf(id);
    bare.set(code, bare.has(code) ? undefined : i);
  });
  const byCode = (name: string): number | undefined => {
    const row = bare.get(codeOf(name));
    const hasNetwork = row !== undefined && (stations.ids[row] as string).includes('.');
    return hasNetwork && name.includes('.') ? undefined : row;
  };
  const found = new Map<string, number | undefined>();
  return (name) => {
    if (found.has(name)) return found.get(name);
    const row = exact.get(name) ?? short.get(shortName(name)) ?? byCode(name);
    found.set(name, row);
    return row;
  };
}

const shortName = (id: string): string => id.split('.').slice(0, 2).join('.');

/** Station code of `NET.STA...`, or the name itself. */
const codeOf = (id: string): string => id.split('.')[1] ?? id;

function phaseOf(text: string): number | null {
  const first = text.trim()[0];
  if (first === 'P' || first === 'p') return PHASE_P;
  return first === 'S' || first === 's' ? PHASE_S : null;
}

function numberOrNaN(cell: string | undefined): number {
  const text = cell?.trim() ?? '';
  // A comma inside a cell is the decimal mark of a table divided by something else.
  return text === '' ? Number.NaN : Number(text.includes(',') ? text.replace(',', '.') : text);
}
