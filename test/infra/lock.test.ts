import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { takeLock } from '../../infra/setup/lock.mjs';

const LOCK_MODULE = fileURLToPath(new URL('../../infra/setup/lock.mjs', import.meta.url));

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'quakeloom-lock-'));
  file = path.join(folder, 'setup.lock');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('makes a second set-up wait, and tells it for whom', async () => {
  const release = await takeLock(file);
  const events: string[] = [];
  const second = takeLock(file, { onWait: ({ pid }) => events.push(`waits for ${pid}`) }).then(
    (releaseSecond) => {
      events.push('has it');
      return releaseSecond;
    },
  );
  while (events.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(events).toEqual([`waits for ${process.pid}`]);
  release();
  const releaseSecond = await second;
  expect(events).toEqual([`waits for ${process.pid}`, 'has it']);
  releaseSecond();
  expect(readdirSync(folder)).toEqual([]);
});

it('stops waiting when told so', async () => {
  const release = await takeLock(file);
  const controller = new AbortController();
  const waiting = takeLock(file, {
    signal: controller.signal,
    onWait: () => controller.abort(new Error('enough')),
  });
  await expect(waiting).rejects.toThrow('enough');
  release();
  expect(readdirSync(folder)).toEqual([]);
});

it.each([
  ['of a process that died', () => JSON.stringify({ pid: deadPid(), startedAt: '1' })],
  [
    'whose process id now belongs to another program',
    () => `{"pid":${process.pid},"startedAt":"1"}`,
  ],
  ['that holds rubbish', () => '{"pid":'],
])('takes over a lock %s', async (_title, content) => {
  writeFileSync(file, content());
  const release = await takeLock(file, { onWait: () => expect.fail('nobody to wait for') });
  expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ pid: process.pid });
  release();
  expect(existsSync(file)).toBe(false);
});

it('is free again after its owner was killed', async () => {
  const code = `import(process.argv[1]).then((m) => m.takeLock(process.argv[2])).then(() => {
    console.log('has it');
    setInterval(() => {}, 1000);
  })`;
  const owner = spawn(process.execPath, ['-e', code, LOCK_MODULE, file]);
  await once(owner.stdout, 'data');
  expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ pid: owner.pid });
  owner.kill('SIGKILL');
  await once(owner, 'exit');
  expect(existsSync(file)).toBe(true);
  const release = await takeLock(file);
  release();
});

function deadPid(): number {
  return spawnSync(process.execPath, ['-e', '']).pid;
}
