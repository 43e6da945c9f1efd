/**
 * Source URIs in, paths on this machine out. Sample data sets come from the local mirror, else from
 * a package, else from their public addresses; one never stands in for another.
 * @module
 */
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { InvalidInputError, UnavailableError } from '../../core/errors.js';
import { cacheDir as userCacheDir } from '../../infra/cache-dir.mjs';
import { ALLOWED_URLS, requireAllowed } from './allowed-urls.js';
import { mirrorObjects } from '../feed-cache.js';
import { isSealed, sealMade } from './cached-file.js';
import { download } from './download.js';
import { pipDownload, type PipDownload } from './package-archive.js';
import { SAMPLE_SETS } from './registry.js';
import { resolveSample } from './resolve-sample.js';
import type { SampleSet } from './sample-set.js';

export interface SourceResolverOptions {
  /** Local mirror of the sample data (QUAKELOOM_DATA). */
  readonly dataDir?: string | undefined;
  /** Where downloads are kept; a folder of the user's cache when absent. */
  readonly cacheDir?: string | undefined;
  /** Replaceable for tests. */
  readonly fetch?: typeof fetch | undefined;
  readonly pip?: PipDownload | undefined;
  readonly sets?: readonly SampleSet[] | undefined;
  readonly allowedUrls?: readonly string[] | undefined;
  /** A line for a person about a download. */
  readonly log?: ((line: string) => void) | undefined;
}

export type SourceResolver = (input: {
  uri: string;
  signal?: AbortSignal;
  onProgress?: (note: string) => void;
}) => Promise<string>;

/** Where downloads of samples are kept when nothing else is said. */
export function defaultSampleCache(): string {
  return path.join(userCacheDir(), 'samples');
}

/**
 * Resolves `file:`, `dataset:NAME[/path]`, `https:` and `s3://bucket/prefix` URIs to a file or folder
 * path; the objects of a prefix are mirrored, at each call anew. Throws
 * InvalidInputError for a URI of another kind, an unknown data set, a path that leaves its set, or
 * a host that is not allowed; UnavailableError (not retryable) telling what was tried when a file or
 * data set cannot be had.
 */
export function createSourceResolver(options: SourceResolverOptions = {}): SourceResolver {
  const context = {
    dataDir: options.dataDir,
    cacheDir: options.cacheDir ?? defaultSampleCache(),
    fetch: options.fetch ?? fetch,
    pip: options.pip ?? pipDownload,
    sets: options.sets ?? SAMPLE_SETS,
    allowedUrls: options.allowedUrls ?? ALLOWED_URLS,
  };
  return async ({ uri, signal, onProgress }) => {
    const report = (note: string): void => onProgress?.(note);
    switch (uri.slice(0, uri.indexOf(':') + 1)) {
      case 'file:':
        return existingFile(uri);
      case 'dataset:':
        return resolveSample({ ...context, uri, signal, report, log: options.log });
      case 's3:':
        return mirrorObjects({ uri, folder: context.cacheDir, signal, report });
      case 'http:':
      case 'https:':
        return resolveUrl({ ...context, uri, signal, report });
      case 'mqtt:':
        throw new InvalidInputError({
          what: `source ${uri}`,
          reason: 'messages are no files: the gateway takes them in',
          remedy: 'give a file:, dataset: or https: URI here',
        });
      default:
        throw new InvalidInputError({
          what: `source ${uri}`,
          reason: 'not a kind of source',
          remedy:
            'write file:///folder/file, dataset:NAME, dataset:NAME/path, https://... or s3://bucket/prefix',
        });
    }
  };
}

async function existingFile(uri: string): Promise<string> {
  let file: string;
  try {
    file = fileURLToPath(uri);
  } catch (cause) {
    throw new InvalidInputError({
      what: `source ${uri}`,
      reason: cause instanceof Error ? cause.message : String(cause),
      remedy: 'write an absolute path, for example file:///data/records',
      cause,
    });
  }
  const found = await stat(file).catch((cause: unknown) => {
    throw new UnavailableError({
      what: file,
      reason: cause instanceof Error ? cause.message : String(cause),
      remedy: 'check the path and its permissions',
      retryable: false,
      cause,
    });
  });
  if (found.isFile() || found.isDirectory()) return file;
  throw new UnavailableError({
    what: file,
    reason: 'neither a file nor a folder',
    remedy: 'name a file or a folder',
    retryable: false,
  });
}

/** A file at an allowed address, fetched once. */
async function resolveUrl(input: {
  uri: string;
  cacheDir: string;
  fetch: typeof fetch;
  allowedUrls: readonly string[];
  signal: AbortSignal | undefined;
  report: (note: string) => void;
}): Promise<string> {
  requireAllowed(input.uri, input.allowedUrls);
  const { href, pathname } = new URL(input.uri);
  const name = path.posix.basename(pathname).replace(/[^A-Za-z0-9._-]/g, '_') || 'file';
  const key = createHash('sha256').update(href).digest('hex').slice(0, 16);
  const file = path.join(input.cacheDir, 'urls', key, name.replace(/^\.+/, '_'));
  if (await isSealed(file)) return file;
  await download({
    url: href,
    file,
    sha256: null,
    bytes: null,
    fetch: input.fetch,
    signal: input.signal,
    onProgress: input.report,
  });
  await sealMade(file);
  return file;
}
