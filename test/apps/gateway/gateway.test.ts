import { mkdtempSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../../../apps/gateway/gateway-log.js';
import { startGateway, type Gateway, type GatewayOptions } from '../../../apps/gateway/gateway.js';
import { phoneTopic } from '../../../apps/gateway/topics.js';
import { phoneRecordKey } from '../../../connectors/phones/identity.js';
import { parsePhoneMessage } from '../../../connectors/phones/message.js';
import { readReplay } from '../../../connectors/phones/openeew-replay.js';
import { publishRecords } from '../../../connectors/phones/publish.js';
import { isSafeKey } from '../../../core/artifact.js';
import type { PhoneRecord } from '../../../core/tables/phone-table.js';
import { recordJson, syntheticRecords } from '../../connectors/phones/synthetic-records.js';
import { describeWithSamples, samplePath } from '../../support/sample-data.js';
import { fileFakes, type FileFakes } from './file-fakes.js';
import { connectTo, eventually } from './mqtt-clients.js';

let dir = '';
let fakes: FileFakes;
let gateway: Gateway | null = null;

beforeEach(() => {
  dir = mkdtempSync(path.join(os.tmpdir(), 'gateway-'));
  fakes = fileFakes(path.join(dir, 'fakes'));
});
afterEach(async () => {
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
    regions: ['mexico', 'chile'],
    log: silentLog,
    sealIntervalMs: 3_600_000,
    retryMs: { first: 20, most: 40 },
    ...options,
  });
  return gateway;
}

const topic = phoneTopic('mexico', 'dev');
const [first, second, third] = syntheticRecords({ count: 3 }).map((r) => recordJson(r)) as [
  string,
  string,
  string,
];
const keysOf = (records: readonly PhoneRecord[]): string[] => records.map(phoneRecordKey).sort();
const url = (g: Gateway): string => `mqtt://127.0.0.1:${g.port}`;

describeWithSamples('the M7.2 of 2018-02-16 through the listener', ['mems-openeew'], () => {
  it('100 % of the records are in the segments, each once, however often they are sent', async () => {
    const g = await start({ sealIntervalMs: 50, limits: { maxLogBytes: 500_000 } });
    const { messages } = await readReplay({ folder: samplePath('mems-openeew/2018-02-16') });
    const send = (): ReturnType<typeof publishRecords> =>
      publishRecords({
        url: url(g),
        topicOf: (message) => phoneTopic('mexico', message.deviceId),
        records: messages,
        speed: Infinity,
      });
    const [once, again] = await Promise.all([send(), send()]);
    expect([once.acknowledged, again.acknowledged]).toEqual([messages.length, messages.length]);
    await g.flush();
    const sent = messages.flatMap((m) => {
      const parsed = parsePhoneMessage(m.payload);
      return parsed.ok ? parsed.records : [];
    });
    expect(sent).toHaveLength(7331);
    expect(keysOf(fakes.records())).toEqual(keysOf(sent));
    expect(g.stats()).toMatchObject({
      state: 'ok',
      received: 2 * 7331,
      acknowledged: 7331,
      duplicate: 7331,
      rejected: 0,
      sealed: 7331,
      backlogBytes: 0,
    });
    for (const row of fakes.segments()) {
      expect(isSafeKey(row.artifact.key)).toBe(true);
      expect(row.artifact.key).toMatch(/^phones\/mexico\/2018-02-16\/[0-9a-f]{64}\.arrow$/);
      // By arrival: the clocks of two devices are half an hour slow, the index is not.
      expect(row.startNs).toBeGreaterThan(BigInt(Date.parse('2018-02-16T23:34:50Z')) * 1_000_000n);
      expect(row.endNs).toBeLessThan(BigInt(Date.parse('2018-02-16T23:46:00Z')) * 1_000_000n);
    }
  });
});

