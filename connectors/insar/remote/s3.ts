/**
 * `s3://bucket/key` in; the address that S3 or a server like it gives to the object, and the headers of a signed
 * request for it (AWS Signature Version 4) out. Without credentials requests go unsigned, as to public buckets.
 * @module
 */
import { createHash, createHmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import { InvalidInputError } from '../../../core/errors.js';

export interface S3Settings {
  /** Default us-west-2, where the archives of Sentinel-1 products are. */
  readonly region?: string;
  /** Address of a server other than AWS; buckets are then named in the path. */
  readonly endpoint?: string;
  readonly credentials?: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
}

const DEFAULT_REGION = 'us-west-2';
/** SHA-256 of no bytes: a GET has no body. */
const EMPTY_HASH = createHash('sha256').digest('hex');

/** Address of an object. Throws InvalidInputError for an address without bucket or key, or a wrong endpoint. */
export function s3Url(address: URL, settings: S3Settings = {}): URL {
  const bucket = address.hostname;
  // Signed as S3 writes it: everything but unreserved characters is encoded.
  const key = decodeURIComponent(address.pathname.replace(/^\//, ''))
    .split('/')
    .map((part) =>
      encodeURIComponent(part).replace(
        /[!'()*]/g,
        (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
      ),
    )
    .join('/');
  const region = settings.region ?? DEFAULT_REGION;
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket) || key === '') {
    throw new InvalidInputError({
      what: `address ${address.href}`,
      reason: key === '' ? 'it names no object' : `'${bucket}' is no name of a bucket`,
      remedy: 'write it like s3://bucket/folder/file.tif',
    });
  }
  if (!/^[a-z0-9-]{1,40}$/.test(region)) {
    throw new InvalidInputError({
      what: 'S3 region',
      reason: `'${region.slice(0, 60)}' is no name of one`,
      remedy: 'write it like eu-central-1',
    });
  }
  const { endpoint } = settings;
  if (endpoint === undefined) {
    // A bucket with dots has no certificate of its own.
    return bucket.includes('.')
      ? new URL(`https://s3.${region}.amazonaws.com/${bucket}/${key}`)
      : new URL(`https://${bucket}.s3.${region}.amazonaws.com/${key}`);
  }
  if (!URL.canParse(endpoint) || !/^https?:\/\//i.test(endpoint)) {
    throw new InvalidInputError({
      what: 'S3 endpoint',
      reason: `'${endpoint}' is no http or https address`,
      remedy: 'write it like https://storage.example.org:9000',
    });
  }
  return new URL(`${endpoint.replace(/\/+$/, '')}/${bucket}/${key}`);
}

/** Headers of a GET with its signature; the same headers when there are no credentials. */
export async function signedHeaders(input: {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly settings: S3Settings | undefined;
  /** For tests; now when absent. */
  readonly signingDate?: Date;
}): Promise<Record<string, string>> {
  const { url, headers, settings } = input;
  if (!settings?.credentials) return { ...headers };
  const signer = new SignatureV4({
    service: 's3',
    region: settings.region ?? DEFAULT_REGION,
    credentials: settings.credentials,
    sha256: Sha256,
    // Keys are signed as they stand in the address.
    uriEscapePath: false,
  });
  const signed = await signer.sign(
    {
      method: 'GET',
      protocol: url.protocol,
      hostname: url.hostname,
      ...(url.port === '' ? {} : { port: Number(url.port) }),
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: { ...headers, host: url.host, 'x-amz-content-sha256': EMPTY_HASH },
    },
    {
      // fetch adds to this one.
      unsignableHeaders: new Set(['accept-encoding']),
      ...(input.signingDate ? { signingDate: input.signingDate } : {}),
    },
  );
  // fetch sets the host itself.
  const { host: _host, ...rest } = signed.headers;
  return rest;
}

/** The hash that the signer wants: SHA-256, keyed when there is a secret. */
class Sha256 {
  readonly #hash;
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash =
      secret === undefined
        ? createHash('sha256')
        : createHmac('sha256', typeof secret === 'string' ? secret : bytesOf(secret));
  }
  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(typeof data === 'string' ? data : bytesOf(data));
  }
  digest(): Promise<Uint8Array> {
    return Promise.resolve(new Uint8Array(this.#hash.digest()));
  }
  /** Nothing is kept between requests. */
  reset(): void {
    throw new Error('a hash is used once');
  }
}

function bytesOf(data: ArrayBuffer | ArrayBufferView): Uint8Array {
  return data instanceof ArrayBuffer
    ? new Uint8Array(data)
    : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
