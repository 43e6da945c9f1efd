/**
 * Live fibres of a region, in folders or object stores: when a window's files are there, and when late ones change it, it goes into
 * the segment index that `watchRegion` reads. In: the region and the time. Out: rows of the index.
 *
 * Files are known by size, time of writing and the time they cover, not by name or order: one that is
 * renamed changes nothing; one written again, or late, makes another version of its windows. What was
 * sealed is in the index itself, so that any worker can go on.
 * @module
 */
import type { SegmentRow } from '../core/catalogue.js';
import { describeError, isQuakeError } from '../core/errors.js';
import type { RegionConfig, SourceConfig } from '../core/region.js';
import { LIVE_MARGIN_S } from '../core/stages.js';
import { isoToNs, nsToIso, secondsToNs } from '../core/time.js';
import { fileIdentity, identityText } from '../connectors/file-identity.js';
import { listSourceFiles } from '../connectors/source-file.js';
import { lookAtFile } from '../connectors/das/stream/folder-listing.js';
import {
  sealWindows,
  type SealableFile,
  type SealState,
} from '../connectors/das/stream/sealing.js';
import { DEFAULT_WATCH_SETTINGS, lookAt } from '../connectors/das/stream/watch-state.js';
import { ALIGN_MARGIN_S } from '../models/evidence-tasks.js';
import type { ActivityDeps } from './deps.js';
import type { StepContext } from './step.js';

/** What is not there this long after a window's reach ended is late, s. */
const LATENCY_S = 60;
/** A watch follows the last day; `backfill` is for what is older. */
const HORIZON_S = 86_400;
/** New headers, and windows, a call: the rest comes with the next look. */
const MOST_SCANS = 200;
const MOST_WINDOWS = 50;
const SCAN_LIMIT_MS = 20_000;

/** Files that no reader takes, by path and identity: told once a process. */
const refused = new Set<string>();

/**
 * Seals the region's due windows. A feed whose folder cannot be read goes to quarantine with its
 * reason, and the others go on; files that are still being written are left for the next look.
 */
export async function sealFibres(
  deps: ActivityDeps,
  input: {
    readonly region: RegionConfig;
    readonly nowNs: bigint;
    readonly context: StepContext;
  },
): Promise<void> {
  for (const source of input.region.sources) {
    if (source.kind !== 'das' || !/^(?:file|s3):/.test(source.uri)) continue;
    try {
      await sealSource(deps, { ...input, source });
    } catch (error) {
      if (!isQuakeError(error)) throw error;
      await refuse(deps, { ...input, source }, source.uri, describeError(error));
    }
  }
}

interface Feed {
  readonly region: RegionConfig;
  readonly source: SourceConfig;
  readonly nowNs: bigint;
  readonly context: StepContext;
}

async function sealSource(deps: ActivityDeps, feed: Feed): Promise<void> {
  const { region, source, nowNs } = feed;
  const marginS = region.overlapS + LIVE_MARGIN_S;
  const rows = await deps.catalogue.segmentsInWindow({
    regionId: region.id,
    source: 'das',
    window: {
      start: nsToIso(nowNs - secondsToNs(HORIZON_S + region.windowS)),
      end: nsToIso(nowNs + secondsToNs(HORIZON_S)),
    },
  });
  const { due } = sealWindows({
    state: sealedBefore(rows, source.id),
    files: await settledFiles(deps, feed),
    nowNs,
    settings: {
      intervalS: region.windowS,
      reachS: region.overlapS + ALIGN_MARGIN_S,
      latencyS: LATENCY_S,
      horizonS: HORIZON_S,
    },
  });
  for (const { window, version, inputs } of due.slice(0, MOST_WINDOWS)) {
    const seal = { regionId: region.id, sourceId: source.id, window, version, inputs };
    const artifact = await deps.store.put({
      key: sealKey({ ...seal, start: window.start }),
      kind: 'window-manifest',
      bytes: new TextEncoder().encode(JSON.stringify(seal)),
    });
    // The watch widens a span by its margin: the window's inside alone makes it look at this window.
    const [startNs, endNs] = [isoToNs(window.start), isoToNs(window.end)];
    const insideNs = secondsToNs(Math.min(marginS, region.windowS / 2));
    await deps.catalogue.addSegment({
      regionId: region.id,
      source: 'das',
      sourceId: source.id,
      startNs: startNs + insideNs,
      endNs: endNs - insideNs,
      records: 1,
      artifact,
    });
  }
}

/** `seals/<region>/<source>/<start of the window>/<version>-<hash of its inputs>.json` */
function sealKey(input: {
  readonly regionId: string;
  readonly sourceId: string;
  readonly start: string;
  readonly version: number;
  readonly inputs: string;
}): string {
  const { regionId, sourceId, start, version, inputs } = input;
  return `seals/${regionId}/${sourceId}/${start}/${String(version).padStart(4, '0')}-${inputs}.json`;
}

function sealedBefore(rows: readonly SegmentRow[], sourceId: string): SealState {
  const state: Record<string, { version: number; inputs: string }> = {};
  for (const row of rows) {
    const match = /^seals\/[^/]+\/([^/]+)\/([^/]+)\/(\d+)-([0-9a-f]{64})\.json$/.exec(
      row.artifact.key,
    );
    const [, source, start, version, inputs] = match ?? [];
    if (source !== sourceId || start === undefined || inputs === undefined) continue;
    if (Number(version) <= (state[start]?.version ?? 0)) continue;
    state[start] = { version: Number(version), inputs };
  }
  return state;
}

/** Files of the feed that are whole, with the time they cover. */
async function settledFiles(deps: ActivityDeps, feed: Feed): Promise<SealableFile[]> {
  const { source, nowNs, context } = feed;
  const { signal } = context;
  const root = await deps.resolveSource({ uri: source.uri, signal });
  const paths = await listSourceFiles({ path: root });
  const index = (await deps.headers?.open({ root, options: source.options ?? {} })) ?? null;
  const nowMs = Number(nowNs / 1_000_000n);
  const files: SealableFile[] = [];
  let scans = 0;
  for (const path of paths) {
    signal.throwIfAborted();
    const identity = await fileIdentity(path);
    if (identity === null || refused.has(`${path} ${identityText(identity)}`)) continue;
    let header = index?.find(path, identity) ?? null;
    if (header === null) {
      const seen = await lookAtFile(path);
      const look = { nowMs, settings: DEFAULT_WATCH_SETTINGS };
      if (!seen || !lookAt(undefined, seen, look).file.isSettled || ++scans > MOST_SCANS) continue;
      try {
        header = await deps.compute.run(
          'scanSource',
          { path, options: source.options ?? {}, source: source.kind },
          { signal, limitMs: SCAN_LIMIT_MS },
        );
        index?.remember({ path, identity, header });
      } catch (error) {
        if (!isQuakeError(error) || error.retryable) continue;
        refused.add(`${path} ${identityText(identity)}`);
        const isData = (error as { isRecognised?: boolean }).isRecognised !== false;
        if (isData) await refuse(deps, feed, path, describeError(error));
        continue;
      }
    }
    const { window } = header;
    if (window === null) continue;
    files.push({ contentId: `${identity.bytes}:${identity.modifiedNs}:${window.start}`, window });
  }
  await index?.save(paths);
  return files;
}

async function refuse(
  deps: ActivityDeps,
  { region, source }: Pick<Feed, 'region' | 'source'>,
  item: string,
  reason: string,
): Promise<void> {
  await deps.catalogue.quarantine({ regionId: region.id, source: source.kind, item, reason });
}
