/**
 * Durable messages a second of the gateway's own listener: publishers and gateway on this machine,
 * QoS 1, 524 bytes of JSON, PUBACK after fsync, with validation, de-duplication, clock model and
 * sealing; the backlog limit is the default one, so that what is accepted in the long run is what is
 * sealed. `node --import tsx bench/phones/gateway-rate/run.ts [seconds] [connections] [in flight]`.
 * @module
 */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startProgram, type GatewaySample } from './programs.js';

const [seconds = 60, connections = 100, inFlight = 100] = process.argv.slice(2).map(Number);
const dir = mkdtempSync(path.join(os.tmpdir(), 'gateway-rate-'));
const profile = process.env['PROFILE'];
const nodeArgs = profile ? ['--cpu-prof', `--cpu-prof-dir=${profile}`] : [];

const gateway = startProgram('gateway-process.ts', [dir], nodeArgs);
const { port } = await gateway.line<{ port: number }>();
const ask = async (): Promise<GatewaySample & { readonly atS: number }> => {
  const sample = await gateway.ask<GatewaySample>();
  return { atS: performance.now() / 1000, ...sample };
};
const publisher = startProgram('publisher.ts', [port, connections, inFlight, seconds]);
interface Sent {
  readonly acknowledged: number;
  readonly elapsedS: number;
  readonly cpuS: number;
}
let sent: Sent | null = null;
void publisher.line<Sent>().then((line) => (sent = line));
const samples = [await ask()];
while (!sent) {
  await sleep(500);
  samples.push(await ask());
}
const last = samples.at(-1) as (typeof samples)[0];
// Programs start during the first sixth, and the log has no size yet.
const from = samples.find((s) => s.atS - (samples[0]?.atS ?? 0) >= seconds / 6) ?? last;
const spanS = last.atS - from.atS;
let drained = last;
while (drained.sealed < drained.acknowledged) {
  await sleep(200);
  drained = await ask();
}
await gateway.end();
rmSync(dir, { recursive: true, force: true });

const publisherSent = sent as Sent;
const perMessage = (s: number, count: number): number => Math.round((s / count) * 1e8) / 100;
console.log(
  JSON.stringify(
    {
      seconds,
      connections,
      inFlight,
      loadAverage: os.loadavg().map((v) => Math.round(v * 10) / 10),
      acknowledgedPerS: Math.round((last.acknowledged - from.acknowledged) / spanS),
      sealedPerS: Math.round((last.sealed - from.sealed) / spanS),
      largestBacklogMB: Math.round(Math.max(...samples.map((s) => s.backlogBytes)) / 1e6),
      backlogAtEndMB: Math.round(last.backlogBytes / 1e6),
      drainS: Math.round((drained.atS - last.atS) * 10) / 10,
      acknowledged: drained.acknowledged,
      sealed: drained.sealed,
      rejected: drained.rejected,
      shed: drained.shed,
      gatewayCpuUsPerMessage: perMessage(drained.cpuS, drained.sealed),
      mainThreadUsPerMessage: perMessage(drained.threadsS.main, drained.acknowledged),
      sealingThreadUsPerMessage: perMessage(drained.threadsS.sealing, drained.sealed),
      gatewayCores: Math.round(((last.cpuS - from.cpuS) / spanS) * 100) / 100,
      publisherCpuUsPerMessage: perMessage(publisherSent.cpuS, publisherSent.acknowledged),
      rssMiB: Math.round(last.rssMiB),
    },
    null,
    1,
  ),
);
