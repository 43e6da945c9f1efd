/**
 * Bluesky Jetstream: one JSON frame a WebSocket message (`kind: commit` with create, update, delete).
 * The cursor is `time_us`, unix microseconds, valid on every instance. Posts carry no place.
 * @module
 */
import {
  MAX_FUTURE_S,
  asObject,
  asText,
  frameObject,
  languageCodes,
  type ParsedFrame,
} from './frame.js';

const POSTS = 'app.bsky.feed.post';
/** On resuming so much is asked for again; posts are counted by name, so twice does no harm. */
export const JETSTREAM_REWIND_US = 5_000_000;

/** Address to subscribe to posts from; `cursor` null for now. */
export function jetstreamUrl(input: {
  readonly base: string;
  readonly cursor: string | null;
  /** Ask for frames compressed with the dictionary of Jetstream. */
  readonly isCompressed?: boolean;
}): string {
  const url = new URL(input.base);
  if (input.isCompressed === true) url.searchParams.set('compress', 'true');
  url.searchParams.set('wantedCollections', POSTS);
  if (input.cursor !== null && /^\d{1,17}$/.test(input.cursor)) {
    url.searchParams.set('cursor', String(Math.max(0, Number(input.cursor) - JETSTREAM_REWIND_US)));
  }
  return url.href;
}

/** Parses one frame. `nowS`, s since 1970, bounds the times that are believed. */
export function parseJetstream(frame: string, nowS: number): ParsedFrame {
  const value = frameObject(frame);
  if (typeof value === 'string') return { ok: false, reason: value };
  const timeUs = value['time_us'];
  if (typeof timeUs !== 'number' || !Number.isSafeInteger(timeUs) || timeUs <= 0) {
    return { ok: false, reason: 'time_us: not a time' };
  }
  if (timeUs / 1e6 > nowS + MAX_FUTURE_S) return { ok: false, reason: 'time_us: in the future' };
  const cursor = String(timeUs);
  const commit = asObject(value['commit']);
  const did = asText(value['did']);
  if (value['kind'] !== 'commit' || commit?.['collection'] !== POSTS) {
    return { ok: true, event: { kind: 'other' }, cursor };
  }
  const rkey = asText(commit['rkey']);
  if (did === null || rkey === null) return { ok: false, reason: 'did or rkey: missing' };
  const id = `at:${did}/${rkey}`;
  const operation = commit['operation'];
  if (operation === 'delete') return { ok: true, event: { kind: 'delete', id }, cursor };
  if (operation !== 'create' && operation !== 'update') {
    return { ok: false, reason: 'operation: unknown' };
  }
  const record = asObject(commit['record']);
  const text = asText(record?.['text']);
  if (record === null || text === null) return { ok: false, reason: 'record.text: missing' };
  const embed = asText(asObject(record['embed'])?.['$type']) ?? '';
  return {
    ok: true,
    cursor,
    event: {
      kind: 'post',
      id,
      author: did,
      // `createdAt` is whatever the client says; the relay's time is when the post came to be known.
      timeS: timeUs / 1e6,
      text,
      languages: languageCodes(record['langs']),
      place: null,
      isRepeat: embed.startsWith('app.bsky.embed.record'),
      isBot: isSelfLabelled(record),
      isUpdate: operation === 'update',
    },
  };
}

function isSelfLabelled(record: Readonly<Record<string, unknown>>): boolean {
  const values = asObject(record['labels'])?.['values'];
  return Array.isArray(values) && values.some((one) => asObject(one)?.['val'] === 'bot');
}
