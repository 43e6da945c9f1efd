/**
 * One connection of a device. In: its packets. Out: messages to the intake, and PUBACKs once their
 * outcome is certain. MQTT 3.1.1 and 5; QoS 2 is taken too, each step of it after the fsync.
 * @module
 */
import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { generate, parser, type IConnectPacket, type Packet } from 'mqtt-packet';
import type { IncomingMessage, Outcome } from './intake.js';
import { createFramer, pubackPackets, readPublish } from './mqtt-frames.js';
import { isDeviceSubscription } from './topics.js';

/** What a session needs of the listener. */
export interface SessionHost {
  readonly maxPacketBytes: number;
  readonly accept: (message: IncomingMessage, done: (outcome: Outcome) => void) => void;
  /** Called once with the client id; the session of the same id, if any, is closed by the host. */
  readonly onConnected: (session: Session) => void;
  /** Collects sessions whose acknowledgements wait; the host flushes them together. */
  readonly onAcknowledgements: (session: Session) => void;
  readonly onTooLarge: (session: Session) => void;
  /** Payload that a new subscriber of a configuration topic is given; null for none. */
  readonly configOf: (topic: string) => string | null;
}

export interface Session {
  readonly clientId: string;
  readonly isConnected: boolean;
  lastHeardMs: number;
  /** 0 for none. */
  readonly keepaliveS: number;
  flush(): void;
  close(): void;
}

const MAX_SUBSCRIPTIONS = 4;
/** Messages of one connection on their way to the disk before its socket has to wait. */
const MAX_IN_FLIGHT = 1000;
/** Unread acknowledgements before nothing more is read from the connection. */
const MAX_UNREAD_BYTES = 64 * 1024;
const [PUBLISH, PUBREL] = [3, 6] as const;
/** First byte of a connection. */
const CONNECT = 0x10;
/** Reason codes of MQTT 5. */
const CODE = { invalidPayload: 0x99, quotaExceeded: 0x97, takenOver: 0x8e, unsupported: 0x84 };

