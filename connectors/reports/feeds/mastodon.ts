/**
 * Mastodon streaming: `update`, `status.update` and `delete` events, as Server-Sent Events or as
 * WebSocket frames `{"stream":[...],"event":"update","payload":"<JSON text>"}`. Status text is HTML.
 * There is no cursor: what a break misses is unknown (or read from the timeline by other means).
 * @module
 */
import {
  MAX_FUTURE_S,
  MAX_FRAME_CHARACTERS,
  asObject,
  asText,
  frameObject,
  languageCodes,
  type ParsedFrame,
} from './frame.js';

/** Parses one WebSocket frame of the server `host`. */
export function parseMastodonFrame(frame: string, nowS: number, host: string): ParsedFrame {
  const value = frameObject(frame);
  if (typeof value === 'string') return { ok: false, reason: value };
  const event = asText(value['event']);
  if (event === null) return { ok: false, reason: 'event: missing' };
  const payload = value['payload'];
  const text = typeof payload === 'string' ? payload : payloadText(payload);
  if (text === null) return { ok: false, reason: 'payload: nested too deep' };
  return parseMastodonEvent({ event, data: text, nowS, host });
}

/** A payload that came as JSON itself; null when it is nested deeper than the stack allows. */
function payloadText(payload: unknown): string | null {
  try {
    return JSON.stringify(payload ?? null);
  } catch {
    return null;
  }
}

/** Parses one event and its data, the form both transports share. */
export function parseMastodonEvent(input: {
  readonly event: string;
  readonly data: string;
  readonly nowS: number;
  readonly host: string;
}): ParsedFrame {
  const { event, data, nowS, host } = input;
  if (data.length > MAX_FRAME_CHARACTERS) return { ok: false, reason: 'frame longer than 1 MiB' };
  if (event === 'delete') {
    const id = data.replaceAll('"', '').trim();
    return /^\d{1,30}$/.test(id)
      ? { ok: true, event: { kind: 'delete', id: `${host}/${id}` }, cursor: null }
      : { ok: false, reason: 'delete: not a status id' };
  }
  if (event !== 'update' && event !== 'status.update') {
    return { ok: true, event: { kind: 'other' }, cursor: null };
  }
  const status = frameObject(data);
  if (typeof status === 'string') return { ok: false, reason: `payload: ${status}` };
  return parseMastodonStatus({ status, isUpdate: event === 'status.update', nowS, host });
}

/** Parses one Status as the API gives it. */
export function parseMastodonStatus(input: {
  readonly status: Readonly<Record<string, unknown>>;
  readonly isUpdate: boolean;
  readonly nowS: number;
  readonly host: string;
}): ParsedFrame {
  const { status, isUpdate, nowS, host } = input;
  const id = asText(status['id']);
  const content = asText(status['content']);
  const timeS = Date.parse(asText(status['created_at']) ?? '') / 1000;
  if (id === null || content === null) return { ok: false, reason: 'id or content: missing' };
  if (!Number.isFinite(timeS)) return { ok: false, reason: 'created_at: not a time' };
  if (timeS > nowS + MAX_FUTURE_S) return { ok: false, reason: 'created_at: in the future' };
  const account = asObject(status['account']);
  const name = asText(account?.['acct']) ?? '';
  return {
    ok: true,
    cursor: null,
    event: {
      kind: 'post',
      id: `${host}/${id}`,
      // Every server that knows the post has an id of its own for it, and this name in common.
      sharedId: asText(status['uri']),
      author: (name.includes('@') ? name : `${name}@${host}`).toLowerCase(),
      timeS,
      text: content,
      languages: languageCodes(status['language']),
      place: null,
      isRepeat: asObject(status['reblog']) !== null,
      isBot: account?.['bot'] === true,
      isUpdate,
    },
  };
}
