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
  isQuakeError,
} from '../core/errors.js';
import { httpStatus, type S3Client } from './s3-client.js';

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

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
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
