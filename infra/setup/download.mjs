/**
 * Downloads one file over HTTP: gives up soon where nothing answers, goes on where an earlier
 * attempt stopped, and renames the file into place only when it is whole.
 * @module
 */
import { createWriteStream, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { once } from 'node:events';
import path from 'node:path';
import { readJson, writeFileAtomic } from './files.mjs';

/** A closed network often drops packets silently: this long until the first answer. */
const ANSWER_MS = 5_000;
/** This long without one more byte ends a download; the next attempt goes on from there. */
const STALL_MS = 30_000;

/** Fetches with a deadline for the first answer; returns the response and its abort controller. */
async function request(context, url, headers = {}) {
  const controller = new AbortController();
  const timer = setTimeout(
    () => controller.abort(new Error(`no answer within ${ANSWER_MS / 1000} s`)),
    ANSWER_MS,
  );
  try {
    const response = await context.fetch(url, { headers, signal: controller.signal });
    return { response, controller };
  } finally {
    clearTimeout(timer);
  }
}

/** Parsed JSON from `url`. Throws an error whose message is one plain line. */
export async function fetchJson(context, url) {
  try {
    const { response } = await request(context, url);
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    return await response.json();
  } catch (error) {
    throw new Error(`${new URL(url).host}: ${networkReason(error)}`, { cause: error });
  }
}

/** Downloads `url` to `file`. Throws an error whose message is one plain line. */
export async function downloadFile(context, { url, file, label }) {
  const part = `${file}.part`;
  const notes = `${file}.part.json`;
  mkdirSync(path.dirname(file), { recursive: true });
  const earlier = readJson(notes);
  const canResume = earlier?.url === url && earlier.etag;
  const have = canResume ? (statSync(part, { throwIfNoEntry: false })?.size ?? 0) : 0;
  try {
    const { response, controller } = await request(
      context,
      url,
      have > 0 ? { range: `bytes=${have}-`, 'if-range': earlier.etag } : {},
    );
    if (!response.ok) {
      // A range that the server refuses belongs to a file that is no longer the same.
      if (response.status === 416) rmSync(notes, { force: true });
      throw new Error(`HTTP ${response.status}`);
    }
    const isResumed = response.status === 206;
    writeFileAtomic(notes, JSON.stringify({ url, etag: response.headers.get('etag') }));
    const start = isResumed ? have : 0;
    const total = start + Number(response.headers.get('content-length') ?? 0);
    const size = await writeBody(context, { response, controller, part, start, total, label });
    if (total > start && size !== total) throw new Error(`ended after ${size} of ${total} bytes`);
  } catch (error) {
    throw new Error(`${new URL(url).host}: ${networkReason(error)}`, { cause: error });
  }
  renameSync(part, file);
  rmSync(notes, { force: true });
}

/** Streams the body to the part file; resolves to the file's size. */
async function writeBody(context, { response, controller, part, start, total, label }) {
  const output = createWriteStream(part, { flags: start > 0 ? 'a' : 'w' });
  let done = start;
  let timer;
  const watch = () => {
    clearTimeout(timer);
    timer = setTimeout(
      () => controller.abort(new Error(`no data for ${STALL_MS / 1000} s`)),
      STALL_MS,
    );
  };
  try {
    watch();
    for await (const chunk of response.body) {
      watch();
      if (!output.write(chunk)) await once(output, 'drain');
      done += chunk.length;
      context.reporter.progress({ label, done, total });
    }
  } finally {
    clearTimeout(timer);
    await new Promise((resolve) => output.end(resolve));
  }
  return done;
}

/** fetch hides the reason of a failure one level down. */
function networkReason(error) {
  return error.cause?.code ?? error.cause?.message ?? error.message;
}
