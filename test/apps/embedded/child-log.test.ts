import { appendFileSync, closeSync, existsSync, readFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { lastLines, openChildLog, rotateLog } from '../../../apps/embedded/child-log.js';
import { cleanUp, temporaryHome } from './support.js';

let home = '';
beforeEach(() => {
  home = temporaryHome();
});
afterEach(() => cleanUp(home));

it('turns a large log over while its writer keeps it open, and keeps the newest ones', () => {
  const file = path.join(home, 'a.log');
  const { fd, startByte } = openChildLog(file);
  expect(startByte).toBe(0);
  const rotate = () => rotateLog({ file, maxBytes: 10, keep: 2 });
  for (const text of ['first long line\n', 'second long line\n', 'third long line\n']) {
    writeSync(fd, text);
    expect(rotate()).toBe(true);
  }
  writeSync(fd, 'end\n');
  expect(rotate()).toBe(false);
  closeSync(fd);
  expect(readFileSync(file, 'utf8')).toBe('end\n');
  expect(readFileSync(`${file}.1`, 'utf8')).toBe('third long line\n');
  expect(readFileSync(`${file}.2`, 'utf8')).toBe('second long line\n');
  expect(existsSync(`${file}.3`)).toBe(false);
});

it('quotes the last lines of this run only', () => {
  const file = path.join(home, 'b.log');
  appendFileSync(file, 'of an earlier run\n');
  const { fd, startByte } = openChildLog(file);
  writeSync(fd, 'one\n\ntwo\nthree\nfour\n');
  closeSync(fd);
  expect(lastLines({ file, startByte })).toBe('two | three | four');
  expect(lastLines({ file, startByte, count: 9 })).toBe('one | two | three | four');
  expect(lastLines({ file: path.join(home, 'none'), startByte: 0 })).toBe('');
});
