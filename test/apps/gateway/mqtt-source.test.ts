import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { Aedes } from 'aedes';
import { connectAsync, type MqttClient } from 'mqtt';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../../../apps/gateway/gateway-log.js';
import { startGateway, type Gateway } from '../../../apps/gateway/gateway.js';
import type { Receipt, ReceiptMessage } from '../../../apps/gateway/receipts.js';
import { phoneTopic, receiptTopic } from '../../../apps/gateway/topics.js';
import { phoneRecordKey } from '../../../connectors/phones/identity.js';
import { recordJson, syntheticRecords } from '../../connectors/phones/synthetic-records.js';
import { fileFakes, type FileFakes } from './file-fakes.js';
import { describeWithMosquitto, freePort, startMosquitto } from '../../support/mosquitto.js';
import { eventually } from './mqtt-clients.js';

let dir = '';
let fakes: FileFakes;
let closers: (() => Promise<unknown>)[] = [];

beforeEach(() => {
  dir = mkdtempSync(path.join(os.tmpdir(), 'mqtt-source-'));
  fakes = fileFakes(path.join(dir, 'fakes'));
});
afterEach(async () => {
  for (const close of closers.reverse()) await close();
  closers = [];
  rmSync(dir, { recursive: true });
});

const topic = phoneTopic('mexico', 'dev');

