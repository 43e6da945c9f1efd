/**
 * In: the address of a file on a server. Out: its bytes by ranges: only what is asked for is fetched.
 * Only hosts that were allowed are asked, also after a redirect. Range requests: RFC 9110 section 14.
 * @module
 */
import {
  CorruptSourceError,
  InvalidInputError,
  UnavailableError,
  UnsupportedSourceError,
} from '../../../core/errors.js';
import { checkRange, type ByteSource } from '../tiff/byte-source.js';
import { s3Url, signedHeaders, type S3Settings } from './s3.js';

export interface RemotePolicy {
  /** `host` or `host:port` that may be asked; no other is. */
  readonly allowedHosts: readonly string[];
  /** For the whole of one answer, ms. */
  readonly timeoutMs?: number;
  /** How `s3://` addresses are reached; public buckets of AWS in us-west-2 when absent. */
  readonly s3?: S3Settings;
}

const TIMEOUT_MS = 30_000;
const MAX_REDIRECTS = 3;
/** First read: holds the directories of most files. */
const FIRST_BYTES = 65_536;

/** True for addresses that `openHttpSource` reads. */
export function isRemote(address: string): boolean {
  return /^(https?|s3):\/\//i.test(address);
}

/**
 * Opens a remote file with one request for its first bytes. Throws InvalidInputError for a host that is
 * not allowed, UnavailableError for a server that is slow, short, or has no such file (`retryable` tells
 * which may pass), UnsupportedSourceError for a server that gives no ranges, CorruptSourceError when the
 * file changes while it is read.
 */
export async function openHttpSource(address: string, policy: RemotePolicy): Promise<ByteSource> {
  const isS3 = /^s3:/i.test(address);
  const name = decodeURIComponent(new URL(address).pathname.split('/').at(-1) ?? address);
  const place = isS3 ? s3Url(new URL(address), policy.s3) : new URL(address);
  const signFor = isS3 ? place.host : null;
  const first = await requestRange({
    url: place,
    from: 0,
    length: FIRST_BYTES,
    ...{ policy, signFor },
  });
  const { total, etag, url } = first;
  return {
    name,
    path: null,
    bytes: total,
    read: async (offset, length, at) => {
      checkRange({ name, bytes: total }, offset, length, at);
      if (length === 0) return new Uint8Array(0);
      if (offset + length <= first.bytes.length) return first.bytes.slice(offset, offset + length);
      const answer = await requestRange({ url, from: offset, length, policy, signFor });
      if (answer.total !== total || answer.etag !== etag) {
        const reason = 'the file on the server changed while it was read';
        throw new CorruptSourceError({ source: name, at, reason });
      }
      if (answer.bytes.length !== length) throw short(url, answer.bytes.length, length);
      return answer.bytes;
    },
    close: () => Promise.resolve(),
  };
}

function checkHost(url: URL, policy: RemotePolicy): void {
  const fits = url.protocol === 'https:' || url.protocol === 'http:';
  if (
    fits &&
    (policy.allowedHosts.includes(url.host) || policy.allowedHosts.includes(url.hostname))
  ) {
    return;
  }
  throw new InvalidInputError({
    what: `address ${url.origin}`,
    reason: `the host ${url.host} is not among the allowed ones (${policy.allowedHosts.join(', ') || 'none'})`,
    remedy: 'allow the host if you trust it',
  });
}

interface Answer {
  readonly bytes: Uint8Array;
  readonly total: number;
  readonly etag: string | null;
  /** After redirects. */
  readonly url: URL;
}

async function requestRange(input: {
  readonly url: URL;
  readonly from: number;
  readonly length: number;
  readonly policy: RemotePolicy;
  /** The host of S3 that requests are signed for; null for plain addresses. */
  readonly signFor: string | null;
}): Promise<Answer> {
  const { from, length, policy } = input;
  const timeoutMs = policy.timeoutMs ?? TIMEOUT_MS;
  const signal = AbortSignal.timeout(timeoutMs);
  const plain = { range: `bytes=${from}-${from + length - 1}`, 'accept-encoding': 'identity' };
  let { url } = input;
  try {
    for (let hops = 0; hops <= MAX_REDIRECTS; hops++) {
      checkHost(url, policy);
      // Elsewhere, after a redirect, nothing of the credentials is sent.
      const headers =
        url.host === input.signFor
          ? await signedHeaders({ url, headers: plain, settings: policy.s3 })
          : plain;
      const response = await fetch(url, { headers, signal, redirect: 'manual' });
      const next = response.headers.get('location');
      if (response.status >= 300 && response.status < 400 && next) {
        await response.body?.cancel();
        url = new URL(next, url);
        continue;
      }
      await checkStatus(response, url, input.signFor !== null);
      const total = totalOf(response, url, from);
      const bytes = await bodyOf(response, length, url);
      const expected = Math.min(length, total - from);
      if (bytes.length < expected) throw short(url, bytes.length, expected);
      return { bytes, total, etag: response.headers.get('etag'), url };
    }
  } catch (cause) {
    if (!(cause instanceof Error) || '_tag' in cause) throw cause;
    const slow = cause.name === 'TimeoutError';
    const inner = cause.cause instanceof Error ? `: ${cause.cause.message}` : '';
    throw unavailable(
      url,
      slow ? `no whole answer within ${timeoutMs} ms` : `${cause.message}${inner}`,
      'try again later or nearer to the server',
      true,
      cause,
    );
  }
  throw unavailable(url, `more than ${MAX_REDIRECTS} redirects`, 'give the final address', false);
}

async function checkStatus(response: Response, url: URL, isS3: boolean): Promise<void> {
  const { status } = response;
  if (status === 206) return;
  await response.body?.cancel();
  if (status === 200) {
    throw new UnsupportedSourceError({
      source: url.href,
      reason: 'the server gives the whole file instead of the range that was asked for',
      remedy: 'copy the file to this machine or use a server with range requests',
    });
  }
  const retryable = status === 429 || status >= 500;
  const remedy = retryable
    ? 'try again later'
    : isS3
      ? 'check bucket, key, region and credentials (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY)'
      : 'check the address and that the file may be read without signing in';
  throw unavailable(url, `the server answers ${status}`, remedy, retryable);
}

function totalOf(response: Response, url: URL, from: number): number {
  const match = /^bytes (\d+)-\d+\/(\d+)$/.exec(response.headers.get('content-range') ?? '');
  if (match && Number(match[1]) === from) return Number(match[2]);
  throw unavailable(
    url,
    'the answer does not say which bytes it holds',
    'use another server',
    false,
  );
}

/** At most `length` bytes: a server that sends more is cut off. */
async function bodyOf(response: Response, length: number, url: URL): Promise<Uint8Array> {
  const out = new Uint8Array(length);
  let got = 0;
  if (!response.body) return out.subarray(0, 0);
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return out.subarray(0, got);
    if (got + value.length > length) {
      await reader.cancel();
      throw unavailable(
        url,
        'the server sends more than was asked for',
        'use another server',
        false,
      );
    }
    out.set(value, got);
    got += value.length;
  }
}

function short(url: URL, got: number, wanted: number): UnavailableError {
  return unavailable(url, `${got} of ${wanted} bytes came`, 'try again', true);
}

function unavailable(
  url: URL,
  reason: string,
  remedy: string,
  retryable: boolean,
  cause?: unknown,
): UnavailableError {
  return new UnavailableError({ what: url.href, reason, remedy, retryable, cause });
}
