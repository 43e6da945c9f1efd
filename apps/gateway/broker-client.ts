/**
 * A client of an external MQTT broker that acknowledges a message when it is told to, not when it has
 * read it: thousands are on their way to the disk at once, and each PUBACK follows its fsync. In: a
 * broker's address. Out: messages with their acknowledgement, and a way to publish.
 *
 * MQTT 5 (receive maximum bounds what is unacknowledged) or 3.1.1, a persistent session, the codec of
 * mqtt-packet. A lost connection is made again; what was not acknowledged comes again then.
 * @module
 */
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { generate, parser, type IConnackPacket, type Packet } from 'mqtt-packet';
import { openBrokerSocket, refusalOf, type BrokerTls } from './broker-socket.js';
import { pubackPackets } from './mqtt-frames.js';

export interface BrokerMessage {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly retain: boolean;
  /** Sends the PUBACK, once; nothing happens when the connection it came by is gone. */
  readonly acknowledge: () => void;
}

export interface BrokerClientOptions {
  /** `mqtt://` or `mqtts://`, user and password in it. */
  readonly url: string;
  readonly tls?: BrokerTls;
  /** Names the persistent session. */
  readonly clientId: string;
  readonly protocolVersion: 4 | 5;
  /** Messages the broker may have unacknowledged (MQTT 5). */
  readonly receiveMaximum: number;
  readonly sessionExpiryS: number;
  readonly keepaliveS: number;
  readonly onMessage: (message: BrokerMessage) => void;
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
const MOST_IN_A_TURN = 500;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;

interface Connection {
  readonly socket: Duplex;
  /** Acknowledgements that wait for the end of the current turn, to leave in one write. */
  puback: number[];
  /** Messages that wait for their acknowledgement. */
  unacknowledged: number;
  isOpen: boolean;
  lastHeardMs: number;
  /** Messages read since the socket was paused for the event loop. */
  inTurn: number;
}

type Waiting = (answer: Packet | Error) => void;

/** Connects; throws an Error with the reason when the first attempt fails. */
export async function connectBroker(options: BrokerClientOptions): Promise<BrokerClient> {
  const { protocolVersion } = options;
  const filters = new Set<string>();
  const waiting = new Map<number, Waiting>();
  let connection: Connection | null = null;
  let isClosed = false;
  let lastId = 0;
  let canShare = false;

  const nextId = (): number => {
    do lastId = (lastId % 65_535) + 1;
    while (waiting.has(lastId));
    return lastId;
  };
  const send = (packet: Packet): void => {
    connection?.socket.write(generate(packet, { protocolVersion }));
  };
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

  function acknowledge(from: Connection, messageId: number): void {
    if (!from.isOpen) return;
    if (from.puback.push(messageId) === 1) setImmediate(flushAcknowledgements, from);
    from.unacknowledged--;
    if (from.socket.isPaused() && from.unacknowledged < options.receiveMaximum) {
      from.lastHeardMs = Date.now();
      from.socket.resume();
    }
  }

  function nextTurn(from: Connection): void {
    from.inTurn = 0;
    if (from.unacknowledged <= 2 * options.receiveMaximum) from.socket.resume();
  }

  function take(from: Connection, packet: Packet): void {
    from.lastHeardMs = Date.now();
    if (packet.cmd === 'publish') {
      const { topic, payload, retain, qos, messageId } = packet;
      const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
      let isTold = false;
      // MQTT 3.1.1 has no receive maximum: there the socket is what makes the broker wait.
      if (qos > 0 && ++from.unacknowledged > 2 * options.receiveMaximum) from.socket.pause();
      // A socket that is always full would be read for thousands of messages in one turn of the event
      // loop, and each step of a commit waits for a turn.
      if (++from.inTurn === MOST_IN_A_TURN) {
        from.socket.pause();
        setImmediate(nextTurn, from);
      }
      options.onMessage({
        topic,
        payload: bytes,
        retain,
        acknowledge: () => {
          if (isTold || qos === 0) return;
          isTold = true;
          acknowledge(from, messageId as number);
        },
      });
      return;
    }
    if (packet.messageId === undefined) return;
    const told = waiting.get(packet.messageId);
    waiting.delete(packet.messageId);
    told?.(packet);
  }

  async function open(): Promise<Connection> {
    const socket = await openBrokerSocket(options);
    const made: Connection = {
      socket,
      puback: [],
      unacknowledged: 0,
      isOpen: true,
      lastHeardMs: Date.now(),
      inTurn: 0,
    };
    const connack = await greet(options, made, (packet) => take(made, packet));
    connection = made;
    canShare = protocolVersion === 5 && connack.properties?.sharedSubscriptionAvailable !== false;
    socket.once('close', () => lose(made));
    keepAlive(made, options.keepaliveS, () => send({ cmd: 'pingreq' }));
    return made;
  }

  /**
   * Subscribes again, also in a session that the broker kept: mosquitto restores sessions of before
   * their subscriptions after a crash, and a gateway that hears nothing looks healthy.
   */
  async function resubscribe(made: Connection): Promise<void> {
    try {
      for (const filter of filters) await subscribe(filter);
    } catch (error) {
      if (made.isOpen) options.onTrouble(error instanceof Error ? error.message : String(error));
      made.socket.destroy(); // and `lose` connects again
    }
  }

  function lose(lost: Connection): void {
    lost.isOpen = false;
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
      const messageId = nextId();
      waiting.set(messageId, (answer) => done(refusalOf(answer)));
      send({ cmd: 'publish', topic, payload, qos: 1, messageId, dup: false, retain });
    },
    isConnected: () => connection !== null,
    isBusy: () => connection === null || waiting.size >= BUSY_PUBLISHES,
    canShare: () => canShare,
    async close() {
      isClosed = true;
      const last = connection;
      if (!last) return;
      flushAcknowledgements(last);
      const gone = new Promise((resolve) => last.socket.once('close', resolve));
      send({ cmd: 'disconnect' });
      last.socket.end();
      await Promise.race([gone, sleep(1000)]);
      last.socket.destroy();
    },
  };
}