async function startAedes(): Promise<number> {
  const broker = await Aedes.createBroker();
  const server: Server = createServer((socket) => broker.handle(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  closers.push(async () => {
    await new Promise<void>((resolve) => broker.close(() => resolve()));
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function start(port: number, version: 4 | 5): Promise<Gateway> {
  const gateway = await startGateway({
    port: 0,
    mqttUrl: `mqtt://user:secret@127.0.0.1:${port}`,
    mqttProtocolVersion: version,
    walDir: path.join(dir, 'wal'),
    store: fakes.store,
    catalogue: fakes.catalogue,
    regions: ['mexico'],
    log: silentLog,
    sealIntervalMs: 3_600_000,
  });
  closers.push(() => gateway.stop());
  return gateway;
}

async function device(port: number, version: 4 | 5, receipts: Receipt[]): Promise<MqttClient> {
  const client = await connectAsync(`mqtt://127.0.0.1:${port}`, { protocolVersion: version });
  closers.push(() => client.endAsync(true));
  client.on('message', (_, payload) => {
    const message = JSON.parse(payload.toString()) as ReceiptMessage;
    expect(message.device).toBe('dev');
    receipts.push(...message.receipts);
  });
  await client.subscribeAsync(receiptTopic('mexico', 'dev'), { qos: 1 });
  return client;
}

async function receiptsFollowDurability(port: number, version: 4 | 5): Promise<void> {
  const gateway = await start(port, version);
  const receipts: Receipt[] = [];
  const client = await device(port, version, receipts);
  const records = syntheticRecords({ count: 300, numbered: true });
  const send = (text: string): Promise<unknown> => client.publishAsync(topic, text, { qos: 1 });
  await Promise.all(records.map((r) => send(recordJson(r))));
  await send(recordJson(records[7] as (typeof records)[0])); // its receipt may have been lost
  await send('no record');
  await eventually(() => receipts.length === 302);
  const numbered = receipts.filter((r) => r.refused === undefined);
  expect(numbered.every((r) => r.boot === 'b1')).toBe(true);
  expect(numbered.map((r) => r.seq ?? -1).sort((a, b) => a - b)).toEqual(
    [...records.keys(), 7].sort((a, b) => a - b),
  );
  expect(receipts.filter((r) => r.refused !== undefined)).toEqual([
    { boot: null, seq: null, refused: 'the message is not JSON' },
  ]);
  await gateway.flush();
  expect(fakes.records().map(phoneRecordKey).sort()).toEqual(records.map(phoneRecordKey).sort());
  expect(gateway.stats()).toMatchObject({ acknowledged: 300, duplicate: 1, rejected: 1 });
}

/** What the session missed while the gateway was down reaches it, and is receipted then. */
async function sessionSurvives(port: number, version: 4 | 5): Promise<void> {
  const first = await start(port, version);
  const receipts: Receipt[] = [];
  const client = await device(port, version, receipts);
  const records = syntheticRecords({ count: 40, numbered: true });
  await first.stop();
  await Promise.all(records.map((r) => client.publishAsync(topic, recordJson(r), { qos: 1 })));
  expect(receipts).toEqual([]);
  const second = await start(port, version);
  await eventually(() => receipts.length >= 40);
  await second.flush();
  expect(fakes.records()).toHaveLength(40);
}

describe('an external MQTT 3.1.1 broker', () => {
  it('sends a receipt for each message once it is durable', async () => {
    await receiptsFollowDurability(await startAedes(), 4);
  });

  it('takes what came while the gateway was down', async () => {
    await sessionSurvives(await startAedes(), 4);
  });

  it('sends no receipt while the log cannot be sealed and the backlog is full', async () => {
    const port = await startAedes();
    fakes.failWith(new Error('index is down'));
    const gateway = await startGateway({
      port: 0,
      mqttUrl: `mqtt://127.0.0.1:${port}`,
      mqttProtocolVersion: 4,
      walDir: path.join(dir, 'wal'),
      store: fakes.store,
      catalogue: fakes.catalogue,
      regions: ['mexico'],
      log: silentLog,
      sealIntervalMs: 10,
      retryMs: { first: 10, most: 20 },
      limits: { maxBacklogBytes: 5000 },
    });
    closers.push(() => gateway.stop());
    const receipts: Receipt[] = [];
    const client = await device(port, 4, receipts);
    const records = syntheticRecords({ count: 50, numbered: true });
    for (const r of records) await client.publishAsync(topic, recordJson(r), { qos: 1 });
    await eventually(() => gateway.stats().held > 0);
    expect(receipts.length).toBeLessThan(50);
    fakes.failWith(null);
    await eventually(() => receipts.length === 50);
    await gateway.flush();
    expect(fakes.records()).toHaveLength(50);
  });

  it('subscribes again after a lost connection, even where the broker kept its session', async () => {
    const broker = await Aedes.createBroker();
    const sockets: Socket[] = [];
    const server = createServer((socket) => {
      sockets.push(socket);
      broker.handle(socket);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
    const address = server.address();
    const subscribed: string[] = [];
    broker.on('subscribe', (subscriptions) =>
      subscribed.push(...subscriptions.map((s) => s.topic)),
    );
    await start(typeof address === 'object' && address !== null ? address.port : 0, 4);
    const filters = ['phones', 'heartbeats', 'triggers'].map((k) => `quakeloom/mexico/${k}/+`);
    expect(subscribed).toEqual(filters);
    for (const socket of sockets) socket.destroy();
    await eventually(() => subscribed.length >= 6);
    expect(subscribed.slice(3)).toEqual(filters);
    closers.unshift(async () => {
      await new Promise<void>((resolve) => broker.close(() => resolve()));
      await new Promise<void>((resolve) => server.close(() => resolve()));
    });
  });

  it('names a broker that is not there, without the password', async () => {
    await expect(start(1, 4)).rejects.toThrow(/^MQTT broker mqtt:\/\/127\.0\.0\.1:1 unavailable/);
  });

  it('says so when the broker speaks no MQTT 5', async () => {
    await expect(start(await startAedes(), 5)).rejects.toThrow(/MQTT broker .* unavailable/);
  });
});

describeWithMosquitto('mosquitto, MQTT 5', () => {
  async function start5(): Promise<number> {
    const port = await freePort();
    const config = [
      `listener ${port} 127.0.0.1`,
      'allow_anonymous true',
      'max_inflight_messages 0',
      'max_queued_messages 0',
    ].join('\n');
    const broker = await startMosquitto({ dir, port, config });
    closers.push(() => broker.kill());
    return port;
  }

  it('sends a receipt for each message once it is durable', async () => {
    await receiptsFollowDurability(await start5(), 5);
  });

  it('killed in between: every receipted message is sealed, and none twice', async () => {
    const port = await freePort();
    const config = [`listener ${port} 127.0.0.1`, 'allow_anonymous true'].join('\n');
    let broker = await startMosquitto({ dir, port, config });
    closers.push(() => broker.kill());
    const gateway = await start(port, 5);
    const client = await connectAsync(`mqtt://127.0.0.1:${port}`, {
      protocolVersion: 5,
      reconnectPeriod: 100,
    });
    closers.push(() => client.endAsync(true));
    client.on('error', () => undefined);
    const records = syntheticRecords({ count: 300, numbered: true });
    const receipted = new Set<number>();
    let isKilled = false;
    client.on('message', (_, payload) => {
      const { receipts } = JSON.parse(payload.toString()) as ReceiptMessage;
      for (const { seq } of receipts) receipted.add(seq as number);
    });
    await client.subscribeAsync(receiptTopic('mexico', 'dev'), { qos: 1 });
    // A device sends again what has no receipt, until all have one.
    await eventually(async () => {
      const open = records.filter(({ seq }) => !receipted.has(seq as number)).slice(0, 100);
      for (const r of open) client.publish(topic, recordJson(r), { qos: 1 }, () => undefined);
      await new Promise((resolve) => setTimeout(resolve, 300));
      if (!isKilled && receipted.size >= 50) {
        isKilled = true;
        await broker.kill();
        broker = await startMosquitto({ dir, port, config });
      }
      return receipted.size === 300;
    });
    expect(isKilled).toBe(true);
    await gateway.flush();
    expect(fakes.records().map(phoneRecordKey).sort()).toEqual(records.map(phoneRecordKey).sort());
  });

  it('takes what came while the gateway was down', async () => {
    await sessionSurvives(await start5(), 5);
  });
});
