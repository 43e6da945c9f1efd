/**
 * Chooses an object store by its URL. In: `OBJECT_STORE_URL`. Out: an `ObjectStore`.
 * @module
 */
import { fileURLToPath } from 'node:url';
import type { KeyReader, ObjectStore } from '../core/artifact.js';
import { InvalidInputError, UnsupportedSourceError } from '../core/errors.js';
import { createFileStore } from './file-store.js';
import { loadS3Client, s3Settings, type S3Client } from './s3-client.js';
import { createS3Store } from './s3-store.js';

/** Which store to open. */
export interface OpenStoreOptions {
  /**
   * `file:///absolute/folder`, or `s3://bucket[/prefix][?endpoint=URL&region=NAME]` with
   * credentials from the environment as usual for AWS tools.
   */
  readonly url: string;
  /** A ready S3 client; without one the AWS SDK's is loaded. */
  readonly s3Client?: S3Client;
}

/**
 * Opens the store. Errors: `InvalidInputError` for a malformed URL, `UnsupportedSourceError` for an
 * unknown scheme.
 */
export async function openObjectStore(options: OpenStoreOptions): Promise<ObjectStore & KeyReader> {
  const url = parseUrl(options.url);
  if (url.protocol === 'file:') return createFileStore({ root: folderOf(url) });
  if (url.protocol === 's3:') {
    const client = options.s3Client ?? (await loadS3Client(s3Settings(url)));
    return createS3Store({
      client,
      bucket: url.hostname,
      prefix: url.pathname.replace(/^\/+|\/+$/g, ''),
    });
  }
  throw new UnsupportedSourceError({
    source: options.url,
    reason: `no object store for '${url.protocol}'`,
    remedy: 'use file:///absolute/folder or s3://bucket/prefix',
  });
}

function parseUrl(text: string): URL {
  try {
    return new URL(text);
  } catch (cause) {
    throw malformed(text, cause);
  }
}

function folderOf(url: URL): string {
  try {
    return fileURLToPath(url);
  } catch (cause) {
    throw malformed(url.href, cause);
  }
}

function malformed(text: string, cause: unknown): InvalidInputError {
  return new InvalidInputError({
    what: 'object store URL',
    reason: `'${text}' is not a URL with an absolute path`,
    remedy: 'write it like file:///var/lib/quakeloom/objects',
    cause,
  });
}
