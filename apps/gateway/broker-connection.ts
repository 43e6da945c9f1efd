/**
 * One connection to an external broker. In: its bytes. Out: messages, each acknowledged when the caller
 * says so, and the other packets. PUBLISH is taken apart without a copy (`mqtt-frames.ts`), all else by
 * mqtt-packet; acknowledgements of one turn of the event loop leave in one write.
 * @module
 */
import type { Duplex } from 'node:stream';
import { generate, parser, type IConnackPacket, type Packet } from 'mqtt-packet';
import { openBrokerSocket, type BrokerTls } from './broker-socket.js';
import { createFramer, pubackPackets, publishPacket, readPublish } from './mqtt-frames.js';

export interface BrokerMessage {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly retain: boolean;
}

export interface BrokerConnectionOptions {
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
  /** Told of every packet after CONNACK that is no PUBLISH. */
  readonly onPacket: (packet: Packet) => void;
  readonly onClose: (connection: BrokerConnection) => void;
}

export interface BrokerConnection {
  readonly connack: IConnackPacket;
  isOpen(): boolean;
  send(packet: Packet): void;
  /** PUBLISH with QoS 1. */
  publish(message: {
    readonly topic: string;
    readonly payload: string;
    readonly retain: boolean;
    readonly packetId: number;
  }): void;
  /** Sends what waits, DISCONNECT after it. */
  end(): void;
  /** Gives the connection up; `onClose` follows. */
  destroy(): void;
}

/** A message with its way back; `packetId` is 0 when there is nothing to acknowledge. */
interface Delivery extends BrokerMessage {
  packetId: number;
  readonly link: Link;
}

interface Link {
  readonly socket: Duplex;
  readonly receiveMaximum: number;
  /** Acknowledgements that wait for the end of the current turn, to leave in one write. */
  puback: number[];
  /** Messages that wait for their acknowledgement. */
  unacknowledged: number;
  isOpen: boolean;
  lastHeardMs: number;
  /** Messages read since the socket was paused for the event loop. */
  inTurn: number;
  /** Bytes read in this turn. */
  readBytes: number;
  /** Nothing is read until the next turn, or for `REST_MS`. */
  isResting: boolean;
  /** What is written in this turn leaves in one write. */
  isCorked: boolean;
}

const MOST_IN_A_TURN = 500;
/**
 * A socket that gave less than this in a turn is left alone for a moment: mosquitto writes each message
 * by itself, and a reader that is woken by each spends more on waking than on reading.
 */
const FULL_READ_BYTES = 32_768;
const REST_MS = 2;
/** All that MQTT can announce: what is too large for the gateway is refused with its topic. */
const LARGEST_PACKET = 268_435_455;
const [PUBLISH, PUBACK] = [3, 4] as const;

/** CONNECT out, CONNACK in. Throws an Error with the broker's reason when it refuses. */
export async function openBrokerConnection(
  options: BrokerConnectionOptions,
): Promise<BrokerConnection> {
  const { protocolVersion } = options;
  const socket = await openBrokerSocket(options);
  const link: Link = {
    socket,
    receiveMaximum: options.receiveMaximum,
    puback: [],
    unacknowledged: 0,
    isOpen: true,
    lastHeardMs: Date.now(),
    inTurn: 0,
    readBytes: 0,
    isResting: false,
    isCorked: false,
  };
  const send = (packet: Packet): void => {
    write(link, generate(packet, { protocolVersion }));
  };
  const connack = await greet(options, link);
  const connection: BrokerConnection = {
    connack,
    isOpen: () => link.isOpen,
    send,
    publish: (message) => write(link, publishPacket({ ...message, version: protocolVersion })),
    end() {
      flushAcknowledgements(link);
      send({ cmd: 'disconnect' });
      socket.end();
    },
    destroy: () => socket.destroy(),
  };
  const lose = (): void => {
    link.isOpen = false;
    options.onClose(connection);
  };
  if (socket.destroyed) setImmediate(lose);
  else socket.once('close', lose);
  keepAlive(link, options.keepaliveS, () => send({ cmd: 'pingreq' }));
  return connection;
}

/** Sends the PUBACK of a message, once; nothing happens when the connection it came by is gone. */
export function acknowledge(message: BrokerMessage): void {
  const delivery = message as Delivery;
  const { link, packetId } = delivery;
  if (packetId === 0 || !link.isOpen) return;
  delivery.packetId = 0;
  if (link.puback.push(packetId) === 1) setImmediate(flushAcknowledgements, link);
  link.unacknowledged--;
  if (link.isResting || !link.socket.isPaused()) return;
  if (link.unacknowledged < link.receiveMaximum) {
    link.lastHeardMs = Date.now();
    link.socket.resume();
  }
}

