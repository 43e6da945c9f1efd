import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StackAddresses } from '../../../apps/embedded/addresses.js';
import { readChildRecords } from '../../../apps/embedded/children.js';
import { homePaths } from '../../../apps/embedded/home.js';
import { isPortFree, type PortWish } from '../../../apps/embedded/ports.js';
import { isAlive } from '../../../apps/embedded/process-identity.js';
import { SECOND_SIGNAL_AFTER_MS } from '../../../apps/embedded/signals.js';
import {
  cleanUp,
  freePort,
  processesOf,
  runStackProcess,
  temporaryHome,
  until,
  type StackProcess,
} from './support.js';

const addressesIn = (output: string): StackAddresses | null => {
  const match = /^READY (.*)$/m.exec(output);
  return match ? (JSON.parse(match[1]!) as StackAddresses) : null;
};

describe('a supervisor in its own process', { timeout: 180_000 }, () => {
  let home = '';
  let ports: PortWish[] = [];
  let started: StackProcess[] = [];

  beforeEach(async () => {
    home = temporaryHome();
    started = [];
    const names = ['postgres', 'temporal', 'temporalUi'];
    ports = await Promise.all(names.map(async (name) => ({ name, preferred: await freePort() })));
  });
  afterEach(async () => {
    for (const { process: child } of started) child.kill('SIGKILL');
    await cleanUp(home);
  });

  function run(more: Readonly<Record<string, unknown>> = {}): StackProcess {
    const stack = runStackProcess({ home, ports, ...more });
    started.push(stack);
    return stack;
  }
  async function ready(stack: StackProcess): Promise<StackAddresses> {
    let isOver = false;
    void stack.exited.then(() => (isOver = true));
    await until('the stack is ready', () => isOver || addressesIn(stack.output()) !== null);
    const addresses = addressesIn(stack.output());
    if (!addresses) throw new Error(`it ended: ${stack.output()}`);
    return addresses;
  }

  it('refuses a second instance; its orphans are reaped after kill -9; Ctrl-C ends it', async () => {
    const first = run({ childScript: 'setInterval(() => {}, 1000)' });
    const addresses = await ready(first);

    const second = run();
    expect(await second.exited).toEqual({ code: 3, signal: null });
    expect(second.output().trim().split('\n')).toEqual([
      `Quakeloom already runs on ${home} as pid ${first.pid} (Temporal ${addresses.temporal}, ` +
        `Temporal Web UI ${addresses.temporalUi}, ` +
        `PostgreSQL ${addresses.databaseUrl.replace(/:[^:@]+@/, ':***@')}). What to do: ` +
        `use it, stop it with 'kill ${first.pid}', or choose another home folder.`,
    ]);

    const client = new pg.Client({ connectionString: addresses.databaseUrl });
    await client.connect();
    await client.query('CREATE TABLE kept AS SELECT 1 AS row');
    await client.end();
    const connection = await Connection.connect({ address: addresses.temporal });
    await new Client({ connection }).workflow.start('waitForWorker', {
      workflowId: 'waiting',
      taskQueue: 'nobody',
    });
    await connection.close();

    const { run: runFolder } = homePaths(home);
    const orphans = readChildRecords(runFolder);
    expect(orphans.map(({ name }) => name).sort()).toEqual(['application', 'postgres', 'temporal']);
    process.kill(first.pid, 'SIGKILL');
    await first.exited;
    expect(orphans.every(isAlive)).toBe(true);

    const third = run();
    expect(await ready(third)).toEqual(addresses);
    expect(orphans.some(isAlive)).toBe(false);
    const said = third.output();
    expect(said).toContain(`took over the stale lock of ${home}: pid ${first.pid} ended`);
    for (const { name, pid } of orphans) expect(said).toContain(`ending ${name} (pid ${pid})`);
    const again = new pg.Client({ connectionString: addresses.databaseUrl });
    await again.connect();
    expect((await again.query('SELECT * FROM kept')).rows).toEqual([{ row: 1 }]);
    await again.end();
    const reconnection = await Connection.connect({ address: addresses.temporal });
    const workflow = new Client({ connection: reconnection }).workflow.getHandle('waiting');
    expect((await workflow.describe()).status.name).toBe('RUNNING');
    await reconnection.close();

    // Twice, as from a terminal and a wrapper: still an orderly end.
    third.process.kill('SIGINT');
    third.process.kill('SIGINT');
    expect(await third.exited).toEqual({ code: 130, signal: null });
    expect(processesOf(home)).toEqual([]);
    for (const port of Object.values(addresses.ports)) expect(await isPortFree(port)).toBe(true);
    const log = readFileSync(path.join(home, 'logs', 'postgres.log'), 'utf8');
    expect(log.trim().split('\n').at(-1)).toContain('database system is shut down');
    expect(log).toContain('received fast shutdown request');
  });

  it('ends in order when signals come at any moment of the start-up, and starts after it', async () => {
    // At each of these moments something else is going on: initdb, the servers' start.
    for (const moment of ['initdb.log', 'postgres.log']) {
      const stack = run();
      await until(`${moment} exists`, () => processesOf(home).length > 1 && hasLog(moment));
      stack.process.kill('SIGTERM');
      expect(await stack.exited).toEqual({ code: 143, signal: null });
      expect(addressesIn(stack.output())).toBeNull();
      expect(stack.output()).toContain('SIGTERM: stopping everything');
      expect(stack.output()).toContain('stopped before everything had started');
      expect(processesOf(home)).toEqual([]);
    }
    const stack = run();
    await ready(stack);
    expect(stack.output()).not.toContain('stale lock');
  });

  it('gives a deaf child no more time at the second signal', async () => {
    const stack = run({
      childScript: "process.on('SIGTERM', () => {}); setInterval(() => {}, 99)",
    });
    await ready(stack);
    const startedMs = performance.now();
    stack.process.kill('SIGINT');
    await until('it is stopping', () => stack.output().includes('SIGINT: stopping'));
    // A signal right after the first one is taken for the same Ctrl-C.
    const ending = stack.exited;
    while ((await Promise.race([ending, sleep(SECOND_SIGNAL_AFTER_MS / 4)])) === undefined) {
      stack.process.kill('SIGINT');
    }
    expect((await ending).code).toBe(130);
    expect(performance.now() - startedMs).toBeGreaterThan(SECOND_SIGNAL_AFTER_MS);
    await until('nothing is left', () => processesOf(home).length === 0);
  });

  function hasLog(name: string): boolean {
    try {
      readFileSync(path.join(home, 'logs', name));
      return true;
    } catch {
      return false;
    }
  }
});
