/**
 * Where a live fibre's files come from: a folder, or a prefix of an object store. Out: a listing, and
 * local paths of what it lists.
 * @module
 */
import { setTimeout as pause } from 'node:timers/promises';
import { folderListing, waitForChange } from '../connectors/das/stream/folder-listing.js';
import {
  objectIdentity,
  objectListing,
  type SourceListing,
} from '../connectors/das/stream/watch.js';
import type { FeedObject } from '../objectstore/object-feed.js';
import type { CachedFeed } from './feed-cache.js';

export interface LiveFeed {
  readonly listing: SourceListing;
  /** Where the file of this identity can be read; null when it is gone or was written again. */
  readonly localPath: (file: {
    readonly name: string;
    readonly identity: string;
  }) => Promise<string | null>;
  /** Returns when something may have changed, after `ms` at the latest, or when `signal` aborts. */
  readonly wait: (input: { readonly ms: number; readonly signal: AbortSignal }) => Promise<void>;
  /** Takes the reason of a fault that may pass; without it such a fault ends the run. */
  readonly onTrouble?: (reason: string) => void;
}

/** A folder that fills. */
export function folderFeed(root: string): LiveFeed {
  return {
    listing: folderListing({ root }),
    localPath: ({ name }) => Promise.resolve(name),
    wait: (input) => waitForChange({ root, ...input }),
  };
}

/** A prefix that fills: each object is fetched when its time has come, and fetched again if need be. */
export function objectFeed(input: {
  readonly cached: CachedFeed;
  readonly signal: AbortSignal;
  readonly onTrouble: (reason: string) => void;
}): LiveFeed {
  const { cached, signal, onTrouble } = input;
  let listed = new Map<string, FeedObject>();
  return {
    listing: objectListing({
      prefix: cached.feed.address,
      lister: {
        list: async () => {
          const objects = await cached.feed.list(signal);
          listed = new Map(objects.map((object) => [object.name, object]));
          return objects.map((object) => ({ ...object, key: object.name }));
        },
      },
    }),
    localPath: async ({ name, identity }) => {
      const object = listed.get(name);
      if (!object || objectIdentity(object) !== identity) return null;
      return cached.cache.fetch(object, signal);
    },
    wait: async ({ ms }) => {
      await pause(ms, undefined, { signal }).catch(() => undefined);
    },
    onTrouble: (reason) => {
      if (!signal.aborted) onTrouble(reason);
    },
  };
}
