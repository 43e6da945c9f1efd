/**
 * In: raw phone records. Out: the same records with wrong device clocks set right, and what was
 * found about each clock.
 *
 * The offset of a clock is the median of (arrival - last sample): the delay of the network plus the
 * error of the clock. Delays are below 2 s on nearly all networks, so a larger median is the clock.
 * Delays are only ever positive, so the *least* value in a block of records follows the clock alone:
 * its changes are drift and jumps.
 * @module
 */
import { lastSampleNs, type PhoneRecord } from '../../core/tables/phone-table.js';
import { NS_PER_S, windowNs, type TimeWindow } from '../../core/time.js';

/** A median beyond this is a wrong clock, s. */
export const CLOCK_LIMIT_S = 2;
/** Records arriving this much outside a window still tell about the clocks in it, ns. */
const MARGIN_NS = 60n * NS_PER_S;
const BLOCK_RECORDS = 16;
/** Change of the offset inside the window that is worth a remark, s. */
const UNSTEADY_S = 0.5;

/** What was found about the clock of one device. */
export interface ClockFinding {
  readonly deviceId: string;
  /** Median of arrival - last sample, s; null when no record has an arrival time. */
  readonly offsetS: number | null;
  /** Added to the times of the device, s; 0 when its clock was right. */
  readonly correctionS: number;
  /** `clock +1816.4 s repaired`, `clock jumps by 3.0 s` ...; empty when there is nothing to say. */
  readonly remark: string;
}

/**
 * Sets wrong clocks right. Offsets are estimated from the records that arrive within 60 s of
 * `window` (all records when it is absent, or when a device has none there). From the offset of a
 * wrong clock the usual delay is taken off, the median over the devices whose clocks are right (when
 * there are three or more), so that all devices end on one clock. Records without arrival time are
 * kept as they are. The result does not depend on the order of the records.
 */
export function repairClocks(input: {
  readonly records: readonly PhoneRecord[];
  readonly window?: TimeWindow;
}): { readonly records: readonly PhoneRecord[]; readonly clocks: readonly ClockFinding[] } {
  const devices = new Map<string, PhoneRecord[]>();
  for (const record of input.records) {
    const list = devices.get(record.deviceId);
    if (list) list.push(record);
    else devices.set(record.deviceId, [record]);
  }
  const ids = [...devices.keys()].sort();
  const offsets = new Map(
    ids.map((id) => [id, offsetsOf(devices.get(id) ?? [], input.window)] as const),
  );
  const medians = new Map(ids.map((id) => [id, median(offsets.get(id) ?? [])] as const));
  const right = [...medians.values()].filter(
    (m): m is number => m !== null && Math.abs(m) <= CLOCK_LIMIT_S,
  );
  const usualDelayS = right.length >= 3 ? (median(right) ?? 0) : 0;

  const clocks = ids.map((deviceId): ClockFinding => {
    const offsetS = medians.get(deviceId) ?? null;
    const wrong = offsetS !== null && Math.abs(offsetS) > CLOCK_LIMIT_S;
    const correctionS = wrong ? offsetS - usualDelayS : 0;
    const repaired = wrong ? [`clock ${signed(correctionS)} s repaired`] : [];
    const remark = [...repaired, ...unsteadiness(offsets.get(deviceId) ?? [])].join('; ');
    return { deviceId, offsetS, correctionS, remark };
  });
  const corrections = new Map(
    clocks
      .filter((c) => c.correctionS !== 0)
      .map((c) => [c.deviceId, BigInt(Math.round(c.correctionS * 1e9))]),
  );
  const records = input.records.map((record) => {
    const correction = corrections.get(record.deviceId);
    return correction === undefined || record.arrivalNs === null
      ? record
      : { ...record, firstSampleNs: record.firstSampleNs + correction };
  });
  return { records, clocks };
}

/** Arrival - last sample, s, in the order of arrival. */
function offsetsOf(records: readonly PhoneRecord[], window: TimeWindow | undefined): number[] {
  const arrived = records
    .flatMap((r) => (r.arrivalNs === null ? [] : [{ at: r.arrivalNs, last: lastSampleNs(r) }]))
    .sort((a, b) => (a.at !== b.at ? (a.at < b.at ? -1 : 1) : a.last < b.last ? -1 : 1));
  let used = arrived;
  if (window) {
    const { startNs, endNs } = windowNs(window);
    const inside = arrived.filter((r) => r.at >= startNs - MARGIN_NS && r.at <= endNs + MARGIN_NS);
    if (inside.length > 0) used = inside;
  }
  return used.map((r) => Number(r.at - r.last) / 1e9);
}

function unsteadiness(offsetsS: readonly number[]): string[] {
  const floors: number[] = [];
  for (let i = 0; i + BLOCK_RECORDS <= offsetsS.length; i += BLOCK_RECORDS) {
    floors.push(Math.min(...offsetsS.slice(i, i + BLOCK_RECORDS)));
  }
  if (floors.length < 2) return [];
  const range = Math.max(...floors) - Math.min(...floors);
  if (range <= UNSTEADY_S) return [];
  const steps = floors.slice(1).map((floor, i) => Math.abs(floor - (floors[i] as number)));
  const jumps = Math.max(...steps) >= 0.8 * range;
  return [`clock ${jumps ? 'jumps' : 'drifts'} by ${range.toFixed(1)} s`];
}

function signed(seconds: number): string {
  return `${seconds >= 0 ? '+' : ''}${seconds.toFixed(1)}`;
}

/** Middle value (mean of the two middle ones); null for none. */
export function median(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}
