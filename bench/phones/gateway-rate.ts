/**
 * Durable messages a second of the gateway's own listener: publishers and gateway on this machine,
 * PUBACK after fsync, with validation, de-duplication and sealing. `node --import tsx
 * bench/phones/gateway-rate.ts [seconds] [connections] [in flight]`.
 * @module
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';

const [seconds = 10, connections = 100, inFlight = 100] = process.argv.slice(2).map(Number);
const dir = mkdtempSync(path.join(os.tmpdir(), 'gateway-rate-'));
const here = import.meta.dirname;

function start(
  script: string,
  args: readonly string[],
): { child: ChildProcess; line(): Promise<unknown> } {
  const nodeArgs =
    process.env['PROFILE'] && script.includes('gateway')
      ? ['--cpu-prof', `--cpu-prof-dir=${process.env['PROFILE']}`]
      : [];
  const child = spawn(
    process.execPath,
    [...nodeArgs, '--import', 'tsx', path.join(here, script), ...args],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  );
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })[
    Symbol.asyncIterator
  ]();
  return { child, line: async () => JSON.parse((await lines.next()).value as string) as unknown };
}

interface Spent {
  readonly acknowledged: number;
  readonly sealed: number;
  readonly cpuS: number;
  readonly rssMiB: number;
}

const gateway = start('gateway-process.ts', [dir]);
const { port } = (await gateway.line()) as { port: number };
const publisher = start('raw-publisher.ts', [port, connections, inFlight, seconds].map(String));
const sent = (await publisher.line()) as { acknowledged: number; elapsedS: number; cpuS: number };
gateway.child.stdin?.write('\n');
const spent = (await gateway.line()) as Spent;
gateway.child.stdin?.end();
await new Promise((resolve) => gateway.child.on('exit', resolve));
rmSync(dir, { recursive: true, force: true });
const perMessage = (s: number, count: number): number => Math.round((s / count) * 1e8) / 100;
console.log(
  JSON.stringify(
    {
      messagesPerSecond: Math.round(sent.acknowledged / sent.elapsedS),
      acknowledged: sent.acknowledged,
      gatewayCpuUsPerMessage: perMessage(spent.cpuS, spent.acknowledged),
      publisherCpuUsPerMessage: perMessage(sent.cpuS, sent.acknowledged),
      gateway: spent,
    },
    null,
    1,
  ),
);
