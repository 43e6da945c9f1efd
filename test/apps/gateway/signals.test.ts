import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { connectAsync, type MqttClient } from 'mqtt';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCrowdWatch } from '../../../apps/gateway/crowd-watch.js';
import { silentLog, type GatewayLog } from '../../../apps/gateway/gateway-log.js';
import { startGateway, type Gateway, type GatewayOptions } from '../../../apps/gateway/gateway.js';
import { configTopic, messageTopic, phoneTopic } from '../../../apps/gateway/topics.js';
import { deviceConfig } from '../../../connectors/phones/device-config.js';
import { encodeSignal, type PhoneSignal } from '../../../connectors/phones/signal-message.js';
import { createRandom } from '../../../core/random.js';
import { decodeTable } from '../../../core/tables/ipc.js';
import { phoneSignals } from '../../../core/tables/phone-signal-table.js';
import { drawCrowd, quakeTriggers } from '../../../models/generative/phone-crowd.js';
import { placeOf } from '../../../models/phones/network/crowd-grid.js';
import { recordJson, syntheticRecords } from '../../connectors/phones/synthetic-records.js';
import { fileFakes, type FileFakes } from './file-fakes.js';
import { eventually } from './mqtt-clients.js';

const NOW_S = 1_700_000_000;
const BOUNDS = { west: -99.5, east: -98.5, south: 19, north: 20 };
let dir = '';
let fakes: FileFakes;
let gateway: Gateway | null = null;
let clients: MqttClient[] = [];

beforeEach(() => {
  dir = mkdtempSync(path.join(os.tmpdir(), 'signals-'));
  fakes = fileFakes(path.join(dir, 'fakes'));
});
afterEach(async () => {
  for (const client of clients) await client.endAsync(true);
  clients = [];
  await gateway?.stop();
  gateway = null;
  rmSync(dir, { recursive: true });
});

async function start(options: Partial<GatewayOptions> = {}): Promise<Gateway> {
  gateway = await startGateway({
    port: 0,
    walDir: path.join(dir, 'wal'),
    store: fakes.store,
    catalogue: fakes.catalogue,
    regions: ['mexico'],
    log: silentLog,
    sealIntervalMs: 3_600_000,
    nowMs: () => NOW_S * 1000,
    ...options,
  });
  return gateway;
}

async function client(g: Gateway, protocolVersion: 4 | 5 = 5): Promise<MqttClient> {
  const made = await connectAsync(`mqtt://127.0.0.1:${g.port}`, {
    protocolVersion,
    reconnectPeriod: 0,
  });
  made.on('error', () => undefined);
  clients.push(made);
  return made;
}

const heartbeat = (deviceId: string, seq: number, deviceS = NOW_S - 0.2): PhoneSignal => ({
  kind: 'heartbeat',
  deviceId,
  boot: 'b',
  seq,
  arrivalNs: null,
  position: { latitude: 19.43, longitude: -99.13, privacyRadiusKm: 1 },
  deviceNs: BigInt(Math.round(deviceS * 1e6)) * 1000n,
  appVersion: '1.0.3',
  modelVersion: 'phones-2',
  isSteady: true,
  isCharging: false,
});

/** Rows of all signal segments. */
async function sealedSignals(): Promise<ReturnType<typeof phoneSignals>> {
  const refs = fakes.segments().map(({ artifact }) => artifact);
  const signals = refs.filter(({ kind }) => kind === 'phone-signals');
  const tables = await Promise.all(signals.map((ref) => fakes.store.get(ref)));
  return tables.flatMap((bytes) => phoneSignals(decodeTable(bytes, 'signals')));
}

