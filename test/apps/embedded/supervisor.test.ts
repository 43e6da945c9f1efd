import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readChildRecords, type ChildSpec } from '../../../apps/embedded/children.js';
import { createHome, type HomePaths } from '../../../apps/embedded/home.js';
import { isAlive } from '../../../apps/embedded/process-identity.js';
import { createSupervisor, type Supervisor } from '../../../apps/embedded/supervisor.js';
import { cleanUp, processesOf, temporaryHome, until } from './support.js';

describe('supervisor', () => {
  let paths: HomePaths;
  let supervisor: Supervisor;
  let lines: string[] = [];
  let givenUp: string[] = [];

  beforeEach(() => {
    paths = createHome(temporaryHome());
    lines = [];
    givenUp = [];
    supervisor = createSupervisor({
      paths,
      env: process.env,
      log: (line) => void lines.push(line),
      onGivenUp: (error) => void givenUp.push(error.child),
      policy: { firstPauseMs: 10, longestPauseMs: 20, quickMs: 60_000, maxQuickDeaths: 3 },
    });
  });
  afterEach(async () => {
    await supervisor.stop({ hurry: true });
    await cleanUp(paths.home);
  });

  /** A shell script that is ready once it has written "up" to its log. */
  const shell = (name: string, script: string, more: Partial<ChildSpec> = {}): ChildSpec => ({
    name,
    command: '/bin/sh',
    args: ['-c', script],
    env: {},
    ready: () => Promise.resolve(logOf(name).includes('up')),
    readyTimeoutMs: 10_000,
    restart: true,
    ...more,
  });
  const logOf = (name: string) => readFileSync(path.join(paths.logs, `${name}.log`), 'utf8');
  const pidOf = (name: string) => supervisor.status().find((child) => child.name === name)?.pid;
  const FOREVER = 'echo up; while :; do sleep 0.05; done';

  it('starts, records and stops children, each group with what it left behind', async () => {
    await supervisor.start([shell('a', `sleep 1000 & ${FOREVER}`), shell('b', FOREVER)]);
    const records = readChildRecords(paths.run);
    expect(records.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(records.every(isAlive)).toBe(true);
    expect(supervisor.status().map(({ state }) => state)).toEqual(['ready', 'ready']);
    // a, its sleeper, b, and perhaps the pauses of both
    expect(processesOf(paths.home).length).toBeGreaterThanOrEqual(3);

    await supervisor.stop();
    await until('the killed sleepers are gone', () => processesOf(paths.home).length === 0);
    expect(readChildRecords(paths.run)).toEqual([]);
    expect(supervisor.status().map(({ state }) => state)).toEqual(['stopped', 'stopped']);
    await expect(supervisor.start([shell('c', FOREVER)])).rejects.toMatchObject({
      _tag: 'Stopped',
    });
  });

  it('stops the last group first', async () => {
    const ending = (name: string) => `trap 'echo ${name} >> "$HOMEFILE"; exit 0' TERM; ${FOREVER}`;
    const env = { HOMEFILE: path.join(paths.run, 'order') };
    await supervisor.start([shell('server', ending('server'), { env })]);
    await supervisor.start([shell('worker', ending('worker'), { env })]);
    await supervisor.stop();
    expect(readFileSync(env.HOMEFILE, 'utf8')).toBe('worker\nserver\n');
  });

  it('starts a killed child again', async () => {
    await supervisor.start([shell('a', FOREVER)]);
    const first = pidOf('a')!;
    process.kill(first, 'SIGKILL');
    await until('it runs again', () => (pidOf('a') ?? first) !== first);
    await until('it is ready', () => supervisor.status()[0]!.state === 'ready');
    expect(supervisor.status()[0]!.restarts).toBe(1);
    expect(lines).toEqual([
      'a was killed by SIGKILL; starting it again in 0.01 s',
      'a is running again',
    ]);
  });

  it('gives up a child that keeps dying at once, and says where its log is', async () => {
    const start = supervisor.start([shell('bad', 'echo "no such option"; exit 7')]);
    await expect(start).rejects.toMatchObject({
      _tag: 'ChildFailed',
      message: 'bad ended with code 7 (3 times in a row; given up); its last words: no such option',
      remedy: `read its log, ${path.join(paths.logs, 'bad.log')}`,
    });
    expect(supervisor.status()[0]).toMatchObject({ state: 'ended', pid: null });
    expect(givenUp).toEqual([]);
  });

  it('tells when a child that was ready is given up, and leaves the others alone', async () => {
    await supervisor.start([shell('good', FOREVER), shell('frail', 'echo up; sleep 0.2; exit 1')]);
    await until('it is given up', () => givenUp.length > 0);
    expect(givenUp).toEqual(['frail']);
    expect(supervisor.status().map(({ state }) => state)).toEqual(['ready', 'ended']);
  });

  it('does not start a child again that asked not to be', async () => {
    await supervisor.start([shell('once', 'echo up; sleep 0.2', { restart: false })]);
    await until('it has ended', () => supervisor.status()[0]!.state === 'ended');
    expect(supervisor.status()[0]!.restarts).toBe(0);
  });

  it('reports a child that does not exist or is not ready in time', async () => {
    const missing = shell('missing', '', { command: '/no/such/program' });
    await expect(supervisor.start([missing])).rejects.toThrow(
      /missing could not be started: .*ENOENT/,
    );
    const late = shell('late', FOREVER, {
      ready: () => Promise.reject(new Error('port closed')),
      readyTimeoutMs: 300,
    });
    await expect(supervisor.start([late])).rejects.toThrow(
      'late was not ready within 0.3 s (port closed); its last words: up',
    );
    await until('the late one is gone', () => processesOf(paths.home).length === 0);
  });

  it('kills a child that does not end in its grace time', async () => {
    const deaf = shell('deaf', `trap '' TERM; ${FOREVER}`, { stopGraceMs: 200 });
    await supervisor.start([deaf]);
    const pid = pidOf('deaf')!;
    await supervisor.stop();
    await until('nothing is left', () => !processesOf(paths.home).includes(pid));
  });

  it('gives no more time when the user is impatient', async () => {
    const deaf = shell('deaf', `trap 'echo told' TERM; ${FOREVER}`, { stopGraceMs: 3_600_000 });
    await supervisor.start([deaf]);
    const patient = supervisor.stop();
    await until('it was asked to end', () => logOf('deaf').includes('told'));
    await supervisor.stop({ hurry: true });
    await patient;
    await until('nothing is left', () => processesOf(paths.home).length === 0);
  });

  it('can be stopped while children are starting and while a task runs', async () => {
    const never = shell('never', 'echo started; sleep 1000', {
      ready: () => new Promise(() => undefined),
      readyTimeoutMs: 3_600_000,
    });
    const started = expect(supervisor.start([never])).rejects.toMatchObject({ _tag: 'Stopped' });
    const task = { name: 'task', command: '/bin/sleep', args: ['1000'], env: {} };
    const ran = expect(supervisor.run(task)).rejects.toMatchObject({ _tag: 'Stopped' });
    await until('it has started', () => logOf('never').includes('started'));
    expect(readChildRecords(paths.run).map(({ name }) => name)).toEqual(['never', 'task']);
    await supervisor.stop();
    await Promise.all([started, ran]);
    await until('nothing is left', () => processesOf(paths.home).length === 0);
  });

  it('runs a task to its end and quotes a failed one', async () => {
    const task = (script: string) => ({
      name: 'task',
      command: '/bin/sh',
      args: ['-c', script],
      env: { GREETING: 'hello', HOME: undefined },
    });
    await supervisor.run(task('echo "$GREETING ${HOME:-homeless}"'));
    expect(logOf('task')).toBe('hello homeless\n');
    await expect(supervisor.run(task('echo disk full; exit 5'))).rejects.toThrow(
      'task ended with code 5; its last words: disk full',
    );
  });
});