describe('startGateway', () => {
  it('acknowledges and quarantines what is wrong, and goes on', async () => {
    const g = await start();
    const client = await connectTo(g.port);
    const publish = (to: string, payload: string, retain = false): Promise<unknown> =>
      client.publishAsync(to, payload, { qos: 1, retain });
    await publish(topic, '{"device_id": NaN}');
    await publish(topic, first.replace('"x":[0,', '"x":['));
    await publish(topic, first.replace(/"device_t":[0-9.]+/, '"device_t":1'));
    await publish(topic, first, true);
    await publish(topic, ' '.repeat(70_000));
    await publish(phoneTopic('atlantis', 'dev'), first);
    await publish(phoneTopic('mexico', 'other'), first);
    await publish('quakeloom/mexico/receipts/dev', 'forged');
    await publish(topic, second);
    await client.endAsync();
    expect(g.stats()).toMatchObject({ received: 9, acknowledged: 1, rejected: 8 });
    await g.flush();
    expect(keysOf(fakes.records())).toHaveLength(1);
    const rows = fakes.quarantined().map((q) => [q.regionId, q.item, q.reason]);
    expect(rows.sort()).toEqual(
      [
        ['mexico', topic, 'the message is not JSON'],
        ['mexico', topic, 'x, y and z differ in length'],
        ['mexico', topic, 'device time is outside 2000 to 2100: clock never set'],
        ['mexico', topic, 'retained messages are not taken'],
        ['mexico', topic, 'larger than 65536 bytes'],
        ['unknown', phoneTopic('atlantis', 'dev'), 'unknown region'],
        ['mexico', phoneTopic('mexico', 'other'), 'device_id is not the device of the topic'],
        ['unknown', 'quakeloom/mexico/receipts/dev', 'not a topic of this gateway'],
      ].sort(),
    );
  });

  it('closes the connection of a 10 MB packet, notes it, and serves the others', async () => {
    const g = await start();
    const [big, good] = await Promise.all([connectTo(g.port), connectTo(g.port)]);
    big.on('error', () => undefined);
    const closed = new Promise<void>((resolve) => big.once('close', () => resolve()));
    big.publish(topic, Buffer.alloc(10_000_000), { qos: 1 }, () => undefined);
    await closed;
    await good.publishAsync(topic, first, { qos: 1 });
    await good.endAsync();
    await big.endAsync(true);
    await g.flush();
    expect(fakes.records()).toHaveLength(1);
    expect(fakes.quarantined()[0]?.reason).toMatch(/^packet larger than 1048576 bytes/);
  });

  it('grants only receipts of one device, forwards nothing between clients', async () => {
    const g = await start();
    const [spy, device] = await Promise.all([connectTo(g.port), connectTo(g.port)]);
    const heard: string[] = [];
    spy.on('message', (from) => heard.push(from));
    const granted = async (filter: string): Promise<number | undefined> =>
      spy.subscribeAsync(filter, { qos: 1 }).then(
        (grants) => grants[0]?.qos,
        () => 128,
      );
    expect(await granted('#')).toBe(128);
    expect(await granted(topic)).toBe(128);
    expect(await granted('quakeloom/mexico/receipts/+')).toBe(128);
    expect(await granted('$share/g/quakeloom/mexico/phones/dev')).toBe(128);
    expect(await granted('quakeloom/mexico/receipts/dev')).toBe(1);
    await device.publishAsync('quakeloom/mexico/receipts/dev', '{}', { qos: 1 });
    await device.publishAsync(topic, first, { qos: 1 });
    await spy.publishAsync(topic, second, { qos: 1 }); // its own answer comes after all others
    expect(heard).toEqual([]);
    await Promise.all([spy.endAsync(), device.endAsync()]);
  });

  it('sheds what is over the rate without acknowledging it, and says so', async () => {
    let nowMs = 1_700_000_000_000;
    const g = await start({
      nowMs: () => nowMs,
      limits: { deviceRateHz: 1, deviceBurst: 2 },
    });
    const client = await connectTo(g.port);
    client.on('error', () => undefined);
    await client.publishAsync(topic, first, { qos: 1 });
    await client.publishAsync(topic, second, { qos: 1 });
    const closed = new Promise<void>((resolve) => client.once('close', () => resolve()));
    let acknowledged = false;
    client.publish(topic, third, { qos: 1 }, (error) => (acknowledged = !error));
    await closed;
    expect(acknowledged).toBe(false);
    await client.endAsync(true);
    expect(g.stats()).toMatchObject({ acknowledged: 2, shed: 1 });
    nowMs += 5000;
    const later = await connectTo(g.port);
    await later.publishAsync(topic, third, { qos: 1 });
    await later.endAsync();
    await g.flush();
    expect(fakes.records()).toHaveLength(3);
    expect(fakes.quarantined().map((q) => q.reason)).toEqual([
      'shed: more than 1 messages a second',
    ]);
  });

  it('a store that fails: the log keeps all, the gateway stops acknowledging, then recovers', async () => {
    const records = syntheticRecords({ count: 60, numbered: true });
    const g = await start({ sealIntervalMs: 20, limits: { maxBacklogBytes: 20_000 } });
    fakes.failWith(new Error('no space left on device'));
    const progress = { acknowledged: 0 };
    const published = publishRecords({
      url: url(g),
      topicOf: () => topic,
      records: records.map((r) => ({ payload: Buffer.from(recordJson(r)), atMs: 0 })),
      speed: Infinity,
      onProgress: (counts) => (progress.acknowledged = counts.acknowledged),
    });
    await eventually(() => g.stats().state === 'back-pressure' && g.stats().held > 0);
    await eventually(async () => {
      const health = await fetch(`http://127.0.0.1:${g.healthPort}/healthz`);
      const stats = (await health.json()) as { state: string; lastError: string };
      expect([health.status, stats.state]).toEqual([503, 'back-pressure']);
      return stats.lastError === 'no space left on device';
    });
    const before = progress.acknowledged;
    expect(before).toBeLessThan(60);
    fakes.failWith(null);
    expect((await published).acknowledged).toBe(60);
    await g.flush();
    expect(keysOf(fakes.records())).toEqual(keysOf(records));
    expect(g.stats()).toMatchObject({ state: 'ok', held: 0, backlogBytes: 0, failures: 0 });
  });

  it('a log disk that fails: no acknowledgement, and all is there after it recovers', async () => {
    let full = false;
    const g = await start({
      openLogFile: async (file) => {
        const handle = await open(file, 'ax');
        return {
          write: async (bytes) => {
            if (full) throw new Error('ENOSPC');
            await handle.writeFile(bytes);
          },
          sync: () => handle.datasync(),
          truncate: (bytes) => handle.truncate(bytes),
          close: () => handle.close(),
        };
      },
    });
    const records = syntheticRecords({ count: 40 });
    full = true;
    const published = publishRecords({
      url: url(g),
      topicOf: () => topic,
      records: records.map((r) => ({ payload: Buffer.from(recordJson(r)), atMs: 0 })),
      speed: Infinity,
    });
    await eventually(() => g.stats().failed > 0);
    expect(g.stats().acknowledged).toBe(0);
    full = false;
    expect((await published).acknowledged).toBe(40);
    await g.flush();
    expect(keysOf(fakes.records())).toEqual(keysOf(records));
  });

  it('withholds the PUBACK until the sync of its message returns', async () => {
    let syncDone: () => void = () => undefined;
    const events: string[] = [];
    const g = await start({
      openLogFile: async (file) => {
        const handle = await open(file, 'ax');
        return {
          write: async (bytes) => {
            await handle.writeFile(bytes);
            events.push('written');
          },
          sync: async () => {
            await new Promise<void>((resolve) => (syncDone = resolve));
            await handle.datasync();
            events.push('synced');
          },
          truncate: (bytes) => handle.truncate(bytes),
          close: () => handle.close(),
        };
      },
    });
    const client = await connectTo(g.port);
    const acknowledged = client.publishAsync(topic, first, { qos: 1 }).then(() => {
      events.push('acknowledged');
    });
    await eventually(() => events.includes('written'));
    // A second connection is served meanwhile: the gateway is not merely slow.
    await (await connectTo(g.port)).endAsync();
    expect(events).toEqual(['written']);
    syncDone();
    await acknowledged;
    expect(events).toEqual(['written', 'synced', 'acknowledged']);
    await client.endAsync();
  });

  it('serves health and flush', async () => {
    const g = await start();
    const client = await connectTo(g.port);
    await client.publishAsync(topic, first, { qos: 1 });
    await client.publishAsync(topic, first, { qos: 0 });
    await client.endAsync();
    const base = `http://127.0.0.1:${g.healthPort}`;
    const health = (await (await fetch(`${base}/healthz`)).json()) as object;
    expect(health).toMatchObject({ state: 'ok', acknowledged: 1, sealed: 0 });
    const flushed = await fetch(`${base}/flush`, { method: 'POST' });
    expect(await flushed.json()).toMatchObject({ sealed: 1, backlogBytes: 0 });
    fakes.failWith(new Error('index is down'));
    const other = await connectTo(g.port);
    await other.publishAsync(topic, second, { qos: 1 });
    await other.endAsync();
    const failed = await fetch(`${base}/flush`, { method: 'POST' });
    expect(failed.status).toBe(503);
    expect(await failed.json()).toMatchObject({ error: 'index is down', state: 'retrying' });
    expect((await fetch(`${base}/flush`)).status).toBe(404);
    fakes.failWith(null);
  });

  it('takes up after a stop what it could not seal, and knows repetitions of then', async () => {
    const g = await start();
    fakes.failWith(new Error('index is down'));
    const one = await connectTo(g.port);
    await one.publishAsync(topic, first, { qos: 1 });
    await one.endAsync();
    await g.stop();
    fakes.failWith(null);
    const again = await start();
    await again.flush();
    const two = await connectTo(again.port);
    await two.publishAsync(topic, first, { qos: 1 });
    await two.endAsync();
    expect(again.stats()).toMatchObject({ acknowledged: 0, duplicate: 1, sealed: 1 });
    await again.flush();
    expect(fakes.records()).toHaveLength(1);
  });

  it('refuses a port that is taken and regions that are none', async () => {
    const g = await start();
    const second = {
      walDir: path.join(dir, 'other'),
      store: fakes.store,
      catalogue: fakes.catalogue,
      log: silentLog,
    };
    const taken = startGateway({ ...second, port: g.port, regions: ['mexico'] });
    await expect(taken).rejects.toThrow(/MQTT port \d+ on 127\.0\.0\.1 unavailable/);
    const wrong = startGateway({ ...second, port: 0, regions: ['Mexico/..'] });
    await expect(wrong).rejects.toThrow(/no region id/);
  });
});
