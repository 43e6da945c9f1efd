/**
 * Triggers and heartbeats onto cells and time bins. In: phone signals of some hours. Out: a tensor
 * [cell, time bin, feature] with the phones of each cell that would have triggered; no device id.
 * @module
 */
import { KM_PER_DEGREE } from '../core/geo.js';
import type { PhoneSignalRow } from '../core/tables/phone-signal-table.js';
import type { PhonePosition } from '../core/tables/phone-table.js';
import { windowNs, type TimeWindow } from '../core/time.js';
import { believedTimes } from './signal-clocks.js';

/** Features of a bin, in the order of the tensor's last axis: counts and sums over triggers. */
export const SIGNAL_FEATURES = [
  'triggers',
  'clockVariance',
  'scored',
  'logOdds',
  'peaks',
  'log10Peak',
] as const;

/** A phone that was not heard of for this long is not active, s: two heartbeats of two hours missed. */
export const SIGNAL_ACTIVE_S = 5 * 3600;

/** Phones of one cell. */
export interface SignalCell {
  readonly cellId: string;
  /** Mean place of its phones, degrees; scatter about it along an axis, privacy included, km. */
  readonly latitude: number;
  readonly longitude: number;
  readonly scatterKm: number;
  /** Phones that lay still by their last heartbeats. */
  readonly active: number;
  /** Their triggers in the hours before the window. */
  readonly triggersBefore: number;
  /** Row-major [time bin, feature]. */
  readonly values: Float32Array;
}

/** Signals of one window. Bin k covers `[startNs + k * binNs, startNs + (k+1) * binNs)`. */
export interface SignalTensor {
  readonly startNs: bigint;
  readonly binNs: bigint;
  readonly bins: number;
  readonly cells: readonly SignalCell[];
  /** When signals came in at all, s from `startNs`: outages are unknown, not silent. */
  readonly uptime: readonly { readonly startS: number; readonly endS: number }[];
  /** Hours before the window that `triggersBefore` counts, s. */
  readonly leadS: number;
  /** What was left out: messages, and phones. */
  readonly left: {
    readonly repeated: number;
    readonly clock: number;
    readonly unplaced: number;
    /** Phones that also sent records: those speak for them. */
    readonly recorded: number;
    /** Phones first heard of by a trigger: not proven up, so no part of any share. */
    readonly unproven: number;
  };
}

const BIN_S = 0.5;
/** Cells of about 5 km; they double until so many hold all phones. */
const CELL_DEG = 0.05;
const MOST_CELLS = 100;
/** One device counts once in this time, s: shaking goes on after the trigger. */
const REPEAT_S = 30;
/** No signal for this many mean intervals and this long is an outage, s. */
const OUTAGE = { intervals: 20, leastS: 60 };
/** Odds of a phone's own model are believed this far. */
const MOST_LOG_ODDS = 4;
const NS = 1e9;

/**
 * Counts signals. A phone is active from a heartbeat that calls it steady (or an earlier trigger: it
 * lay still) until one that does not, or five hours without any; a phone first heard of by a trigger
 * inside the window is left out, for its silence would not have been noticed. `recorded` are devices
 * whose records are evidence already. Rows may come in any order and more than once.
 */
