import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { downloadFile } from '../../infra/setup/download.mjs';
import { barText, createReporter } from '../../infra/setup/reporter.mjs';
import { createSandbox } from './setup-sandbox.js';
import type { Sandbox } from './setup-sandbox.js';

const BODY = Buffer.from(Array.from({ length: 100_000 }, (_, index) => index % 251));

let sandbox: Sandbox;
let server: Server;
let url: string;
let file: string;
let ranges: (string | undefined)[];
/** Bytes after which the server breaks the connection, once. */
let breakAfter: number | null;
let etag: string;

beforeEach(async () => {
  sandbox = createSandbox();
  file = path.join(sandbox.cache, 'thing');
  ranges = [];
  breakAfter = null;
  etag = '"one"';
  server = createServer((request, response) => {
    ranges.push(request.headers.range);
    const isSame = request.headers['if-range'] === etag;
    const start = isSame ? Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0) : 0;
    response.writeHead(start > 0 ? 206 : 200, { etag, 'content-length': BODY.length - start });
    if (breakAfter === null) response.end(BODY.subarray(start));
    else response.write(BODY.subarray(start, breakAfter), () => response.destroy());
    breakAfter = null;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/thing`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  sandbox.remove();
});

const download = (): Promise<void> =>
  downloadFile(sandbox.context({ fetch: globalThis.fetch }), { url, file, label: 'thing' });

it('goes on where a broken connection ended', async () => {
  breakAfter = 40_000;
  await expect(download()).rejects.toThrow(/^127\.0\.0\.1:\d+: /);
  expect(existsSync(file)).toBe(false);
  const have = readFileSync(`${file}.part`).length;
  expect(have).toBeGreaterThan(0);
  await download();
  expect(ranges).toEqual([undefined, `bytes=${have}-`]);
  expect(readFileSync(file).equals(BODY)).toBe(true);
});

it('starts anew when the file changed meanwhile', async () => {
  breakAfter = 40_000;
  await expect(download()).rejects.toThrow();
  etag = '"two"';
  await download();
  expect(readFileSync(file).equals(BODY)).toBe(true);
});

it('names the host and the reason when nothing listens', async () => {
  const closed = { url: 'http://127.0.0.1:9/x', file, label: 'thing' };
  const context = sandbox.context({ fetch: globalThis.fetch });
  await expect(downloadFile(context, closed)).rejects.toThrow(/^127\.0\.0\.1:9: /);
});

it('shows a bar on a terminal and nothing that moves elsewhere', () => {
  expect(barText({ label: 'thing', done: 2 ** 20, total: 2 ** 21 })).toBe(
    'thing [############------------] 50 % of 2.0 MiB',
  );
  for (const isTty of [true, false]) {
    let text = '';
    const stream = { write: (part: string) => (text += part) };
    const reporter = createReporter({ stream, isTty });
    reporter.progress({ label: 'thing', done: 5, total: 5 });
    reporter.line('end');
    expect(text.includes('100 %')).toBe(isTty);
    expect(text.endsWith('end\n')).toBe(true);
  }
});
