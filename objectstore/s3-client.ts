/**
 * The AWS SDK's S3 client, as far as stores and feeds use it. In: an `s3:` URL. Out: the calls, which
 * page and retry by themselves. Credentials are found as AWS tools find them: environment variables,
 * profiles, roles.
 * @module
 */
import type { S3ClientConfig } from '@aws-sdk/client-s3';
import { CorruptSourceError, InvalidInputError } from '../core/errors.js';

/** The four calls of the artifact store. */
export interface S3Client {
  /** Must fail with `name: 'PreconditionFailed'` (HTTP 412) when the key exists. */
  putIfAbsent(input: {
    bucket: string;
    key: string;
    body: Uint8Array;
    sha256: string;
  }): Promise<void>;
  get(input: { bucket: string; key: string }): Promise<Uint8Array>;
  has(input: { bucket: string; key: string }): Promise<boolean>;
  list(input: { bucket: string; prefix: string }): Promise<string[]>;
}

/** An object as a listing shows it. */
export interface StoredObject {
  readonly key: string;
  readonly bytes: number;
  /** Entity tag: changes with the content. */
  readonly etag: string;
  readonly modifiedMs: number;
}

/** The calls of a feed. */
export interface S3Reader {
  /** Every object whose key begins with `prefix`; throws InvalidInputError beyond `most`. */
  objects(input: {
    bucket: string;
    prefix: string;
    most?: number;
    signal?: AbortSignal | undefined;
  }): Promise<StoredObject[]>;
  /** Bytes of the object; fails with HTTP 412 when it is not the version of `etag`. */
  open(input: {
    bucket: string;
    key: string;
    etag: string;
    signal?: AbortSignal | undefined;
  }): Promise<AsyncIterable<Uint8Array>>;
}

export interface S3Settings {
  /** Server other than AWS. */
  readonly endpoint: string | null;
  readonly region: string | null;
  /** Unsigned requests: public buckets. */
  readonly isAnonymous: boolean;
}

/** Attempts of one request: throttles, faults of the server and of the network are tried again. */
const ATTEMPTS = 5;
const CONNECT_MS = 10_000;
const SILENCE_MS = 60_000;

/**
 * Settings of an `s3:` URL: `?endpoint=URL&region=NAME&anonymous=true`, else the environment
 * (AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, AWS_REGION, AWS_DEFAULT_REGION, AWS_NO_SIGN_REQUEST). Throws
 * InvalidInputError for an endpoint that is no address.
 */