describe('signals of phones', () => {
  it('reach the disk in both forms and versions, once, and their own segments', async () => {
    const g = await start();
    const [v4, v5] = [await client(g, 4), await client(g)];
    const topic = messageTopic('heartbeat', 'mexico', 'p1');
    await v5.publishAsync(topic, encodeSignal(heartbeat('p1', 1)), { qos: 1 });
    await v4.publishAsync(topic, encodeSignal(heartbeat('p1', 1)), { qos: 1 });
    const json = JSON.stringify({
      ...{ device_id: 'p2', boot: 'b', seq: 1, device_t: NOW_S, peak_gal: 42.5, probability: 0.75 },
      ...{ latitude: 19.4, longitude: -99.1 },
    });
    await v4.publishAsync(messageTopic('trigger', 'mexico', 'p2'), json, { qos: 2 });
    const [record] = syntheticRecords({ count: 1, numbered: true });
    await v5.publishAsync(phoneTopic('mexico', 'dev'), recordJson(record as never), { qos: 1 });
    expect(g.stats()).toMatchObject({ acknowledged: 3, duplicate: 1, rejected: 0, devices: 3 });
    await g.flush();
    const rows = await sealedSignals();
    expect(rows).toHaveLength(2);
    expect(rows[0]).toMatchObject({
      kind: 'heartbeat',
      deviceId: 'p1',
      steady: 1,
      charging: 0,
      peakGal: null,
      appVersion: '1.0.3',
      modelVersion: 'phones-2',
      arrivalNs: BigInt(NOW_S) * 1_000_000_000n,
      position: { latitude: 19.43, longitude: -99.13, positionSigmaKm: 0.5 },
    });
    expect(rows[1]).toMatchObject({
      kind: 'trigger',
      peakGal: 42.5,
      probability: 0.75,
      steady: null,
    });
  });

  it('a device is told what its region wants of it', async () => {
    const g = await start({ configOf: () => deviceConfig({ heartbeatS: 600 }) });
    const device = await client(g);
    const heard = new Promise<string>((resolve) =>
      device.on('message', (_, payload) => resolve(payload.toString())),
    );
    await device.subscribeAsync(configTopic('mexico'), { qos: 1 });
    expect(JSON.parse(await heard)).toEqual({
      format: 'quakeloom.phone-config/1',
      heartbeat_s: 600,
      sample_rate_hz: 25,
      trigger_gal: 10,
      waveform_s: 30,
      privacy_cell_deg: 0.01,
    });
    expect(() => deviceConfig({ heartbeatS: 1 })).toThrow(/option heartbeatS/);
  });

  it('of a clock that is off are kept, told of once, and not counted', async () => {
    const said: string[] = [];
    const log: GatewayLog = { ...silentLog, warn: (_, message) => said.push(message) };
    const trusted: boolean[] = [];
    const g = await start({ log, onSignal: (taken) => trusted.push(taken.isTrusted) });
    const device = await client(g);
    const send = (seq: number, deviceS: number): Promise<unknown> =>
      device.publishAsync(
        messageTopic('heartbeat', 'mexico', 'slow'),
        encodeSignal(heartbeat('slow', seq, deviceS)),
        { qos: 1 },
      );
    for (let i = 0; i < 6; i++) await send(i, NOW_S - 1816);
    await send(6, NOW_S + 4000); // set right past the truth
    expect(trusted).toEqual(Array(7).fill(false));
    expect(g.stats()).toMatchObject({ acknowledged: 7, clockWithheld: 7, wrongClocks: 1 });
    expect(said).toEqual(['clock off: its signals are not counted']);
    await g.flush();
    expect(await sealedSignals()).toHaveLength(7);
    expect(fakes.quarantined()).toEqual([
      {
        regionId: 'mexico',
        source: 'phones',
        item: 'device slow',
        reason: 'clock off by more than 1 s: kept, but not counted',
      },
    ]);
  });
});

