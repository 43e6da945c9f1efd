/**
 * Object stores as feeds of files on this machine. In: an `s3:` address. Out: the feed, and a bounded
 * folder of its objects.
 * @module
 */
import { createHash } from 'node:crypto';
import path from 'node:path';
import { InvalidInputError } from '../core/errors.js';
import { createObjectCache, type ObjectCache } from '../objectstore/object-cache.js';
import { openObjectFeed, type ObjectFeed } from '../objectstore/object-feed.js';

export interface CachedFeed {
  readonly feed: ObjectFeed;
  readonly cache: ObjectCache;
  /** Where its objects are kept. */
  readonly folder: string;
}

/** What a feed may take of the disk where its address does not say (`?cacheGB=N`), GB. */
const CACHE_GB = 50;

/**
 * Opens the feed at `uri` with a cache below `folder`. Throws InvalidInputError for an address that is
 * none, or a size of the cache that is none.
 */
export async function openFeedCache(input: {
  readonly uri: string;
  readonly folder: string;
}): Promise<CachedFeed> {
  const feed = await openObjectFeed(input.uri);
  const text = new URL(input.uri).searchParams.get('cacheGB');
  const gigabytes = text === null ? CACHE_GB : Number(text);
  if (!(gigabytes > 0 && gigabytes <= 1e6)) {
    throw new InvalidInputError({
      what: `address ${input.uri}`,
      reason: `cacheGB is '${text ?? ''}'`,
      remedy: 'give the size of the cache in GB, such as cacheGB=50',
    });
  }
  const key = createHash('sha256').update(feed.id).digest('hex').slice(0, 16);
  const folder = path.join(input.folder, key);
  return { feed, folder, cache: createObjectCache({ feed, folder, maxBytes: gigabytes * 1e9 }) };
}

/** Mirrors that run, by address: two at once would fetch the same. */
const running = new Map<string, Promise<unknown>>();
const opened = new Map<string, Promise<CachedFeed>>();

/**
 * Makes a folder below `folder` hold the newest objects of the feed, as many as its cache takes, and
 * returns it. Each call lists the feed anew; what is there already is not fetched again. Throws
 * InvalidInputError, UnavailableError.
 */
export async function mirrorObjects(input: {
  readonly uri: string;
  readonly folder: string;
  readonly signal?: AbortSignal | undefined;
  readonly report: (note: string) => void;
}): Promise<string> {
  const { uri, signal, report } = input;
  const at = path.join(input.folder, 'feeds');
  const id = `${at} ${uri}`;
  const open = opened.get(id) ?? openFeedCache({ uri, folder: at });
  opened.set(id, open);
  const { feed, cache, folder } = await open.catch((error: unknown) => {
    opened.delete(id);
    throw error;
  });
  const before = running.get(id) ?? Promise.resolve();
  const mine = before.then(() => cache.mirror(signal, report));
  const settled = mine.catch(() => undefined);
  running.set(id, settled);
  const { skipped } = await mine;
  if (skipped > 0)
    report(`${feed.address}: ${skipped} objects left out (older than the cache holds)`);
  return folder;
}
