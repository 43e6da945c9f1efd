/**
 * Posts as JSON lines, `{"time": ISO, "lat"?, "lon"?, "radiusKm"?, "id"?}` each, in; report table
 * out. Every other field of a line (text, author, ...) is dropped as soon as the line is parsed.
 * @module
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Connector, Scan, SourceFile } from '../../core/connector.js';
import type { ReportItem } from '../../core/waveform.js';
import {
  collectedTable,
  collector,
  coveredWindow,
  instantNames,
  latitude,
  longitude,
  postTimeNs,
  zodReason,
  type Collected,
} from './collect.js';
import { textLines } from './lines.js';

const FORMAT = 'reports/posts-jsonl';

const POST = z
  .object({
    time: z.string().transform((text, context) => {
      const ns = postTimeNs(text);
      if (ns !== null) return ns;
      context.addIssue({ code: 'custom', message: 'not an ISO-8601 time with zone' });
      return z.NEVER;
    }),
    lat: latitude.nullish(),
    lon: longitude.nullish(),
    radiusKm: z.number().min(0).nullish(),
    id: z.union([z.string().min(1), z.number()]).nullish(),
  })
  .refine((post) => ((post.lat ?? null) === null) === ((post.lon ?? null) === null), {
    message: 'lat and lon must come together',
  });

/**
 * Posts, one a line. A bad line is refused and the rest goes on; a repeated id is refused too.
 * An id is kept only as the first 16 hexadecimal digits of its SHA-256, so that repeats are known.
 */
export const postsJsonlConnector: Connector = {
  format: FORMAT,
  source: 'reports',
  title: 'Posts, JSON lines (times and places, no text)',
  probe: (file) => Promise.resolve(probePosts(file)),
  scan: async (file) => postsScan(await collectPosts(file)),
  read: async ({ file, window }) => {
    const collected = await collectPosts(file);
    return collectedTable({ collected, scan: postsScan(collected), window });
  },
};

function probePosts(file: SourceFile): number {
  const lines = Buffer.from(file.head).toString('utf8').split('\n');
  const isCut = file.bytes > file.head.length;
  const whole = isCut && lines.length > 1 ? lines.slice(0, -1) : lines;
  for (const line of whole) {
    try {
      const value: unknown = JSON.parse(line);
      if (POST.safeParse(value).success) return isSensor(value as object) ? 0 : 0.8;
    } catch {
      // Not every line has to be good: a later one decides.
    }
  }
  // A first line longer than the head cannot be parsed, but shows how it begins.
  return /^\uFEFF?\s*\{"time":\s*"\d{4}-\d{2}-\d{2}T/.test(lines[0] ?? '') ? 0.3 : 0;
}

/** Accelerometer records are JSON lines with a time too. */
function isSensor(value: object): boolean {
  return ['x', 'y', 'z', 'device_id', 'device', 'boot'].some((name) => name in value);
}

async function collectPosts(file: SourceFile): Promise<Collected> {
  const collected = collector();
  const nameOf = instantNames();
  const seen = new Set<string>();
  for await (const line of textLines({ path: file.path })) {
    const at = `line ${line.number}`;
    if (line.text?.trim() === '') continue;
    const parsed = parsePost(line.text);
    if (typeof parsed === 'string') {
      collected.reject({ at, reason: parsed });
      continue;
    }
    const id = parsed.id ?? null;
    const sourceId = id === null ? nameOf(parsed.time) : hashedId(id);
    if (id !== null && seen.has(sourceId)) {
      collected.reject({ at, reason: 'id: the same as in an earlier line' });
      continue;
    }
    seen.add(sourceId);
    collected.take(postItem({ ...parsed, sourceId }));
  }
  return collected.result();
}

/** The checked post, or why the line is refused. Reasons never quote the line. */
function parsePost(text: string | null): z.infer<typeof POST> | string {
  if (text === null) return 'the line is longer than 1 MiB';
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'not JSON';
  }
  const parsed = POST.safeParse(value);
  return parsed.success ? parsed.data : zodReason(parsed.error);
}

function postItem(post: {
  readonly time: bigint;
  readonly lat?: number | null | undefined;
  readonly lon?: number | null | undefined;
  readonly radiusKm?: number | null | undefined;
  readonly sourceId: string;
}): ReportItem {
  return {
    kind: 'post',
    sourceId: post.sourceId,
    timeNs: post.time,
    latitude: post.lat ?? null,
    longitude: post.lon ?? null,
    radiusKm: post.radiusKm ?? null,
    intensity: null,
    // Someone who writes about shaking felt it; the model of posts decides how far that holds.
    felt: 1,
    notFelt: 0,
  };
}

function hashedId(id: string | number): string {
  return createHash('sha256').update(String(id)).digest('hex').slice(0, 16);
}

function postsScan(collected: Collected): Scan {
  return {
    format: FORMAT,
    source: 'reports',
    window: coveredWindow(collected.items),
    facts: {
      posts: collected.items.length,
      placed: collected.items.filter((item) => item.latitude !== null).length,
      rejected: collected.rejectedCount,
    },
    audit:
      collected.rejectedCount === 0
        ? []
        : [`${collected.rejectedCount} lines refused, first: ${collected.rejected[0]?.reason}`],
  };
}