export function s3Settings(
  url: URL,
  env: Readonly<Record<string, string | undefined>> = process.env,
): S3Settings {
  const query = url.searchParams;
  const endpoint =
    query.get('endpoint') || env['AWS_ENDPOINT_URL_S3'] || env['AWS_ENDPOINT_URL'] || null;
  if (endpoint !== null && !(/^https?:\/\//i.test(endpoint) && URL.canParse(endpoint))) {
    throw new InvalidInputError({
      what: 'S3 endpoint',
      reason: `'${endpoint}' is not an http or https address`,
      remedy: 'write it like endpoint=https://minio.example.org:9000',
    });
  }
  return {
    endpoint,
    region: query.get('region') || env['AWS_REGION'] || env['AWS_DEFAULT_REGION'] || null,
    isAnonymous: isYes(query.get('anonymous')) || isYes(env['AWS_NO_SIGN_REQUEST']),
  };
}

function isYes(text: string | null | undefined): boolean {
  return /^(true|yes|1)$/i.test(text ?? '');
}

function sdkConfig({ endpoint, region, isAnonymous }: S3Settings): S3ClientConfig {
  // Servers other than AWS have no regions, and anybody's buckets may lie in any.
  const place = region ?? (endpoint !== null || isAnonymous ? 'us-east-1' : null);
  return {
    maxAttempts: ATTEMPTS,
    followRegionRedirects: true,
    requestHandler: {
      connectionTimeout: CONNECT_MS,
      requestTimeout: SILENCE_MS,
      throwOnRequestTimeout: true,
      socketTimeout: SILENCE_MS,
    },
    ...(place === null ? {} : { region: place }),
    // Such servers are addressed by path, as bucket names are not in their DNS, and know few checksums.
    ...(endpoint === null
      ? {}
      : { endpoint, forcePathStyle: true, requestChecksumCalculation: 'WHEN_REQUIRED' as const }),
    ...(isAnonymous
      ? {
          credentials: { accessKeyId: '', secretAccessKey: '' },
          signer: { sign: async (request) => request },
        }
      : {}),
  };
}

/** Loads the SDK, which only those who use S3 wait for. */
export async function loadS3Client(settings: S3Settings): Promise<S3Client & S3Reader> {
  // Its notice to those who choose versions of Node.js and of the SDK is not for those who watch a fibre.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  const sdk = await import('@aws-sdk/client-s3');
  const client = new sdk.S3Client(sdkConfig(settings));
  const objects: S3Reader['objects'] = async ({ bucket, prefix, most, signal }) => {
    const found: StoredObject[] = [];
    let token: string | undefined;
    do {
      const page = await client.send(
        new sdk.ListObjectsV2Command({
          Bucket: bucket,
          Prefix: prefix,
          ...(token === undefined ? {} : { ContinuationToken: token }),
        }),
        { ...(signal ? { abortSignal: signal } : {}) },
      );
      for (const { Key, Size, ETag, LastModified } of page.Contents ?? []) {
        if (Key === undefined) continue;
        const modifiedMs = LastModified?.getTime() ?? 0;
        found.push({ key: Key, bytes: Size ?? 0, etag: ETag ?? '', modifiedMs });
      }
      const next = page.IsTruncated ? page.NextContinuationToken : undefined;
      const isRepeated = next !== undefined && next === token;
      checkListing({ bucket, prefix, isOver: found.length > (most ?? Infinity), isRepeated });
      token = next;
    } while (token !== undefined);
    return found;
  };
  return {
    objects,
    open: async ({ bucket, key, etag, signal }) => {
      const { Body } = await client.send(
        new sdk.GetObjectCommand({ Bucket: bucket, Key: key, IfMatch: etag }),
        { ...(signal ? { abortSignal: signal } : {}) },
      );
      return Body as unknown as AsyncIterable<Uint8Array>;
    },
    putIfAbsent: async ({ bucket, key, body, sha256: hash }) => {
      await client.send(
        new sdk.PutObjectCommand({
          Bucket: bucket,
          Key: key,
          Body: body,
          IfNoneMatch: '*',
          Metadata: { sha256: hash },
        }),
      );
    },
    get: async ({ bucket, key }) => {
      const { Body } = await client.send(new sdk.GetObjectCommand({ Bucket: bucket, Key: key }));
      return Body ? Body.transformToByteArray() : new Uint8Array(0);
    },
    has: async ({ bucket, key }) => {
      try {
        await client.send(new sdk.HeadObjectCommand({ Bucket: bucket, Key: key }));
        return true;
      } catch (error) {
        if (httpStatus(error) === 404) return false;
        throw error;
      }
    },
    list: async (input) => (await objects(input)).map(({ key }) => key),
  };
}

/** A listing has to end. */
function checkListing(input: {
  readonly bucket: string;
  readonly prefix: string;
  readonly isOver: boolean;
  readonly isRepeated: boolean;
}): void {
  const { bucket, prefix, isOver, isRepeated } = input;
  if (isOver) {
    throw new InvalidInputError({
      what: `s3://${bucket}/${prefix}`,
      reason: 'holds too many objects for a feed',
      remedy: 'name a longer prefix',
    });
  }
  if (isRepeated) {
    throw new CorruptSourceError({
      source: `s3://${bucket}/${prefix}`,
      at: 'NextContinuationToken',
      reason: 'the listing comes back to the same page',
    });
  }
}

/** Status of the answer that an error of the SDK is about; null: there was none. */
export function httpStatus(error: unknown): number | null {
  const metadata = (error as { $metadata?: { httpStatusCode?: number } } | null)?.$metadata;
  return metadata?.httpStatusCode ?? null;
}
