/**
 * Where counted answers go: lines on disk (answers, rough place, minute; nothing of who sent them) and,
 * in quarters of an hour, felt cells in the segment index of each region, the same way as DYFI boxes.
 * @module
 */
import { appendFile, mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { ObjectStore } from '../../../core/artifact.js';
import type { Catalogue } from '../../../core/catalogue.js';
import { distanceKm } from '../../../core/geo.js';
import type { RegionConfig } from '../../../core/region.js';
import { awMmi2007California } from '../../../models/groundmotion/intensity.js';
import { putReportSegment } from '../../reports/put-segment.js';
import { answerCells, type PlacedAnswer } from './cells.js';
import type { SentForm } from './read-form.js';

export interface FeltDesk {
  /** Writes an answer down; resolves once it is on disk. */
  add(form: SentForm): Promise<void>;
  /** Puts changed quarters of an hour into the index; done by itself every few seconds too. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

const BLOCK_MS = 900_000;
const FLUSH_MS = 3000;
/** Blocks older than this are no longer changed, ms; the oldest answer is of 12 hours ago. */
const KEPT_MS = 24 * 3_600_000;
/** What people say of "when" is off by so much of it, and at least by so many ms. */
const TIME_SHARE = 0.5;
const LEAST_SLACK_MS = 5 * 60_000;
/** A quake that would be weaker than this at the place was not what they felt, MMI. */
const LEAST_MMI = 1.5;

/** Opens the desk; answers of the last day are read back. `folder` is made when it is missing. */
export async function openFeltDesk(input: {
  readonly folder: string;
  readonly catalogue: Catalogue;
  readonly store: ObjectStore;
  readonly onProblem: (error: unknown) => void;
  readonly nowMs?: () => number;
}): Promise<FeltDesk> {
  const { folder, catalogue, store, onProblem } = input;
  const nowMs = input.nowMs ?? Date.now;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const blocks = new Map<number, PlacedAnswer[]>();
  const changed = new Set<number>();
  const put = (answer: PlacedAnswer): void => {
    const block = Math.floor(answer.feltMs / BLOCK_MS);
    const list = blocks.get(block);
    if (list) list.push(answer);
    else blocks.set(block, [answer]);
    changed.add(block);
  };
  for (const ms of [nowMs() - KEPT_MS, nowMs()]) {
    for (const answer of await readBack(dayFile(folder, ms))) put(answer);
  }

  const flushBlock = async (block: number, regions: readonly RegionConfig[]): Promise<void> => {
    const cells = answerCells(blocks.get(block) ?? []);
    for (const { id, bounds } of regions) {
      const items = cells.filter(
        ({ latitude, longitude }) =>
          latitude !== null &&
          longitude !== null &&
          latitude >= bounds.south &&
          latitude <= bounds.north &&
          [0, 360].some(
            (turn) => longitude + turn >= bounds.west && longitude + turn <= bounds.east,
          ),
      );
      if (items.length === 0) continue;
      const startNs = BigInt(block * BLOCK_MS) * 1_000_000n;
      await putReportSegment({
        catalogue,
        store,
        regionId: id,
        sourceId: 'felt-form',
        startNs,
        endNs: startNs + BigInt(BLOCK_MS) * 1_000_000n,
        items,
        receivedMs: nowMs(),
      });
    }
  };
  const flushAll = async (): Promise<void> => {
    for (const block of blocks.keys()) {
      if ((block + 1) * BLOCK_MS < nowMs() - KEPT_MS) blocks.delete(block);
    }
    if (changed.size === 0) return;
    const regions = await catalogue.listRegions();
    for (const block of [...changed]) {
      // Deleted first: an answer that comes meanwhile marks it again.
      changed.delete(block);
      try {
        await flushBlock(block, regions);
      } catch (error) {
        changed.add(block);
        throw error;
      }
    }
  };
  let flushing = Promise.resolve();
  const flush = (): Promise<void> => (flushing = flushing.then(flushAll, flushAll));
  const timer = setInterval(() => void flush().catch(onProblem), FLUSH_MS);
  timer.unref();

  return {
    add: async (form) => {
      const feltMs = await feltTimeMs({ form, catalogue, nowMs: nowMs(), onProblem });
      const answer = { answers: form.answers, place: form.place, feltMs };
      await appendFile(dayFile(folder, nowMs()), lineOf(answer), { mode: 0o600, flush: true });
      put(answer);
    },
    flush,
    close: async () => {
      clearInterval(timer);
      await flush().catch(onProblem);
    },
  };
}

/** The origin time of the quake that fits place and time, else the time that was said. */
async function feltTimeMs(input: {
  readonly form: SentForm;
  readonly catalogue: Catalogue;
  readonly nowMs: number;
  readonly onProblem: (error: unknown) => void;
}): Promise<number> {
  const { form, catalogue, nowMs, onProblem } = input;
  const saidMs = nowMs - form.minutesAgo * 60_000;
  const slackMs = Math.max(LEAST_SLACK_MS, TIME_SHARE * form.minutesAgo * 60_000);
  const quakes = await catalogue
    .listEvents({
      from: new Date(saidMs - slackMs).toISOString(),
      to: new Date(Math.min(nowMs, saidMs + slackMs)).toISOString(),
      limit: 100,
    })
    .catch((error: unknown) => {
      onProblem(error);
      return [];
    });
  let best: { readonly mmi: number; readonly timeMs: number } | null = null;
  for (const { preferred } of quakes) {
    const { latitude, longitude, depthKm, magnitude, originTime } = preferred.origin;
    const away = distanceKm(form.place, { latitude: latitude.mean, longitude: longitude.mean });
    const { mmi } = awMmi2007California(magnitude.mean, Math.hypot(away, depthKm.mean));
    const timeMs = Date.parse(originTime);
    const fits = mmi >= LEAST_MMI && Math.abs(timeMs - saidMs) <= slackMs;
    if (fits && (best === null || mmi > best.mmi)) best = { mmi, timeMs };
  }
  return best?.timeMs ?? Math.floor(saidMs / 60_000) * 60_000;
}

/** A day (UTC) a file: old ones can be deleted by date. */
function dayFile(folder: string, ms: number): string {
  return path.join(folder, `answers-${new Date(ms).toISOString().slice(0, 10)}.jsonl`);
}

/** Columns as in the files of USGS, so that `reports cdi` reads them. */
function lineOf({ answers, place, feltMs }: PlacedAnswer): string {
  const { otherFelt, damageText, ...rest } = answers;
  const { latitude, longitude, radiusKm } = place;
  const time = new Date(feltMs).toISOString();
  const columns = { other_felt: otherFelt, d_text: damageText, latitude, longitude };
  return `${JSON.stringify({ time, ...rest, ...columns, radius_km: radiusKm })}\n`;
}

/** Lines of our own; one that a kill cut short is left out. */
async function readBack(file: string): Promise<PlacedAnswer[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.split('\n').flatMap((line): PlacedAnswer[] => {
    try {
      const row = JSON.parse(line) as Record<string, unknown>;
      const { time, other_felt, d_text, latitude, longitude, radius_km, ...rest } = row;
      const answers = { ...rest, otherFelt: other_felt, damageText: d_text };
      return [
        {
          answers: answers as unknown as PlacedAnswer['answers'],
          place: { latitude, longitude, radiusKm: radius_km } as PlacedAnswer['place'],
          feltMs: Date.parse(String(time)),
        },
      ];
    } catch {
      return [];
    }
  });
}
