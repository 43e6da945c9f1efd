/** The counts of a listener on disk: written whole, with the cursor they reach to. @module */
import { randomBytes } from 'node:crypto';
import { open, readFile, rename } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { CorruptSourceError, UnavailableError } from '../../../../core/errors.js';
import type { DetectorState } from '../../../../models/reports/detect/detector.js';
import type { CounterState } from '../../../../models/reports/count/counter.js';

const NUMBERS = z.array(z.number()).length(168);
const RATE = z.object({
  posts: NUMBERS,
  seconds: NUMBERS,
  totalPosts: z.number(),
  totalSeconds: z.number().positive(),
  squares: z.number(),
  expectedPosts: z.number().positive(),
  block: z.number().int(),
  pending: z.array(z.tuple([z.number().int(), z.number().int()])),
});
const INTERVAL = z.object({ startS: z.number(), endS: z.number() });

const STATE = z.object({
  cursors: z.record(z.string(), z.string().nullable()),
  counter: z.object({
    salt: z.string().min(16),
    counts: z.array(z.tuple([z.string(), z.number().int().min(1)])),
    hashes: z.array(z.tuple([z.string(), z.string()])),
    left: z.record(z.string(), z.number()),
    deleted: z.number(),
    /** Absent in the files of earlier versions, as the next. */
    gone: z.array(z.string()).optional(),
    authors: z.array(z.tuple([z.number(), z.number(), z.number()])).optional(),
  }),
  /** What the detector learned of usual rates; absent in the files of earlier versions. */
  detector: z
    .object({
      startS: z.number(),
      lastS: z.number(),
      quietUntilS: z.number(),
      all: RATE,
      streams: z.array(z.tuple([z.string(), RATE])),
    })
    .nullish(),
  /** Proven uptime by feed. */
  uptime: z.record(z.string(), z.array(INTERVAL)).nullish(),
});

/** Counts and, by feed, the cursor after the last frame that is in them. */
export interface ListenerState {
  readonly cursors: Readonly<Record<string, string | null>>;
  readonly counter: CounterState;
  readonly detector?: DetectorState | null | undefined;
  readonly uptime?:
    | Readonly<Record<string, readonly { readonly startS: number; readonly endS: number }[]>>
    | null
    | undefined;
}

/** The state of a file; a fresh one with a new salt when there is none. Throws CorruptSourceError, UnavailableError. */
export async function readState(file: string): Promise<ListenerState> {
  const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return null;
    // Counts that are there but cannot be read must not be written over.
    throw new UnavailableError({
      what: file,
      reason: cause.message,
      remedy: 'check that it is a file that can be read, or name another state file',
      retryable: false,
      cause,
    });
  });
  if (text === null) return { cursors: {}, counter: emptyCounter() };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new CorruptSourceError({ source: file, at: 'the whole file', reason: 'not JSON', cause });
  }
  const parsed = STATE.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new CorruptSourceError({
    source: file,
    at: parsed.error.issues[0]?.path.join('.') ?? 'root',
    reason: parsed.error.issues[0]?.message ?? 'not a listener state',
  });
}

/** Counts and cursor go to disk in one step: a kill leaves the old file or the new one. */
export async function writeState(file: string, state: ListenerState): Promise<void> {
  const partial = path.join(path.dirname(file), `.${path.basename(file)}.part`);
  const handle = await open(partial, 'w', 0o600);
  try {
    await handle.writeFile(JSON.stringify(state));
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(partial, file);
}

export function emptyCounter(): CounterState {
  const salt = randomBytes(18).toString('base64url');
  return { salt, counts: [], hashes: [], left: {}, deleted: 0 };
}
