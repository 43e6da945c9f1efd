/** What a frame of a social feed says, whatever the service. Text and author live in memory only. @module */

/** A post as the counter takes it. */
export interface FeedPost {
  readonly kind: 'post';
  /** Name of the post at its service; only its salted hash is kept. */
  readonly id: string;
  /** Name of the post at every server that hands it on (ActivityPub), where the service has one. */
  readonly sharedId?: string | null;
  readonly author: string;
  /** When it was written, s since 1970. */
  readonly timeS: number;
  readonly text: string;
  /** Languages the author's client states, ISO 639-1. */
  readonly languages: readonly string[];
  readonly place: { readonly latitude: number; readonly longitude: number } | null;
  readonly isRepeat: boolean;
  readonly isBot: boolean;
  /** An edit of a post that was seen before. */
  readonly isUpdate: boolean;
}

export interface FeedDelete {
  readonly kind: 'delete';
  readonly id: string;
}

/** A frame that says nothing about posts: a heartbeat, a like, an account event. */
export interface FeedOther {
  readonly kind: 'other';
}

/** One parsed frame; `cursor` is what to resume from after it, null where the service has none. */
export type ParsedFrame =
  | {
      readonly ok: true;
      readonly event: FeedPost | FeedDelete | FeedOther;
      readonly cursor: string | null;
    }
  | { readonly ok: false; readonly reason: string };

/** A frame longer than this is refused unread. */
export const MAX_FRAME_CHARACTERS = 1024 * 1024;
/** Clocks of writers may be this far ahead, s. */
export const MAX_FUTURE_S = 120;

/** The frame as a JSON object, or why it is none. */
export function frameObject(frame: string): Record<string, unknown> | string {
  if (frame.length > MAX_FRAME_CHARACTERS) return 'frame longer than 1 MiB';
  let value: unknown;
  try {
    value = JSON.parse(frame);
  } catch {
    return 'not JSON';
  }
  return asObject(value) ?? 'not a JSON object';
}

export function asObject(value: unknown): Record<string, unknown> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null;
}

export function asText(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

/** Two-letter codes of a list such as `["en-US"]`; at most three. */
export function languageCodes(value: unknown): readonly string[] {
  const list = Array.isArray(value) ? value : [value];
  return list
    .slice(0, 3)
    .flatMap((one) =>
      typeof one === 'string' && /^[a-z]{2}\b/i.test(one) ? [one.slice(0, 2).toLowerCase()] : [],
    );
}
