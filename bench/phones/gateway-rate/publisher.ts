/**
 * A crowd of phones in one process: packets are made once and only their sequence number and packet id
 * change. In: port, connections, packets in flight on each, seconds, messages a second of all (0 or
 * absent: as many as are acknowledged). Out (JSON): acknowledged packets, time and CPU time, at the end
 * and for each line of standard input.
 * @module
 */
import { connect, type Socket } from 'node:net';
import { connectPacket, publishTemplate, writeMessage } from './mqtt-bytes.js';

const [port, connections, inFlight, seconds, rateHz = 0] = process.argv.slice(2).map(Number) as [
  number,
  number,
  number,
  number,
  number?,
];
const PACE_MS = 5;

let acknowledged = 0;
let isOver = false;

interface Phone {
  readonly ended: Promise<void>;
  /** Sends up to so many packets, as far as its window lets it; how many it sent. */
  send(count: number): number;
}

function startPhone(number: number): Phone {
  const device = `phone-${process.pid}-${number}`;
  const template = publishTemplate(`quakeloom/city/phones/${device}`, device);
  const { length } = template.packet;
  let sent = 0;
  let open = 0; // packets that may be sent now
  const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true });
  let carry = 0; // bytes of an acknowledgement that came in parts
  let isConnected = false;
  const send = (wanted: number): number => {
    const count = Math.min(wanted, open);
    if (count === 0) return 0;
    open -= count;
    const batch = Buffer.allocUnsafe(count * length);
    for (let i = 0; i < count; i++) {
      const packetId = (sent % 65_535) + 1;
      writeMessage(batch, i * length, template, { packetId, seq: sent });
      sent++;
    }
    socket.write(batch);
    return count;
  };
  socket.on('connect', () => socket.write(connectPacket(device)));
  socket.on('data', (bytes) => {
    let received = bytes.length;
    if (!isConnected) {
      isConnected = true;
      received -= 4;
      open = inFlight;
    }
    const acks = Math.floor((carry + received) / 4);
    carry = (carry + received) % 4;
    acknowledged += acks;
    open += acks;
    if (isOver) socket.destroy();
    else if (rateHz === 0) send(open);
  });
  const ended = new Promise<void>((resolve, reject) => {
    socket.on('error', reject);
    socket.on('close', () => resolve());
    setTimeout(() => {
      isOver = true;
      setTimeout(() => socket.destroy(), 500);
    }, seconds * 1000);
  });
  return { ended, send };
}

/** Every few milliseconds what is due, in turn from each phone. */
function pace(phones: readonly Phone[]): void {
  const startedMs = performance.now();
  let sent = 0;
  let turn = 0;
  const each = Math.max(1, Math.round((rateHz * PACE_MS) / 1000 / phones.length));
  const timer = setInterval(() => {
    if (isOver) return clearInterval(timer);
    const due = Math.floor((rateHz * (performance.now() - startedMs)) / 1000);
    for (let tried = 0; sent < due && tried < phones.length; turn++) {
      const count = (phones[turn % phones.length] as Phone).send(Math.min(each, due - sent));
      sent += count;
      tried = count > 0 ? 0 : tried + 1;
    }
  }, PACE_MS);
}

const before = process.cpuUsage();
const startedMs = performance.now();
const tell = (): void => {
  const cpu = process.cpuUsage(before);
  const elapsedS = (performance.now() - startedMs) / 1000;
  console.log(JSON.stringify({ acknowledged, elapsedS, cpuS: (cpu.user + cpu.system) / 1e6 }));
};
process.stdin.on('data', tell);
const phones = Array.from({ length: connections }, (_, i) => startPhone(i));
if (rateHz > 0) pace(phones);
await Promise.all(phones.map(({ ended }) => ended));
tell();
process.stdin.destroy();
