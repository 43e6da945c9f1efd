import { spawn } from 'node:child_process';
import { readdirSync, writeFileSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runningStack } from '../../../apps/embedded/addresses.js';
import { AlreadyRunningError, exitCodeOf } from '../../../apps/embedded/errors.js';
import { acquireLock, readLock } from '../../../apps/embedded/lock.js';
import { ownIdentity } from '../../../apps/embedded/process-identity.js';
import { cleanUp, temporaryHome } from './support.js';

describe('lock of a home folder', () => {
  let home = '';
  let lines: string[] = [];
  const log = (line: string) => void lines.push(line);

  beforeEach(() => {
    home = temporaryHome();
    lines = [];
  });
  afterEach(() => cleanUp(home));

  function leaveLock(holder: object): void {
    mkdirSync(path.join(home, 'run'), { recursive: true });
    const rest = { startedAt: '2026-01-01T00:00:00Z', addresses: {}, released: false };
    writeFileSync(
      path.join(home, 'run', 'supervisor-4.lock'),
      JSON.stringify({ ...rest, ...holder }),
    );
  }

  it('refuses a second holder, naming pid and addresses, with exit code 3', () => {
    const lock = acquireLock({ home, log });
    lock.publish({ Temporal: '127.0.0.1:7233' });
    let caught: unknown;
    try {
      acquireLock({ home, log });
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(AlreadyRunningError);
    expect((caught as Error).message).toBe(
      `Quakeloom already runs on ${home} as pid ${process.pid} (Temporal 127.0.0.1:7233)`,
    );
    expect(exitCodeOf(caught)).toBe(3);
    expect(readLock(home)?.pid).toBe(process.pid);
  });

  it('says what to do about a home that cannot be written to', () => {
    const file = path.join(home, 'a-file');
    writeFileSync(file, '');
    expect(() => acquireLock({ home: path.join(file, 'home'), log })).toThrow(
      expect.objectContaining({
        _tag: 'Unavailable',
        remedy: expect.stringContaining('QUAKELOOM_HOME') as string,
      }) as Error,
    );
  });

  it('is free again after release, without a word', () => {
    acquireLock({ home, log }).release();
    expect(readLock(home)).toBeNull();
    acquireLock({ home, log }).release();
    expect(lines).toEqual([]);
    expect(readdirSync(path.join(home, 'run'))).toEqual(['supervisor-2.lock']);
  });

  it.each([
    ['of a dead process', { pid: 2 ** 22 + 1, start: 'x:1' }, `pid ${2 ** 22 + 1}`],
    ['whose pid was used again', { ...ownIdentity(), start: 'x:1' }, `pid ${process.pid}`],
    ['that is damaged', { pid: 'no' }, 'an unreadable lock file'],
  ])('takes over a lock %s in one line', (_title, holder, who) => {
    leaveLock(holder);
    expect(readLock(home)).toBeNull();
    acquireLock({ home, log });
    expect(lines).toEqual([
      `took over the stale lock of ${home}: ${who} ended without cleaning up`,
    ]);
    expect(readLock(home)?.pid).toBe(process.pid);
  });

  it('lets one of many win who find the same stale lock at once', async () => {
    leaveLock({ pid: 2 ** 22 + 1, start: 'x:1' });
    const module = fileURLToPath(new URL('../../../apps/embedded/lock.ts', import.meta.url));
    const script = `
      import { acquireLock } from ${JSON.stringify(module)};
      process.stdout.write('waiting\\n');
      process.stdin.once('data', () => {
        try { acquireLock({ home: ${JSON.stringify(home)}, log: () => {} }); console.log('won'); }
        catch (error) { console.log(error._tag); }
      });
      process.stdin.once('end', () => process.exit());`;
    const rivals = Array.from({ length: 5 }, () => {
      const child = spawn(
        process.execPath,
        ['--import', 'tsx', '--input-type=module', '-e', script],
        { stdio: ['pipe', 'pipe', 'inherit'] },
      );
      const said: string[] = [];
      const waits: (() => void)[] = [];
      child.stdout.on('data', (chunk: Buffer) => {
        said.push(...chunk.toString().trim().split('\n'));
        for (const wake of waits) wake();
      });
      const hasSaid = async (count: number) => {
        while (said.length < count) await new Promise<void>((resolve) => waits.push(resolve));
      };
      return { child, said, hasSaid };
    });
    await Promise.all(rivals.map((rival) => rival.hasSaid(1)));
    for (const { child } of rivals) child.stdin.write('go\n');
    await Promise.all(rivals.map((rival) => rival.hasSaid(2)));
    const verdicts = rivals.map((rival) => rival.said[1]).sort();
    for (const { child } of rivals) child.stdin.end();
    expect(verdicts).toEqual([...Array<string>(4).fill('AlreadyRunning'), 'won']);
  });

  it('names no addresses of a killed predecessor while the next one starts', () => {
    const lock = acquireLock({ home, log });
    const left = { temporal: '127.0.0.1:1', ports: {} };
    writeFileSync(path.join(home, 'run', 'addresses.json'), JSON.stringify(left));
    expect(runningStack(home)).toBeNull();
    lock.publish({ Temporal: '127.0.0.1:1' });
    expect(runningStack(home)).toEqual(left);
    lock.release();
    expect(runningStack(home)).toBeNull();
  });
});
