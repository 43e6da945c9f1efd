/**
 * A crowd of phones in one process: packets are made once and only their sequence number and packet id
 * change. In: port, connections, packets in flight on each, seconds. Out (JSON): acknowledged packets
 * and CPU time.
 * @module
 */
import { connect, type Socket } from 'node:net';
import { connectPacket, publishTemplate, writeMessage } from './mqtt-bytes.js';

const [port, connections, inFlight, seconds] = process.argv.slice(2).map(Number) as [
  number,
  number,
  number,
  number,
];

let acknowledged = 0;
let isOver = false;

function startPhone(number: number): Promise<void> {
  const device = `phone-${process.pid}-${number}`;
  const template = publishTemplate(`quakeloom/city/phones/${device}`, device);
  const { length } = template.packet;
  let sent = 0;
  return new Promise((resolve, reject) => {
    const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true });
    let carry = 0; // bytes of an acknowledgement that came in parts
    let isConnected = false;
    const send = (count: number): void => {
      const batch = Buffer.allocUnsafe(count * length);
      for (let i = 0; i < count; i++) {
        const packetId = (sent % 65_535) + 1;
        writeMessage(batch, i * length, template, { packetId, seq: sent });
        sent++;
      }
      socket.write(batch);
    };
    socket.on('connect', () => socket.write(connectPacket(device)));
    socket.on('data', (bytes) => {
      let received = bytes.length;
      if (!isConnected) {
        isConnected = true;
        received -= 4;
        send(inFlight);
      }
      const acks = Math.floor((carry + received) / 4);
      carry = (carry + received) % 4;
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
