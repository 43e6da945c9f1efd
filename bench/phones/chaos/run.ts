/**
 * A million messages while everything breaks: gateway, broker and database killed with -9 in turn, the
 * disk of the log full, the network cut. What was acknowledged (own listener: PUBACK; behind
 * mosquitto: receipt) must be in the segment index, once. Needs root (a small tmpfs as disk) and
 * mosquitto. `node --import tsx bench/phones/chaos/run.ts own|broker [messages] [publishers]`.
 * @module
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { createCatalogue } from '../../../catalogue/store.js';
import { decodeTable } from '../../../core/tables/ipc.js';
import { openObjectStore } from '../../../objectstore/open-store.js';
import { startMosquitto, freePort } from '../../../test/support/mosquitto.js';
import { startPostgres } from '../../../test/support/postgres.js';
import { FIRST_SEQ } from '../gateway-rate/mqtt-bytes.js';
import { keepRunning, smallDisk, startNetwork } from './parts.js';

const [mode = 'own', messagesText = '1000000', publishersText = '100'] = process.argv.slice(2);
const publishers = Number(publishersText);
const each = Math.ceil(Number(messagesText) / publishers);
const messages = each * publishers;
const dir = mkdtempSync(path.join(os.tmpdir(), 'chaos-'));
const at = (name: string): string => path.join(dir, name);
const here = import.meta.dirname;
const say = (text: string): void => void process.stderr.write(`${text}\n`);

const postgres = await startPostgres({ durable: true });
const catalogue = await createCatalogue({ databaseUrl: postgres.databaseUrl, migrate: true });
await catalogue.putRegion({
  id: 'city',
  name: 'City',
  bounds: { west: -100, south: 18, east: -98, north: 20 },
  grid: { spacingKm: 30, depthsKm: [10] },
  velocityModel: 'iasp91',
  minMagnitude: 2.5,
  maxMagnitude: 8.5,
  windowS: 300,
  overlapS: 60,
  synthetic: true,
  sources: [{ kind: 'phones', id: 'phones', uri: 'mqtt:quakeloom/city/phones/+' }],
});
const [gatewayPort, healthPort, brokerPort] = [
  await freePort(),
  await freePort(),
  await freePort(),
];
const disk = smallDisk(at('wal'), 320);
mkdirSync(at('store'));
const startBroker = () =>
  startMosquitto({
    dir,
    port: brokerPort,
    config: [
      `listener ${brokerPort} 127.0.0.1`,
      'allow_anonymous true',
      'persistence true',
      `persistence_location ${dir}/`,
      'autosave_interval 30',
      'max_inflight_messages 0',
      'max_queued_messages 0',
      'max_queued_bytes 2000000000',
      'set_tcp_nodelay true',
      'user root',
    ].join('\n'),
  });
let broker = mode === 'broker' ? await startBroker() : null;
const brokerUrl = broker ? `mqtt://127.0.0.1:${brokerPort}` : '-';
const gateway = keepRunning({
  script: path.join(here, 'gateway-process.ts'),
  args: [at('wal'), at('store'), String(gatewayPort), String(healthPort), brokerUrl].concat(
    postgres.databaseUrl,
  ),
  logFile: at('gateway.log'),
});
const network = await startNetwork(broker ? brokerPort : gatewayPort);
const counts = { gatewayKills: 0, databaseKills: 0, brokerKills: 0, diskFull: 0, networkCuts: 0 };

const faults: Readonly<Record<string, () => Promise<void>>> = {
  async gateway() {
    counts.gatewayKills++;
    await gateway.kill();
  },
  async database() {
    counts.databaseKills++;
    await postgres.crash();
    await sleep(3000);
    await postgres.restart();
  },
  async broker() {
    if (!broker) return faults['gateway']?.();
    counts.brokerKills++;
    await broker.kill();
    await sleep(500);
    broker = await startBroker();
  },
  async disk() {
    counts.diskFull++;
    disk.fill();
    await sleep(4000);
    disk.empty();
  },
  async network() {
    counts.networkCuts++;
    network.cut();
    await sleep(3000);
    network.mend();
  },
};
const plan = ['gateway', 'database', 'broker', 'disk', 'network', 'gateway', 'broker', 'disk'];
plan.push('database', 'network', 'gateway');

interface Progress {
  readonly acknowledged: number;
  readonly receipted: number;
  readonly resent: number;
  readonly connections: number;
  readonly isDone: boolean;
  readonly elapsedS: number;
}
const phones = spawn(
  process.execPath,
  ['--import', 'tsx', path.join(here, 'publisher.ts'), String(network.port)].concat([
    String(publishers),
    String(each),
    mode,
  ]),
  { stdio: ['ignore', 'pipe', 'inherit'] },
);
let last: Progress | null = null;
let done = 0;
let fault: Promise<void> = Promise.resolve();
for await (const line of createInterface({ input: phones.stdout })) {
  last = JSON.parse(line) as Progress;
  const durable = mode === 'broker' ? last.receipted : last.acknowledged;
  const due = Math.floor((durable / messages) * (plan.length + 1));
  if (done >= due || done >= plan.length) continue;
  const name = plan[done++] as string;
  say(`${last.elapsedS.toFixed(0)} s, ${durable} durable: ${name}`);
  fault = fault.then(() => faults[name]?.());
}
await fault;
const elapsedS = last?.elapsedS ?? Number.NaN;
say(`all durable after ${elapsedS.toFixed(0)} s; sealing`);
for (let i = 0; ; i++) {
  const answer = await fetch(`http://127.0.0.1:${healthPort}/flush`, { method: 'POST' }).catch(
    () => null,
  );
  if (answer?.ok) break;
  if (i > 600) throw new Error('the gateway does not seal');
  await sleep(200);
}
const stats = (await (await fetch(`http://127.0.0.1:${healthPort}/healthz`)).json()) as object;

/** Times each message is in the index, [publisher, sequence number]. */
const found = new Uint8Array(messages);
const store = await openObjectStore({ url: `file://${at('store')}` });
let [rows, segments] = [0, 0];
for (let afterId = 0; ;) {
  const page = await catalogue.segmentsAfter({ regionId: 'city', afterId, limit: 100 });
  if (page.length === 0) break;
  for (const segment of page) {
    segments++;
    afterId = segment.id;
    const table = decodeTable(await store.get(segment.artifact), segment.artifact.key);
    const [devices, seqs] = [table.getChild('device_id'), table.getChild('seq')];
    for (let i = 0; i < table.numRows; i++) {
      const publisher = Number(String(devices?.get(i)).slice('phone-'.length));
      const k = publisher * each + (seqs?.get(i) as number) - FIRST_SEQ;
      found[k] = (found[k] as number) + 1;
      rows++;
    }
  }
}
const lost = found.reduce((sum, times) => sum + (times === 0 ? 1 : 0), 0);
const duplicates = found.reduce((sum, times) => sum + Math.max(0, times - 1), 0);
const said = readFileSync(at('gateway.log'), 'utf8').split('\n');
console.log(
  JSON.stringify(
    {
      mode,
      messages,
      publishers,
      ...counts,
      gatewayStarts: gateway.starts(),
      elapsedS: Math.round(elapsedS),
      loadAverage: os.loadavg().map((v) => Math.round(v * 10) / 10),
      durable: mode === 'broker' ? last?.receipted : last?.acknowledged,
      sentAgain: last?.resent,
      connections: last?.connections,
      rowsInIndex: rows,
      segments,
      lost,
      duplicates,
      lastGateway: stats,
      logLines: Object.entries(
        said.reduce<Record<string, number>>((lines, line) => {
          const message = /"message":"([^"]*)"/.exec(line)?.[1];
          if (message) lines[message] = (lines[message] ?? 0) + 1;
          return lines;
        }, {}),
      ),
    },
    null,
    1,
  ),
);
await gateway.stop();
await network.close();
await broker?.kill();
await catalogue.close();
await postgres.stop();
disk.unmount();
rmSync(dir, { recursive: true, force: true });
process.exitCode = lost === 0 && duplicates === 0 ? 0 : 1;
