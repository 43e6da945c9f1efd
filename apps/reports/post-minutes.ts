/**
 * Counts of a listener in, segments of the index out, a minute each: what the fused posterior reads of
 * posts. A minute that changes later (a deletion, a replay after a break) becomes a new version.
 * @module
 */
import type { ReportItem } from '../../core/waveform.js';
import { putReportSegment } from './put-segment.js';
import type { SegmentSink } from './follow-felt.js';

/** Half a cell of the counter, degrees. */
const HALF_CELL_DEG = 0.25;
/** Half diagonal of such a cell at the equator, km. */
const CELL_RADIUS_KM = 39.3;
const MINUTE_NS = 60_000_000_000n;
/** A minute is put a little after its end, s: posts take a moment to come. */
const SETTLE_S = 3;

export interface PostMinutes {
  /** A post of that time was counted, or taken back. */
  changed(timeS: number): void;
  /** Puts what is due. Throws as the catalogue and the store; asked again, it tries again. */
  flush(nowS: number): Promise<void>;
}

/** `counts` by `cell|minute|language`, as the counter holds them; `upS` seconds of listening. */
export function createPostMinutes(input: {
  readonly sink: SegmentSink;
  readonly startS: number;
  readonly counts: () => Iterable<readonly [string, number]>;
  readonly upS: (fromS: number, toS: number) => number;
}): PostMinutes {
  const { sink, counts, upS } = input;
  const due = new Set<number>();
  let next = Math.floor(input.startS / 60);
  return {
    changed: (timeS) => void due.add(Math.floor(timeS / 60)),
    flush: async (nowS) => {
      const current = Math.floor((nowS - SETTLE_S) / 60);
      // Minutes without a post say that nobody posted, as far as somebody listened.
      for (; next < current; next++) due.add(next);
      const ready = [...due].filter((minute) => minute < current).sort((a, b) => a - b);
      if (ready.length === 0) return;
      const wanted = new Set(ready);
      const items = new Map<number, ReportItem[]>();
      for (const [key, n] of counts()) {
        const [cell = '', minute] = key.split('|');
        if (!wanted.has(Number(minute)) || cell === 'none') continue;
        const list = items.get(Number(minute)) ?? [];
        items.set(Number(minute), [...list, ...postItems({ cell, minute: Number(minute), n })]);
      }
      for (const minute of ready) {
        await putMinute({
          sink,
          minute,
          posts: items.get(minute) ?? [],
          upS: upS(minute * 60, minute * 60 + 60),
          receivedMs: Math.round(nowS * 1000),
        });
        due.delete(minute);
      }
    },
  };
}

async function putMinute(input: {
  readonly sink: SegmentSink;
  readonly minute: number;
  readonly posts: readonly ReportItem[];
  readonly upS: number;
  readonly receivedMs: number;
}): Promise<void> {
  const { sink, minute, posts, upS, receivedMs } = input;
  const startNs = BigInt(minute) * MINUTE_NS;
  const uptime: ReportItem = {
    kind: 'uptime',
    sourceId: 'listener',
    timeNs: startNs,
    latitude: null,
    longitude: null,
    radiusKm: null,
    intensity: null,
    felt: Math.min(60, upS),
    notFelt: 0,
  };
  for (const { id, bounds } of sink.regions) {
    const own = posts.filter(
      ({ latitude, longitude }) =>
        Number(latitude) >= bounds.south &&
        Number(latitude) <= bounds.north &&
        [0, 360].some(
          (turn) =>
            Number(longitude) + turn >= bounds.west && Number(longitude) + turn <= bounds.east,
        ),
    );
    await putReportSegment({
      ...sink,
      regionId: id,
      sourceId: 'posts',
      startNs,
      endNs: startNs + MINUTE_NS,
      items: [uptime, ...own],
      receivedMs,
    });
  }
}

/** Only the minute of a post is kept: its posts are spread over it evenly. */
function postItems(input: {
  readonly cell: string;
  readonly minute: number;
  readonly n: number;
}): ReportItem[] {
  const { cell, minute, n } = input;
  const [south = Number.NaN, west = Number.NaN] = cell.split(',').map(Number);
  return Array.from({ length: n }, (_, i): ReportItem => {
    const timeNs = BigInt(minute) * MINUTE_NS + BigInt(Math.floor(((i + 0.5) / n) * 60e9));
    return {
      kind: 'post',
      sourceId: `${cell} ${minute} ${i}`,
      timeNs,
      latitude: south + HALF_CELL_DEG,
      longitude: west + HALF_CELL_DEG,
      radiusKm: CELL_RADIUS_KM,
      intensity: null,
      felt: 1,
      notFelt: 0,
    };
  });
}
