/**
 * Helpers of the report readers: what was taken, what was refused and why, and times and places as
 * they are checked at the edge.
 * @module
 */
import type { Table } from 'apache-arrow';
import { z } from 'zod';
import type { Scan } from '../../core/connector.js';
import { REJECTED_KEPT, rejectedMetadata, type Rejected } from '../../core/tables/rejected.js';
import { reportTable } from '../../core/tables/report-table.js';
import { isoToNs, nsToIso, windowNs, type TimeWindow } from '../../core/time.js';
import type { ReportItem } from '../../core/waveform.js';

/** Everything one pass over a report file gives. */
export interface Collected {
  readonly items: readonly ReportItem[];
  /** The first 100 refused items. */
  readonly rejected: readonly Rejected[];
  readonly rejectedCount: number;
}

/** Mutable collector of one pass. */
export interface Collector {
  take(item: ReportItem): void;
  reject(rejected: Rejected): void;
  result(): Collected;
}

export function collector(): Collector {
  const items: ReportItem[] = [];
  const rejected: Rejected[] = [];
  let rejectedCount = 0;
  return {
    take: (item) => items.push(item),
    reject: (one) => {
      rejectedCount++;
      if (rejected.length < REJECTED_KEPT) rejected.push(one);
    },
    result: () => ({ items, rejected, rejectedCount }),
  };
}

/**
 * What a report reader hands on: the items of the window (all when it is null; items without a time
 * are in no window), the scan and what was refused.
 */
export function collectedTable(input: {
  readonly collected: Collected;
  readonly scan: Scan;
  readonly window: TimeWindow | null;
}): Table {
  const { items, rejected, rejectedCount } = input.collected;
  const range = input.window === null ? null : windowNs(input.window);
  const wanted = items.filter(
    ({ timeNs }) =>
      range === null || (timeNs !== null && timeNs >= range.startNs && timeNs < range.endNs),
  );
  return reportTable(
    wanted,
    new Map([
      ['quakeloom.scan', JSON.stringify(input.scan)],
      ...rejectedMetadata({ first: rejected, count: rejectedCount }),
    ]),
  );
}

/** Scan of a product of felt cells; `remarks` come before what is said of refused items. */
export function feltCellScan(input: {
  readonly format: string;
  readonly collected: Collected;
  /** What the items are called, for people: `cells`, `boxes`, `stations`. */
  readonly name: string;
  readonly remarks: readonly string[];
}): Scan {
  const { items, rejected, rejectedCount } = input.collected;
  return {
    format: input.format,
    source: 'reports',
    window: null,
    facts: {
      cells: items.length,
      felt: items.reduce((sum, item) => sum + item.felt, 0),
      notFelt: items.reduce((sum, item) => sum + item.notFelt, 0),
      largestIntensity: items.reduce((top, item) => Math.max(top, item.intensity ?? 0), 0),
      cellRadiusKm: items.reduce((top, item) => Math.max(top, item.radiusKm ?? 0), 0),
      rejected: rejectedCount,
    },
    audit: [
      ...input.remarks,
      ...(rejectedCount === 0
        ? []
        : [`${rejectedCount} ${input.name} refused, first: ${rejected[0]?.reason}`]),
    ],
  };
}

/** First problem zod found, with its field; never the value, which may be private. */
export function zodReason(error: z.ZodError): string {
  const issue = error.issues[0];
  const field = issue?.path.join('.') ?? '';
  return `${field === '' ? '' : `${field}: `}${issue?.message ?? 'not valid'}`;
}

/** ISO-8601 with a zone (`Z` or an offset) as nanoseconds; null when it is none. */
export function postTimeNs(text: string): bigint | null {
  const match =
    /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(?:Z|([+-])(\d{2}):?(\d{2}))$/.exec(
      text.trim(),
    );
  if (!match) return null;
  const [, date, clock, fraction, sign, hours, minutes] = match;
  const offsetNs = BigInt((Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * 60) * 1_000_000_000n;
  let local: bigint;
  try {
    local = isoToNs(`${date}T${clock}${fraction === undefined ? '' : `.${fraction}`}Z`);
  } catch {
    // 30 February and the like.
    return null;
  }
  return sign === '-' ? local + offsetNs : local - offsetNs;
}

export const latitude = z.number().min(-90).max(90);
export const longitude = z.number().min(-180).max(360);

/** The time from the first to just after the last item; null when no item has a time. */
export function coveredWindow(items: readonly ReportItem[]): TimeWindow | null {
  let first: bigint | null = null;
  let last: bigint | null = null;
  for (const { timeNs } of items) {
    if (timeNs === null) continue;
    if (first === null || timeNs < first) first = timeNs;
    if (last === null || timeNs > last) last = timeNs;
  }
  // Windows are half-open: one nanosecond more takes the last item in.
  return first === null || last === null
    ? null
    : { start: nsToIso(first), end: nsToIso(last + 1n) };
}

/**
 * Numbers posts that carry no id of their own: `<time>#<n>`, n from 1 among posts of that instant.
 * Equal files give equal names, and two posts in one second stay two.
 */
export function instantNames(): (timeNs: bigint) => string {
  const seen = new Map<bigint, number>();
  return (timeNs) => {
    const n = (seen.get(timeNs) ?? 0) + 1;
    seen.set(timeNs, n);
    return `${nsToIso(timeNs)}#${n}`;
  };
}
