/**
 * A small S3 server in this process: ListObjectsV2 in pages and GetObject with conditions, answers as
 * the API reference of Amazon S3 prints them, and faults on demand.
 * @module
 */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface FakeObject {
  readonly bytes: Uint8Array;
  readonly modifiedMs: number;
}

/** What goes wrong with a request: an answer of this status, or a body that breaks off after half. */
export type Fault = { readonly status: number; readonly code: string } | 'cut';

export interface S3Server {
  readonly endpoint: string;
  /** By key; one bucket, named `fibre`. */
  readonly objects: Map<string, FakeObject>;
  /** Requests as they came: method, path with query, Authorization. */
  readonly requests: { readonly line: string; readonly authorization: string | undefined }[];
  /** Asked for each request; null: all is well. */
  fault: (request: { readonly key: string | null }) => Fault | null;
  put(key: string, bytes: Uint8Array | string, modifiedMs?: number): void;
  close(): Promise<void>;
}

const PAGE = 1000;

export async function startS3Server(): Promise<S3Server> {
  const objects = new Map<string, FakeObject>();
  const state: S3Server = {
    endpoint: '',
    objects,
    requests: [],
    fault: () => null,
    put: (key, content, modifiedMs = Date.now()) => {
      const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
      objects.set(key, { bytes, modifiedMs });
    },
    close: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
  const server = createServer((request, response) => answer(state, request, response));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return Object.assign(state, { endpoint: `http://127.0.0.1:${port}` });
}

function answer(state: S3Server, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const { authorization } = request.headers;
  state.requests.push({ line: `${request.method ?? ''} ${request.url ?? ''}`, authorization });
  const [, bucket, ...names] = decodeURIComponent(url.pathname).split('/');
  const key = names.join('/') === '' ? null : names.join('/');
  const fail = (status: number, code: string): void => {
    response.writeHead(status, { 'content-type': 'application/xml' });
    response.end(`${XML}<Error><Code>${code}</Code><Message>${code}</Message></Error>`);
  };
  const fault = state.fault({ key });
  if (fault !== null && fault !== 'cut') return fail(fault.status, fault.code);
  if (bucket !== 'fibre') return fail(404, 'NoSuchBucket');
  if (key === null) {
    response.writeHead(200, { 'content-type': 'application/xml' });
    response.end(listing(state, url.searchParams));
    return;
  }
  const object = state.objects.get(key);
  if (!object) return fail(404, 'NoSuchKey');
  const etag = etagOf(object);
  const wanted = request.headers['if-match'];
  if (wanted !== undefined && wanted !== etag) return fail(412, 'PreconditionFailed');
  response.writeHead(200, { etag, 'content-length': object.bytes.length });
  if (fault === 'cut') {
    const half = object.bytes.subarray(0, object.bytes.length >> 1);
    response.write(half, () => setTimeout(() => response.destroy(), 20));
  } else response.end(object.bytes);
}

const XML = '<?xml version="1.0" encoding="UTF-8"?>\n';

function etagOf({ bytes }: FakeObject): string {
  return `"${createHash('md5').update(bytes).digest('hex')}"`;
}

function listing({ objects }: S3Server, query: URLSearchParams): string {
  const prefix = query.get('prefix') ?? '';
  const after = query.get('continuation-token') ?? '';
  const keys = [...objects.keys()].filter((key) => key.startsWith(prefix) && key > after).sort();
  const page = keys.slice(0, PAGE);
  const rows = page.map((key) => {
    const object = objects.get(key) as FakeObject;
    // Whole seconds, as S3 has them.
    const modified = `${new Date(object.modifiedMs).toISOString().slice(0, 19)}.000Z`;
    const etag = etagOf(object).replaceAll('"', '&quot;');
    return `<Contents><Key>${escaped(key)}</Key><LastModified>${modified}</LastModified><ETag>${etag}</ETag><Size>${object.bytes.length}</Size><StorageClass>STANDARD</StorageClass></Contents>`;
  });
  const isCut = keys.length > PAGE;
  const next = isCut
    ? `<NextContinuationToken>${escaped(page.at(-1) ?? '')}</NextContinuationToken>`
    : '';
  return `${XML}<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>fibre</Name><Prefix>${escaped(prefix)}</Prefix><KeyCount>${page.length}</KeyCount><MaxKeys>${PAGE}</MaxKeys><IsTruncated>${isCut}</IsTruncated>${next}${rows.join('')}</ListBucketResult>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
