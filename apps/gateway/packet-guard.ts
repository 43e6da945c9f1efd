/**
 * In: the bytes of an MQTT connection as they are read. Out: the remaining length of a packet as soon
 * as its header says too much, before anybody buffers it (MQTT 3.1.1, section 2.2.3).
 * @module
 */

/** Looks at the next bytes of a connection; true when a packet is too large. */
export type PacketGuard = (bytes: Uint8Array) => boolean;

/** A guard for one connection. */
export function createPacketGuard(maxPacketBytes: number): PacketGuard {
  let skip = 0; // bytes of the current packet still to come
  let inLength = false;
  let [length, shift] = [0, 0];
  return (bytes) => {
    let at = 0;
    while (at < bytes.length) {
      if (skip > 0) {
        const step = Math.min(skip, bytes.length - at);
        skip -= step;
        at += step;
      } else if (!inLength) {
        at++; // type and flags
        [inLength, length, shift] = [true, 0, 0];
      } else {
        const byte = bytes[at++] as number;
        length += (byte & 0x7f) * 2 ** shift;
        shift += 7;
        if (length > maxPacketBytes || shift > 28) return true;
        if ((byte & 0x80) === 0) [inLength, skip] = [false, length];
      }
    }
    return false;
  };
}
