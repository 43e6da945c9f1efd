import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Aedes } from 'aedes';
import { afterEach, describe, expect, it } from 'vitest';
import { readDevices } from '../../../connectors/phones/devices.js';
import { readReplay } from '../../../connectors/phones/openeew-replay.js';
import { publishRecords, type TimedMessage } from '../../../connectors/phones/publish.js';
import { describeWithSamples, samplePath } from '../../support/sample-data.js';

let closers: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closers.reverse()) await close();
  closers = [];
});

interface Broker {
  readonly url: string;
  /** Payloads in the order they were first taken. */
  readonly taken: Set<string>;
  /** Ends every connection. */
  cut(): void;
}

/** A broker that cuts every connection, or just does not acknowledge, where `answer` says so. */
async function startBroker(
  answer: (count: number) => 'take' | 'cut' | 'hold' = () => 'take',
): Promise<Broker> {
  const taken = new Set<string>();
  const sockets = new Set<Socket>();
  const cut = (): void => sockets.forEach((socket) => socket.destroy());
  let count = 0;
  const broker = await Aedes.createBroker({
    authorizePublish: (_client, packet, callback) => {
      const now = answer(++count);
      if (now === 'cut') return cut();
      if (now === 'hold') return;
      taken.add(packet.payload.toString());
      callback(null);
    },
  });
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    broker.handle(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  closers.push(async () => {
    await new Promise<void>((resolve) => broker.close(() => resolve()));
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { url: `mqtt://127.0.0.1:${port}`, taken, cut };
}

const messages = (count: number, stepMs = 0): TimedMessage[] =>
  Array.from({ length: count }, (_, i) => ({ payload: Buffer.from(`m${i}`), atMs: i * stepMs }));
const topicOf = (): string => 't';

describe('publishRecords', () => {
  it('sends all in order and tells how far it is', async () => {
    const { url, taken } = await startBroker();
    const seen: number[] = [];
    const counts = await publishRecords({
      url,
      topicOf,
      records: messages(3000, 10),
      speed: 1e6,
      onProgress: (c) => seen.push(c.acknowledged),
    });
    expect(counts).toEqual({ published: 3000, acknowledged: 3000, reconnects: 0 });
    expect([...taken]).toEqual(messages(3000).map((m) => Buffer.from(m.payload).toString()));
    expect(seen).toEqual(Array.from({ length: 3000 }, (_, i) => i + 1));
  });

  it('sends again what a broken connection left unacknowledged', async () => {
    const { url, taken } = await startBroker((count) =>
      count === 40 || count === 150 ? 'cut' : 'take',
    );
    const counts = await publishRecords({ url, topicOf, records: messages(200), speed: Infinity });
    expect(counts).toMatchObject({ acknowledged: 200 });
    expect(counts.reconnects).toBeGreaterThanOrEqual(1);
    expect(taken.size).toBe(200);
  });

  it('sends what waited while a connection broke in the middle of sending again', async () => {
    let sentAgain: () => void = () => undefined;
    const again = new Promise<void>((resolve) => (sentAgain = resolve));
    const { url, taken, cut } = await startBroker((count) => {
      if (count === 1) return 'cut';
      if (count > 2) return 'take';
      sentAgain();
      return 'hold';
    });
    const [first, second, third] = messages(3) as [TimedMessage, TimedMessage, TimedMessage];
    async function* records(): AsyncGenerator<TimedMessage> {
      yield first;
      await again;
      yield second; // waits in the client until the first is acknowledged
      cut();
      yield third;
    }
    const counts = await publishRecords({ url, topicOf, records: records(), speed: Infinity });
    expect(counts).toMatchObject({ published: 3, acknowledged: 3 });
    expect([...taken].sort()).toEqual(['m0', 'm1', 'm2']);
  });

  it('ends with the reason of the signal, even when nobody acknowledges', async () => {
    const { url, taken } = await startBroker();
    const controller = new AbortController();
    const stopped = publishRecords({
      url,
      topicOf,
      records: messages(10, 3_600_000),
      speed: 1,
      signal: controller.signal,
      onProgress: () => controller.abort(new Error('enough')),
    });
    await expect(stopped).rejects.toThrow('enough');
    expect(taken.size).toBe(1);
  });

  it('says so when there is no broker, and hands on what its source throws', async () => {
    const nobody = { url: 'mqtt://user:secret@127.0.0.1:1', topicOf, speed: 1, patienceMs: 300 };
    await expect(publishRecords({ ...nobody, records: messages(1) })).rejects.toThrow(
      /^MQTT broker mqtt:\/\/127\.0\.0\.1:1 unavailable: no connection/,
    );
    const { url } = await startBroker();
    function* broken(): Generator<TimedMessage> {
      yield* messages(2);
      throw new Error('source failed');
    }
    const failing = publishRecords({ url, topicOf, records: broken(), speed: Infinity });
    await expect(failing).rejects.toThrow('source failed');
  });
});

describeWithSamples('readReplay', ['mems-openeew/2018-02-16'], () => {
  const folder = samplePath('mems-openeew/2018-02-16');

  it('gives every line as archived, in the order of arrival', async () => {
    const { messages: replayed, rejected } = await readReplay({ folder });
    const lines = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.gz'))
      .flatMap((name) =>
        gunzipSync(readFileSync(path.join(folder, name)))
          .toString()
          .trim()
          .split('\n'),
      );
    const texts = replayed.map((m) => Buffer.from(m.payload).toString());
    expect([...texts].sort()).toEqual(lines.sort());
    expect(rejected).toEqual([]);
    const arrivals = texts.map((text) => (JSON.parse(text) as { cloud_t: number }).cloud_t);
    const late = arrivals.filter((t, i) => i > 0 && t < (arrivals[i - 1] ?? 0) - 0.001);
    expect(late).toEqual([]);
  });

  it('adds the position of the device where it is asked to, and nothing else', async () => {
    const positions = await readDevices(samplePath('mems-openeew/device_locations.json'));
    const { messages: plain } = await readReplay({ folder: path.join(folder, '012') });
    const { messages: placed } = await readReplay({ folder: path.join(folder, '012'), positions });
    const { latitude, longitude } = positions.get('012') ?? { latitude: 0, longitude: 0 };
    expect(placed.map((m) => JSON.parse(Buffer.from(m.payload).toString()) as object)).toEqual(
      plain.map((m) => ({
        ...(JSON.parse(Buffer.from(m.payload).toString()) as object),
        latitude,
        longitude,
        privacy_radius_km: 0.64,
      })),
    );
  });

  it('names a folder without records', async () => {
    const dir = mkdtempSync(path.join(os.tmpdir(), 'replay-'));
    closers.push(() => rmSync(dir, { recursive: true }));
    writeFileSync(path.join(dir, 'a.jsonl'), '{}\n');
    await expect(readReplay({ folder: dir })).rejects.toThrow(/no OpenEEW record/);
  });
});
