/**
 * The gateway behind mosquitto beside a subscriber that only acknowledges: same broker, publishers,
 * subscriptions and window. QoS 1, 524 bytes of JSON; the gateway acknowledges after fsync, gives
 * receipts and seals. A stored backlog; flat out, in turns; both at once, each with a copy of every
 * message; and at offered rates, in turns, with what the broker has to keep.
 * `node --import tsx bench/phones/gateway-rate/broker.ts [backlog] [seconds] [rounds] [rates,...]`.
 * @module
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectBroker } from '../../../apps/gateway/broker-client.js';
import { acknowledge } from '../../../apps/gateway/broker-connection.js';
import { freePort, startMosquitto } from '../../../test/support/mosquitto.js';
import { startProgram, type GatewaySample, type Program } from './programs.js';

const [backlog = 200_000, seconds = 10, rounds = 3] = process.argv.slice(2).map(Number);
const ratesHz = (process.argv[5] ?? '').split(',').filter(Boolean).map(Number);
const CONNECTIONS = 100;
/** Programs start and the log has no size yet. */
const WARM_UP_S = 4;
const profile = process.env['PROFILE'];
const nodeArgs = profile ? ['--cpu-prof', `--cpu-prof-dir=${profile}`] : [];
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
    'max_queued_bytes 8000000000',
    'set_tcp_nodelay true',
    'user root',
  ].join('\n'),
});
const url = `mqtt://127.0.0.1:${port}`;

interface Count {
  readonly acknowledged: number;
  readonly cpuS: number;
}
type Kind = 'gateway' | 'idle';

let started = 0;
async function start(kind: Kind): Promise<Program> {
  const name = `${kind}-${started++}`;
  const program =
    kind === 'gateway'
      ? startProgram('gateway-process.ts', [path.join(dir, name), url], nodeArgs)
      : startProgram('idle-subscriber.ts', [url, name, name]);
  await program.line();
  return program;
}

async function stop(kind: Kind, program: Program): Promise<void> {
  await program.end();
  if (kind === 'gateway') await forget();
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
    onMessage: acknowledge,
    onTrouble: () => undefined,
  });
  for (const filter of ['$share/quakeloom/quakeloom/city/phones/+']) {
    await client.unsubscribe(filter);
  }
  await client.close();
}

const publisher = (forS: number, rateHz = 0): Program =>
  startProgram('publisher.ts', [port, CONNECTIONS, 100, forS, rateHz]);

/** A backlog for a gateway that is away. */
async function drain(): Promise<object> {
  const first = startProgram('gateway-process.ts', [path.join(dir, 'drain'), url]);
  await first.line();
  await first.end();
  let stored = 0;
  while (stored < backlog) {
    stored += (await publisher(Math.min(20, backlog / 10_000)).line<Count>()).acknowledged;
  }
  const gateway = startProgram('gateway-process.ts', [path.join(dir, 'drain'), url]);
  await gateway.line();
  let last = await gateway.ask<GatewaySample>();
  while (last.acknowledged < stored) {
    await sleep(20);
    last = await gateway.ask<GatewaySample>();
  }
  await stop('gateway', gateway);
  return {
    stored,
    // From before it connects: the first answer of a busy process comes when half is done.
    drainedPerS: Math.round(last.acknowledged / last.sinceStartS),
    gatewayCpuUsPerMessage: Math.round((last.cpuS / last.acknowledged) * 1e8) / 100,
  };
}

/** What reaches subscribers after the warm-up, while publishers send. */
async function live(kinds: readonly Kind[], rateHz = 0): Promise<Record<string, number>[]> {
  const programs = await Promise.all(kinds.map(start));
  const phones = publisher(seconds + WARM_UP_S + 0.5, rateHz);
  const sample = () =>
    Promise.all(
      [...programs, phones].map(async (program) => {
        const { acknowledged, cpuS } = await program.ask<Count>();
        return { acknowledged, cpuS, atS: performance.now() / 1000 };
      }),
    );
  await sleep(1000 * WARM_UP_S + 500);
  const [from, brokerFromS] = [await sample(), cpuOf(broker.pid)];
  await sleep(1000 * seconds - 500);
  const [to, brokerToS] = [await sample(), cpuOf(broker.pid)];
  const { acknowledged: published } = await phones.line<Count>();
  await Promise.all(
    programs.map(async (program) => {
      for (let i = 0; i < 600; i++) {
        if ((await program.ask<Count>()).acknowledged >= published) return;
        await sleep(100);
      }
    }),
  );
  await Promise.all(programs.map((program, i) => stop(kinds[i] as Kind, program)));
  const spans = to.map((t, i) => {
    const f = from[i] as (typeof from)[0];
    const [count, s] = [t.acknowledged - f.acknowledged, t.atS - f.atS];
    return { perS: count / s, cpuUs: ((t.cpuS - f.cpuS) / count) * 1e6, s, now: t.acknowledged };
  });
  const sent = spans.at(-1) as (typeof spans)[0];
  const brokerCores = (brokerToS - brokerFromS) / sent.s;
  return spans.slice(0, -1).map(({ perS, cpuUs, now }) => ({
    perS: Math.round(perS),
    publishedPerS: Math.round(sent.perS),
    behind: sent.now - now,
    cpuUsPerMessage: Math.round(cpuUs * 100) / 100,
    brokerUsPerMessage: Math.round((brokerCores / sent.perS) * 1e8) / 100,
    brokerCores: Math.round(brokerCores * 100) / 100,
  }));
}

/** Processor time of a process, s; Linux. */
function cpuOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

async function pair(rateHz: number): Promise<object> {
  const [idle] = await live(['idle'], rateHz);
  const [gateway] = await live(['gateway'], rateHz);
  return { idle, gateway, ratio: ratioOf(gateway, idle) };
}

async function together(rateHz: number): Promise<object> {
  const [idle, gateway] = await live(['idle', 'gateway'], rateHz);
  return { idle, gateway, ratio: ratioOf(gateway, idle) };
}

function ratioOf(a: { perS?: number } | undefined, b: { perS?: number } | undefined): number {
  return Math.round(((a?.perS ?? NaN) / (b?.perS ?? NaN)) * 1000) / 1000;
}

const drained = backlog > 0 ? await drain() : {};
const result: Record<string, object[]> = { flatOut: [], together: [], offered: [] };
for (let round = 0; round < rounds; round++) {
  result['flatOut']?.push(await pair(0));
  result['together']?.push(await together(0));
}
for (const rateHz of ratesHz) {
  result['offered']?.push({ offeredPerS: rateHz, ...(await pair(rateHz)) });
}
await broker.kill();
rmSync(dir, { recursive: true, force: true });
const loadAverage = os.loadavg().map((v) => Math.round(v * 10) / 10);
console.log(JSON.stringify({ ...drained, ...result, loadAverage }, null, 1));
