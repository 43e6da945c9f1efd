import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { writeCog } from '../../../connectors/insar/cog/write-cog.js';
import { withRaster } from '../../../connectors/insar/geotiff-reader.js';
import { openHttpSource } from '../../../connectors/insar/remote/http-source.js';
import { readWindow } from '../../../connectors/insar/tiff/read.js';

type Handler = (request: IncomingMessage, response: ServerResponse, file: Buffer) => void;

const ROWS = 1500;
const VALUES = Float32Array.from({ length: ROWS * ROWS }, (_, i) => Math.sin(i * 0.7) * 10);
const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function cogFile(): Promise<string> {
  const file = path.join(mkdtempSync(path.join(os.tmpdir(), 'remote-')), 'a.tif');
  const transform = [300_000, 100, 0, 4_400_000, 0, -100] as const;
  const place = { transform, crs: 'EPSG:32634', nodata: null };
  await writeCog(file, { rows: ROWS, columns: ROWS, values: VALUES, ...place }, { tile: 256 });
  return file;
}

/** A server that gives ranges and counts what it sends. */
async function serve(handler: Handler | null, file: Buffer) {
  const count = { requests: 0, bytes: 0 };
  const server = createServer((request, response) => {
    count.requests++;
    if (handler) {
      handler(request, response, file);
      return;
    }
    const [from, to] = (request.headers.range ?? '').replace('bytes=', '').split('-').map(Number);
    const part = file.subarray(from, (to as number) + 1);
    count.bytes += part.length;
    const end = (from as number) + part.length - 1;
    response.writeHead(206, {
      'content-range': `bytes ${from}-${end}/${file.length}`,
      etag: '"1"',
    });
    response.end(part);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { count, url: `http://127.0.0.1:${port}/a.tif`, host: `127.0.0.1:${port}` };
}

describe('rasters on a server', () => {
  it('send only the blocks of a window, or an overview', async () => {
    const file = readFileSync(await cogFile());
    const { count, url, host } = await serve(null, file);
    const remote = { allowedHosts: [host] };
    const window = { row: 700, column: 300, rows: 100, columns: 120 };
    const part = await withRaster(url, (raster) => readWindow(raster, { window }), remote);
    for (let row = 0; row < 100; row++) {
      const from = (700 + row) * ROWS + 300;
      expect(part.subarray(row * 120, row * 120 + 120)).toEqual(VALUES.subarray(from, from + 120));
    }
    // The directories and at most four tiles of 36.
    expect(count.bytes).toBeLessThan(file.length / 5);
    expect(count.requests).toBeLessThan(8);
    const before = count.bytes;
    const small = await withRaster(
      url,
      (raster) => {
        const image = raster.overviews.at(-1);
        return image ? readWindow(raster, { image }) : null;
      },
      remote,
    );
    expect(small?.length).toBe(188 ** 2);
    expect(count.bytes - before).toBeLessThan(file.length / 10);
  });

  it('are not asked for at other hosts, also not after a redirect', async () => {
    const file = Buffer.alloc(10);
    const { url, count, host } = await serve(
      (_, response) => response.writeHead(302, { location: 'http://127.0.0.2:9/x' }).end(),
      file,
    );
    await expect(openHttpSource(url, { allowedHosts: ['example.org'] })).rejects.toMatchObject({
      _tag: 'InvalidInput',
      message: expect.stringContaining('127.0.0.1') as string,
    });
    expect(count.requests).toBe(0);
    await expect(openHttpSource(url, { allowedHosts: [host] })).rejects.toMatchObject({
      _tag: 'InvalidInput',
      message: expect.stringContaining('127.0.0.2') as string,
    });
    await expect(
      openHttpSource('file:///etc/passwd', { allowedHosts: [''] }),
    ).rejects.toMatchObject({ _tag: 'InvalidInput' });
  });

  const broken: readonly (readonly [string, Handler, object])[] = [
    ['no file', (_, r) => r.writeHead(404).end(), { _tag: 'Unavailable', retryable: false }],
    ['a busy server', (_, r) => r.writeHead(503).end(), { _tag: 'Unavailable', retryable: true }],
    ['no ranges', (_, r, f) => r.writeHead(200).end(f), { _tag: 'UnsupportedSource' }],
    [
      'too few bytes',
      (_, r, f) =>
        r.writeHead(206, { 'content-range': `bytes 0-65535/${f.length}` }).end(f.subarray(0, 99)),
      { _tag: 'Unavailable', retryable: true },
    ],
    [
      'too many bytes',
      (_, r, f) =>
        r
          .writeHead(206, { 'content-range': `bytes 0-65535/${f.length}` })
          .end(Buffer.alloc(2 ** 20)),
      { _tag: 'Unavailable', retryable: false },
    ],
    ['no answer', () => undefined, { _tag: 'Unavailable', retryable: true }],
    ['a broken line', (q) => q.socket.destroy(), { _tag: 'Unavailable', retryable: true }],
  ];
  for (const [what, handler, error] of broken) {
    it(`say what is wrong: ${what}`, async () => {
      const { url, host } = await serve(handler, Buffer.alloc(300_000));
      const policy = { allowedHosts: [host], timeoutMs: 300 };
      await expect(openHttpSource(url, policy)).rejects.toMatchObject(error);
    });
  }

  it('that change while they are read are refused', async () => {
    let version = 0;
    const { url, host } = await serve((request, response, file) => {
      const from = Number(/\d+/.exec(request.headers.range ?? '')?.[0]);
      const part = file.subarray(from, from + 65_536);
      const range = `bytes ${from}-${from + part.length - 1}/${file.length}`;
      response.writeHead(206, { 'content-range': range, etag: `"${version++}"` }).end(part);
    }, Buffer.alloc(300_000));
    const source = await openHttpSource(url, { allowedHosts: [host] });
    await expect(source.read(100_000, 65_536, 'block 1')).rejects.toMatchObject({
      _tag: 'CorruptSource',
      at: 'block 1',
    });
  });
});
