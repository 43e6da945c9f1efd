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
import { createCrowdWatch } from '../../../apps/gateway/crowd-watch.js';
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
/** Any time: of the replay without a gateway, s. */
const BASE_S = 1.7e9;
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

function signalOf(kind: 'heartbeat' | 'trigger', phone: number, atNs: bigint): PhoneSignal {
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
    values: {
      ...{ iqrG: 0.02, zeroCrossingsHz: 9, cavGs: 0.1 },
      ...{ peakGal: 30, peakCmS: 2, probability: 0.9 },
    },
  } as PhoneSignal;
  return signal;
}
function packetOf(...of: Parameters<typeof signalOf>): Buffer {
  const signal = signalOf(...of);
  return publishPacket(messageTopic(of[0], 'city', signal.deviceId), encodeSignal(signal)).packet;
}

/** When the detector alone declares, s after the fourth trigger, with no gateway between. */
function detectorAloneS(): number | null {
  const watch = createCrowdWatch(BOUNDS);
  const taken = (signal: PhoneSignal, arrivalS: number) =>
    watch.add({
      regionId: 'city',
      signal,
      arrivalS,
      clock: { offsetS: 0, driftPpm: 0, jumps: 0 },
      isTrusted: true,
    });
  for (let i = 0; i < crowd.count; i++) taken(signalOf('heartbeat', i, 0n), BASE_S);
  let k = 0;
  for (let nowS = 0; nowS < 60; nowS += 0.25) {
    for (; k < count && (quake.arrivalS[k] as number) < nowS; k++) {
      const atNs = BigInt(Math.round((BASE_S + (quake.deviceS[k] as number)) * 1e6)) * 1000n;
      const signal = signalOf('trigger', quake.phone[k] as number, atNs);
      taken(signal, BASE_S + (quake.arrivalS[k] as number));
    }
    if (watch.step(BASE_S + nowS)) return nowS - (quake.arrivalS[3] as number);
  }
  return null;
}
const socketOf = (i: number) => sockets[i % CONNECTIONS] as (typeof sockets)[0];
const until = async (target: number): Promise<void> => {
  while (acknowledged < target) await sleep(5);
};

// Heartbeats, as fast as they are taken.
const beatsFrom = performance.now();
for (let i = 0; i < crowd.count; i++) {
  socketOf(i).write(packetOf('heartbeat', i, BigInt(Date.now()) * 1_000_000n));
  if (i % 500 === 0) await until(i - 2000);
}
await until(crowd.count);
const heartbeatsPerS = crowd.count / ((performance.now() - beatsFrom) / 1000);
await sleep(1000);

// Triggers at their times.
// Making the packets takes a while; the quake waits for it.
const originMs = Date.now() + 500 + 0.2 * count;
const packets = Array.from({ length: count }, (_, k) =>
  packetOf(
    'trigger',
    quake.phone[k] as number,
    BigInt(Math.round((originMs + 1000 * (quake.deviceS[k] as number)) * 1000)) * 1000n,
  ),
);
const lateMs = Math.max(0, Date.now() - originMs);
let [next, fourthMs] = [0, Number.NaN];
while (next < count) {
  const nowS = (Date.now() - originMs) / 1000;
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
      startedLateMs: lateMs,
      acknowledged: sample.acknowledged,
      lost: crowd.count + count - sample.acknowledged,
      lastAckMs,
      declaredAfterFourthS: first ? (first.atMs - fourthMs) / 1000 : null,
      detectorAloneAfterFourthS: detectorAloneS(),
      declared: first ?? null,
      crowds: sample.crowds,
      cpuS: sample.cpuS,
      loadAverage: os.loadavg().map((v) => Math.round(v * 10) / 10),
    },
    null,
    1,
  ),
);
