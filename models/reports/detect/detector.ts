/**
 * First-hand posts of all languages in time order in, declared earthquakes out: a rate test in each
 * language and over all, with posts of one author or of one wording counted once.
 * @module
 */
import {
  RATE_PARAMETERS,
  createRateChannel,
  type RateChannel,
  type RateFinding,
  type RateParameters,
  type RateState,
  type UpSeconds,
} from './rate-channel.js';

/** What of a post reaches the detector. Hashes are salted and never leave memory. */
export interface FirstHandPost {
  /** When it was written, s since 1970. */
  readonly timeS: number;
  readonly language: string;
  /** Null when the source gives none. */
  readonly authorHash: number | null;
  /** Hash of the wording without names and numbers; null when unknown. */
  readonly wordingHash: number | null;
}

export interface Declaration {
  /** Time of the post that made the declaration, s since 1970. */
  readonly declaredS: number;
  /** First post of the burst. */
  readonly firstPostS: number;
  /** Language of the stream that declared, or `all`. */
  readonly stream: string;
  readonly posts: number;
  readonly windowS: number;
  readonly expected: number;
  readonly logRatio: number;
}

/** What a detector has learned: rates by hour of the week, a stream a language. */
export interface DetectorState {
  readonly startS: number;
  /** Time of the last post. */
  readonly lastS: number;
  readonly quietUntilS: number;
  readonly all: RateState;
  readonly streams: readonly (readonly [string, RateState])[];
}

export interface PostDetector {
  /**
   * Posts a little out of order are taken at the time of the last one; those that come later than
   * five minutes (a feed that catches up, an old post handed on) are no sign of now and left out.
   */
  add(post: FirstHandPost): Declaration | null;
  /** Takes a deleted post back out of the counts; a declaration stays declared. */
  remove(post: { readonly timeS: number; readonly language: string }): void;
  readonly counted: () => number;
  /** Posts left out: of one author, of one wording, too late. */
  readonly repeated: () => number;
  /** For going on after a restart; posts of the last minutes are not in it. */
  state(): DetectorState;
}

const LATE_S = 300;
/** One author, and one wording, counts once in so long, s. */
const ONCE_S = 600;
/**
 * Where many write, some use the same words: a wording counts once more when so many others were seen as
 * often. Copies of a few texts alone stay one post each.
 */
const OTHERS_AS_OFTEN = 4;
/** And never more often than this. */
const MOST_COPIES = 50;
const MAX_REMEMBERED = 200_000;
const MAX_STREAMS = 80;
/** Wordings shorter than this many characters have no hash: everybody writes "earthquake?". */
export const LEAST_WORDING = 25;

export function createPostDetector(input: {
  readonly startS: number;
  readonly up?: UpSeconds;
  readonly parameters?: RateParameters;
  /** What was learned before a restart; `startS` is then the time of that state. */
  readonly state?: DetectorState | null;
}): PostDetector {
  const before = input.state ?? null;
  const startS = before?.startS ?? input.startS;
  const up: UpSeconds = input.up ?? ((fromS, toS) => Math.max(0, toS - fromS));
  const parameters = input.parameters ?? RATE_PARAMETERS;
  const channel = (state?: RateState): RateChannel =>
    createRateChannel({ startS, up, parameters, ...(state ? { state } : {}) });
  const streams = new Map<string, RateChannel>(
    before?.streams.map(([language, state]) => [language, channel(state)]),
  );
  const all = channel(before?.all);
  const authors = createMemory(1);
  const wordings = createMemory(MOST_COPIES);
  let lastS = before?.lastS ?? startS;
  let quietUntilS = before?.quietUntilS ?? Number.NEGATIVE_INFINITY;
  let counted = 0;
  let repeated = 0;

  return {
    add: (post) => {
      if (post.timeS < lastS - LATE_S) {
        repeated++;
        return null;
      }
      const timeS = Math.max(lastS, post.timeS);
      lastS = timeS;
      const isKnown =
        authors.wasSeen(post.authorHash, timeS) || wordings.wasSeen(post.wordingHash, timeS);
      if (isKnown) {
        repeated++;
        return null;
      }
      counted++;
      let own = streams.get(post.language);
      if (!own && streams.size < MAX_STREAMS) {
        own = channel();
        streams.set(post.language, own);
      }
      const found = own?.add(timeS) ?? null;
      const total = all.add(timeS);
      const isQuiet = timeS < quietUntilS;
      const best = found ?? (isQuiet ? null : total);
      if (best === null) return null;
      quietUntilS = timeS + parameters.refractoryS;
      return declarationOf(best, timeS, found ? post.language : 'all');
    },
    remove: ({ timeS, language }) => {
      if (streams.get(language)?.remove(timeS) === true) counted--;
      all.remove(timeS);
    },
    counted: () => counted,
    repeated: () => repeated,
    state: () => ({
      startS,
      lastS,
      quietUntilS: Math.max(0, quietUntilS),
      all: all.state(),
      streams: [...streams].map(([language, stream]) => [language, stream.state()] as const),
    }),
  };
}

function declarationOf(found: RateFinding, declaredS: number, stream: string): Declaration {
  const { firstPostS, posts, windowS, expected, logRatio } = found;
  return { declaredS, firstPostS, stream, posts, windowS, expected, logRatio };
}

/**
 * Hashes seen in the last ten minutes, bounded. One was seen before the second time, or, of `most` times,
 * each time to which fewer than four others have come.
 */
function createMemory(most: number): { wasSeen(hash: number | null, timeS: number): boolean } {
  const last = new Map<number, { readonly seenS: number; readonly times: number }>();
  /** How many hashes were seen so many times or more, by times. */
  const asOften: number[] = Array.from({ length: most + 1 }, () => 0);
  const change = (times: number, by: number): void => {
    for (let k = 1; k <= times; k++) asOften[k] = (asOften[k] as number) + by;
  };
  return {
    wasSeen: (hash, timeS) => {
      if (hash === null) return false;
      const before = last.get(hash);
      const seen = before !== undefined && timeS - before.seenS < ONCE_S ? before.times : 0;
      const times = Math.min(most, seen + 1);
      change(before?.times ?? 0, -1);
      // Deleting first keeps the map in order of time, so that the oldest go first.
      last.delete(hash);
      last.set(hash, { seenS: timeS, times });
      for (const [old, entry] of last) {
        if (entry.seenS >= timeS - ONCE_S && last.size <= MAX_REMEMBERED) break;
        last.delete(old);
        change(entry.times, -1);
      }
      const others = asOften[times] as number;
      change(times, 1);
      return seen >= most || (seen > 0 && others < OTHERS_AS_OFTEN);
    },
  };
}
