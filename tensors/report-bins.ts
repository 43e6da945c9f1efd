/**
 * Reports onto cells and time bins. In: report items. Out: a tensor [cell, time bin, feature] with
 * the position of each cell; no text, no author.
 * @module
 */
import { KM_PER_DEGREE } from '../core/geo.js';
import { floorDiv, windowNs, type TimeWindow } from '../core/time.js';
import type { ReportItem } from '../core/waveform.js';

/** Features of a bin, in the order of the tensor's last axis. */
export const REPORT_FEATURES = ['posts', 'felt', 'notFelt', 'intensitySum', 'responses'] as const;

/** Reports of one cell. */
export interface ReportTensorCell {
  readonly cellId: string;
  /** Null for reports without a place. */
  readonly latitude: number | null;
  readonly longitude: number | null;
  /** Half diagonal of the cell, km; null without a place. */
  readonly radiusKm: number | null;
  /** Row-major [time bin, feature]; the last bin holds reports without a time of their own. */
  readonly counts: Float32Array;
}

/**
 * Reports of one window. Bin k < timedBins covers `[startNs + k * binNs, startNs + (k+1) * binNs)`;
 * bins begin before the window so that the background can be told from the burst.
 */
export interface ReportTensor {
  readonly startNs: bigint;
  readonly binNs: bigint;
  readonly timedBins: number;
  readonly cells: readonly ReportTensorCell[];
}

/** Posts keep no finer place than this, degrees. */
const POST_CELL_DEG = 0.1;
const UNPLACED = 'unplaced';
/** Its `responses` are the seconds of each bin in which posts would have been heard. */
export const UPTIME_CELL = 'uptime';
const UPTIME_NS = 60_000_000_000n;

/**
 * Counts items. `tables` are the source tables as read: a record that occurs in several tables is
 * one record (files overlap), equal records inside one table are several (two people, one second).
 * Of several versions of one felt cell the one with most answers is used. `intensitySum` is
 * intensity times `responses`; `responses` are the answers behind an intensity (at least 1). Minutes of
 * uptime make one more cell, `uptime`; without any, feeds count as up.
 */
export function binReports(input: {
  readonly tables: readonly (readonly ReportItem[])[];
  readonly window: TimeWindow;
  /** Length of a bin, s. */
  readonly binS?: number;
  /** Time before the window that is binned too, s. */
  readonly leadS?: number;
}): ReportTensor {
  const { tables, window, binS = 10, leadS = 3600 } = input;
  const { startNs, endNs } = windowNs(window);
  const binNs = BigInt(Math.round(binS * 1e9));
  const leadBins = BigInt(Math.ceil(leadS / binS));
  const firstNs = startNs - leadBins * binNs;
  const timedBins = Number(-floorDiv(-(endNs - firstNs), binNs));
  const cells = new Map<string, ReportTensorCell>();
  const merged = mergeTables(tables);
  const axis = { firstNs, endNs, binNs, timedBins };
  const uptime = uptimeCell(
    merged.filter(({ kind }) => kind === 'uptime'),
    axis,
  );
  if (uptime) cells.set(UPTIME_CELL, uptime);
  for (const item of newestCells(merged)) {
    const bin = binOf(item, axis);
    if (bin === null) continue;
    const place = cellOf(item);
    let cell = cells.get(place.cellId);
    if (!cell) {
      const counts = new Float32Array((timedBins + 1) * REPORT_FEATURES.length);
      cells.set(place.cellId, (cell = { ...place, counts }));
    }
    addItem(cell.counts, bin, item);
  }
  const sorted = [...cells.values()].sort((a, b) => (a.cellId < b.cellId ? -1 : 1));
  return { startNs: firstNs, binNs, timedBins, cells: sorted };
}

interface BinAxis {
  readonly firstNs: bigint;
  readonly endNs: bigint;
  readonly binNs: bigint;
  readonly timedBins: number;
}