describe('the crowd of a region', () => {
  const random = createRandom(11);
  const crowd = drawCrowd({ random, bounds: BOUNDS, cellKm: 5, count: 3000, towns: 4 });
  const phones = [...crowd.cell.keys()].filter((i) => (crowd.cell[i] as number) >= 0);
  const signalOf = (kind: 'heartbeat' | 'trigger', i: number, deviceS: number): PhoneSignal =>
    ({
      ...heartbeat(`p${i}`, kind === 'heartbeat' ? 0 : 1, NOW_S + deviceS),
      position: {
        ...placeOf(crowd.grid, crowd.eastKm[i] as number, crowd.northKm[i] as number),
        privacyRadiusKm: 1,
      },
      ...(kind === 'trigger' ? { kind, values: {} as never } : {}),
    }) as PhoneSignal;
  const taken = (signal: PhoneSignal, arrivalS: number) => ({
    regionId: 'mexico',
    signal,
    arrivalS: NOW_S + arrivalS,
    clock: { offsetS: 0, driftPpm: 0, jumps: 0 },
    isTrusted: true,
  });
  const middle = { latitude: 19.5, longitude: -99, depthKm: 12 };
  const triggers = quakeTriggers({
    random,
    crowd,
    steady: new Uint8Array(crowd.count).fill(1),
    source: { ...middle, timeS: 100, magnitude: 6.4 },
    untilS: 160,
  });

  it('declares a quake soon after its first triggers, and never before', () => {
    const watch = createCrowdWatch(BOUNDS);
    for (const i of phones) watch.add(taken(signalOf('heartbeat', i, 0), 0.2));
    expect(watch.counts().active).toBe(phones.length);
    let [at, declared] = [0, Number.NaN];
    for (let nowS = 1; nowS < 160 && Number.isNaN(declared); nowS += 0.25) {
      for (; (triggers.arrivalS[at] ?? Infinity) < nowS; at++) {
        const i = triggers.phone[at] as number;
        const signal = signalOf('trigger', i, triggers.deviceS[at] as number);
        watch.add(taken(signal, triggers.arrivalS[at] as number));
      }
      if (watch.step(NOW_S + nowS)) declared = nowS;
    }
    const fourth = triggers.arrivalS[3] as number;
    expect(declared).toBeGreaterThan(fourth);
    expect(declared).toBeLessThan(fourth + 5);
  });

  it('is silent for phones that all vibrate at once, and forgets phones that went away', () => {
    const watch = createCrowdWatch(BOUNDS);
    for (const i of phones) watch.add(taken(signalOf('heartbeat', i, 0), 0.2));
    for (const i of phones) watch.add(taken(signalOf('trigger', i, 10), 10.2));
    const alerts = Array.from({ length: 40 }, (_, k) => watch.step(NOW_S + 10.5 + k / 4));
    expect(alerts.every((alert) => alert === null)).toBe(true);
    watch.add({ ...taken(signalOf('trigger', 0, 20), 20), isTrusted: false });
    expect(watch.counts().left.clock).toBe(1);
    watch.step(NOW_S + 6 * 3600);
    expect(watch.counts().active).toBe(0);
  });
});

