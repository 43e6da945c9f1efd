/**
 * A prefix of an object store as a feed of files. In: an `s3:` URL. Out: its objects by identity, and
 * their bytes. Nothing is written to the store.
 * @module
 */
import { InvalidInputError, UnavailableError, isQuakeError } from '../core/errors.js';
import {
  httpStatus,
  loadS3Client,
  s3Settings,
  type S3Reader,
  type StoredObject,
} from './s3-client.js';

/** Objects below a prefix. Errors are typed: `retryable` tells what may pass by itself. */
export interface ObjectFeed {
  /** `s3://bucket/prefix`, without its query. */
  readonly address: string;
  /** Server and prefix: equal for two feeds only if they are the same. */
  readonly id: string;
  /** All objects below the prefix, by key; markers of folders left out. */
  list(signal?: AbortSignal): Promise<readonly FeedObject[]>;
  /** Bytes of one version; null when it is gone or was replaced meanwhile. */
  open(object: FeedObject, signal?: AbortSignal): Promise<AsyncIterable<Uint8Array> | null>;
  /** An error of reading those bytes, typed. */
  toError(error: unknown, object: FeedObject): Error;
}

export interface FeedObject extends StoredObject {
  /** `s3://bucket/key`. */
  readonly name: string;
  /** Key below the prefix. */
  readonly path: string;
}

/** More keys than this are no feed: their listing alone takes minutes. */
const MOST_OBJECTS = 1_000_000;

/** True for addresses that `openObjectFeed` opens. */
export function isObjectAddress(text: string): boolean {
  return /^s3:/i.test(text);
}

/**
 * Opens `s3://bucket/prefix`, with the query and environment of `s3Settings`; what is below
 * `prefix/` belongs to it. Throws InvalidInputError for a URL that is none. Requests nothing yet.
 */
export async function openObjectFeed(
  address: string,
  options: { readonly reader?: S3Reader } = {},
): Promise<ObjectFeed> {
  const { bucket, prefix, url } = parseAddress(address);
  const settings = s3Settings(url);
  const reader = options.reader ?? (await loadS3Client(settings));
  const here = `s3://${bucket}/${prefix}`;
  const base = prefix === '' ? '' : `${prefix}/`;
  return {
    address: here,
    id: `${settings.endpoint ?? 'aws'} ${here}`,
    list: async (signal) => {
      const found = await reader
        .objects({ bucket, prefix: base, most: MOST_OBJECTS, signal })
        .catch((error: unknown) => {
          throw feedError(error, here);
        });
      return found
        .filter(({ key }) => key.startsWith(base) && !key.endsWith('/'))
        .map((object) => ({
          ...object,
          name: `s3://${bucket}/${object.key}`,
          path: object.key.slice(base.length),
        }));
    },
    open: async ({ key, etag, name }, signal) => {
      try {
        return await reader.open({ bucket, key, etag, signal });
      } catch (error) {
        if ([404, 412].includes(httpStatus(error) ?? 0)) return null;
        throw feedError(error, name);
      }
    },
    toError: (error, { name }) => feedError(error, name),
  };
}

function parseAddress(address: string): { bucket: string; prefix: string; url: URL } {
  let prefix: string;
  let url: URL;
  try {
    url = new URL(address);
    prefix = decodeURIComponent(url.pathname).replace(/^\/+|\/+$/g, '');
  } catch (cause) {
    throw malformed(address, 'not a URL', cause);
  }
  // Rules for general purpose buckets of Amazon S3; others follow them.
  if (url.protocol !== 's3:' || !/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(url.hostname)) {
    throw malformed(address, `'${url.hostname}' is no name of a bucket`);
  }
  return { bucket: url.hostname, prefix, url };
}

function malformed(address: string, reason: string, cause?: unknown): InvalidInputError {
  const remedy =
    'write it like s3://bucket/prefix, with ?endpoint=URL&region=NAME&anonymous=true where needed';
  return new InvalidInputError({ what: `address ${address}`, reason, remedy, cause });
}

/** What a person can do, by status or name of the fault. */
function feedError(error: unknown, what: string): Error {
  if (isQuakeError(error)) return error;
  const status = httpStatus(error);
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  const isUnset = name === 'CredentialsProviderError' || /region is missing/i.test(message);
  // 4xx other than a throttle or time-out says that the request itself is refused.
  const isRefused =
    isUnset || (status !== null && status < 500 && ![408, 409, 412, 429].includes(status));
  return new UnavailableError({
    what,
    reason: `${status === null ? '' : `HTTP ${status}, `}${name === 'Error' ? '' : `${name}: `}${message || 'no reason given'}`,
    remedy: isUnset
      ? 'set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION, or add ?anonymous=true for a public bucket'
      : isRefused
        ? 'check bucket, prefix, credentials and their right to list and read'
        : 'check the endpoint and the network; it is tried again',
    retryable: !isRefused,
    cause: error,
  });
}
