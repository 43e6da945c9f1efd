import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { openHttpSource } from '../../../connectors/insar/remote/http-source.js';
import { s3Url, signedHeaders } from '../../../connectors/insar/remote/s3.js';
import { remotePolicy } from '../../../apps/cli/commands/insar/remote-options.js';

/** The example keys of Amazon's documentation. */
const CREDENTIALS = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};
const DATA = Uint8Array.from({ length: 200_000 }, (_, i) => (i * 31) % 256);

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** A server of one object that keeps the requests; `redirect` sends them on. */
async function serve(redirect?: string) {
  const seen: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    seen.push(request);
    if (redirect) {
      response.writeHead(307, { location: redirect }).end();
      return;
    }
    if (!request.headers.authorization && request.url?.startsWith('/private')) {
      response.writeHead(403).end();
      return;
    }
    const [from, to] = (request.headers.range ?? '').replace('bytes=', '').split('-').map(Number);
    const part = DATA.subarray(from, (to as number) + 1);
    const range = `bytes ${from}-${(from as number) + part.length - 1}/${DATA.length}`;
    response.writeHead(206, { 'content-range': range, etag: '"1"' }).end(part);
  });
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { host, seen, endpoint: `http://${host}` };
}

describe('objects of S3', () => {
  it('signs the GET of the Amazon S3 API reference, Signature Version 4 examples', async () => {
    const headers = await signedHeaders({
      url: new URL('https://examplebucket.s3.amazonaws.com/test.txt'),
      headers: { range: 'bytes=0-9' },
      settings: { region: 'us-east-1', credentials: CREDENTIALS },
      signingDate: new Date('2013-05-24T00:00:00Z'),
    });
    expect(headers['authorization']).toBe(
      'AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, ' +
        'SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, ' +
        'Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
    );
  });

  it('writes addresses as S3 does, and refuses what names no object', () => {
    const at = (address: string, settings = {}) => s3Url(new URL(address), settings).href;
    expect(at('s3://bucket/a/b.tif')).toBe('https://bucket.s3.us-west-2.amazonaws.com/a/b.tif');
    expect(at('s3://my.bucket/b.tif', { region: 'eu-west-1' })).toBe(
      'https://s3.eu-west-1.amazonaws.com/my.bucket/b.tif',
    );
    expect(at("s3://bucket/date=2021/it's (1).tif", { endpoint: 'http://h:9000/' })).toBe(
      'http://h:9000/bucket/date%3D2021/it%27s%20%281%29.tif',
    );
    for (const wrong of ['s3://bucket/', 's3://BUCKET_/a', 's3:///a']) {
      expect(() => at(wrong), wrong).toThrow(/names no object|no name of a bucket/);
    }
    expect(() => at('s3://bucket/a', { region: 'evil.host/' })).toThrow(/no name of one/);
    expect(() => at('s3://bucket/a', { endpoint: 'ftp://h' })).toThrow(/no http or https/);
  });

  it('reads ranges signed, from an allowed host alone', async () => {
    const { host, endpoint, seen } = await serve();
    const s3 = { endpoint, credentials: CREDENTIALS };
    const source = await openHttpSource('s3://private/x/a.bin', { allowedHosts: [host], s3 });
    expect(source).toMatchObject({ name: 'a.bin', bytes: DATA.length });
    expect(await source.read(150_000, 100, 'x')).toEqual(DATA.slice(150_000, 150_100));
    expect(seen.map(({ url }) => url)).toEqual(['/private/x/a.bin', '/private/x/a.bin']);
    expect(seen[1]?.headers).toMatchObject({
      range: 'bytes=150000-150099',
      authorization: expect.stringContaining(
        'SignedHeaders=host;range;x-amz-content-sha256;x-amz-date',
      ) as string,
    });
    const unsigned = openHttpSource('s3://private/a.bin', {
      allowedHosts: [host],
      s3: { endpoint },
    });
    await expect(unsigned).rejects.toThrow(/answers 403.*/);
    await expect(unsigned).rejects.toMatchObject({
      remedy: expect.stringContaining('AWS_SECRET_ACCESS_KEY') as string,
    });
    const requests = seen.length;
    const refused = openHttpSource('s3://private/a.bin', { allowedHosts: ['else.org'], s3 });
    await expect(refused).rejects.toThrow(/not among the allowed ones/);
    expect(seen.length).toBe(requests);
  });

  it('sends no credentials on to where a server points', async () => {
    const other = await serve();
    const first = await serve(`${other.endpoint}/stolen`);
    const source = await openHttpSource('s3://bucket/a.bin', {
      allowedHosts: [first.host, other.host],
      s3: { endpoint: first.endpoint, credentials: CREDENTIALS },
    });
    await source.read(100_000, 10, 'x');
    expect(first.seen[0]?.headers.authorization).toBeDefined();
    expect(other.seen.length).toBe(2);
    for (const { headers } of other.seen) expect(headers.authorization).toBeUndefined();
  });

  it('takes region, endpoint and credentials from options, then from AWS variables', () => {
    const env = {
      ...{ AWS_REGION: 'eu-north-1', AWS_ENDPOINT_URL: 'http://h:1', AWS_ACCESS_KEY_ID: 'a' },
      ...{ AWS_SECRET_ACCESS_KEY: 'b', AWS_SESSION_TOKEN: 'c' },
    };
    expect(remotePolicy({ s3Region: 'us-east-1', allowHost: ['h:1'] }, env)).toEqual({
      allowedHosts: ['h:1'],
      s3: {
        ...{ region: 'us-east-1', endpoint: 'http://h:1' },
        credentials: { accessKeyId: 'a', secretAccessKey: 'b', sessionToken: 'c' },
      },
    });
    expect(remotePolicy({}, {})).toEqual({ allowedHosts: [], s3: {} });
  });
});
