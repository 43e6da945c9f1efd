/**
 * Watches a folder or an object prefix by listing it. In: a listing. Out: events of files that can
 * be read, each version once, also over restarts.
 * @module
 */
import { UnavailableError, isQuakeError } from '../../../core/errors.js';
import {
  DEFAULT_WATCH_SETTINGS,
  lookAt,
  type SeenFile,
  type WatchEvent,
  type WatchSettings,
  type WatchState,
  type WatchedFile,
} from './watch-state.js';

/** Where files come from. */
export interface SourceListing {
  /**
   * All names now. `isKnown` says of a name that nobody expects it to have changed: a listing for
   * which looking costs (a file system) may then give the name alone.
   */
  list(isKnown: (name: string) => boolean): Promise<readonly (SeenFile | { name: string })[]>;
}

export interface Watch {
  /** One look at everything; events in order of names. Throws UnavailableError. */
  poll(): Promise<readonly WatchEvent[]>;
  /**
   * Keeps the hash of the samples of a settled version. Returns the name of the other file that
   * holds the same samples, null when there is none: a repeated file is read once.
   */
  noteContent(input: {
    readonly name: string;
    readonly identity: string;
    readonly contentId: string;
  }): string | null;
  /** Plain JSON: a watch started with it goes on where this one stood. */
  state(): WatchState;
}

/** Settled files are looked at again this often, ms: files are rarely written again. */
const RECHECK_MS = 10_000;

/**
 * Starts a watch. Events of a poll are handed out once: keep `state()` after their files are dealt
 * with, and a restart repeats only what was not kept.
 */
export function startWatch(input: {
  readonly listing: SourceListing;
  readonly state?: WatchState;
  readonly settings?: Partial<WatchSettings & { readonly recheckMs: number }>;
  /** ms since the epoch; injected in tests. */
  readonly clock?: () => number;
}): Watch {
  const settings = { ...DEFAULT_WATCH_SETTINGS, recheckMs: RECHECK_MS, ...input.settings };
  const clock = input.clock ?? Date.now;
  const files = new Map<string, WatchedFile>(Object.entries(input.state?.files ?? {}));
  const byContent = new Map<string, string>();
  for (const [name, { contentId }] of files) if (contentId !== null) byContent.set(contentId, name);
  let checkedMs = -Infinity;

  return {
    poll: async () => {
      const nowMs = clock();
      const isRecheck = nowMs - checkedMs >= settings.recheckMs;
      if (isRecheck) checkedMs = nowMs;
      const isKnown = (name: string): boolean => !isRecheck && files.get(name)?.isSettled === true;
      const found = await input.listing.list(isKnown);
      const events: WatchEvent[] = [];
      const names = new Set<string>();
      for (const seen of found) {
        names.add(seen.name);
        if (!('identity' in seen)) continue;
        const before = files.get(seen.name);
        const { file, event } = lookAt(before, seen, { nowMs, settings });
        if (file !== before) {
          forget(byContent, seen.name, before, file);
          files.set(seen.name, file);
        }
        if (event) events.push(event);
      }
      for (const [name, before] of files) {
        if (names.has(name)) continue;
        forget(byContent, name, before, null);
        files.delete(name);
        events.push({ kind: 'gone', name });
      }
      return events.sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    noteContent: ({ name, identity, contentId }) => {
      const file = files.get(name);
      // Written again meanwhile: what was read is not what is there.
      if (!file || file.identity !== identity) return null;
      files.set(name, { ...file, contentId });
      const other = byContent.get(contentId);
      if (other !== undefined && other !== name) return other;
      byContent.set(contentId, name);
      return null;
    },
    state: () => ({ files: Object.fromEntries(files) }),
  };
}

function forget(
  byContent: Map<string, string>,
  name: string,
  before: WatchedFile | undefined,
  after: WatchedFile | null,
): void {
  const contentId = before?.contentId ?? null;
  if (contentId === null || after?.contentId === contentId) return;
  if (byContent.get(contentId) === name) byContent.delete(contentId);
}

/** What lists objects: an S3 client's ListObjectsV2, or a test. */
export interface ObjectLister {
  list(prefix: string): Promise<
    readonly {
      readonly key: string;
      readonly bytes: number;
      /** Changes with the content. */
      readonly etag: string;
      readonly modifiedMs: number;
    }[]
  >;
}

/** Identity of an object: other content has another tag. */
export function objectIdentity({ etag, bytes }: { etag: string; bytes: number }): string {
  return `${etag}:${bytes}`;
}

/** Objects below a prefix. An object is never seen half-written; another content has another tag. */
export function objectListing(input: {
  readonly prefix: string;
  readonly lister: ObjectLister;
}): SourceListing {
  return {
    list: async () => {
      const objects = await input.lister.list(input.prefix).catch((cause: unknown) => {
        if (isQuakeError(cause)) throw cause;
        throw new UnavailableError({
          what: `objects at ${input.prefix}`,
          reason: cause instanceof Error ? cause.message : String(cause),
          remedy: 'check the address, the credentials and the network; the watch goes on by itself',
          cause,
        });
      });
      return objects.map(({ key, bytes, etag, modifiedMs }) => ({
        name: key,
        identity: objectIdentity({ etag, bytes }),
        modifiedMs,
        completeness: 'complete' as const,
      }));
    },
  };
}
