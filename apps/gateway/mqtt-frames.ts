/**
 * MQTT on the wire, as far as the listener needs speed. In: the bytes of a connection as they are
 * read. Out: whole packets; PUBLISH taken apart without a copy. MQTT 3.1.1 section 2.2, MQTT 5
 * section 2.1 and 3.3.
 * @module
 */

/** Told of each packet: its first byte, all of it, and where its variable header begins. */
export type OnPacket = (first: number, packet: Buffer, headerAt: number) => void;

export interface Framer {
  /** Takes the next bytes; false when a packet announces more than is allowed or no length at all. */
  push(bytes: Buffer): boolean;
}

/**
 * Cuts a stream into packets. A packet lies in the bytes that were pushed, or in a buffer of the
 * framer that is not used again: both may be kept. Memory grows with what has come, not with what a
 * header announces.
 */
export function createFramer(maxPacketBytes: number, onPacket: OnPacket): Framer {
  let carry = Buffer.alloc(0); // beginning of a packet
  let used = 0;

  /** Length of the packet at `at`, 0 while its header is not whole, -1 when it cannot be. */
  const lengthAt = (bytes: Buffer, at: number, end: number): number => {
    let length = 0;
    for (let i = 1; i <= 4; i++) {
      if (at + i >= end) return 0;
      const byte = bytes[at + i] as number;
      length += (byte & 0x7f) * 2 ** (7 * (i - 1));
      if (length > maxPacketBytes) return -1;
      if ((byte & 0x80) === 0) return 1 + i + length;
    }
    return -1;
  };
  /** Gives whole packets out; where the rest begins, -1 for a packet that cannot be. */
  const packets = (bytes: Buffer, end: number): number => {
    let at = 0;
    while (at < end) {
      const length = lengthAt(bytes, at, end);
      if (length < 0) return -1;
      if (length === 0 || at + length > end) break;
      let headerAt = at + 2;
      while (((bytes[headerAt - 1] as number) & 0x80) !== 0) headerAt++;
      onPacket(bytes[at] as number, bytes.subarray(at, at + length), headerAt - at);
      at += length;
    }
    return at;
  };

  return {
    push(bytes) {
      if (used === 0) {
        const rest = packets(bytes, bytes.length);
        if (rest < 0) return false;
        if (rest < bytes.length) {
          carry = Buffer.from(bytes.subarray(rest));
          used = carry.length;
        }
        return true;
      }
      if (used + bytes.length > carry.length) {
        const larger = Buffer.allocUnsafeSlow(Math.max(2 * carry.length, used + bytes.length));
        carry.copy(larger, 0, 0, used);
        carry = larger;
      }
      bytes.copy(carry, used);
      used += bytes.length;
      const whole = carry;
      const rest = packets(whole, used);
      if (rest < 0) return false;
      if (rest === 0) return true;
      // Packets of this buffer were given out: what is left goes to another one.
      carry = Buffer.from(whole.subarray(rest, used));
      used = carry.length;
      return true;
    },
  };
}

/** A PUBLISH packet; `topicAt` to `topicEnd` of the packet is its topic. */
export interface PublishPacket {
  readonly qos: number;
  readonly retain: boolean;
  /** 0 with QoS 0. */
  readonly packetId: number;
  readonly topicAt: number;
  readonly topicEnd: number;
  readonly payload: Buffer;
}

/** Takes a PUBLISH apart; null when it is malformed. `version` 3, 4 or 5. */
export function readPublish(
  first: number,
  packet: Buffer,
  headerAt: number,
  version: number,
): PublishPacket | null {
  const qos = (first >> 1) & 3;
  if (qos === 3 || headerAt + 2 > packet.length) return null;
  const topicAt = headerAt + 2;
  const topicEnd = topicAt + packet.readUInt16BE(headerAt);
  let at = topicEnd;
  let packetId = 0;
  if (qos > 0) {
    if (at + 2 > packet.length) return null;
    packetId = packet.readUInt16BE(at);
    if (packetId === 0) return null;
    at += 2;
  }
  if (version === 5) {
    let length = 0;
    let shift = 0;
    for (;;) {
      if (at >= packet.length || shift > 21) return null;
      const byte = packet[at++] as number;
      length += (byte & 0x7f) << shift;
      shift += 7;
      if ((byte & 0x80) === 0) break;
    }
    at += length;
  }
  if (at > packet.length) return null;
  const payload = packet.subarray(at);
  return { qos, retain: (first & 1) === 1, packetId, topicAt, topicEnd, payload };
}

/** PUBACKs without reason and properties: four bytes in all versions (MQTT 5, section 3.4.2.1). */
export function pubackPackets(ids: readonly number[]): Buffer {
  const bytes = Buffer.allocUnsafe(4 * ids.length);
  for (let i = 0; i < ids.length; i++) {
    bytes.writeUInt16BE(0x4002, 4 * i);
    bytes.writeUInt16BE(ids[i] as number, 4 * i + 2);
  }
  return bytes;
}

/** A PUBLISH with QoS 1, without properties. `version` 3, 4 or 5. */
export function publishPacket(message: {
  readonly topic: string;
  readonly payload: string;
  readonly retain: boolean;
  readonly packetId: number;
  readonly version: number;
}): Buffer {
  const { topic, payload, packetId, version } = message;
  const topicBytes = Buffer.byteLength(topic);
  const payloadBytes = Buffer.byteLength(payload);
  const headBytes = version === 5 ? 5 : 4; // length of the topic, packet id, no properties
  let length = topicBytes + payloadBytes + headBytes;
  const bytes = Buffer.allocUnsafe(length + 5);
  bytes[0] = 0x32 | (message.retain ? 1 : 0);
  let at = 1;
  do {
    bytes[at++] = (length & 0x7f) | (length > 0x7f ? 0x80 : 0);
    length >>= 7;
  } while (length > 0);
  at = bytes.writeUInt16BE(topicBytes, at);
  at += bytes.write(topic, at);
  at = bytes.writeUInt16BE(packetId, at);
  if (version === 5) bytes[at++] = 0;
  at += bytes.write(payload, at);
  return bytes.subarray(0, at);
}