/** Seconds up in each bin, in proportion where a minute was up in part; null without any minute. */
function uptimeCell(minutes: readonly ReportItem[], axis: BinAxis): ReportTensorCell | null {
  if (minutes.length === 0) return null;
  const { firstNs, binNs, timedBins } = axis;
  const width = REPORT_FEATURES.length;
  const counts = new Float32Array((timedBins + 1) * width);
  const feature = REPORT_FEATURES.indexOf('responses');
  const binS = Number(binNs) / 1e9;
  for (const { timeNs, felt } of minutes) {
    if (timeNs === null) continue;
    const first = Number(floorDiv(timeNs - firstNs, binNs));
    const last = Number(floorDiv(timeNs + UPTIME_NS - 1n - firstNs, binNs));
    for (let bin = Math.max(0, first); bin <= Math.min(last, timedBins - 1); bin++) {
      const fromNs = firstNs + BigInt(bin) * binNs;
      const startNs = fromNs > timeNs ? fromNs : timeNs;
      const stopNs = fromNs + binNs < timeNs + UPTIME_NS ? fromNs + binNs : timeNs + UPTIME_NS;
      const at = bin * width + feature;
      const seconds = (Number(stopNs - startNs) / Number(UPTIME_NS)) * felt;
      counts[at] = Math.min(binS, (counts[at] as number) + seconds);
    }
  }
  return { cellId: UPTIME_CELL, latitude: null, longitude: null, radiusKm: null, counts };
}

function binOf(item: ReportItem, axis: BinAxis): number | null {
  if (item.timeNs === null) return axis.timedBins;
  if (item.timeNs < axis.firstNs || item.timeNs >= axis.endNs) return null;
  return Number((item.timeNs - axis.firstNs) / axis.binNs);
}

function addItem(counts: Float32Array, bin: number, item: ReportItem): void {
  const at = bin * REPORT_FEATURES.length;
  const add = (feature: (typeof REPORT_FEATURES)[number], value: number): void => {
    const i = at + REPORT_FEATURES.indexOf(feature);
    counts[i] = (counts[i] as number) + value;
  };
  if (item.kind === 'post') add('posts', 1);
  add('felt', item.felt);
  add('notFelt', item.notFelt);
  if (item.intensity !== null) {
    const responses = Math.max(1, item.felt + item.notFelt);
    add('responses', responses);
    add('intensitySum', item.intensity * responses);
  }
}

/** Records with the largest multiplicity that one table gives them. */
function mergeTables(tables: readonly (readonly ReportItem[])[]): ReportItem[] {
  const merged = new Map<string, ReportItem[]>();
  for (const table of tables) {
    const own = new Map<string, ReportItem[]>();
    for (const item of table) {
      const key = recordText(item);
      const same = own.get(key);
      if (same) same.push(item);
      else own.set(key, [item]);
    }
    for (const [key, same] of own) {
      if (same.length > (merged.get(key)?.length ?? 0)) merged.set(key, same);
    }
  }
  // Sorted, so that float32 sums do not depend on the order of files.
  return [...merged.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, same]) => same);
}

function newestCells(items: readonly ReportItem[]): ReportItem[] {
  const best = new Map<string, ReportItem>();
  for (const item of items) {
    if (item.kind !== 'felt-cell') continue;
    const key = `${cellOf(item).cellId}|${item.timeNs}`;
    const other = best.get(key);
    if (!other || item.felt + item.notFelt > other.felt + other.notFelt) best.set(key, item);
  }
  const kept = new Set(best.values());
  return items.filter((item) => item.kind === 'post' || kept.has(item));
}

function cellOf(item: ReportItem): Omit<ReportTensorCell, 'counts'> {
  const { latitude, longitude } = item;
  if (latitude === null || longitude === null) {
    return { cellId: UNPLACED, latitude: null, longitude: null, radiusKm: null };
  }
  if (item.kind === 'felt-cell') {
    const radiusKm = item.radiusKm ?? 0;
    const cellId = `felt:${latitude.toFixed(4)}:${longitude.toFixed(4)}:${radiusKm.toFixed(2)}`;
    return { cellId, latitude, longitude, radiusKm };
  }
  const row = Math.floor(latitude / POST_CELL_DEG);
  const column = Math.floor(longitude / POST_CELL_DEG);
  const centre = (row + 0.5) * POST_CELL_DEG;
  const half = (POST_CELL_DEG / 2) * KM_PER_DEGREE;
  return {
    cellId: `post:${row}:${column}`,
    latitude: centre,
    longitude: (column + 0.5) * POST_CELL_DEG,
    radiusKm: Math.hypot(half, half * Math.cos((centre * Math.PI) / 180)),
  };
}

function recordText(item: ReportItem): string {
  return JSON.stringify([
    item.kind,
    item.sourceId,
    item.timeNs?.toString() ?? null,
    item.latitude,
    item.longitude,
    item.radiusKm,
    item.intensity,
    item.felt,
    item.notFelt,
  ]);
}
