import { existsSync } from 'node:fs';
import { Client, Connection } from '@temporalio/client';
import { defineSearchAttributeKey, TypedSearchAttributes } from '@temporalio/common';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runningStack, type StackAddresses } from '../../../apps/embedded/addresses.js';
import type { ChildSpec } from '../../../apps/embedded/children.js';
import { isPortFree, type PortWish } from '../../../apps/embedded/ports.js';
import { startStack, type Stack, type StackInput } from '../../../apps/embedded/stack.js';
import {
  cleanUp,
  freePort,
  listeningAddresses,
  LOOPBACK_HEX,
  listenOn,
  processesOf,
  temporaryHome,
  until,
} from './support.js';

const QUAKE_REGION = defineSearchAttributeKey('QuakeRegion', 'KEYWORD');

async function query(databaseUrl: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(sql)).rows as unknown[];
  } finally {
    await client.end();
  }
}

async function withTemporal<T>(
  address: string,
  use: (client: Client, connection: Connection) => Promise<T>,
): Promise<T> {
  const connection = await Connection.connect({ address });
  try {
    return await use(new Client({ connection }), connection);
  } finally {
    await connection.close();
  }
}

/** Starts a workflow that nobody works on: it has to wait in the database file. */
const startWorkflow = (address: string, workflowId: string) =>
  withTemporal(address, (client) =>
    client.workflow.start('waitForWorker', {
      workflowId,
      taskQueue: 'nobody',
      typedSearchAttributes: new TypedSearchAttributes([{ key: QUAKE_REGION, value: 'mexico' }]),
    }),
  );

const describeWorkflow = (address: string, workflowId: string) =>
  withTemporal(address, async (client) => {
    const description = await client.workflow.getHandle(workflowId).describe();
    return [description.status.name, description.typedSearchAttributes.get(QUAKE_REGION)];
  });

const retentionS = (address: string) =>
  withTemporal(address, async (_client, connection) => {
    const { config } = await connection.workflowService.describeNamespace({ namespace: 'default' });
    return Number(config?.workflowExecutionRetentionTtl?.seconds);
  });

