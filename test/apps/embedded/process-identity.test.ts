import { execFileSync, spawn } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { isAlive, ownIdentity, processStart } from '../../../apps/embedded/process-identity.js';
import { until } from './support.js';

describe('process identity', () => {
  it('recognises this process, and no later one with its pid', () => {
    expect(isAlive(ownIdentity())).toBe(true);
    expect(isAlive({ ...ownIdentity(), start: 'some other boot:1' })).toBe(false);
  });

  it('agrees with ps on the start time', () => {
    const ticks = Number(ownIdentity().start.split(':')[1]);
    const perSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
    const uptimeS = Number(
      execFileSync('cat', ['/proc/uptime'], { encoding: 'utf8' }).split(' ')[0],
    );
    const elapsedS = Number(
      execFileSync('ps', ['-o', 'etimes=', '-p', String(process.pid)], { encoding: 'utf8' }),
    );
    expect(Math.abs(uptimeS - ticks / perSecond - elapsedS)).toBeLessThan(2);
  });

  it('counts a zombie as dead although its pid can be signalled', async () => {
    // The shell becomes `sleep`, which never waits for the child that ended.
    const parent = spawn('sh', ['-c', 'sleep 0 & echo $!; exec sleep 60'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    try {
      const pid = await new Promise<number>((resolve) =>
        parent.stdout.once('data', (chunk: Buffer) => resolve(Number(chunk.toString()))),
      );
      await until('the child is dead', () => processStart(pid) === null);
      expect(process.kill(pid, 0)).toBe(true);
    } finally {
      parent.kill('SIGKILL');
    }
  });
});
