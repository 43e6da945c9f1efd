/**
 * What the chaos run breaks: a gateway that is started again when it ends, a network that can be cut,
 * a disk that can be filled. @module
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import path from 'node:path';

export interface Kept {
  /** Kills it with -9; it comes back by itself. */
  kill(): Promise<void>;
  stop(): Promise<void>;
  readonly starts: () => number;
}

/** Runs a script until it is stopped; its standard error goes to `logFile`. */
export function keepRunning(input: {
  readonly script: string;
  readonly args: readonly string[];
  readonly logFile: string;
}): Kept {
  const log = createWriteStream(input.logFile, { flags: 'a' });
  let child: ChildProcess | null = null;
  let isOver = false;
  let starts = 0;
  const start = (): void => {
    if (isOver) return;
    starts++;
    child = spawn(process.execPath, ['--import', 'tsx', input.script, ...input.args], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    child.stderr?.pipe(log, { end: false });
    child.once('exit', () => setTimeout(start, 200));
  };
  const end = async (): Promise<void> => {
    const victim = child;
    if (!victim || victim.exitCode !== null || victim.signalCode !== null) return;
    const gone = new Promise((resolve) => victim.once('exit', resolve));
    victim.kill('SIGKILL');
    await gone;
  };
  start();
  return {
    kill: end,
    async stop() {
      isOver = true;
      await end();
      log.end();
    },
    starts: () => starts,
  };
}

/** A TCP proxy to `port` that can be cut. */
export async function startNetwork(port: number): Promise<{
  readonly port: number;
  cut(): void;
  mend(): void;
  close(): Promise<void>;
}> {
  const sockets = new Set<Socket>();
  let isCut = false;
  const server = createServer((near) => {
    if (isCut) return void near.destroy();
    const far = connect({ port, host: '127.0.0.1', noDelay: true });
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.pipe(other);
      one.on('error', () => undefined);
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const address = server.address();
  const cut = (): void => {
    isCut = true;
    // No farewell: what is on its way is gone.
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    cut,
    mend: () => (isCut = false),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        cut();
      }),
  };
}

/** A small disk of its own (tmpfs, needs root) that can be filled. */
export function smallDisk(dir: string, megabytes: number) {
  mkdirSync(dir, { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', dir]);
  const ballast = path.join(dir, 'ballast');
  return {
    fill() {
      const block = Buffer.alloc(1 << 20);
      try {
        for (;;) writeFileSync(ballast, block, { flag: 'a' });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      }
    },
    empty: () => rmSync(ballast, { force: true }),
    unmount: () => void execFileSync('umount', ['-l', dir]),
  };
}
