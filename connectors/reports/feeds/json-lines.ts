/**
 * Posts as JSON lines: `{"time","text","id","author","lang","lat","lon","delete"}`, tweets of both Twitter
 * APIs, statuses of Mastodon, and frames of Jetstream and of Mastodon's streaming. A line with `delete`
 * takes the post of that id back.
 * @module
 */
import { asObject, asText, frameObject, type ParsedFrame } from './frame.js';
import { parseJetstream } from './jetstream.js';
import { parseMastodonFrame, parseMastodonStatus } from './mastodon.js';
import { parsePostRecord } from './post-records.js';

/** Statuses without a server of their own. */
const HOST = 'file';

/** Parses one line; the cursor is left to the reader, which counts lines. */
export function parsePostLine(line: string, nowS: number): ParsedFrame {
  const value = frameObject(line);
  if (typeof value === 'string') return { ok: false, reason: value };
  if ('time_us' in value) return parseJetstream(line, nowS);
  if ('event' in value && 'payload' in value) return parseMastodonFrame(line, nowS, HOST);
  const removed = deletedId(value['delete']);
  if (removed !== null) {
    return { ok: true, event: { kind: 'delete', id: removed }, cursor: null };
  }
  if (asText(value['content']) !== null && asObject(value['account']) !== null) {
    const parsed = parseMastodonStatus({ status: value, isUpdate: false, nowS, host: HOST });
    if (!parsed.ok || parsed.event.kind !== 'post') return parsed;
    // As a line with `delete` names it.
    return { ...parsed, event: { ...parsed.event, id: String(value['id']) } };
  }
  // The second Twitter API wraps a tweet into `data`, beside what it refers to.
  const inner = asObject(value['data']);
  return parsePostRecord(inner !== null && !('text' in value) ? inner : value, nowS);
}

/** `"delete": id`, or Twitter's `"delete": {"status": {"id_str": …}}`. */
function deletedId(removed: unknown): string | null {
  const status = asObject(asObject(removed)?.['status']);
  const id = status === null ? removed : (status['id_str'] ?? status['id']);
  return typeof id === 'string' || typeof id === 'number' ? String(id) : null;
}
