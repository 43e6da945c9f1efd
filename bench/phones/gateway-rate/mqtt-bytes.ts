/**
 * MQTT 3.1.1 packets of made-up phones, as cheap as can be. In: names and payloads. Out: bytes.
 * @module
 */

/** Length of every message of the measurements, bytes. */
export const PAYLOAD_BYTES = 524;
/** Sequence numbers have this many digits, so that only they change. */
export const SEQ_DIGITS = 9;
export const FIRST_SEQ = 10 ** (SEQ_DIGITS - 1);

/** CONNECT with a clean session. */
export function connectPacket(clientId: string): Buffer {
  const id = Buffer.from(clientId);
  const body = Buffer.concat([
    Buffer.from([0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 2, 0, 60, 0, id.length]),
    id,
  ]);
  return Buffer.concat([Buffer.from([0x10, body.length]), body]);
}

/** SUBSCRIBE, QoS 1. */
export function subscribePacket(topic: string): Buffer {
  const filter = Buffer.from(topic);
  const head = Buffer.from([0x82, 5 + filter.length, 0, 1, 0, filter.length]);
  return Buffer.concat([head, filter, Buffer.from([1])]);
}

/** PUBLISH with QoS 1; the packet id lies at `idAt`. */
export function publishPacket(
  topic: string,
  payload: Buffer,
): { readonly packet: Buffer; readonly idAt: number } {
  const name = Buffer.from(topic);
  const length = 2 + name.length + 2 + payload.length;
  const head =
    length < 128
      ? Buffer.from([0x32, length, 0, name.length])
      : Buffer.from([0x32, (length & 0x7f) | 0x80, length >> 7, 0, name.length]);
  const packet = Buffer.concat([head, name, Buffer.from([0, 1]), payload]);
  return { packet, idAt: head.length + name.length };
}

/** A waveform message of 524 bytes with places for packet id and sequence number. */
export function publishTemplate(
  topic: string,
  device: string,
): { readonly packet: Buffer; readonly idAt: number; readonly seqAt: number } {
  const samples = Array.from({ length: 64 }, (_, i) => ((i * 37) % 97) / 100 + 0.001);
  const mark = 'S'.repeat(SEQ_DIGITS);
  const text = JSON.stringify({
    device_id: device,
    boot: 'b1',
    seq: mark,
    device_t: 1_700_000_000.25,
    sr: 31.25,
    x: samples.slice(0, 20),
    y: samples.slice(20, 40),
    z: samples.slice(40, 60),
  }).replace(`"${mark}"`, mark);
  const payload = text.replace('{', `{${' '.repeat(PAYLOAD_BYTES - text.length)}`);
  const { packet, idAt } = publishPacket(topic, Buffer.from(payload));
  return { packet, idAt, seqAt: packet.indexOf(mark) };
}

/** Writes packet id and sequence number into a copy of a template at `at`. */
export function writeMessage(
  to: Buffer,
  at: number,
  template: ReturnType<typeof publishTemplate>,
  numbers: { readonly packetId: number; readonly seq: number },
): void {
  template.packet.copy(to, at);
  to.writeUInt16BE(numbers.packetId, at + template.idAt);
  let digits = FIRST_SEQ + numbers.seq;
  for (let d = SEQ_DIGITS - 1; d >= 0; d--) {
    to[at + template.seqAt + d] = 48 + (digits % 10);
    digits = Math.floor(digits / 10);
  }
}
