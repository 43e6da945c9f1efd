/**
 * The production broker for tests: mosquitto with a configuration, on free ports, stopped after the
 * test. In CI a missing program is a failure, elsewhere a skip that says so.
 * @module
 */
import { execFileSync, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import path from 'node:path';
import { describe } from 'vitest';

const program = findMosquitto();

/** A suite that needs mosquitto. */
export function describeWithMosquitto(title: string, suite: () => void): void {
  if (program) describe(title, suite);
  else if (process.env['CI']) {
    describe(title, () => {
      throw new Error('mosquitto is not installed: apt-get install mosquitto');
    });
  } else describe.skip(`${title} (mosquitto is not installed)`, suite);
}

export interface Mosquitto {
  readonly pid: number;
  /** Ends it at once, as a crash would. */
  kill(): Promise<void>;
}

/** Starts mosquitto with the lines of a configuration and waits until `port` answers. */
export async function startMosquitto(input: {
  readonly dir: string;
  readonly port: number;
  readonly config: string;
}): Promise<Mosquitto> {
  const file = path.join(input.dir, `mosquitto-${input.port}.conf`);
  writeFileSync(file, input.config);
  const broker = spawn(program ?? 'mosquitto', ['-c', file], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  broker.stderr.on('data', (bytes: Buffer) => (said += bytes.toString()));
  for (let i = 0; !(await answers(input.port)); i++) {
    if (broker.exitCode !== null || i > 200) throw new Error(`mosquitto did not start: ${said}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    pid: broker.pid as number,
    kill: async () => {
      if (broker.exitCode !== null || broker.signalCode !== null) return;
      const gone = new Promise((resolve) => broker.once('exit', resolve));
      broker.kill('SIGKILL');
      await gone;
    },
  };
}

/** A port that nobody listens on now. */
export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

function findMosquitto(): string | null {
  for (const name of ['mosquitto', '/usr/sbin/mosquitto']) {
    try {
      execFileSync(name, ['-h'], { stdio: 'ignore' });
      return name;
    } catch (error) {
      // `mosquitto -h` ends with a status of its own; only a missing program is an answer.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return name;
    }
  }
  return null;
}
