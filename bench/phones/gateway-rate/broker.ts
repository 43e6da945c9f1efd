/**
 * The gateway behind mosquitto: draining a stored backlog, and live beside a subscriber that does
 * nothing, in turns. QoS 1, 524 bytes of JSON; acknowledged after fsync, with receipts and sealing.
 * `node --import tsx bench/phones/gateway-rate/broker.ts [backlog] [seconds] [rounds]`.
 * @module
 */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectBroker } from '../../../apps/gateway/broker-client.js';
import { freePort, startMosquitto } from '../../../test/support/mosquitto.js';
import { startProgram, type GatewaySample } from './programs.js';

const [backlog = 200_000, seconds = 10, rounds = 3] = process.argv.slice(2).map(Number);
const dir = mkdtempSync(path.join(os.tmpdir(), 'broker-rate-'));
const port = await freePort();
const broker = await startMosquitto({
  dir,
  port,
  config: [
    `listener ${port} 127.0.0.1`,
    'allow_anonymous true',
    'persistence true',
    `persistence_location ${dir}/`,
    'autosave_interval 0',
    'max_inflight_messages 0',
    'max_queued_messages 0',
    'max_queued_bytes 2000000000',
    'set_tcp_nodelay true',
    'user root',
  ].join('\n'),
});
const url = `mqtt://127.0.0.1:${port}`;
const startGateway = async (name: string) => {
  const gateway = startProgram('gateway-process.ts', [path.join(dir, name), url]);
  await gateway.line();
  return gateway;
};
const publish = (forS: number) =>
  startProgram('publisher.ts', [port, 100, 100, forS]).line<{
    acknowledged: number;
    elapsedS: number;
  }>();

/** A backlog for a gateway that is away. */
async function drain(): Promise<object> {
  const first = await startGateway('drain');
  await first.end();
  let stored = 0;
  while (stored < backlog) stored += (await publish(Math.min(20, backlog / 10_000))).acknowledged;
  const gateway = await startGateway('drain');
  let last = await gateway.ask<GatewaySample>();
  while (last.acknowledged < stored) {
    await sleep(20);
    last = await gateway.ask<GatewaySample>();
  }
  await gateway.end();
  return {
    stored,
    // From before it connects: the first answer of a busy process comes when half is done.
    drainedPerS: Math.round(last.acknowledged / last.sinceStartS),
    gatewayCpuUsPerMessage: Math.round((last.cpuS / last.acknowledged) * 1e8) / 100,
  };
}

/** Messages a second that reach the gateway's disk. */
async function liveGateway(round: number): Promise<number> {
  const gateway = await startGateway(`live-${round}`);
  const { elapsedS } = await publish(seconds);
  const { acknowledged } = await gateway.ask<GatewaySample>();
  await gateway.end();
  return acknowledged / elapsedS;
}

/** Messages a second that reach a subscriber which only acknowledges. */
async function liveIdle(round: number): Promise<number> {
  const child = startProgram('idle-subscriber.ts', [url, `idle-${round}`]);
  await child.line();
  const { elapsedS } = await publish(seconds);
  const { received } = await child.ask<{ received: number }>();
  await child.end();
  return received / elapsedS;
}

/** Ends the gateway's session, so that the broker keeps nothing for it. */
async function forget(): Promise<void> {
  const client = await connectBroker({
    url,
    clientId: 'quakeloom-gateway',
    protocolVersion: 5,
    receiveMaximum: 1000,
    sessionExpiryS: 0,
    keepaliveS: 30,
    onMessage: (message) => message.acknowledge(),
    onTrouble: () => undefined,
  });
  await client.unsubscribe('$share/quakeloom/quakeloom/city/phones/+');
  await client.close();
}

const drained = await drain();
const live: { gateway: number; idle: number; ratio: number }[] = [];
for (let round = 0; round < rounds; round++) {
  await forget();
  const idle = await liveIdle(round);
  const gateway = await liveGateway(round);
  live.push({
    gateway: Math.round(gateway),
    idle: Math.round(idle),
    ratio: Math.round((gateway / idle) * 1000) / 1000,
  });
}
await broker.kill();
rmSync(dir, { recursive: true, force: true });
const loadAverage = os.loadavg().map((v) => Math.round(v * 10) / 10);
console.log(JSON.stringify({ ...drained, live, loadAverage }, null, 1));
