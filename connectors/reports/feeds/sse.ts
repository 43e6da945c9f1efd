/** Bytes of a `text/event-stream` in, its events out (WHATWG HTML, server-sent events). @module */

export interface ServerSentEvent {
  readonly event: string;
  readonly data: string;
}

/** What the decoder gives for a piece: events, and whether a comment (a heartbeat) came. */
export interface SseDecoder {
  push(text: string): readonly ServerSentEvent[];
  /** Events that were dropped because they were over the limit. */
  readonly dropped: () => number;
}

/** A decoder that keeps at most `maxCharacters` of an unfinished event. */
export function createSseDecoder(maxCharacters = 1024 * 1024): SseDecoder {
  let rest = '';
  let event = '';
  let data: string[] = [];
  let size = 0;
  let isTooLong = false;
  let dropped = 0;
  const finish = (): ServerSentEvent[] => {
    const done =
      data.length > 0 && !isTooLong ? [{ event: event || 'message', data: data.join('\n') }] : [];
    if (isTooLong) dropped++;
    [event, data, size, isTooLong] = ['', [], 0, false];
    return done;
  };
  const takeLine = (line: string): ServerSentEvent[] => {
    if (line === '') return finish();
    if (line.startsWith(':')) return [];
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') event = value;
    if (field === 'data') {
      size += value.length;
      if (size > maxCharacters) isTooLong = true;
      else data.push(value);
    }
    return [];
  };
  return {
    push: (text) => {
      rest += text;
      // Bytes that trickle in one by one: the line so far is not searched again for each.
      if (!/[\r\n]/.test(text) && !rest.includes('\r') && rest.length <= maxCharacters) return [];
      // A lone CR at the end may be half of CRLF.
      const lines = rest.split(/\r\n|\n|\r(?!$)/);
      rest = lines.pop() ?? '';
      if (rest.length > maxCharacters) {
        rest = '';
        isTooLong = true;
      }
      return lines.flatMap(takeLine);
    },
    dropped: () => dropped,
  };
}