describe('embedded stack', { timeout: 180_000 }, () => {
  let home = '';
  let lines: string[] = [];
  let ports: PortWish[] = [];
  let stack: Stack | null = null;

  beforeEach(async () => {
    home = temporaryHome();
    lines = [];
    const names = ['postgres', 'temporal', 'temporalUi', 'api'];
    ports = await Promise.all(names.map(async (name) => ({ name, preferred: await freePort() })));
  });
  afterEach(async () => {
    await stack?.stop();
    stack = null;
    await cleanUp(home);
  });

  async function start(more: Partial<StackInput> = {}): Promise<Stack> {
    stack = await startStack({
      home,
      env: { PATH: process.env['PATH'] },
      ports,
      temporal: { searchAttributes: { QuakeRegion: 'Keyword' } },
      log: (line) => void lines.push(line),
      children: () => [],
      handleSignals: false,
      ...more,
    });
    return stack;
  }

  it('starts, keeps data over a restart and over kill -9, and leaves nothing behind', async () => {
    const api = (addresses: StackAddresses): ChildSpec => ({
      name: 'api',
      command: process.execPath,
      args: [
        '-e',
        `require('node:http').createServer((_q, r) => r.end(process.env.TEMPORAL_ADDRESS))
          .listen(${addresses.ports['api']}, '127.0.0.1')`,
      ],
      env: addresses.env,
      ready: async () => (await fetch(`http://127.0.0.1:${addresses.ports['api']}`)).ok,
      readyTimeoutMs: 20_000,
      restart: true,
    });
    const { addresses, supervisor, stop, ended } = await start({
      children: (given) => [api(given)],
    });
    expect(supervisor.status().map(({ name, state }) => [name, state])).toEqual(
      expect.arrayContaining([
        ['postgres', 'ready'],
        ['temporal', 'ready'],
        ['api', 'ready'],
      ]),
    );
    expect(runningStack(home)).toEqual(addresses);
    const answer = await fetch(`http://127.0.0.1:${addresses.ports['api']}`);
    expect(await answer.text()).toBe(addresses.temporal);
    expect((await fetch(addresses.temporalUi!)).status).toBe(200);
    const listening = supervisor.status().flatMap(({ pid }) => listeningAddresses(pid!));
    expect(new Set(listening.map((each) => each.split(':')[0]))).toEqual(new Set([LOOPBACK_HEX]));
    expect(listening.length).toBeGreaterThanOrEqual(4);

    await query(addresses.databaseUrl, 'CREATE TABLE seen AS SELECT 7 AS magnitude');
    await startWorkflow(addresses.temporal, 'waiting');
    expect(await retentionS(addresses.temporal)).toBe(30 * 86_400);

    // kill -9 of both servers: they come back with the data.
    const pids = () => new Map(supervisor.status().map(({ name, pid }) => [name, pid]));
    const before = pids();
    process.kill(before.get('postgres')!, 'SIGKILL');
    process.kill(before.get('temporal')!, 'SIGKILL');
    await until('both are ready again', () =>
      supervisor
        .status()
        .every(
          ({ name, state, restarts }) => state === 'ready' && (restarts === 1 || name === 'api'),
        ),
    );
    expect(pids().get('api')).toBe(before.get('api'));
    expect(await query(addresses.databaseUrl, 'SELECT * FROM seen')).toEqual([{ magnitude: 7 }]);
    expect(await describeWorkflow(addresses.temporal, 'waiting')).toEqual(['RUNNING', 'mexico']);

    await stop();
    expect(await ended).toEqual({ exitCode: 0 });
    expect(processesOf(home)).toEqual([]);
    for (const port of Object.values(addresses.ports)) expect(await isPortFree(port)).toBe(true);
    expect(runningStack(home)).toBeNull();

    // The next start: same addresses, same data, and search attributes added since.
    lines = [];
    const again = await start({
      temporal: { searchAttributes: { QuakeRegion: 'Keyword', QuakeDepthKm: 'Double' } },
    });
    expect(again.addresses).toEqual(addresses);
    expect(lines).toEqual([]);
    expect(await query(again.addresses.databaseUrl, 'SELECT * FROM seen')).toHaveLength(1);
    expect(await describeWorkflow(addresses.temporal, 'waiting')).toEqual(['RUNNING', 'mexico']);
    expect(await retentionS(addresses.temporal)).toBe(30 * 86_400);
    const depth = defineSearchAttributeKey('QuakeDepthKm', 'DOUBLE');
    await withTemporal(addresses.temporal, (client) =>
      client.workflow.start('waitForWorker', {
        workflowId: 'deep',
        taskQueue: 'nobody',
        typedSearchAttributes: new TypedSearchAttributes([{ key: depth, value: 12.5 }]),
      }),
    );
    await again.stop();

    // A search attribute whose type has changed cannot work: said at the start.
    await expect(
      start({ temporal: { searchAttributes: { QuakeRegion: 'Double' } } }),
    ).rejects.toThrow('search attribute QuakeRegion');
    expect(processesOf(home)).toEqual([]);
  });

  it('uses servers that the environment names, and says which one does not answer', async () => {
    const own = await start();
    const otherHome = temporaryHome();
    const port = await freePort();
    try {
      const { addresses } = own;
      const external = await startStack({
        home: otherHome,
        env: { ...addresses.env, PATH: process.env['PATH'] },
        log: (line) => void lines.push(line),
        children: () => [],
        handleSignals: false,
        temporal: { searchAttributes: { QuakeCell: 'Keyword' } },
      });
      expect(external.supervisor.status()).toEqual([]);
      expect(external.addresses).toEqual({ ...addresses, temporalUi: null, ports: {} });
      await external.stop();
      const known = await withTemporal(addresses.temporal, async (_client, connection) => {
        const list = { namespace: 'default' };
        return (await connection.operatorService.listSearchAttributes(list)).customAttributes;
      });
      expect(Object.keys(known ?? {})).toEqual(expect.arrayContaining(['QuakeCell']));

      const refused = (env: Record<string, string>) =>
        startStack({
          home: otherHome,
          env: { ...addresses.env, ...env },
          log: (line) => void lines.push(line),
          children: () => [],
          handleSignals: false,
        });
      await expect(
        refused({ DATABASE_URL: `postgresql://me:hidden@127.0.0.1:${port}/quakes` }),
      ).rejects.toThrow(
        `the PostgreSQL server of DATABASE_URL, postgresql://me:***@127.0.0.1:${port}/quakes, ` +
          `unavailable: connect ECONNREFUSED 127.0.0.1:${port}`,
      );
      await expect(refused({ TEMPORAL_ADDRESS: `127.0.0.1:${port}` })).rejects.toThrow(
        `the Temporal server of TEMPORAL_ADDRESS, 127.0.0.1:${port}, unavailable:`,
      );
      await expect(refused({ TEMPORAL_NAMESPACE: 'elsewhere' })).rejects.toThrow(
        'Namespace elsewhere is not found',
      );
    } finally {
      await cleanUp(otherHome);
    }
  });

  it('leaves nothing behind when a port is taken or a child cannot start', async () => {
    const taken = await freePort();
    const server = await listenOn(taken);
    try {
      const explicit = { name: 'temporal', preferred: 7233, explicit: taken };
      await expect(start({ ports: [ports[0]!, explicit, ports[2]!] })).rejects.toMatchObject({
        _tag: 'PortTaken',
        port: taken,
      });
      expect(existsSync(`${home}/postgres`)).toBe(false);
    } finally {
      server.close();
    }
    const broken: ChildSpec = {
      name: 'worker',
      command: process.execPath,
      args: ['-e', 'console.error("no such model"); process.exit(4)'],
      env: {},
      ready: () => Promise.resolve(false),
      readyTimeoutMs: 20_000,
      restart: false,
    };
    const failing = start({ children: () => [broken] });
    await expect(failing).rejects.toMatchObject({ _tag: 'ChildFailed', child: 'worker' });
    await expect(failing).rejects.toThrow('its last words: no such model');
    expect(processesOf(home)).toEqual([]);
    expect(runningStack(home)).toBeNull();
  });
});
