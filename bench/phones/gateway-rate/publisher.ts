/**
 * A crowd of phones in one process, as cheap as can be: PUBLISH packets (MQTT 3.1.1, QoS 1, 524-byte
 * JSON payload) are made once and only their sequence number and packet id change. In: port,
 * connections, packets in flight on each, seconds. Out (JSON): acknowledged packets and CPU time.
 * @module
 */
import { connect, type Socket } from 'node:net';

const [port, connections, inFlight, seconds] = process.argv.slice(2).map(Number) as [
  number,
  number,
  number,
  number,
];
const PAYLOAD_BYTES = 524;
const SEQ_DIGITS = 9;

function connectPacket(clientId: string): Buffer {
  const id = Buffer.from(clientId);
  const body = Buffer.concat([
    Buffer.from([0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 2, 0, 60, 0, id.length]),
    id,
  ]);
  return Buffer.concat([Buffer.from([0x10, body.length]), body]);
}

/** A PUBLISH with places for packet id and sequence number. */
function publishTemplate(device: string): { packet: Buffer; idAt: number; seqAt: number } {
  const topic = Buffer.from(`quakeloom/city/phones/${device}`);
  const samples = Array.from({ length: 64 }, (_, i) => ((i * 37) % 97) / 100 + 0.001);
  const record = {
    device_id: device,
    boot: 'b1',
    seq: 'S'.repeat(SEQ_DIGITS),
    device_t: 1_700_000_000.25,
    sr: 31.25,
    x: samples.slice(0, 20),
    y: samples.slice(20, 40),
    z: samples.slice(40, 60),
  };
  const text = JSON.stringify(record).replace(
    `"${'S'.repeat(SEQ_DIGITS)}"`,
    'S'.repeat(SEQ_DIGITS),
  );
  const payload = text.replace('{', `{${' '.repeat(PAYLOAD_BYTES - text.length)}`);
  const length = 2 + topic.length + 2 + payload.length;
  const head = Buffer.from([0x32, (length & 0x7f) | 0x80, length >> 7, 0, topic.length]);
  const packet = Buffer.concat([head, topic, Buffer.from([0, 0]), Buffer.from(payload)]);
  return {
    packet,
    idAt: head.length + topic.length,
    seqAt: packet.indexOf('S'.repeat(SEQ_DIGITS)),
  };
}

let acknowledged = 0;
let isOver = false;
const FIRST_SEQ = 10 ** (SEQ_DIGITS - 1);

function startPhone(number: number): Promise<void> {
  const device = `phone-${process.pid}-${number}`;
  const { packet, idAt, seqAt } = publishTemplate(device);
  let sent = 0;
  return new Promise((resolve, reject) => {
    const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true });
    let carry = 0; // bytes of an acknowledgement that came in parts
    let isConnected = false;
    const send = (count: number): void => {
      const batch = Buffer.allocUnsafe(count * packet.length);
      for (let i = 0; i < count; i++) {
        const at = i * packet.length;
        packet.copy(batch, at);
        const id = (sent % 65_535) + 1;
        batch.writeUInt16BE(id, at + idAt);
        let digits = FIRST_SEQ + sent;
        for (let d = SEQ_DIGITS - 1; d >= 0; d--) {
          batch[at + seqAt + d] = 48 + (digits % 10);
          digits = Math.floor(digits / 10);
        }
        sent++;
      }
      socket.write(batch);
    };
    socket.on('connect', () => socket.write(connectPacket(device)));
    socket.on('data', (bytes) => {
      let length = bytes.length;
      if (!isConnected) {
        isConnected = true;
        length -= 4;
        send(inFlight);
      }
      const acks = Math.floor((carry + length) / 4);
      carry = (carry + length) % 4;
      acknowledged += acks;
      if (isOver) socket.destroy();
      else if (acks > 0) send(acks);
    });
    socket.on('error', reject);
    socket.on('close', () => resolve());
    setTimeout(() => {
      isOver = true;
      setTimeout(() => socket.destroy(), 500);
    }, seconds * 1000);
  });
}

const before = process.cpuUsage();
const startedMs = performance.now();
await Promise.all(Array.from({ length: connections }, (_, i) => startPhone(i)));
const cpu = process.cpuUsage(before);
const elapsedS = (performance.now() - startedMs) / 1000;
console.log(JSON.stringify({ acknowledged, elapsedS, cpuS: (cpu.user + cpu.system) / 1e6 }));
