/**
 * Phones that keep a message until it is durable, in one process. In: port, publishers, messages of
 * each, `own` or `broker` (then a receipt counts, not the PUBACK). Out: a line of JSON a second, and
 * the last one when every message is durable.
 * @module
 */
import { connect, type Socket } from 'node:net';
import { createFramer } from '../../../apps/gateway/mqtt-frames.js';
import type { ReceiptMessage } from '../../../apps/gateway/receipts.js';
import { receiptTopic } from '../../../apps/gateway/topics.js';
import {
  FIRST_SEQ,
  connectPacket,
  publishTemplate,
  subscribePacket,
  writeMessage,
} from '../gateway-rate/mqtt-bytes.js';

const [portText, publishersText, eachText, mode] = process.argv.slice(2);
const [port, publishers, each] = [Number(portText), Number(publishersText), Number(eachText)];
const IN_FLIGHT = 100;
/** A message without receipt is sent again after this, ms; doubled while no receipt comes. */
const PATIENCE_MS = { first: 5000, most: 60_000 };

const total = { acknowledged: 0, receipted: 0, resent: 0, connections: 0 };
let running = publishers;

function startPhone(number: number): void {
  const device = `phone-${number}`;
  const template = publishTemplate(`quakeloom/city/phones/${device}`, device);
  /** Messages that are not durable yet: when they were sent last, by sequence number. */
  const waiting = new Map<number, number>();
  let next = 0;
  let patienceMs = PATIENCE_MS.first;
  let socket: Socket | null = null;

  const send = (seqs: readonly number[]): void => {
    if (!socket || seqs.length === 0) return;
    const { length } = template.packet;
    const batch = Buffer.allocUnsafe(seqs.length * length);
    const now = Date.now();
    seqs.forEach((seq, i) => {
      // Numbers in flight span less than 65,535, so each packet id stands for one of them.
      writeMessage(batch, i * length, template, { packetId: (seq % 65_535) + 1, seq });
      waiting.set(seq, now);
    });
    socket.write(batch);
  };
  const fill = (): void => {
    const seqs: number[] = [];
    while (next < each && waiting.size + seqs.length < IN_FLIGHT) seqs.push(next++);
    send(seqs);
  };
  const settle = (seq: number, by: 'acknowledged' | 'receipted'): void => {
    if (!waiting.delete(seq)) return;
    patienceMs = PATIENCE_MS.first;
    total[by]++;
    if (next >= each && waiting.size === 0 && --running === 0) finish();
  };
  const again = (): void => {
    const now = Date.now();
    const late = [...waiting].flatMap(([seq, at]) => (now - at > patienceMs ? [seq] : []));
    if (late.length > 0) patienceMs = Math.min(PATIENCE_MS.most, 2 * patienceMs);
    total.resent += late.length;
    send(late);
  };
  const open = (): void => {
    const opened = connect({ port, host: '127.0.0.1', noDelay: true });
    const framer = createFramer(1e6, (first, packet, headerAt) => {
      const type = first >> 4;
      if (type === 2) {
        socket = opened;
        total.connections++;
        if (mode === 'broker') opened.write(subscribePacket(receiptTopic('city', device)));
        total.resent += waiting.size;
        send([...waiting.keys()]);
        fill();
      } else if (type === 4 && mode !== 'broker') {
        const id = packet.readUInt16BE(headerAt) - 1;
        for (const seq of waiting.keys()) {
          if (seq % 65_535 !== id) continue;
          settle(seq, 'acknowledged');
          break;
        }
      } else if (type === 3) {
        const topicEnd = headerAt + 2 + packet.readUInt16BE(headerAt);
        const qos = (first >> 1) & 3;
        if (qos > 0) {
          opened.write(
            Buffer.from([0x40, 2, packet[topicEnd] as number, packet[topicEnd + 1] as number]),
          );
        }
        const text = packet.toString('utf8', topicEnd + (qos > 0 ? 2 : 0));
        for (const { seq, refused } of (JSON.parse(text) as ReceiptMessage).receipts) {
          if (refused !== undefined) throw new Error(`refused: ${refused}`);
          if (seq !== null) settle(seq - FIRST_SEQ, 'receipted');
        }
      } else if (type === 4) total.acknowledged++;
    });
    opened.on('connect', () => opened.write(connectPacket(device)));
    opened.on('data', (bytes: Buffer) => {
      framer.push(bytes);
      if (socket === opened) fill();
    });
    opened.on('error', () => opened.destroy());
    opened.on('close', () => {
      if (socket === opened) socket = null;
      clearInterval(timer);
      if (next < each || waiting.size > 0) setTimeout(open, 200 + 300 * Math.random());
    });
    const timer = setInterval(mode === 'broker' ? again : () => undefined, 1000);
  };
  open();
}

const startedMs = performance.now();
const report = (isDone: boolean): void =>
  console.log(
    JSON.stringify({ ...total, isDone, elapsedS: (performance.now() - startedMs) / 1000 }),
  );
const reports = setInterval(report, 250, false);

function finish(): void {
  clearInterval(reports);
  report(true);
  setTimeout(() => process.exit(0), 100);
}

for (let i = 0; i < publishers; i++) startPhone(i);
