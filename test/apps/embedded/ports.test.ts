import { existsSync, mkdirSync } from 'node:fs';
import type net from 'node:net';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { choosePorts, isPortFree } from '../../../apps/embedded/ports.js';
import { cleanUp, freePort, listenOn, temporaryHome } from './support.js';

describe('ports', () => {
  let home = '';
  let lines: string[] = [];
  const servers: net.Server[] = [];
  const log = (line: string) => void lines.push(line);
  const occupy = async (port: number, host?: string) => {
    servers.push(await listenOn(port, host));
  };

  beforeEach(() => {
    home = temporaryHome();
    mkdirSync(path.join(home, 'run'));
    lines = [];
  });
  afterEach(async () => {
    for (const server of servers.splice(0)) server.close();
    await cleanUp(home);
  });

  it('tells a free port from one taken on 127.0.0.1 or on all addresses', async () => {
    const [a, b] = [await freePort(), await freePort()];
    expect(await isPortFree(a)).toBe(true);
    await occupy(a);
    await occupy(b, '0.0.0.0');
    expect([await isPortFree(a), await isPortFree(b)]).toEqual([false, false]);
  });

  it('refuses a taken explicit port, naming port and holder, and remembers nothing', async () => {
    const port = await freePort();
    await occupy(port);
    const wishes = [{ name: 'temporal', preferred: 1, explicit: port }];
    await expect(choosePorts({ home, wishes, log })).rejects.toMatchObject({
      _tag: 'PortTaken',
      port,
      message: expect.stringMatching(
        new RegExp(`^port ${port}, named for temporal, is taken by .+ \\(pid ${process.pid}\\)$`),
      ) as string,
    });
    expect(existsSync(path.join(home, 'run', 'ports.json'))).toBe(false);
  });

  it.each([0, 65_536, 1.5, Number.NaN])('refuses %s as an explicit port', async (explicit) => {
    const wishes = [{ name: 'api', preferred: 8080, explicit }];
    await expect(choosePorts({ home, wishes, log })).rejects.toMatchObject({
      _tag: 'InvalidInput',
    });
  });

  it('takes the next free port, says so, and keeps it', async () => {
    const port = await freePort();
    await occupy(port);
    const wishes = [{ name: 'temporal', preferred: port }];
    const first = await choosePorts({ home, wishes, log });
    expect(first['temporal']).toBeGreaterThan(port);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(`port ${port} for temporal is taken by` /* a process name, its pid */);
    for (const server of servers.splice(0)) server.close();
    expect(await choosePorts({ home, wishes, log })).toEqual(first);
    expect(lines).toHaveLength(1);
  });

  it('gives no port twice and leaves a port to the wish that named it', async () => {
    const port = await freePort();
    const chosen = await choosePorts({
      home,
      wishes: [
        { name: 'a', preferred: port },
        { name: 'b', preferred: port },
        { name: 'c', preferred: 1, explicit: port },
      ],
      log,
    });
    expect(chosen['c']).toBe(port);
    expect(new Set(Object.values(chosen)).size).toBe(3);
    const twice = [
      { name: 'a', preferred: 1, explicit: port },
      { name: 'b', preferred: 1, explicit: port },
    ];
    await expect(choosePorts({ home, wishes: twice, log })).rejects.toMatchObject({
      _tag: 'PortTaken',
    });
  });
});
