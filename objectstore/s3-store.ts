/**
 * Object store on S3 or a server that speaks it. In: bytes under a key. Out: an `ArtifactRef`, and
 * the bytes again with their hash verified. Keys are `prefix/key`; the SHA-256 is kept as object
 * metadata. A write is one conditional PUT (`If-None-Match: *`), so two writers cannot overwrite
 * each other.
 * @module
 */
import { createHash } from 'node:crypto';
import type { ArtifactRef, KeyReader, ObjectStore } from '../core/artifact.js';
import { isSafeKey } from '../core/artifact.js';
import {
  ArtifactConflictError,
  InvalidInputError,
  UnavailableError,
  UnsupportedSourceError,
  isQuakeError,
} from '../core/errors.js';

/** The four calls this store needs; `loadS3Client` makes them from the AWS SDK. */
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

/** Makes a store in one bucket, below an optional prefix. Errors as `createFileStore`. */
export function createS3Store(input: {
  client: S3Client;
  bucket: string;
  prefix: string;
}): ObjectStore & KeyReader {
  const { client, bucket } = input;
  const base = input.prefix === '' ? '' : `${input.prefix}/`;
  if (bucket === '' || (input.prefix !== '' && !isSafeKey(input.prefix))) {
    throw new InvalidInputError({
      what: 'object store URL',
      reason: `bucket '${bucket}' with prefix '${input.prefix}' cannot be used`,
      remedy: 'write it like s3://bucket/prefix with plain names',
    });
  }
  const nameOf = (key: string): { bucket: string; key: string } => {
    if (!isSafeKey(key)) {
      throw new InvalidInputError({
        what: 'artifact key',
        reason: `'${key.slice(0, 200)}' is not a relative path of plain names`,
        remedy: 'use letters, digits and ._:=+- in names separated by single slashes',
      });
    }
    return { bucket, key: base + key };
  };

  return {
    async put({ key, kind, bytes }) {
      const name = nameOf(key);
      const ref: ArtifactRef = { key, sha256: sha256(bytes), bytes: bytes.byteLength, kind };
      try {
        await client.putIfAbsent({ ...name, body: bytes, sha256: ref.sha256 });
      } catch (error) {
        if (!isRefusal(error)) throw storeError(error, key, bucket);
        const stored = await client.get(name).catch((e: unknown) => {
          throw storeError(e, key, bucket);
        });
        if (sha256(stored) !== ref.sha256) {
          throw new ArtifactConflictError({ key, reason: 'was written before with other bytes' });
        }
      }
      return ref;
    },
    async get(ref) {
      const name = nameOf(ref.key);
      const bytes = await client.get(name).catch((error: unknown) => {
        throw storeError(error, ref.key, bucket);
      });
      if (bytes.byteLength !== ref.bytes || sha256(bytes) !== ref.sha256) {
        throw new ArtifactConflictError({
          key: ref.key,
          reason: `its ${bytes.byteLength} bytes do not have the recorded hash ${ref.sha256}`,
        });
      }
      return bytes;
    },
    async read(key) {
      const name = nameOf(key);
      try {
        return (await client.has(name)) ? await client.get(name) : null;
      } catch (error) {
        throw storeError(error, key, bucket);
      }
    },
    async has(key) {
      const name = nameOf(key);
      return client.has(name).catch((error: unknown) => {
        throw storeError(error, key, bucket);
      });
    },
    async list(prefix) {
      const keys = await client.list({ bucket, prefix: base + prefix }).catch((e: unknown) => {
        throw storeError(e, prefix, bucket);
      });
      return keys
        .map((key) => key.slice(base.length))
        .filter(isSafeKey)
        .sort();
    },
  };
}

/** Loads the AWS SDK, which is optional. Throws `UnsupportedSourceError` when it is missing. */
export async function loadS3Client(settings: {
  endpoint: string | null;
  region: string | null;
}): Promise<S3Client> {
  const sdk = await import(SDK).catch(() => null).then((module) => module as AwsSdk | null);
  if (!sdk) {
    throw new UnsupportedSourceError({
      source: 's3:',
      reason: `the optional package ${SDK} is not installed`,
      remedy: `run 'npm install ${SDK}', or use a file: store on a shared disk`,
    });
  }
  const client = new sdk.S3Client({
    ...(settings.region ? { region: settings.region } : {}),
    // Servers other than AWS are addressed by path: bucket names are not in their DNS.
    ...(settings.endpoint ? { endpoint: settings.endpoint, forcePathStyle: true } : {}),
  });
  return {
    async putIfAbsent({ bucket, key, body, sha256: hash }) {
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
    async get({ bucket, key }) {
      const { Body } = await client.send(new sdk.GetObjectCommand({ Bucket: bucket, Key: key }));
      return (Body as { transformToByteArray(): Promise<Uint8Array> }).transformToByteArray();
    },
    async has({ bucket, key }) {
      try {
        await client.send(new sdk.HeadObjectCommand({ Bucket: bucket, Key: key }));
        return true;
      } catch (error) {
        if (httpStatus(error) === 404) return false;
        throw error;
      }
    },
    async list({ bucket, prefix }) {
      const keys: string[] = [];
      let token: string | undefined;
      do {
        const page = await client.send(
          new sdk.ListObjectsV2Command({
            Bucket: bucket,
            Prefix: prefix,
            ...(token === undefined ? {} : { ContinuationToken: token }),
          }),
        );
        for (const { Key } of (page['Contents'] ?? []) as { Key: string }[]) keys.push(Key);
        token = page['NextContinuationToken'] as string | undefined;
      } while (token !== undefined);
      return keys;
    },
  };
}

/** A variable, so that the compiler does not need the optional package. */
const SDK: string = '@aws-sdk/client-s3';

type Command = new (input: Readonly<Record<string, unknown>>) => object;

/** The part of the AWS SDK used here. */
interface AwsSdk {
  readonly S3Client: new (settings: object) => {
    send(command: object): Promise<Record<string, unknown>>;
  };
  readonly PutObjectCommand: Command;
  readonly GetObjectCommand: Command;
  readonly HeadObjectCommand: Command;
  readonly ListObjectsV2Command: Command;
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function httpStatus(error: unknown): number | null {
  const metadata = (error as { $metadata?: { httpStatusCode?: number } } | null)?.$metadata;
  return metadata?.httpStatusCode ?? null;
}

/** HTTP 412: the key exists. (409, another writer at work on it, is retried.) */
function isRefusal(error: unknown): boolean {
  return httpStatus(error) === 412 || (error as Error | null)?.name === 'PreconditionFailed';
}

function storeError(error: unknown, key: string, bucket: string): unknown {
  if (isQuakeError(error)) return error;
  const status = httpStatus(error);
  const name = error instanceof Error ? error.name : '';
  const isMissing = status === 404 || name === 'NoSuchKey';
  return new UnavailableError({
    what: isMissing ? `artifact ${key}` : `bucket ${bucket}`,
    reason: error instanceof Error ? error.message : String(error),
    remedy: isMissing
      ? 'check that all workers use the same object store, or restore it from a backup'
      : 'check the endpoint, the credentials and the network',
    // 4xx other than a throttle, time-out or race says that the request itself is refused.
    retryable: status === null || status >= 500 || [408, 409, 429].includes(status),
    cause: error,
  });
}
