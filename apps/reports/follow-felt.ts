/**
 * Felt-report products followed through their revisions: each version is kept as a file, and becomes a
 * segment of the regions it touches, so that a late revision makes a new version of the origin.
 * @module
 */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ObjectStore } from '../../core/artifact.js';
import type { Catalogue } from '../../core/catalogue.js';
import { describeError } from '../../core/errors.js';
import type { RegionConfig } from '../../core/region.js';
import { reportItems } from '../../core/tables/report-table.js';
import type { ReportItem } from '../../core/waveform.js';
import type { FeltEvent, FeltService } from '../../connectors/reports/feeds/felt-products.js';
import { readSource } from '../../connectors/registry.js';
import { openSourceFile } from '../../connectors/source-file.js';
import { putReportSegment } from './put-segment.js';

/** A version that came. */
export interface FeltVersion {
  readonly service: string;
  readonly eventId: string;
  readonly originAt: string;
  readonly receivedAt: string;
  /** The service's name of the version; `none` when the product is gone. */
  readonly version: string;
  readonly cells: number;
  readonly responses: number;
  readonly file: string | null;
}

/** Where segments go. */
export interface SegmentSink {
  readonly catalogue: Pick<Catalogue, 'addSegment'>;
  readonly store: ObjectStore;
  readonly regions: readonly RegionConfig[];
}

/** By service: where to ask from, and the mark and version known of each event. */
interface FollowState {
  sinceMs: number;
  events: Record<string, { mark: string; version: string }>;
}

/** Lists are asked for again from so much earlier: clocks differ, and lists are not instant, ms. */
const OVERLAP_MS = 10 * 60_000;
const DAY_MS = 86_400_000;
const MAX_EVENTS = 20_000;
const GONE = 'none';

/**
 * Asks a service once. What was taken is written to the state file after it is stored, an event at a
 * time: after a break or a kill nothing is missed, and nothing is stored twice. One event that fails
 * is asked for again the next time and does not stop the others.
 */
export async function followOnce(input: {
  readonly service: FeltService;
  readonly folder: string;
  /** Look back so far on the first round. */
  readonly firstSinceMs: number;
  readonly nowMs: () => number;
  readonly sink: SegmentSink | null;
  readonly take: (version: FeltVersion) => void;
  readonly onProblem: (text: string) => void;
}): Promise<void> {
  const { service, folder, nowMs, sink, take, onProblem } = input;
  await mkdir(path.join(folder, service.name), { recursive: true });
  const stateFile = path.join(folder, service.name, 'state.json');
  const state = await readState(stateFile, input.firstSinceMs);
  const events = await service.list(state.sinceMs - OVERLAP_MS);
  let sinceMs = state.sinceMs;
  let isWhole = true;
  for (const event of events) {
    const known = state.events[event.eventId];
    try {
      if (known?.mark !== event.mark) {
        const version = await takeVersion({ service, folder, event, known, nowMs, sink });
        state.events[event.eventId] = { mark: event.mark, version: version.version };
        if (version.version !== known?.version && !(known === undefined && version.file === null)) {
          take(version);
        }
      }
      // A change dated far ahead must not hide those before it.
      if (isWhole) sinceMs = Math.max(sinceMs, Math.min(event.updatedMs, nowMs() + DAY_MS));
    } catch (error) {
      isWhole = false;
      const text = error instanceof Error ? describeError(error) : String(error);
      onProblem(`${service.name} ${event.eventId}: ${text}`);
    }
    if (state.events[event.eventId] !== known) await writeState(stateFile, { ...state, sinceMs });
  }
  await writeState(stateFile, { ...state, sinceMs });
}

async function takeVersion(input: {
  readonly service: FeltService;
  readonly folder: string;
  readonly event: FeltEvent;
  readonly known: { readonly version: string } | undefined;
  readonly nowMs: () => number;
  readonly sink: SegmentSink | null;
}): Promise<FeltVersion> {
  const { service, event, known, sink } = input;
  const product = await event.download();
  const receivedMs = input.nowMs();
  const common = {
    service: service.name,
    eventId: event.eventId,
    originAt: new Date(event.originMs).toISOString(),
    receivedAt: new Date(receivedMs).toISOString(),
  };
  const isNew = product !== null && product.version !== known?.version;
  let [file, items]: [string | null, ReportItem[]] = [null, []];
  if (isNew) {
    const folder = path.join(input.folder, service.name, event.eventId);
    await mkdir(folder, { recursive: true });
    file = path.join(folder, `${product.version}-${product.fileName}`);
    await writeWhole(file, product.bytes);
    items = await itemsOf(file, event.originMs);
  }
  const isGone = product === null && known !== undefined && known.version !== GONE;
  if (sink !== null && (isNew || isGone)) await putItems({ ...input, items, receivedMs, sink });
  return {
    ...common,
    version: product?.version ?? GONE,
    cells: items.length,
    responses: items.reduce((sum, { felt, notFelt }) => sum + felt + notFelt, 0),
    file,
  };
}

/** Felt cells, at the time of the event that they belong to. */
async function itemsOf(file: string, originMs: number): Promise<ReportItem[]> {
  const table = await readSource({
    file: await openSourceFile({ path: file }),
    window: null,
    options: {},
  });
  const timeNs = BigInt(Math.round(originMs)) * 1_000_000n;
  return reportItems(table)
    .filter(({ kind }) => kind === 'felt-cell')
    .map((item) => ({ ...item, timeNs }));
}

async function putItems(input: {
  readonly service: FeltService;
  readonly event: FeltEvent;
  readonly items: readonly ReportItem[];
  readonly receivedMs: number;
  readonly sink: SegmentSink;
}): Promise<void> {
  const { service, event, items, receivedMs, sink } = input;
  const startNs = BigInt(Math.round(event.originMs)) * 1_000_000n;
  for (const { id, bounds } of sink.regions) {
    const own = items.filter(
      ({ latitude, longitude }) =>
        latitude !== null &&
        longitude !== null &&
        latitude >= bounds.south &&
        latitude <= bounds.north &&
        [0, 360].some((turn) => longitude + turn >= bounds.west && longitude + turn <= bounds.east),
    );
    // An empty version takes back what an earlier one said; without one there is nothing to take back.
    if (own.length === 0 && items.length > 0) continue;
    await putReportSegment({
      ...sink,
      regionId: id,
      sourceId: `${service.name}-${event.eventId}`,
      startNs,
      endNs: startNs + 1_000_000_000n,
      items: own,
      receivedMs,
    });
  }
}

async function readState(file: string, firstSinceMs: number): Promise<FollowState> {
  const text = await readFile(file, 'utf8').catch(() => null);
  return text === null ? { sinceMs: firstSinceMs, events: {} } : (JSON.parse(text) as FollowState);
}

async function writeState(file: string, state: FollowState): Promise<void> {
  const entries = Object.entries(state.events);
  const events = Object.fromEntries(entries.slice(Math.max(0, entries.length - MAX_EVENTS)));
  await writeWhole(file, JSON.stringify({ ...state, events }));
}

/** A kill leaves the old file or the new one. */
async function writeWhole(file: string, content: string | Uint8Array): Promise<void> {
  const partial = path.join(path.dirname(file), `.${path.basename(file)}.part`);
  await writeFile(partial, content, { flush: true });
  await rename(partial, file);
}
