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
  readonly author: string;
  readonly timeS: number;
  readonly text: string;
  readonly place: { readonly latitude: number; readonly longitude: number } | null;
  readonly isRepeat: boolean;
  readonly isBot: boolean;
}

/** A counted post, for the detector. */
export interface CountedPost {
  readonly timeS: number;
  readonly language: string;
  readonly cell: string;
  readonly authorHash: number;
  readonly wordingHash: number | null;
}

/** Everything that may be written to disk. Keys `cell|minute|language`. */
export interface CounterState {
  readonly salt: string;
  readonly counts: readonly (readonly [string, number])[];
  /** Salted hash of the post's name, key of its count. */
  readonly hashes: readonly (readonly [string, string])[];
  /** Posts left out, by reason. */
  readonly left: Readonly<Record<string, number>>;
  readonly deleted: number;
}

export interface PostCounter {
  /** Counts a post once however often it comes; null when it is left out. */
  add(post: CountablePost): CountedPost | null;
  /** Takes a deleted post out of its count; the count's key, or null when it was not counted. */
  remove(id: string): { readonly timeS: number; readonly language: string } | null;
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
  const left: Record<string, number> = { ...input.state?.left };
  const authors = new Map<number, { sinceS: number; posts: number }>();
  let deleted = input.state?.deleted ?? 0;
  let seen = 0;
  const leave = (reason: string): null => {
    left[reason] = (left[reason] ?? 0) + 1;
    return null;
  };
  const hash = (kind: string, text: string): Buffer =>
    createHash('sha256').update(salt).update(kind).update('\0').update(text).digest();

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

  return {
    add: (post) => {
      seen++;
      const filtered = filterPost(post);
      if (!filtered.passes) return leave(filtered.reason);
      const { text } = filtered.plain;
      if (firstHandProbability(network, text) < FIRST_HAND) return leave('not first-hand');
      const name = hash('id', post.id).toString('base64url').slice(0, 22);
      if (hashes.has(name)) return leave('seen before');
      const author = post.author === '' ? post.id : post.author;
      const authorHash = hash('author', author).readUInt32LE(0);
      if (isTooMany(authorHash, post.timeS)) return leave('too many of one author');
      const place = post.place ?? input.findPlace?.(post.text) ?? null;
      const cell = place === null ? 'none' : cellOf(place);
      const key = `${cell}|${Math.floor(post.timeS / 60)}|${filtered.language}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
      hashes.set(name, key);
      dropOldest(hashes, MAX_HASHES);
      dropOldest(counts, MAX_COUNTS);
      // Names and numbers differ between copies of one wording.
      const wording = text.replace(/[\d\p{P}\p{S}\s]+/gu, '');
      return {
        timeS: post.timeS,
        language: filtered.language,
        cell,
        authorHash,
        wordingHash:
          wording.length < LEAST_WORDING ? null : hash('wording', wording).readUInt32LE(0),
      };
    },
    remove: (id) => {
      const name = hash('id', id).toString('base64url').slice(0, 22);
      const key = hashes.get(name);
      if (key === undefined) return null;
      hashes.delete(name);
      deleted++;
      const n = (counts.get(key) ?? 0) - 1;
      if (n > 0) counts.set(key, n);
      else counts.delete(key);
      const [, minute, language] = key.split('|');
      return { timeS: Number(minute) * 60, language: language ?? 'und' };
    },
    state: () => ({ salt, counts: [...counts], hashes: [...hashes], left: { ...left }, deleted }),
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