describe('bad input to a gateway that runs', () => {
  it('is counted with its reason and stops nobody', async () => {
    const g = await start({ nowMs: Date.now });
    const [bad, good] = [await client(g, 4), await client(g, 4)];
    const records = syntheticRecords({ count: 2, numbered: true });
    const [first, second] = records.map((r) => recordJson(r));
    const topic = phoneTopic('mexico', 'dev');
    const trigger = messageTopic('trigger', 'mexico', 'dev');
    const send = (to: string, payload: string | Buffer): Promise<unknown> =>
      bad.publishAsync(to, payload, { qos: 1 });
    await send(topic, (first as string).replace('"x":[0', '"x":[NaN'));
    await send(topic, (first as string).replace(/"sr":[0-9.]+/, '"sr":0'));
    await send(topic, recordJson(records[0] as never, { latitude: 99, longitude: 0 }));
    await send(
      topic,
      '{"device_id":"dev","device_t":4102444800,"sr":25,"x":[1,2],"y":[1,2],"z":[1,2]}',
    );
    await send(trigger, '{"device_id":"dev","device_t":0}');
    await send(trigger, encodeSignal(heartbeat('dev', 1)));
    await send(messageTopic('heartbeat', 'mexico', 'dev'), encodeSignal(heartbeat('dev2', 1)));
    await send(topic, Buffer.from([0x51, 1, 1, 7, 3, 100, 101, 118, 200]));
    await send(topic, Buffer.from([0x51, 9, 1, 0, 3, 100]));
    await send(topic, '[[[['.repeat(5000));
    await good.publishAsync(topic, second as string, { qos: 1 }); // numbers come out of order
    await good.publishAsync(topic, first as string, { qos: 1 });
    await good.publishAsync(topic, second as string, { qos: 1 }); // and again
    expect(g.stats()).toMatchObject({ acknowledged: 2, duplicate: 1, rejected: 10, state: 'ok' });
    await g.flush();
    expect(fakes.records()).toHaveLength(2);
    const reasons = fakes.quarantined().map(({ reason }) => reason);
    expect(new Set(reasons)).toEqual(
      new Set([
        'the message is not JSON',
        'sr is outside 1 to 1000 Hz',
        'latitude, longitude or privacy radius cannot be',
        'device time is outside 2000 to 2100: clock never set',
        'the kind is not that of the topic',
        'device_id is not the device of the topic',
        'the binary message is cut short',
        'the binary form is not version 1',
      ]),
    );
  });

  it('of the protocol closes its own connection alone', async () => {
    const g = await start();
    const other = await client(g, 4);
    const raw = (bytes: readonly number[]): Promise<void> =>
      new Promise((resolve) => {
        const socket: Socket = connect({ port: g.port, host: '127.0.0.1' });
        socket.on('error', () => undefined);
        socket.resume();
        socket.on('close', () => resolve());
        socket.write(Buffer.from(bytes));
      });
    await raw([0x32, 4, 0, 1, 97, 0]); // PUBLISH before CONNECT
    await raw([0x10, 0xff, 0xff, 0xff, 0xff, 0xff]); // a length that never ends
    await raw([0x10, 2, 0, 9]); // CONNECT that is none
    await raw([...Buffer.from('GET / HTTP/1.1\r\n\r\n')]);
    const ok = [0x10, 13, 0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 2, 0, 0, 0, 1, 97];
    await raw([...ok, 0x36, 2, 0, 1]); // QoS 3
    await raw([...ok, 0x32, 3, 0, 200, 97]); // a topic longer than its packet
    await raw([...ok, ...ok]); // CONNECT twice
    const [record] = syntheticRecords({ count: 1, numbered: true });
    await other.publishAsync(phoneTopic('mexico', 'dev'), recordJson(record as never), { qos: 1 });
    expect(g.stats().acknowledged).toBe(1);
    expect(readdirSync(path.join(dir, 'wal')).some((name) => name.endsWith('.log'))).toBe(true);
  });

  it('a client that never reads its acknowledgements holds up only itself', async () => {
    const g = await start({ limits: { deviceBurst: 1e6 } });
    const deaf = connect({ port: g.port, host: '127.0.0.1' });
    deaf.on('error', () => undefined);
    deaf.pause();
    const topicBytes = Buffer.from('quakeloom/mexico/phones/deaf');
    const body = Buffer.concat([
      Buffer.from([0, topicBytes.length]),
      topicBytes,
      Buffer.from([0, 1]),
      Buffer.from('no json'),
    ]);
    const packet = Buffer.concat([Buffer.from([0x32, body.length]), body]);
    deaf.write(Buffer.from([0x10, 13, 0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 2, 0, 0, 0, 1, 100]));
    deaf.write(Buffer.concat(Array(20_000).fill(packet)));
    await eventually(() => g.stats().received > 500);
    const other = await client(g, 4);
    const [record] = syntheticRecords({ count: 1, numbered: true });
    await other.publishAsync(phoneTopic('mexico', 'dev'), recordJson(record as never), { qos: 1 });
    expect(g.stats().acknowledged).toBe(1);
    deaf.destroy();
  });
});