/** Serves a socket until it closes. */
export function openSession(socket: Socket, host: SessionHost): Session {
  let version = 4;
  let clientId = '';
  let keepaliveS = 0;
  let isConnected = false;
  let isClosed = false;
  let isFirst = true;
  let inFlight = 0;
  let acks: number[] = [];
  let topicBytes = Buffer.alloc(0);
  let topic = '';
  const subscriptions = new Set<string>();
  const reader = parser({ protocolVersion: 4 });
  let parsed: Packet | null = null;
  reader.on('packet', (packet: Packet) => (parsed = packet));
  reader.on('error', () => close());

  const send = (packet: Packet): void => {
    if (!isClosed) socket.write(generate(packet, { protocolVersion: version }));
  };
  const close = (reasonCode?: number): void => {
    if (isClosed) return;
    if (reasonCode !== undefined && isConnected && version === 5) {
      send({ cmd: 'disconnect', reasonCode } as Packet);
    }
    isClosed = true;
    socket.destroySoon();
    // A peer that never reads its last bytes would keep the socket for ever.
    setTimeout(() => socket.destroy(), 1000).unref();
  };
  const session: Session = {
    get clientId() {
      return clientId;
    },
    get isConnected() {
      return isConnected && !isClosed;
    },
    get keepaliveS() {
      return keepaliveS;
    },
    lastHeardMs: Date.now(),
    flush,
    close: () => close(CODE.takenOver),
  };

  function flush(): void {
    const ids = acks;
    acks = [];
    if (isClosed || ids.length === 0) return;
    socket.write(pubackPackets(ids));
    if (socket.writableLength > MAX_UNREAD_BYTES) socket.pause();
  }

  function settle(packetId: number, qos: number, outcome: Outcome): void {
    inFlight--;
    if (isClosed) return;
    const { status } = outcome;
    if (status === 'shed' || status === 'failed') {
      // QoS 0 promises nothing. Else the connection ends: the device sends again.
      if (qos > 0) close(status === 'shed' ? CODE.quotaExceeded : undefined);
    } else if (qos === 2) {
      send({ cmd: 'pubrec', messageId: packetId } as Packet);
    } else if (qos === 1) {
      if (version === 5 && status === 'refused') {
        send({ cmd: 'puback', messageId: packetId, reasonCode: CODE.invalidPayload } as Packet);
      } else if (acks.push(packetId) === 1) host.onAcknowledgements(session);
    }
    if (inFlight < MAX_IN_FLIGHT / 2 && socket.isPaused()) resume();
  }

  function resume(): void {
    if (!isClosed && inFlight < MAX_IN_FLIGHT && socket.writableLength <= MAX_UNREAD_BYTES) {
      socket.resume();
    }
  }

  function publish(first: number, packet: Buffer, headerAt: number): void {
    const read = readPublish(first, packet, headerAt, version);
    if (!read || (version === 5 && read.qos === 2)) return close();
    const { topicAt, topicEnd, packetId, qos } = read;
    // A device publishes to one topic nearly always.
    const isSame =
      topicEnd - topicAt === topicBytes.length &&
      topicBytes.compare(packet, topicAt, topicEnd) === 0;
    if (!isSame) {
      topicBytes = Buffer.from(packet.subarray(topicAt, topicEnd));
      topic = topicBytes.toString('utf8');
    }
    if (++inFlight >= MAX_IN_FLIGHT) socket.pause();
    host.accept({ topic, payload: read.payload, retain: read.retain, gone }, (outcome) =>
      settle(packetId, qos, outcome),
    );
  }
  const gone = (): boolean => isClosed;

  function connect(packet: IConnectPacket): void {
    version = packet.protocolVersion ?? 4;
    clientId = packet.clientId === '' ? randomUUID() : packet.clientId;
    keepaliveS = packet.keepalive ?? 0;
    isConnected = clientId.length <= 128;
    send(
      version === 5
        ? {
            cmd: 'connack',
            reasonCode: isConnected ? 0 : 0x85,
            sessionPresent: false,
            properties: {
              receiveMaximum: MAX_IN_FLIGHT,
              maximumQoS: 1,
              retainAvailable: false,
              maximumPacketSize: host.maxPacketBytes,
              wildcardSubscriptionAvailable: false,
              sharedSubscriptionAvailable: false,
              ...(packet.clientId === '' ? { assignedClientIdentifier: clientId } : {}),
            },
          }
        : { cmd: 'connack', returnCode: isConnected ? 0 : 2, sessionPresent: false },
    );
    if (isConnected) host.onConnected(session);
    else close();
  }

  function answer(packet: Packet): void {
    if (packet.cmd === 'subscribe') {
      const granted = packet.subscriptions.map(({ topic: filter, qos }) => {
        const isAllowed = isDeviceSubscription(filter);
        if (!isAllowed || subscriptions.size >= MAX_SUBSCRIPTIONS) return 128;
        subscriptions.add(filter);
        return Math.min(qos, 1);
      });
      send({ cmd: 'suback', messageId: packet.messageId as number, granted } as Packet);
      for (const [i, { topic: to }] of packet.subscriptions.entries()) {
        const payload = granted[i] === 128 ? null : host.configOf(to);
        if (payload !== null) {
          send({ cmd: 'publish', topic: to, payload, qos: 0, dup: false, retain: true });
        }
      }
    } else if (packet.cmd === 'unsubscribe') {
      const granted = packet.unsubscriptions.map((filter) =>
        subscriptions.delete(filter) ? 0 : 17,
      );
      send({ cmd: 'unsuback', messageId: packet.messageId as number, granted } as Packet);
    } else if (packet.cmd === 'pingreq') send({ cmd: 'pingresp' });
    else if (packet.cmd === 'disconnect') close();
    else if (packet.cmd !== 'puback') close(); // nothing else comes from a device
  }

  const framer = createFramer(host.maxPacketBytes, (first, packet, headerAt) => {
    if (isClosed) return;
    const type = first >> 4;
    if (type === PUBLISH && isConnected) return publish(first, packet, headerAt);
    if (type === PUBREL && isConnected && packet.length >= 4) {
      send({ cmd: 'pubcomp', messageId: packet.readUInt16BE(headerAt) } as Packet);
      return;
    }
    parsed = null;
    reader.parse(packet);
    const read = parsed as Packet | null;
    if (isClosed) return;
    if (!read || (read.cmd === 'connect') === isConnected) return close();
    if (read.cmd === 'connect') connect(read);
    else answer(read);
  });
  socket.on('data', (bytes: Buffer) => {
    session.lastHeardMs = Date.now();
    // Whatever else speaks to this port says something else first than CONNECT.
    if (isFirst && bytes[0] !== CONNECT) return close();
    isFirst = false;
    if (isClosed || framer.push(bytes)) return;
    host.onTooLarge(session);
    close();
  });
  socket.on('drain', resume);
  socket.on('error', () => socket.destroy());
  socket.on('close', () => (isClosed = true));
  return session;
}
