/**
 * Posts as JSON lines: `{"time","text","id","author","lang","lat","lon","delete"}`. A line with
 * `delete` takes the post of that id back. Lines of Jetstream are recognised and read as such.
 * @module
 */
import { postTimeNs } from '../collect.js';
import { MAX_FUTURE_S, asText, frameObject, languageCodes, type ParsedFrame } from './frame.js';
import { parseJetstream } from './jetstream.js';
import { parseMastodonFrame } from './mastodon.js';

/** Parses one line; the cursor is left to the reader, which counts lines. */
export function parsePostLine(line: string, nowS: number): ParsedFrame {
  const value = frameObject(line);
  if (typeof value === 'string') return { ok: false, reason: value };
  if ('time_us' in value) return parseJetstream(line, nowS);
  if ('event' in value && 'payload' in value) return parseMastodonFrame(line, nowS, 'file');
  const removed = value['delete'];
  if (typeof removed === 'string' || typeof removed === 'number') {
    return { ok: true, event: { kind: 'delete', id: String(removed) }, cursor: null };
  }
  const text = asText(value['text']);
  if (text === null) return { ok: false, reason: 'text: missing' };
  const timeNs = postTimeNs(asText(value['time']) ?? '');
  if (timeNs === null) return { ok: false, reason: 'time: not ISO-8601 with a zone' };
  const timeS = Number(timeNs / 1_000_000n) / 1000;
  if (timeS > nowS + MAX_FUTURE_S) return { ok: false, reason: 'time: in the future' };
  const [latitude, longitude] = [value['lat'], value['lon']];
  const isPlaced =
    typeof latitude === 'number' &&
    typeof longitude === 'number' &&
    Math.abs(latitude) <= 90 &&
    Math.abs(longitude) <= 180;
  const id = value['id'];
  return {
    ok: true,
    cursor: null,
    event: {
      kind: 'post',
      id: typeof id === 'string' || typeof id === 'number' ? String(id) : `${timeNs}:${text}`,
      author: asText(value['author']) ?? '',
      timeS,
      text,
      languages: languageCodes(value['lang']),
      place: isPlaced ? { latitude, longitude } : null,
      isRepeat: false,
      isBot: value['bot'] === true,
      isUpdate: false,
    },
  };
}
