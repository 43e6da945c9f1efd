/**
 * A client of an external MQTT broker that acknowledges a message when it is told to, not when it has
 * read it: thousands are on their way to the disk at once, and each PUBACK follows its fsync. In: a
 * broker's address. Out: messages with their acknowledgement, and a way to publish.
 *
 * MQTT 5 (receive maximum bounds what is unacknowledged) or 3.1.1, a persistent session. A lost
 * connection is made again; what was not acknowledged comes again then.
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Packet } from 'mqtt-packet';
import {
  openBrokerConnection,
  type BrokerConnection,
  type BrokerConnectionOptions,
} from './broker-connection.js';
import { refusalOf } from './broker-socket.js';

export interface BrokerClientOptions extends Omit<BrokerConnectionOptions, 'onPacket' | 'onClose'> {
  /** Told of lost connections and failed attempts; the client goes on by itself. */
  readonly onTrouble: (reason: string) => void;
}

export interface BrokerClient {
  /** Throws an Error with the broker's reason when it refuses. */
  subscribe(filter: string): Promise<void>;
  unsubscribe(filter: string): Promise<void>;
  /** QoS 1, told once when the broker has it or the connection was lost before. */
  publish(
    message: { topic: string; payload: string; retain?: boolean },
    done: (error: Error | null) => void,
  ): void;
  isConnected(): boolean;
  /** True while there is no connection, or a thousand publishes wait for their PUBACK. */
  isBusy(): boolean;
  /** Whether the broker offers shared subscriptions (MQTT 5, section 3.2.2.3.13). */
  canShare(): boolean;
  close(): Promise<void>;
}

/** Publishes waiting for their PUBACK; more fail at once, because a receipt can be given again. */
const MAX_UNACKNOWLEDGED_PUBLISHES = 20_000;
const BUSY_PUBLISHES = 1000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;

type Waiting = (answer: Packet | Error) => void;

/** Connects; throws an Error with the reason when the first attempt fails. */
export async function connectBroker(options: BrokerClientOptions): Promise<BrokerClient> {
  const { protocolVersion } = options;
  const filters = new Set<string>();
  const waiting = new Map<number, Waiting>();
  let connection: BrokerConnection | null = null;
  let isClosed = false;
  let lastId = 0;
  let canShare = false;

  const nextId = (): number => {
    do lastId = (lastId % 65_535) + 1;
    while (waiting.has(lastId));
    return lastId;
  };
  const send = (packet: Packet): void => connection?.send(packet);
  const ask = (make: (messageId: number) => Packet): Promise<Packet> =>
    new Promise((resolve, reject) => {
      if (!connection) {
        reject(new Error('not connected'));
        return;
      }
      const messageId = nextId();
      waiting.set(messageId, (answer) =>
        answer instanceof Error ? reject(answer) : resolve(answer),
      );
      send(make(messageId));
    });
  const subscribe = async (filter: string): Promise<void> => {
    // rh 2: what the broker retains is not sent (MQTT 5; refused one by one with 3.1.1).
    const subscription = { topic: filter, qos: 1, ...(protocolVersion === 5 ? { rh: 2 } : {}) };
    const answer = await ask((messageId) => ({
      cmd: 'subscribe',
      messageId,
      subscriptions: [subscription as { topic: string; qos: 1 }],
    }));
    const granted = answer.cmd === 'suback' ? (answer.granted as number[]) : [];
    if (!granted.every((qos) => qos <= 1)) throw new Error(`the broker does not grant ${filter}`);
  };

  function answered(packet: Packet): void {
    if (packet.messageId === undefined) return;
    const told = waiting.get(packet.messageId);
    waiting.delete(packet.messageId);
    told?.(packet);
  }

  async function open(): Promise<BrokerConnection> {
    const made = await openBrokerConnection({ ...options, onPacket: answered, onClose: lose });
    connection = made;
    const { properties } = made.connack;
    canShare = protocolVersion === 5 && properties?.sharedSubscriptionAvailable !== false;
    return made;
  }

  /**
   * Subscribes again, also in a session that the broker kept: mosquitto restores sessions of before
   * their subscriptions after a crash, and a gateway that hears nothing looks healthy.
   */
  async function resubscribe(made: BrokerConnection): Promise<void> {
    try {
      for (const filter of filters) await subscribe(filter);
    } catch (error) {
      if (made.isOpen()) options.onTrouble(error instanceof Error ? error.message : String(error));
      made.destroy(); // and `lose` connects again
    }
  }

  function lose(lost: BrokerConnection): void {
    if (connection === lost) connection = null;
    const unanswered = [...waiting.values()];
    waiting.clear();
    for (const told of unanswered) told(new Error('the connection to the broker was lost'));
    if (isClosed) return;
    options.onTrouble('connection lost; connecting again');
    void reconnect();
  }

  async function reconnect(): Promise<void> {
    for (
      let pauseMs = FIRST_PAUSE_MS;
      !isClosed;
      pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2)
    ) {
      await sleep(pauseMs, undefined, { ref: !isClosed });
      if (isClosed) return;
      try {
        await resubscribe(await open());
        return;
      } catch (error) {
        options.onTrouble(error instanceof Error ? error.message : String(error));
      }
    }
  }

  await open();
  return {
    async subscribe(filter) {
      await subscribe(filter);
      filters.add(filter);
    },
    async unsubscribe(filter) {
      filters.delete(filter);
      await ask((messageId) => ({ cmd: 'unsubscribe', messageId, unsubscriptions: [filter] }));
    },
    publish({ topic, payload, retain = false }, done) {
      if (!connection || waiting.size >= MAX_UNACKNOWLEDGED_PUBLISHES) {
        done(new Error(connection ? 'too many publishes wait for the broker' : 'not connected'));
        return;
      }
      const packetId = nextId();
      waiting.set(packetId, (answer) => done(refusalOf(answer)));
      connection.publish({ topic, payload, retain, packetId });
    },
    isConnected: () => connection !== null,
    isBusy: () => connection === null || waiting.size >= BUSY_PUBLISHES,
    canShare: () => canShare,
    async close() {
      isClosed = true;
      const last = connection;
      if (!last) return;
      last.end();
      const until = Date.now() + 1000;
      while (last.isOpen() && Date.now() < until) await sleep(5);
      last.destroy();
    },
  };
}
