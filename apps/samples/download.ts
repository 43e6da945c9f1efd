/**
 * One file over HTTP into the cache: gives up soon where nothing answers, goes on where an earlier
 * attempt stopped, and is kept only when its hash is right.
 * @module
 */
import { createWriteStream } from 'node:fs';
import { mkdir, readFile, rm, stat } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import { once } from 'node:events';
import path from 'node:path';
import { UnavailableError } from '../../core/errors.js';
import { hidden, sha256Of, writeCached } from './cached-file.js';

/** A closed network often drops packets silently: this long until the first answer. */
const ANSWER_MS = 4_000;
/** This long without one more byte ends the attempt; the next one goes on from there. */
const STALL_MS = 20_000;
/** Limit of a file whose size is not known in advance. */
const MAX_BYTES = 2 ** 31;

export interface DownloadInput {
  readonly url: string;
  readonly file: string;
  /** Null: not known in advance. */
  readonly sha256: string | null;
  readonly bytes: number | null;
  /** Pack after the download. */
  readonly gzip?: boolean | undefined;
  readonly fetch: typeof fetch;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((note: string) => void) | undefined;
}

/**
 * Downloads to `file`. Throws UnavailableError (retryable) whose message has the reason: no answer,
 * an HTTP status, a wrong hash. A half download stays beside it as `.<name>.part` and is continued.
 */
export async function download(input: DownloadInput): Promise<void> {
  const part = hidden(input.file, 'part');
  await mkdir(path.dirname(input.file), { recursive: true });
  let isResumed = await fetchPart(input, part);
  let content = await readFile(part);
  if (isResumed && !isRight(input, content)) {
    // The earlier half may be the damaged one: once more from the beginning.
    await rm(part, { force: true });
    isResumed = await fetchPart(input, part);
    content = await readFile(part);
  }
  await rm(part, { force: true });
  if (!isRight(input, content)) {
    throw failure(input, `SHA-256 is ${sha256Of(content)}, expected ${input.sha256}`);
  }
  await writeCached({ file: input.file, content, gzip: input.gzip });
}

function isRight(input: DownloadInput, content: Uint8Array): boolean {
  return input.sha256 === null || sha256Of(content) === input.sha256;
}

/** Brings the part file to its end; true when it was begun earlier. */
async function fetchPart(input: DownloadInput, part: string): Promise<boolean> {
  const found = await stat(part).catch(() => null);
  // Without a hash nothing tells whether the halves belong together.
  const have = input.sha256 === null ? 0 : (found?.size ?? 0);
  if (input.bytes !== null && have === input.bytes) return true;
  const start = input.bytes !== null && have > input.bytes ? 0 : have;
  const controller = new AbortController();
  const stop = (): void => controller.abort(input.signal?.reason);
  input.signal?.throwIfAborted();
  input.signal?.addEventListener('abort', stop, { once: true });
  const answer = setTimeout(
    () => controller.abort(new Error(`no answer within ${ANSWER_MS / 1000} s`)),
    ANSWER_MS,
  );
  try {
    const response = await input.fetch(input.url, {
      headers: {
        'accept-encoding': 'identity',
        ...(start > 0 ? { range: `bytes=${start}-` } : {}),
      },
      redirect: 'error',
      signal: controller.signal,
    });
    clearTimeout(answer);
    if (response.status === 416) await rm(part, { force: true });
    if (!response.ok || response.body === null) throw new Error(`HTTP ${response.status}`);
    const from = response.status === 206 ? start : 0;
    await writeBody({ input, body: response.body, part, from, controller });
    return from > 0;
  } catch (error) {
    input.signal?.throwIfAborted();
    throw failure(input, networkReason(error), error);
  } finally {
    clearTimeout(answer);
    input.signal?.removeEventListener('abort', stop);
  }
}

async function writeBody(context: {
  input: DownloadInput;
  body: ReadableStream<Uint8Array>;
  part: string;
  from: number;
  controller: AbortController;
}): Promise<void> {
  const { input, controller } = context;
  const limit = input.bytes ?? MAX_BYTES;
  const output = createWriteStream(context.part, { flags: context.from > 0 ? 'a' : 'w' });
  const name = path.basename(input.file);
  let done = context.from;
  let stall: NodeJS.Timeout | undefined;
  const watch = (): void => {
    clearTimeout(stall);
    stall = setTimeout(
      () => controller.abort(new Error(`no data for ${STALL_MS / 1000} s`)),
      STALL_MS,
    );
  };
  try {
    watch();
    for await (const chunk of context.body) {
      watch();
      done += chunk.length;
      if (done > limit) throw new Error(`more than the expected ${limit} bytes`);
      if (!output.write(chunk)) await once(output, 'drain');
      const share = input.bytes === null ? '' : ` of ${megabytes(input.bytes)}`;
      input.onProgress?.(`${name}: ${megabytes(done)}${share}`);
    }
  } finally {
    clearTimeout(stall);
    output.end();
    await finished(output);
  }
  if (input.bytes !== null && done < input.bytes) {
    throw new Error(`ended after ${done} of ${input.bytes} bytes`);
  }
}

/** `1.2 MB` */
export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/** fetch hides the reason of a failure one level down. */
function networkReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause as { code?: string; message?: string } | undefined;
  return cause?.code ?? cause?.message ?? error.message;
}

function failure(input: DownloadInput, reason: string, cause?: unknown): UnavailableError {
  return new UnavailableError({
    what: input.url,
    reason,
    remedy: 'check the network and try again',
    ...(cause === undefined ? {} : { cause }),
  });
}
