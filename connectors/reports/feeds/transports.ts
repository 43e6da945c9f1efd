/** Connections of feeds: WebSocket, and Server-Sent Events over fetch. @module */
import WebSocket from 'ws';
import { UnavailableError } from '../../../core/errors.js';
import { MAX_FRAME_CHARACTERS } from './frame.js';
import type { AskedToWait, FeedConnection } from './reader.js';
import { createSseDecoder } from './sse.js';
import type { FrameDecoder } from './zstd-frames.js';

/** Frames, and characters of them, held before the socket is paused. */
const MAX_WAITING = 1000;
const MAX_WAITING_CHARACTERS = 16 * 1024 * 1024;
/**
 * What a socket takes in one message. Far more than is ever looked at: a server replays from the cursor,
 * so that a message which breaks the connection would come again for ever.
 */
const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;
/** Stands for every frame over the limit: parsers refuse it with that reason. */
const OVERLONG = ' '.repeat(MAX_FRAME_CHARACTERS + 1);
const HANDSHAKE_MS = 15_000;

/** Messages of a WebSocket, binary ones by `decode`; pings come as null. The socket is paused while 1000 frames wait. */
export async function* webSocketFrames(input: {
  readonly url: string;
  readonly signal: AbortSignal;
  /** Without it binary messages are passed over. */
  readonly decode?: FrameDecoder;
}): FeedConnection {
  const socket = new WebSocket(input.url, {
    maxPayload: MAX_MESSAGE_BYTES,
    // Invalid UTF-8 becomes U+FFFD and is counted as what it then is.
    skipUTF8Validation: true,
    handshakeTimeout: HANDSHAKE_MS,
    perMessageDeflate: false,
  });
  const waiting: (string | null)[] = [];
  let isOver = false;
  let failure: Error | null = null;
  let wake = (): void => undefined;
  let characters = 0;
  const put = (frame: string | null): void => {
    waiting.push(frame);
    characters += frame === OVERLONG ? 0 : (frame?.length ?? 0);
    if (waiting.length >= MAX_WAITING || characters > MAX_WAITING_CHARACTERS) socket.pause();
    wake();
  };
  const stop = (): void => socket.terminate();
  socket.on('message', (data: Buffer, isBinary) => {
    // UTF-8 has at most three bytes a UTF-16 unit.
    if (data.length > 3 * MAX_FRAME_CHARACTERS) put(OVERLONG);
    else if (!isBinary) put(data.toString('utf8'));
    else if (input.decode) put(decoded(input.decode, data));
  });
  socket.on('ping', () => put(null));
  socket.on('error', (error) => {
    failure = error;
  });
  socket.on('close', () => {
    isOver = true;
    wake();
  });
  input.signal.addEventListener('abort', stop, { once: true });
  if (input.signal.aborted) stop();
  try {
    for (;;) {
      while (waiting.length > 0) {
        const batch = waiting.splice(0);
        characters = 0;
        if (socket.isPaused) socket.resume();
        yield* batch;
      }
      if (isOver) break;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    if (failure !== null) throw unavailable(input.url, (failure as Error).message);
  } finally {
    input.signal.removeEventListener('abort', stop);
    socket.terminate();
  }
}

/** A damaged message is one frame that is no JSON: counted by the reader, and the feed goes on. */
function decoded(decode: FrameDecoder, data: Uint8Array): string {
  try {
    return decode(data) ?? OVERLONG;
  } catch {
    return 'not readable as zstd';
  }
}

/** Events of a Server-Sent Events address as frames `{"event","payload"}`; comments come as null. */
export async function* sseFrames(input: {
  readonly url: string;
  readonly signal: AbortSignal;
  readonly headers?: Readonly<Record<string, string>>;
}): FeedConnection {
  const response = await fetch(input.url, {
    headers: { accept: 'text/event-stream', ...input.headers },
    signal: input.signal,
  });
  const type = response.headers.get('content-type') ?? 'no content type';
  if (!response.ok || response.body === null || !/^text\/event-stream\b/i.test(type)) {
    await response.body?.cancel();
    const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
    // A page in its place (of a proxy, of a login) is no stream, and no sign of life of the feed.
    throw unavailable(
      input.url,
      response.ok ? `answered with ${type}` : `HTTP ${response.status}`,
      {
        retryAfterS: Number.isFinite(seconds) ? seconds : null,
      } satisfies AskedToWait,
    );
  }
  const decoder = createSseDecoder();
  const utf8 = new TextDecoder();
  let dropped = 0;
  for await (const chunk of response.body) {
    const events = decoder.push(utf8.decode(chunk as Uint8Array, { stream: true }));
    for (; dropped < decoder.dropped(); dropped++) yield OVERLONG;
    if (events.length === 0) yield null;
    for (const { event, data } of events) yield JSON.stringify({ event, payload: data });
  }
}

function unavailable(url: string, reason: string, cause?: AskedToWait): UnavailableError {
  return new UnavailableError({
    what: `feed ${new URL(url).host}`,
    reason,
    remedy: 'check the address and the network; the reader tries again by itself',
    cause,
  });
}