/** CONNECT out, CONNACK in; everything after it goes to `take`. */
function greet(
  options: BrokerClientOptions,
  connection: Connection,
  take: (packet: Packet) => void,
): Promise<IConnackPacket> {
  const { socket } = connection;
  const { protocolVersion, url } = options;
  const { username, password } = new URL(url);
  const reader = parser({ protocolVersion });
  return new Promise((resolve, reject) => {
    let isGreeted = false;
    const fail = (error: Error): void => {
      socket.destroy();
      reject(error);
    };
    reader.on('error', fail);
    socket.on('error', fail);
    socket.once('close', () => fail(new Error('the broker closed the connection')));
    reader.on('packet', (packet: Packet) => {
      if (isGreeted) return take(packet);
      if (packet.cmd !== 'connack') return fail(new Error(`${packet.cmd} before CONNACK`));
      const code = packet.reasonCode ?? packet.returnCode ?? 0;
      if (code !== 0) return fail(new Error(`refused with code ${code}`));
      isGreeted = true;
      resolve(packet);
    });
    socket.on('data', (bytes: Buffer) => reader.parse(bytes));
    const connect: Packet = {
      cmd: 'connect',
      protocolId: 'MQTT',
      protocolVersion,
      clientId: options.clientId,
      clean: false,
      keepalive: options.keepaliveS,
      ...(username === '' ? {} : { username: decodeURIComponent(username) }),
      ...(password === '' ? {} : { password: Buffer.from(decodeURIComponent(password)) }),
      ...(protocolVersion === 5
        ? {
            properties: {
              receiveMaximum: options.receiveMaximum,
              sessionExpiryInterval: options.sessionExpiryS,
            },
          }
        : {}),
    };
    socket.write(generate(connect, { protocolVersion }));
  });
}

function flushAcknowledgements(connection: Connection): void {
  const { puback, socket, isOpen } = connection;
  connection.puback = [];
  if (isOpen && puback.length > 0) socket.write(pubackPackets(puback));
}

/** Pings, and gives up a connection on which nothing was heard for one and a half intervals. */
function keepAlive(connection: Connection, intervalS: number, ping: () => void): void {
  const timer = setInterval(() => {
    if (!connection.isOpen) clearInterval(timer);
    else if (connection.socket.isPaused()) ping();
    else if (Date.now() - connection.lastHeardMs > intervalS * 1500) connection.socket.destroy();
    else ping();
  }, intervalS * 500);
  timer.unref();
}
