/**
 * Bursts in sealed signals: is a window worth a look? In: signals. Out: spans of arrival time with
 * more triggers in a cell than lone phones make. It decides nothing but that: what burst comes from
 * the evidence.
 * @module
 */
import type { PhoneSignalRow } from '../../../core/tables/phone-signal-table.js';
import { secondsToNs } from '../../../core/time.js';
import { LEAST_SURPRISE, LEAST_TRIGGERS, poissonSurprise } from './hottest-cell.js';
import { OVERDISPERSION } from './scan-cells.js';

/** A span of arrival time, ns since the epoch. */
export interface SignalBurst {
  readonly startNs: bigint;
  readonly endNs: bigint;
}

/** Neighbourhoods of about 20 km, twice: the second grid is shifted by half, so that none is cut. */
const CELL_DEG = 0.2;
const SHIFTS_DEG = [0, CELL_DEG / 2] as const;
/** Triggers of one quake in one neighbourhood come within this, s. */
const SPAN_S = 10;
/** A shorter table says as much of the usual rate as one of this length, s. */
const LEAST_LENGTH_S = 60;
/** The quake was this long before its first trigger at most, s. */
const LEAD_S = 30;

/** Bursts, merged where they touch; each begins before the first trigger, at the earliest origin. */
export function signalBursts(rows: readonly PhoneSignalRow[]): SignalBurst[] {
  const first = rows.reduce<bigint | null>(
    (least, { arrivalNs }) => (least === null || arrivalNs < least ? arrivalNs : least),
    null,
  );
  if (first === null) return [];
  const secondsOf = (ns: bigint): number => Number(ns - first) / 1e9;
  const lengthS = rows.reduce(
    (most, { arrivalNs }) => Math.max(most, secondsOf(arrivalNs)),
    LEAST_LENGTH_S,
  );
  const cells = new Map<string, number[]>();
  for (const { kind, position, arrivalNs } of rows) {
    if (kind !== 'trigger' || !position) continue;
    for (const shift of SHIFTS_DEG) {
      const row = Math.floor((position.latitude + shift) / CELL_DEG);
      const column = Math.floor((position.longitude + shift) / CELL_DEG);
      const key = `${shift}:${row}:${column}`;
      const own = cells.get(key);
      if (own) own.push(secondsOf(arrivalNs));
      else cells.set(key, [secondsOf(arrivalNs)]);
    }
  }
  const spans = [...cells.values()].flatMap((times) => burstsOf(times, lengthS));
  return merged(spans).map(({ startS, endS }) => ({
    startNs: first + secondsToNs(startS - LEAD_S),
    endNs: first + secondsToNs(endS),
  }));
}

interface Span {
  readonly startS: number;
  readonly endS: number;
}

/** Stretches of `SPAN_S` with many more triggers than the rest of the table has. */
function burstsOf(unsorted: readonly number[], lengthS: number): Span[] {
  const times = [...unsorted].sort((a, b) => a - b);
  const spans: Span[] = [];
  let until = 0;
  for (let from = 0; from < times.length; from++) {
    const startS = times[from] as number;
    while (until < times.length && (times[until] as number) <= startS + SPAN_S) until++;
    const x = until - from;
    const usual = ((times.length - x) * SPAN_S) / Math.max(SPAN_S, lengthS - SPAN_S);
    const expected = OVERDISPERSION * usual + 0.1;
    if (x < LEAST_TRIGGERS || x <= expected) continue;
    if (poissonSurprise(x, expected) < LEAST_SURPRISE) continue;
    spans.push({ startS, endS: times[until - 1] as number });
  }
  return spans;
}

function merged(spans: readonly Span[]): Span[] {
  const result: Span[] = [];
  for (const span of [...spans].sort((a, b) => a.startS - b.startS)) {
    const last = result.at(-1);
    if (last && span.startS <= last.endS) {
      result[result.length - 1] = { ...last, endS: Math.max(last.endS, span.endS) };
    } else result.push(span);
  }
  return result;
}