export function binSignals(input: {
  readonly rows: readonly PhoneSignalRow[];
  readonly window: TimeWindow;
  readonly recorded?: ReadonlySet<string>;
}): SignalTensor {
  const { window, recorded = new Set() } = input;
  const { startNs, endNs } = windowNs(window);
  const lengthS = Number(endNs - startNs) / NS;
  const unique = uniqueSignals(input.rows);
  const secondsOf = (ns: bigint): number => Number(ns - startNs) / NS;
  const left = { repeated: input.rows.length - unique.length, clock: 0, unplaced: 0 };
  const phones: PlacedPhone[] = [];
  let [alsoRecorded, unproven] = [0, 0];
  for (const [deviceId, rows] of byDevice(unique)) {
    if (recorded.has(deviceId)) {
      alsoRecorded++;
      continue;
    }
    const clocks = believedTimes(rows);
    left.clock += rows.length - clocks.size;
    const position = rows.findLast((row) => row.position !== null)?.position ?? null;
    const state = activity(rows, secondsOf, lengthS);
    if (state === 'unproven') unproven++;
    if (state !== 'active') continue;
    if (!position) {
      left.unplaced++;
      continue;
    }
    const triggers = rows.flatMap((row): PlacedTrigger[] => {
      const clock = clocks.get(row);
      return row.kind === 'trigger' && clock
        ? [{ row, timeS: clock.arrivalLagS + secondsOf(row.deviceNs), sigmaS: clock.sigmaS }]
        : [];
    });
    phones.push({ position, triggers: firstOnly(triggers) });
  }
  const bins = Math.max(1, Math.ceil(lengthS / BIN_S));
  return {
    startNs,
    binNs: BigInt(BIN_S * NS),
    bins,
    cells: cellsOf(phones, bins),
    uptime: uptimeOf(
      unique.map((row) => secondsOf(row.arrivalNs)),
      lengthS,
    ),
    leadS: SIGNAL_ACTIVE_S,
    left: { ...left, recorded: alsoRecorded, unproven },
  };
}

interface PlacedTrigger {
  readonly row: PhoneSignalRow;
  readonly timeS: number;
  readonly sigmaS: number;
}

interface PlacedPhone {
  readonly position: PhonePosition;
  readonly triggers: readonly PlacedTrigger[];
}

/** Each message once, in the order of arrival; ties by content, so that the order of files is nothing. */
function uniqueSignals(rows: readonly PhoneSignalRow[]): PhoneSignalRow[] {
  const known = new Map<string, PhoneSignalRow>();
  for (const row of rows) {
    const key =
      row.boot !== null && row.seq !== null
        ? `${row.deviceId}\0${row.kind}\0${row.boot}\0${row.seq}`
        : `${row.deviceId}\0${row.kind}\0${row.deviceNs}`;
    const other = known.get(key);
    if (!other || row.arrivalNs < other.arrivalNs) known.set(key, row);
  }
  return [...known]
    .sort(([a, x], [b, y]) => compare(x.arrivalNs, y.arrivalNs) || (a < b ? -1 : 1))
    .map(([, row]) => row);
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Devices in the order of their names: sums do not depend on who spoke first. */
function byDevice(rows: readonly PhoneSignalRow[]): [string, PhoneSignalRow[]][] {
  const devices = new Map<string, PhoneSignalRow[]>();
  for (const row of rows) {
    const own = devices.get(row.deviceId);
    if (own) own.push(row);
    else devices.set(row.deviceId, [row]);
  }
  return [...devices].sort(([a], [b]) => (a < b ? -1 : 1));
}

function activity(
  rows: readonly PhoneSignalRow[],
  secondsOf: (ns: bigint) => number,
  lengthS: number,
): 'active' | 'away' | 'unproven' {
  let heard: number | null = null;
  let steady = false;
  let triggers = 0;
  for (const row of rows) {
    const atS = secondsOf(row.arrivalNs);
    if (atS > lengthS) break;
    const isTrigger = row.kind === 'trigger';
    if (isTrigger && atS >= 0) {
      // A share of those that triggered must not be made of those that triggered.
      triggers++;
      continue;
    }
    // What happens after the window began does not unsay that a phone lay still before.
    if (atS >= 0 && steady) continue;
    heard = atS;
    steady = isTrigger || row.steady === 1;
  }
  if (heard === null) return triggers > 0 ? 'unproven' : 'away';
  return steady && heard > -SIGNAL_ACTIVE_S ? 'active' : 'away';
}

function firstOnly(triggers: readonly PlacedTrigger[]): PlacedTrigger[] {
  const sorted = [...triggers].sort((a, b) => a.timeS - b.timeS);
  let last = Number.NEGATIVE_INFINITY;
  return sorted.filter(({ timeS }) => {
    if (timeS - last < REPEAT_S) return false;
    last = timeS;
    return true;
  });
}

function cellsOf(phones: readonly PlacedPhone[], bins: number): SignalCell[] {
  for (let sizeDeg = CELL_DEG; ; sizeDeg *= 2) {
    const cells = new Map<string, PlacedPhone[]>();
    for (const phone of phones) {
      const { latitude, longitude } = phone.position;
      const id = `${sizeDeg.toFixed(2)}:${Math.floor(latitude / sizeDeg)}:${Math.floor(longitude / sizeDeg)}`;
      const own = cells.get(id);
      if (own) own.push(phone);
      else cells.set(id, [phone]);
    }
    if (cells.size > MOST_CELLS) continue;
    return [...cells]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([id, own]) => cellOf(id, own, bins));
  }
}