function write(link: Link, bytes: Buffer): void {
  if (!link.isOpen) return;
  if (!link.isCorked) {
    link.isCorked = true;
    link.socket.cork();
    setImmediate(uncork, link);
  }
  link.socket.write(bytes);
}

function uncork(link: Link): void {
  link.isCorked = false;
  link.socket.uncork();
}

function rest(link: Link): void {
  link.isResting = true;
  link.socket.pause();
}

function afterTurn(link: Link): void {
  const isFull = link.readBytes >= FULL_READ_BYTES;
  link.readBytes = 0;
  if (isFull || link.isResting || link.socket.isPaused()) return;
  rest(link);
  setTimeout(goOn, REST_MS, link);
}

function goOn(link: Link): void {
  link.inTurn = 0;
  link.isResting = false;
  if (link.unacknowledged <= 2 * link.receiveMaximum) link.socket.resume();
}

/** Counts a message in; the socket waits when too many are on their way. */
function admit(link: Link, packetId: number): void {
  // MQTT 3.1.1 has no receive maximum: there the socket is what makes the broker wait.
  if (packetId !== 0 && ++link.unacknowledged > 2 * link.receiveMaximum) link.socket.pause();
  // A socket that is always full would be read for thousands of messages in one turn of the event
  // loop, and each step of a commit waits for a turn.
  if (++link.inTurn === MOST_IN_A_TURN) {
    rest(link);
    setImmediate(goOn, link);
  }
}

function greet(options: BrokerConnectionOptions, link: Link): Promise<IConnackPacket> {
  const { socket } = link;
  const { protocolVersion } = options;
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
      if (isGreeted) return options.onPacket(packet);
      if (packet.cmd !== 'connack') return fail(new Error(`${packet.cmd} before CONNACK`));
      const code = packet.reasonCode ?? packet.returnCode ?? 0;
      if (code !== 0) return fail(new Error(`refused with code ${code}`));
      isGreeted = true;
      resolve(packet);
    });
    const framer = createFramer(LARGEST_PACKET, (first, packet, headerAt) => {
      const type = first >> 4;
      if (isGreeted && type === PUBACK && packet.length >= headerAt + 2) {
        const reasonCode = packet[headerAt + 2] ?? 0; // MQTT 5, section 3.4.2.1
        const messageId = packet.readUInt16BE(headerAt);
        return options.onPacket({ cmd: 'puback', messageId, reasonCode });
      }
      if (!isGreeted || type !== PUBLISH) {
        reader.parse(packet);
        return;
      }
      const read = readPublish(first, packet, headerAt, protocolVersion);
      if (!read) return fail(new Error('malformed PUBLISH'));
      const { packetId, payload, retain } = read;
      const topic = packet.toString('utf8', read.topicAt, read.topicEnd);
      admit(link, packetId);
      options.onMessage({ topic, payload, retain, packetId, link } as Delivery);
    });
    socket.on('data', (bytes: Buffer) => {
      link.lastHeardMs = Date.now();
      if (link.readBytes === 0) setImmediate(afterTurn, link);
      link.readBytes += bytes.length; // TLS gives 16 kB at a time
      if (!socket.destroyed && !framer.push(bytes)) fail(new Error('malformed packet'));
    });
    socket.write(generate(connectPacket(options), { protocolVersion }));
  });
}

function connectPacket(options: BrokerConnectionOptions): Packet {
  const { username, password } = new URL(options.url);
  const { protocolVersion, receiveMaximum, sessionExpiryS } = options;
  return {
    cmd: 'connect',
    protocolId: 'MQTT',
    protocolVersion,
    clientId: options.clientId,
    clean: false,
    keepalive: options.keepaliveS,
    ...(username === '' ? {} : { username: decodeURIComponent(username) }),
    ...(password === '' ? {} : { password: Buffer.from(decodeURIComponent(password)) }),
    ...(protocolVersion === 5
      ? { properties: { receiveMaximum, sessionExpiryInterval: sessionExpiryS } }
      : {}),
  };
}

function flushAcknowledgements(link: Link): void {
  const { puback } = link;
  link.puback = [];
  if (puback.length > 0) write(link, pubackPackets(puback));
}

/** Pings, and gives up a connection on which nothing was heard for one and a half intervals. */
function keepAlive(link: Link, intervalS: number, ping: () => void): void {
  const timer = setInterval(() => {
    if (!link.isOpen) clearInterval(timer);
    else if (link.socket.isPaused()) ping();
    else if (Date.now() - link.lastHeardMs > intervalS * 1500) link.socket.destroy();
    else ping();
  }, intervalS * 500);
  timer.unref();
}
