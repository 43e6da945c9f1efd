/**
 * In: messages with their times. Out: the messages at a broker, each acknowledged (QoS 1), at a
 * multiple of real time. What was not acknowledged is sent again after a reconnect.
 * @module
 */
import { connect, type MqttClient } from 'mqtt';
import { UnavailableError } from '../../core/errors.js';

/** A message and when it was sent in its own time. */
export interface TimedMessage {
  readonly payload: Uint8Array;
  /** Milliseconds since the epoch; only differences count. */
  readonly atMs: number;
}

export interface PublishCounts {
  readonly published: number;
  readonly acknowledged: number;
  /** Times the connection was made anew. */
  readonly reconnects: number;
}

/** Messages on their way: enough for one group commit, few enough to send again. */
const MAX_IN_FLIGHT = 1000;

/**
 * Publishes `records` to `topicOf(record)`. `speed` is the multiple of real time; Infinity sends as
 * fast as the broker acknowledges. Resolves when every message is acknowledged; rejects with the
 * signal's reason when it is aborted, with what `records` throws, and with UnavailableError when no
 * broker answers for `patienceMs` (default 60 s).
 */
export async function publishRecords<Message extends TimedMessage>(input: {
  readonly url: string;
  readonly topicOf: (message: Message) => string;
  readonly records: AsyncIterable<Message> | Iterable<Message>;
  readonly speed: number;
  readonly onProgress?: (counts: PublishCounts) => void;
  readonly signal?: AbortSignal;
  readonly patienceMs?: number;
}): Promise<PublishCounts> {
  const { speed, signal } = input;
  signal?.throwIfAborted();
  let [published, acknowledged, connections] = [0, 0, 0];
  const counts = (): PublishCounts => ({
    published,
    acknowledged,
    reconnects: Math.max(0, connections - 1),
  });
  const client = connect(input.url, {
    clean: true,
    reconnectPeriod: 250,
    protocolVersion: 4,
    // Its store keeps what is not acknowledged and sends it again on the next connection.
    queueQoSZero: false,
  });
  let failed: unknown = null;
  let wake: () => void = () => undefined;
  const fail = (error: unknown): void => {
    failed ??= error;
    wake();
  };
  const onAbort = (): void => fail(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  const patience = watchPatience(client, input.url, input.patienceMs ?? 60_000, fail);
  let connected = false;
  // Not 'connect': that comes only when all that was left over has been sent again.
  client.on('packetreceive', (packet) => {
    if (packet.cmd !== 'connack') return;
    connections++;
    connected = true;
    wake();
  });
  client.on('close', () => (connected = false));
  client.on('error', () => undefined); // told by patience when it lasts

  const until = async (ready: () => boolean, ms?: number): Promise<void> => {
    const end = ms === undefined ? null : performance.now() + ms;
    while (failed === null && !ready()) {
      const left = end === null ? 1000 : end - performance.now();
      if (left <= 0) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.min(left, 1000));
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    if (failed !== null) throw failed;
  };

  const send = (message: Message): void => {
    const payload = Buffer.from(message.payload);
    client.publish(input.topicOf(message), payload, { qos: 1 }, (error) => {
      // What waits while the client sends its store again is dropped when the connection breaks then.
      if (error && !client.connected && !client.disconnecting) setImmediate(send, message);
      else if (error) fail(error);
      else {
        acknowledged++;
        input.onProgress?.(counts());
        wake();
      }
    });
  };

  try {
    let firstMs: number | null = null;
    const startedMs = performance.now();
    for await (const message of input.records) {
      firstMs ??= message.atMs;
      const dueMs = startedMs + (message.atMs - firstMs) / speed;
      const waitMs = dueMs - performance.now();
      if (waitMs > 0) await until(() => false, waitMs);
      await until(() => connected && published - acknowledged < MAX_IN_FLIGHT);
      published++;
      send(message);
    }
    await until(() => acknowledged === published);
    return counts();
  } finally {
    patience.stop();
    signal?.removeEventListener('abort', onAbort);
    // A graceful end waits for what is on its way, which may never arrive.
    const force = failed !== null || acknowledged < published;
    await new Promise<void>((resolve) => client.end(force, {}, () => resolve()));
  }
}

/** Fails when the client has been without a connection for too long. */
function watchPatience(
  client: MqttClient,
  url: string,
  patienceMs: number,
  fail: (error: unknown) => void,
): { stop(): void } {
  let timer: NodeJS.Timeout | null = null;
  const start = (): void => {
    timer ??= setTimeout(() => {
      fail(
        new UnavailableError({
          what: `MQTT broker ${url.replace(/\/\/[^@/]*@/, '//')}`,
          reason: `no connection for ${Math.round(patienceMs / 1000)} s`,
          remedy: 'start the gateway or the broker, and check the address',
        }),
      );
    }, patienceMs);
  };
  const stop = (): void => {
    if (timer) clearTimeout(timer);
    timer = null;
  };
  start();
  client.on('packetreceive', stop);
  client.on('close', start);
  return {
    stop() {
      client.removeListener('close', start);
      stop();
    },
  };
}
