/** Help for tests of the embedded stack: temporary homes, waiting, leftovers. @module */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import {
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  rmSync,
} from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { HOME_MARK } from '../../../apps/embedded/children.js';
import { processStart } from '../../../apps/embedded/process-identity.js';

/** A new folder that everybody may enter; its real path. */
export function temporaryHome(): string {
  const folder = mkdtempSync(path.join(realpathSync(os.tmpdir()), 'quakeloom-embedded-'));
  execFileSync('chmod', ['755', folder]);
  return folder;
}

/** Ends everything that belongs to a home folder, whatever the test came to, and deletes it. */
export async function cleanUp(home: string, ...others: readonly string[]): Promise<void> {
  for (const pid of processesOf(home, ...others)) process.kill(pid, 'SIGKILL');
  await until('processes are gone', () => processesOf(home, ...others).length === 0);
  for (const folder of [home, ...others]) rmSync(folder, { recursive: true, force: true });
}

/** Living processes that carry the home's mark, work in it, or work in one of the others. */
export function processesOf(home: string, ...others: readonly string[]): number[] {
  const mark = `${HOME_MARK}=${home}`;
  return readdirSync('/proc').flatMap((name) => {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid || processStart(pid) === null) return [];
    try {
      const cwd = readlinkSync(`/proc/${pid}/cwd`);
      const isInside = [home, ...others].some((folder) => cwd.startsWith(folder));
      const isMarked = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(mark);
      return isInside || isMarked ? [pid] : [];
    } catch {
      return [];
    }
  });
}

/** Waits for a condition; fails with its name after `timeoutMs`. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 40_000,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`waited in vain: ${what}`);
    await sleep(25);
  }
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = await listenOn(0);
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Listens on 127.0.0.1. */
export function listenOn(port: number, host = '127.0.0.1'): Promise<net.Server> {
  const server = net.createServer((socket) => socket.destroy());
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host }, () => resolve(server));
  });
}

/** `address:port` pairs that a process listens on, from /proc/net. */
export function listeningAddresses(pid: number): string[] {
  const sockets = new Set<string>();
  for (const fd of readdirSync(`/proc/${pid}/fd`)) {
    try {
      sockets.add(readlinkSync(`/proc/${pid}/fd/${fd}`));
    } catch {
      // closed meanwhile
    }
  }
  return ['tcp', 'tcp6'].flatMap((table) =>
    readFileSync(`/proc/${pid}/net/${table}`, 'utf8')
      .split('\n')
      .slice(1)
      .map((row) => row.trim().split(/\s+/))
      .filter((fields) => fields[3] === '0A' && sockets.has(`socket:[${fields[9]}]`))
      .map((fields) => fields[1]!),
  );
}

/** `127.0.0.1` as /proc/net/tcp writes it on little-endian machines. */
export const LOOPBACK_HEX = '0100007F';

/** A supervisor in a process of its own. */
export interface StackProcess {
  readonly process: ChildProcess;
  readonly pid: number;
  /** Everything it printed so far. */
  readonly output: () => string;
  /** Exit code, or null and the signal. */
  readonly exited: Promise<{ readonly code: number | null; readonly signal: string | null }>;
}

/** Runs `run-stack.ts` with its options; see there. */
export function runStackProcess(options: Readonly<Record<string, unknown>>): StackProcess {
  const script = fileURLToPath(new URL('./run-stack.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', script, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const exited = new Promise<{ code: number | null; signal: string | null }>((resolve) =>
    child.once('close', (code, signal) => resolve({ code, signal })),
  );
  return { process: child, pid: child.pid!, output: () => text, exited };
}
