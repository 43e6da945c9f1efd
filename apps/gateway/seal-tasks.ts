/**
 * The work of sealing that needs no index and no network, for a thread of its own, so that
 * acknowledging goes on meanwhile: a log file in, its identities out; then its segments.
 * @module
 */
import { readFile } from 'node:fs/promises';
import type { TaskTable } from '../../core/compute.js';
import type { LogKeys } from './message-key.js';
import {
  keysOf,
  makeSegments,
  readMessages,
  type LogMessage,
  type SealedSegment,
} from './segments.js';
import { scanFrames, type Damage } from './wal-frames.js';

/** What a log holds. */
export interface LogContent {
  /** Identity of each message. */
  readonly keys: LogKeys;
  readonly refused: readonly RefusedMessage[];
  readonly damage: readonly Damage[];
  /** Entries that no longer parse. */
  readonly unreadable: number;
}

export interface RefusedMessage {
  readonly regionId: string;
  readonly item: string;
  readonly reason: string;
}

/** The log read last: its segments are asked for next, once the main thread knows whose they are. */
let lastRead: { readonly file: string; readonly messages: readonly LogMessage[] } | null = null;

export const sealTasks = {
  readLog: async (input: { readonly file: string }): Promise<LogContent> => {
    const { messages, ...content } = await readLog(input.file);
    lastRead = { file: input.file, messages };
    return content;
  },
  /** Segments of the messages but those in `leaveOut`, which belong to other logs. */
  makeSegments: async (input: {
    readonly file: string;
    readonly leaveOut: LogKeys;
  }): Promise<SealedSegment[]> => {
    const { file, leaveOut } = input;
    // A thread that was replaced in between reads again.
    const { messages } = lastRead?.file === file ? lastRead : await readLog(file);
    lastRead = null;
    if (leaveOut.length === 0) return makeSegments(messages);
    const out = new Map(leaveOut.map(({ stream, ids }) => [stream, new Set(ids)]));
    return makeSegments(messages.filter(({ stream, id }) => out.get(stream)?.has(id) !== true));
  },
} as const satisfies TaskTable;

async function readLog(
  file: string,
): Promise<LogContent & { readonly messages: readonly LogMessage[] }> {
  const { entries, damage } = scanFrames(await readFile(file));
  const { messages, unreadable } = readMessages(entries);
  return {
    messages,
    keys: keysOf(messages),
    refused: entries.flatMap(({ kind, regionId, item, payload }) =>
      kind === 'refused' ? [{ regionId, item, reason: Buffer.from(payload).toString('utf8') }] : [],
    ),
    damage,
    unreadable,
  };
}
