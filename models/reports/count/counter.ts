/**
 * Posts in, counts per cell, minute and language out. What survives a post is one number in a count and,
 * for deletions, a salted hash with the count it went into; text and author are read and dropped.
 * @module
 */
import { createHash } from 'node:crypto';
import { LEAST_WORDING } from '../detect/detector.js';
import { filterPost } from '../text/filter.js';
import { firstHandProbability, type TextNetwork } from '../text/network.js';

/** What is needed of a post. */
export interface CountablePost {
  readonly id: string;
  /** Name that servers share which hand the post on under ids of their own. */
  readonly sharedId?: string | null;
  readonly author: string;
  readonly timeS: number;
  readonly text: string;
  readonly place: { readonly latitude: number; readonly longitude: number } | null;
  readonly isRepeat: boolean;
  readonly isBot: boolean;
  /** An edit of a post that may have been seen before. */
  readonly isUpdate?: boolean;
}

/** A counted post, for the detector. */
export interface CountedPost {
  readonly timeS: number;
  readonly language: string;
  readonly cell: string;
  readonly authorHash: number;
  readonly wordingHash: number | null;
}

/** A count that went back down: minute of the post (its first second, s since 1970) and language. */
export interface TakenBack {
  readonly timeS: number;
  readonly language: string;
}

/** What one event of a feed changed in the counts. */
export interface CountChange {
  readonly counted: CountedPost | null;
  readonly removed: TakenBack | null;
}

/** Everything that may be written to disk. Keys `cell|minute|language`. */
export interface CounterState {
  readonly salt: string;
  readonly counts: readonly (readonly [string, number])[];
  /** Salted hash of the post's name, key of its count; `=name` for a further name of the same post. */
  readonly hashes: readonly (readonly [string, string])[];
  /** Posts left out, by reason. */
  readonly left: Readonly<Record<string, number>>;
  readonly deleted: number;
  /** Names (hashes) of posts that were deleted before they came. */
  readonly gone?: readonly string[] | undefined;
  /** Salted 32-bit hash, first post (s) and posts of the authors of the last ten minutes. */
  readonly authors?: readonly (readonly [number, number, number])[] | undefined;
}

export interface PostCounter {
  /** Counts a post once however often it comes; null when it is left out. */
  add(post: CountablePost): CountedPost | null;
  /**
   * Takes a deleted post out of its count; null when it was not counted. It is not counted later
   * either, should the deletion have come first.
   */
  remove(id: string): TakenBack | null;
  /**
   * Any event of a feed. An edit takes a post back that no longer says shaking, and counts one that
   * now does; one that still does stays as it was counted.
   */
  take(
    event:
      | (CountablePost & { readonly kind: 'post' })
      | { readonly kind: 'delete'; readonly id: string },
  ): CountChange;
  state(): CounterState;
  readonly seen: () => number;
}

/** Cells are coarse enough to tell nobody's home, degrees. */
const CELL_DEG = 0.5;
/** Deletions reach this many posts back; a stream of quakes fills it in months. */
const MAX_HASHES = 500_000;
const MAX_COUNTS = 500_000;
const FIRST_HAND = 0.5;
/** Posts of one author that count in so long, s: who writes more is a machine. */
const MOST_OF_AUTHOR = 5;
const AUTHOR_S = 600;
const MAX_AUTHORS = 100_000;
/** Deletions that are remembered for posts which come after them. */
const MAX_GONE = 10_000;

