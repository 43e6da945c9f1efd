/**
 * A city: 100,000 phones say that they live, then a quake of magnitude 7 below them, and each trigger is
 * sent when it would be. In: number of triggers. Out: what was lost, and when the crowd was declared
 * after its fourth trigger. `node --import tsx bench/phones/gateway-rate/city.ts [triggers]`.
 * @module
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageTopic } from '../../../apps/gateway/topics.js';
import { encodeSignal, type PhoneSignal } from '../../../connectors/phones/signal-message.js';
import { createRandom } from '../../../core/random.js';
import { drawCrowd, quakeTriggers } from '../../../models/generative/phone-crowd.js';
import { placeOf } from '../../../models/phones/network/crowd-grid.js';
import { connectPacket, publishPacket } from './mqtt-bytes.js';
import { startProgram, type GatewaySample } from './programs.js';

const wanted = Number(process.argv[2] ?? 100_000);
const BOUNDS = { west: -99.6, east: -98.6, south: 19, north: 19.9 };
const CONNECTIONS = 100;
const dir = mkdtempSync(path.join(os.tmpdir(), 'city-'));
const random = createRandom(5);
// Four fifths of steady phones give a usable trigger: more phones than triggers are needed.
const crowd = drawCrowd({ random, bounds: BOUNDS, cellKm: 5, count: 1.4 * wanted, towns: 3 });
const source = { latitude: 19.45, longitude: -99.1, depthKm: 15, magnitude: 7, timeS: 0 };
const quake = quakeTriggers({
  random,
  crowd,
  steady: new Uint8Array(crowd.count).fill(1),
  source,
  untilS: 60,
});
const count = Math.min(wanted, quake.phone.length);

const gateway = startProgram('gateway-process.ts', [dir]);
const { port } = await gateway.line<{ port: number }>();
let acknowledged = 0;
const sockets = await Promise.all(
  Array.from(
    { length: CONNECTIONS },
    (_, i) =>
      new Promise<ReturnType<typeof connect>>((resolve, reject) => {
        const socket = connect({ port, host: '127.0.0.1', noDelay: true });
        socket.once('data', () => {
          socket.on('data', (bytes: Buffer) => (acknowledged += bytes.length / 4));
          resolve(socket);
        });
        socket.on('error', reject);
        socket.write(connectPacket(`city-${i}`));
      }),
  ),
);

const startNs = BigInt(Date.now()) * 1_000_000n;
function packetOf(kind: 'heartbeat' | 'trigger', phone: number, atNs: bigint): Buffer {
  const deviceId = `p${phone}`;
  const place = placeOf(crowd.grid, crowd.eastKm[phone] as number, crowd.northKm[phone] as number);
  const signal = {
    kind,
    deviceId,
    boot: 'b',
    seq: kind === 'heartbeat' ? 0 : 1,
    arrivalNs: null,
    position: { ...place, privacyRadiusKm: 1 },
    deviceNs: atNs,
    appVersion: '1.0.0',
    modelVersion: null,
    isSteady: true,
    isCharging: true,
    values: { peakGal: 30, probability: 0.9 } as never,
  } as PhoneSignal;
  const bytes = encodeSignal(
    signal.kind === 'trigger'
      ? {
          ...signal,
          values: {
            ...{ iqrG: 0.02, zeroCrossingsHz: 9, cavGs: 0.1 },
            ...{ peakGal: 30, peakCmS: 2, probability: 0.9 },
          },
        }
      : signal,
  );
  return publishPacket(messageTopic(kind, 'city', deviceId), bytes).packet;
}
const socketOf = (i: number) => sockets[i % CONNECTIONS] as (typeof sockets)[0];
const until = async (target: number): Promise<void> => {
  while (acknowledged < target) await sleep(5);
};

// Heartbeats, as fast as they are taken.
const beatsFrom = performance.now();
for (let i = 0; i < crowd.count; i++) {
  socketOf(i).write(packetOf('heartbeat', i, startNs));
  if (i % 5000 === 0) await until(i - 20_000);
}
await until(crowd.count);
const heartbeatsPerS = crowd.count / ((performance.now() - beatsFrom) / 1000);
await sleep(1000);

// Triggers at their times.
const originMs = Date.now() + 500;
const packets = Array.from({ length: count }, (_, k) =>
  packetOf(
    'trigger',
    quake.phone[k] as number,
    BigInt(Math.round((originMs + 1000 * (quake.deviceS[k] as number)) * 1000)) * 1000n,
  ),
);
// Making them took a while: the quake begins when they are ready.
const lateMs = Math.max(0, Date.now() - originMs) + 200;
let [next, fourthMs] = [0, Number.NaN];
while (next < count) {
  const nowS = (Date.now() - originMs - lateMs) / 1000;
  for (; next < count && (quake.arrivalS[next] as number) <= nowS; next++) {
    socketOf(next).write(packets[next] as Buffer);
    if (next === 3) fourthMs = Date.now();
  }
  await sleep(2);
}
const sentMs = Date.now();
await until(crowd.count + count);
const lastAckMs = Date.now() - sentMs;
await sleep(500);
const sample = await gateway.ask<
  GatewaySample & {
    readonly alerts: readonly { readonly atMs: number; latitude: number; longitude: number }[];
    readonly crowds: object;
  }
>();
await gateway.end();
for (const socket of sockets) socket.destroy();
rmSync(dir, { recursive: true, force: true });
const [first] = sample.alerts;
const firstS = quake.arrivalS[0] as number;
const tenSeconds = quake.arrivalS.filter((s) => s < firstS + 10).length;
console.log(
  JSON.stringify(
    {
      phones: crowd.count,
      heartbeatsPerS: Math.round(heartbeatsPerS),
      triggers: count,
      triggersInFirst10S: Math.min(count, tenSeconds),
      triggersOverS: Math.round(((quake.arrivalS[count - 1] as number) - firstS) * 10) / 10,
      clocksShiftedMs: lateMs,
      acknowledged: sample.acknowledged,
      lost: crowd.count + count - sample.acknowledged,
      lastAckMs,
      declaredAfterFourthS: first ? (first.atMs - fourthMs) / 1000 : null,
      declared: first ?? null,
      crowds: sample.crowds,
      cpuS: sample.cpuS,
      loadAverage: os.loadavg().map((v) => Math.round(v * 10) / 10),
    },
    null,
    1,
  ),
);
