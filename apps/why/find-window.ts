/**
 * What a home keeps of a time: the windows that hold it, their evidence, what was missing or refused.
 * Catalogue and object store in, windows out.
 * @module
 */
import { createHash } from 'node:crypto';
import type { KeyReader, ObjectStore } from '../../core/artifact.js';
import type { Catalogue } from '../../core/catalogue.js';
import { CorruptSourceError } from '../../core/errors.js';
import type { EvidenceSet } from '../../core/evidence.js';
import type { RegionConfig } from '../../core/region.js';
import { addSeconds, isoToNs, type IsoTime } from '../../core/time.js';

/** A fused window of a region that holds the time. */
export interface KeptWindow {
  readonly region: RegionConfig;
  /** Start of the window (its evidence reaches further). */
  readonly start: IsoTime;
  readonly evidenceKey: string;
  readonly evidence: EvidenceSet;
  /** Sources that were asked for and gave nothing, and why. */
  readonly missing: readonly string[];
  /** Records refused at the door, by reason. */
  readonly refused: readonly string[];
}

/** Windows nearest to a time that none holds. */
export interface NearWindows {
  readonly before: IsoTime | null;
  readonly after: IsoTime | null;
}

type Store = ObjectStore & KeyReader;

/** The window of a region that holds `time`; null when nothing was fused then. */
export async function findWindow(input: {
  readonly store: Store;
  readonly catalogue: Catalogue;
  readonly region: RegionConfig;
  readonly time: IsoTime;
}): Promise<KeptWindow | null> {
  const { store, catalogue, region, time } = input;
  const ns = isoToNs(time);
  const starts = await windowStarts(store, region.id);
  const start = starts.find(
    (each) => isoToNs(each) <= ns && ns < isoToNs(addSeconds(each, region.windowS)),
  );
  if (start === undefined) return null;
  const keys = await store.list(`evidence/${region.id}/${start}/`);
  const read = await Promise.all(keys.map((key) => readEvidence(store, key)));
  // A window that was sealed again with late data has several: the fullest is the latest.
  const size = ({ evidence }: (typeof read)[number]): number =>
    evidence.sensors.length * 1000 + evidence.sensors.reduce((n, s) => n + s.arrivals.length, 0);
  const best = read.reduce((a, b) => (size(b) > size(a) ? b : a));
  const refused = await catalogue.listQuarantine({ regionId: region.id, limit: 1000 });
  return {
    region,
    start,
    evidenceKey: best.key,
    evidence: best.evidence,
    missing: await missingOf(store, region.id, start),
    refused: refused.map(
      ({ source, item, reason, count }) => `${source}: ${item}: ${reason} (${count})`,
    ),
  };
}

/** Starts of the windows next to a time. */
export async function nearWindows(
  store: Store,
  regionId: string,
  time: IsoTime,
): Promise<NearWindows> {
  const starts = await windowStarts(store, regionId);
  const ns = isoToNs(time);
  return {
    before: starts.filter((start) => isoToNs(start) <= ns).at(-1) ?? null,
    after: starts.find((start) => isoToNs(start) > ns) ?? null,
  };
}

/** In order of time. */
async function windowStarts(store: Store, regionId: string): Promise<IsoTime[]> {
  const keys = await store.list(`evidence/${regionId}/`);
  const starts = new Set(keys.map((key) => key.split('/')[2] as string));
  return [...starts].sort((a, b) => (isoToNs(a) < isoToNs(b) ? -1 : 1));
}

async function readEvidence(
  store: Store,
  key: string,
): Promise<{ key: string; evidence: EvidenceSet }> {
  return { key, evidence: (await readJson(store, key)) as EvidenceSet };
}

async function missingOf(store: Store, regionId: string, start: IsoTime): Promise<string[]> {
  const keys = await store.list(`windows/${regionId}/${start}/`);
  const manifests = keys.filter((key) => /\/window-[^/]*\.json$/.test(key));
  const lines = new Set<string>();
  for (const key of manifests) {
    const { missing = [] } = (await readJson(store, key)) as {
      missing?: readonly { source: string; reason: string }[];
    };
    for (const { source, reason } of missing) lines.add(`${source}: ${reason}`);
  }
  return [...lines].sort();
}

async function readJson(store: Store, key: string): Promise<unknown> {
  const bytes = await store.read(key);
  try {
    if (!bytes) throw new Error('it was deleted');
    const stated = /-([0-9a-f]{12})\.json$/.exec(key)?.[1];
    const hash = createHash('sha256').update(bytes).digest('hex');
    if (stated !== undefined && !hash.startsWith(stated)) {
      throw new Error('its bytes do not have the hash of its name');
    }
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const [, regionId = '', start = ''] = key.split('/');
    const remedy = `remove the file from the object store and fuse the window again: \`quakeloom backfill --region ${regionId} --from ${start} --to (its end)\``;
    throw new CorruptSourceError({ source: key, at: 'its content', reason, remedy, cause });
  }
}