export function createPostCounter(input: {
  readonly network: TextNetwork;
  readonly salt: string;
  readonly state?: CounterState | null;
  readonly findPlace?: (
    text: string,
  ) => { readonly latitude: number; readonly longitude: number } | null;
}): PostCounter {
  const { network, salt } = input;
  const counts = new Map<string, number>(input.state?.counts);
  const hashes = new Map<string, string>(input.state?.hashes);
  const gone = new Map((input.state?.gone ?? []).map((name) => [name, true] as const));
  const left: Record<string, number> = { ...input.state?.left };
  const authors = new Map<number, { sinceS: number; posts: number }>(
    input.state?.authors?.map(([hash, sinceS, posts]) => [hash, { sinceS, posts }]),
  );
  let deleted = input.state?.deleted ?? 0;
  let seen = 0;
  let lastS = Number.NEGATIVE_INFINITY;
  const leave = (reason: string): null => {
    left[reason] = (left[reason] ?? 0) + 1;
    return null;
  };
  const hash = (kind: string, text: string): Buffer =>
    createHash('sha256').update(salt).update(kind).update('\0').update(text).digest();
  const nameOf = (id: string): string => hash('id', id).toString('base64url').slice(0, 22);
  /** The post's own name at its server, and the one under which it is counted. */
  const namesOf = ({ id, sharedId }: CountablePost): { own: string; main: string } => {
    const own = nameOf(id);
    return { own, main: sharedId ? nameOf(sharedId) : own };
  };
  const keepName = (name: string, value: string): void => {
    hashes.set(name, value);
    dropOldest(hashes, MAX_HASHES);
  };
  const forget = (name: string): void => {
    gone.set(name, true);
    dropOldest(gone, MAX_GONE);
  };

  const isTooMany = (author: number, timeS: number): boolean => {
    const known = authors.get(author);
    const isNew = !known || Math.abs(timeS - known.sinceS) > AUTHOR_S;
    const own = isNew ? { sinceS: timeS, posts: 0 } : known;
    if (isNew) {
      authors.delete(author);
      authors.set(author, own);
      dropOldest(authors, MAX_AUTHORS);
    }
    own.posts++;
    return own.posts > MOST_OF_AUTHOR;
  };

  /** The folded text and its language, or why it does not count. */
  const read = (post: CountablePost): { text: string; language: string } | string => {
    const filtered = filterPost(post);
    if (!filtered.passes) return filtered.reason;
    const { text } = filtered.plain;
    if (firstHandProbability(network, text) < FIRST_HAND) return 'not first-hand';
    return { text, language: filtered.language };
  };

  const add = (post: CountablePost): CountedPost | null => {
    seen++;
    const found = read(post);
    if (typeof found === 'string') return leave(found);
    const { text, language } = found;
    const { own, main } = namesOf(post);
    if (gone.has(own) || gone.has(main)) {
      if (main !== own) forget(main);
      return leave('deleted before it came');
    }
    if (hashes.has(main)) {
      if (main !== own) keepName(own, `=${main}`);
      return leave('seen before');
    }
    const author = post.author === '' ? post.id : post.author;
    const authorHash = hash('author', author).readUInt32LE(0);
    lastS = Math.max(lastS, post.timeS);
    if (isTooMany(authorHash, post.timeS)) return leave('too many of one author');
    const place = post.place ?? input.findPlace?.(post.text) ?? null;
    const cell = place === null ? 'none' : cellOf(place);
    const key = `${cell}|${Math.floor(post.timeS / 60)}|${language}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
    keepName(main, key);
    if (main !== own) keepName(own, `=${main}`);
    dropOldest(counts, MAX_COUNTS);
    // Names and numbers differ between copies of one wording.
    const wording = text.replace(/[\d\p{P}\p{S}\s]+/gu, '');
    return {
      timeS: post.timeS,
      language,
      cell,
      authorHash,
      wordingHash: wording.length < LEAST_WORDING ? null : hash('wording', wording).readUInt32LE(0),
    };
  };

  /** Takes the post counted under this name, or the one it stands for, out of its count. */
  const takeBack = (name: string): TakenBack | null => {
    const value = hashes.get(name);
    if (value === undefined) return null;
    hashes.delete(name);
    if (value.startsWith('=')) {
      forget(value.slice(1));
      return takeBack(value.slice(1));
    }
    const n = (counts.get(value) ?? 0) - 1;
    if (n > 0) counts.set(value, n);
    else counts.delete(value);
    const [, minute, language] = value.split('|');
    return { timeS: Number(minute) * 60, language: language ?? 'und' };
  };

  const remove = (id: string): TakenBack | null => {
    const name = nameOf(id);
    forget(name);
    const removed = takeBack(name);
    if (removed !== null) deleted++;
    return removed;
  };

  const edit = (post: CountablePost): CountChange => {
    const { main } = namesOf(post);
    if (!hashes.has(main)) return { counted: add(post), removed: null };
    seen++;
    const found = read(post);
    if (typeof found !== 'string') return { counted: leave('seen before'), removed: null };
    leave('edited: no longer first-hand');
    return { counted: null, removed: takeBack(main) };
  };

  return {
    add,
    remove,
    take: (event) => {
      if (event.kind === 'delete') return { counted: null, removed: remove(event.id) };
      return event.isUpdate === true ? edit(event) : { counted: add(event), removed: null };
    },
    state: () => ({
      salt,
      counts: [...counts],
      hashes: [...hashes],
      left: { ...left },
      deleted,
      gone: [...gone.keys()],
      authors: [...authors].flatMap(([hash, { sinceS, posts }]) =>
        lastS - sinceS <= AUTHOR_S ? [[hash, sinceS, posts] as const] : [],
      ),
    }),
    seen: () => seen,
  };
}

/** South-west corner of the half-degree cell, `38.0,-122.5`. */
export function cellOf(place: { readonly latitude: number; readonly longitude: number }): string {
  const corner = (value: number): string => (Math.floor(value / CELL_DEG) * CELL_DEG).toFixed(1);
  return `${corner(place.latitude)},${corner(place.longitude)}`;
}

function dropOldest<Key>(map: Map<Key, unknown>, most: number): void {
  if (map.size <= most) return;
  const oldest = map.keys().next().value;
  if (oldest !== undefined) map.delete(oldest);
}
