import { createServer, type Socket } from 'node:net';
import fc from 'fast-check';
import { generate, parser, type Packet } from 'mqtt-packet';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { connectBroker, type BrokerClientOptions } from '../../../apps/gateway/broker-client.js';
import { acknowledge, type BrokerMessage } from '../../../apps/gateway/broker-connection.js';
import { publishPacket } from '../../../apps/gateway/mqtt-frames.js';

const PATIENCE = { timeout: 10_000, interval: 5 };

/** A broker that greets; what else it says is up to the test. */
async function startBroker(protocolVersion: 4 | 5) {
  const links: { socket: Socket; packets: Packet[] }[] = [];
  const server = createServer((socket) => {
    const link = { socket, packets: [] as Packet[] };
    links.push(link);
    const reader = parser({ protocolVersion });
    reader.on('packet', (packet: Packet) => {
      link.packets.push(packet);
      if (packet.cmd !== 'connect') return;
      const rest = protocolVersion === 5 ? { reasonCode: 0 } : { returnCode: 0 };
      socket.write(
        generate({ cmd: 'connack', sessionPresent: true, ...rest }, { protocolVersion }),
      );
    });
    socket.on('data', (bytes: Buffer) => reader.parse(bytes));
    socket.on('error', () => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  onTestFinished(() => {
    for (const { socket } of links) socket.destroy();
    server.close();
  });
  const { port } = server.address() as { port: number };
  const acksOf = (link: number): number[] =>
    (links[link]?.packets ?? []).flatMap((p) => (p.cmd === 'puback' ? [p.messageId ?? -1] : []));
  return { url: `mqtt://127.0.0.1:${port}`, links, acksOf };
}

async function connect(url: string, rest: Partial<BrokerClientOptions> = {}) {
  const messages: BrokerMessage[] = [];
  const troubles: string[] = [];
  const client = await connectBroker({
    url,
    clientId: 'test',
    protocolVersion: 5,
    receiveMaximum: 5000,
    sessionExpiryS: 60,
    keepaliveS: 30,
    onMessage: (message) => messages.push(message),
    onTrouble: (reason) => troubles.push(reason),
    ...rest,
  });
  onTestFinished(() => client.close());
  return { client, messages, troubles };
}

const publishes = (from: number, count: number, version: number): Buffer =>
  Buffer.concat(
    Array.from({ length: count }, (_, i) =>
      publishPacket({
        topic: `quakeloom/città/phones/${from + i}`,
        payload: `m${from + i} `.padEnd(1 + ((from + i) % 300), 'é'),
        retain: i % 7 === 0,
        packetId: from + i,
        version,
      }),
    ),
  );
const range = (from: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => from + i);

describe('publishPacket', () => {
  it('is what mqtt-packet reads', () => {
    const letter = fc.constantFrom('a', '/', 'é', '€', '😀');
    const text = fc.string({ unit: letter, maxLength: 40 });
    fc.assert(
      fc.property(
        fc.record({
          topic: text.filter((s) => s.length > 0),
          payload: fc.oneof(
            text,
            fc.constantFrom(110, 127, 128, 16_370, 16_384).map((n) => 'x'.repeat(n)),
          ),
          retain: fc.boolean(),
          packetId: fc.integer({ min: 1, max: 65_535 }),
          version: fc.constantFrom(4, 5),
        }),
        (message) => {
          const read: Packet[] = [];
          const reader = parser({ protocolVersion: message.version });
          reader.on('packet', (packet: Packet) => read.push(packet));
          reader.parse(publishPacket(message));
          const { topic, payload, retain, packetId: messageId } = message;
          expect(read).toHaveLength(1);
          const bytes = Buffer.from(payload);
          const sent = { cmd: 'publish', topic: Buffer.from(topic).toString(), retain, messageId };
          expect(read[0]).toMatchObject({ ...sent, qos: 1, dup: false });
          expect(Buffer.compare((read[0] as unknown as { payload: Buffer }).payload, bytes)).toBe(
            0,
          );
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe.each([4, 5] as const)('client of a broker, MQTT version %d', (protocolVersion) => {
  it('reads what comes in pieces and acknowledges when it is told to, once', async () => {
    const broker = await startBroker(protocolVersion);
    const { messages } = await connect(broker.url, { protocolVersion });
    const bytes = publishes(1, 1200, protocolVersion);
    const socket = broker.links[0]?.socket as Socket;
    for (let at = 0; at < bytes.length; at += 9973) socket.write(bytes.subarray(at, at + 9973));
    await vi.waitFor(() => expect(messages).toHaveLength(1200), PATIENCE);
    expect(messages.map(({ topic }) => topic)).toEqual(
      range(1, 1200).map((i) => `quakeloom/città/phones/${i}`),
    );
    expect(Buffer.from(messages[298]?.payload as Uint8Array).toString()).toBe(
      'm299 '.padEnd(300, 'é'),
    );
    expect(messages.map(({ retain }) => retain)).toEqual(range(0, 1200).map((i) => i % 7 === 0));
    expect(broker.acksOf(0)).toEqual([]);
    for (const message of messages.slice(0, 700)) acknowledge(message);
    for (const message of messages) acknowledge(message);
    await vi.waitFor(() => expect(broker.acksOf(0)).toEqual(range(1, 1200)), PATIENCE);
  });

  it('gives up a connection that speaks nonsense; what came by it is not acknowledged later', async () => {
    const broker = await startBroker(protocolVersion);
    const { messages, troubles } = await connect(broker.url, { protocolVersion });
    broker.links[0]?.socket.write(publishes(1, 3, protocolVersion));
    await vi.waitFor(() => expect(messages).toHaveLength(3), PATIENCE);
    // Packet id 0 with QoS 1 (MQTT 5, section 2.2.1).
    broker.links[0]?.socket.write(Buffer.from([0x32, 5, 0, 1, 0x61, 0, 0]));
    await vi.waitFor(() => expect(broker.links[1]?.packets).toHaveLength(1), PATIENCE);
    expect(troubles[0]).toContain('connection lost');
    broker.links[1]?.socket.write(publishes(2, 2, protocolVersion));
    await vi.waitFor(() => expect(messages).toHaveLength(5), PATIENCE);
    for (const message of messages) acknowledge(message);
    await vi.waitFor(() => expect(broker.acksOf(1)).toEqual([2, 3]), PATIENCE);
    expect(broker.acksOf(0)).toEqual([]);
  });

  it('stops reading while too much is unacknowledged, and goes on', async () => {
    const broker = await startBroker(protocolVersion);
    const { messages } = await connect(broker.url, { protocolVersion, receiveMaximum: 100 });
    const socket = broker.links[0]?.socket as Socket;
    // More than the buffers of both sockets hold.
    const payload = 'x'.repeat(20_000);
    const packet = (packetId: number) =>
      publishPacket({ topic: 't', payload, retain: false, packetId, version: protocolVersion });
    for (let id = 1; id <= 2000; id++) socket.write(packet(id));
    await vi.waitFor(() => expect(messages.length).toBeGreaterThan(200), PATIENCE);
    const held = messages.length;
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(messages.length).toBe(held);
    expect(held).toBeLessThan(300);
    for (let told = 0; told < 2000;) {
      await vi.waitFor(() => expect(messages.length).toBeGreaterThan(told), PATIENCE);
      for (; told < messages.length; told++) acknowledge(messages[told] as BrokerMessage);
    }
    await vi.waitFor(() => expect(broker.acksOf(0)).toEqual(range(1, 2000)), PATIENCE);
  });

  it('is told of each of its publishes, and when the connection goes', async () => {
    const broker = await startBroker(protocolVersion);
    const { client } = await connect(broker.url, { protocolVersion });
    const told: (string | null)[] = [];
    for (let i = 0; i < 3; i++) {
      client.publish({ topic: `r/${i}`, payload: `${i}` }, (e) => (told[i] = e?.message ?? null));
    }
    const link = broker.links[0] as (typeof broker.links)[0];
    const ids = () => link.packets.flatMap((p) => (p.cmd === 'publish' ? [p.messageId ?? 0] : []));
    await vi.waitFor(() => expect(ids()).toHaveLength(3), PATIENCE);
    const [first = 0, second = 0] = ids();
    link.socket.write(Buffer.from([0x40, 2, first >> 8, first & 0xff]));
    // Not authorized (MQTT 5, section 3.4.2.1); MQTT 3.1.1 has no reasons.
    const refusal = protocolVersion === 5 ? [0x40, 4, 0, second, 0x87, 0] : [0x40, 2, 0, second];
    link.socket.write(Buffer.from(refusal));
    await vi.waitFor(() => expect(told).toHaveLength(2), PATIENCE);
    expect(told[0]).toBeNull();
    if (protocolVersion === 5) expect(told[1]).toContain('135');
    else expect(told[1]).toBeNull();
    link.socket.destroy();
    await vi.waitFor(() => expect(told).toHaveLength(3), PATIENCE);
    expect(told[2]).toContain('lost');
  });
});