function cellOf(cellId: string, phones: readonly PlacedPhone[], bins: number): SignalCell {
  const mean = (pick: (p: PhonePosition) => number): number =>
    phones.reduce((sum, { position }) => sum + pick(position), 0) / phones.length;
  const [latitude, longitude] = [mean((p) => p.latitude), mean((p) => p.longitude)];
  const eastPerDegree = KM_PER_DEGREE * Math.cos((latitude * Math.PI) / 180);
  const variance = mean(
    (p) =>
      0.5 *
        (((p.latitude - latitude) * KM_PER_DEGREE) ** 2 +
          ((p.longitude - longitude) * eastPerDegree) ** 2) +
      p.positionSigmaKm ** 2,
  );
  const values = new Float32Array(bins * SIGNAL_FEATURES.length);
  let triggersBefore = 0;
  for (const { triggers } of phones) {
    for (const { row, timeS, sigmaS } of triggers) {
      if (timeS < 0 && timeS >= -SIGNAL_ACTIVE_S) triggersBefore++;
      const bin = Math.floor(timeS / BIN_S);
      if (bin < 0 || bin >= bins) continue;
      const p = row.probability;
      const logOdds =
        p === null ? 0 : Math.max(-MOST_LOG_ODDS, Math.min(MOST_LOG_ODDS, Math.log(p / (1 - p))));
      const hasPeak = row.peakGal !== null && row.peakGal > 0;
      const added = [
        1,
        sigmaS * sigmaS,
        p === null ? 0 : 1,
        logOdds,
        hasPeak ? 1 : 0,
        hasPeak ? Math.log10(row.peakGal as number) : 0,
      ];
      added.forEach((value, k) => {
        const at = bin * SIGNAL_FEATURES.length + k;
        values[at] = (values[at] as number) + value;
      });
    }
  }
  return {
    cellId,
    latitude,
    longitude,
    scatterKm: Math.sqrt(variance),
    active: phones.length,
    triggersBefore,
    values,
  };
}

/** The window without stretches in which nobody was heard though many should have been. */
function uptimeOf(arrivalsS: readonly number[], lengthS: number): SignalTensor['uptime'] {
  if (arrivalsS.length === 0) return [];
  const mean = (SIGNAL_ACTIVE_S + lengthS) / arrivalsS.length;
  const longest = Math.max(OUTAGE.leastS, OUTAGE.intervals * mean);
  const up: { startS: number; endS: number }[] = [];
  let from = -SIGNAL_ACTIVE_S;
  let last = from;
  const close = (endS: number): void => {
    if (endS > 0 && from < lengthS) {
      up.push({ startS: Math.max(0, from), endS: Math.min(lengthS, endS) });
    }
  };
  for (const atS of arrivalsS) {
    if (atS - last > longest) {
      close(last);
      from = atS;
    }
    last = atS;
  }
  // What comes after the last message may be on its way: it was up for a usual pause more.
  close(lengthS - last > longest ? last : lengthS);
  return up;
}
