/**
 * What a watch knows about the files of a folder or prefix, by name and identity; never by their
 * place in an order, so that a late file is as good as any. Plain JSON.
 * @module
 */
import type { Completeness } from './hdf5-end.js';

/** A file as a listing sees it. */
export interface SeenFile {
  /** Path, or key of an object. */
  readonly name: string;
  /** Changes with every writing: see `identityText`; an entity tag of an object. */
  readonly identity: string;
  readonly modifiedMs: number;
  /** Objects are whole from the start: `complete`. */
  readonly completeness: Completeness;
}

export interface WatchedFile {
  readonly identity: string;
  /** When this identity was seen first, ms since the epoch. */
  readonly sinceMs: number;
  readonly isSettled: boolean;
  /** Counts settled identities of this name, from 1; 0: none yet. */
  readonly version: number;
  /** Hash of the samples of the last settled identity that was read; null: not read. */
  readonly contentId: string | null;
}

export interface WatchState {
  readonly files: Readonly<Record<string, WatchedFile>>;
}

export type WatchEvent =
  /** The file can be read; from version 2 on it was written again under its name. */
  | {
      readonly kind: 'settled';
      readonly name: string;
      readonly identity: string;
      readonly version: number;
      readonly modifiedMs: number;
    }
  /** Partly written, or still changing: looked at again. */
  | { readonly kind: 'growing'; readonly name: string }
  | { readonly kind: 'gone'; readonly name: string };

export interface WatchSettings {
  /** A file settles when it has not changed for this long, ms. */
  readonly settleMs: number;
  /** A file known to be incomplete is handed on for what it is after this long, ms. */
  readonly giveUpMs: number;
}

export const DEFAULT_WATCH_SETTINGS: WatchSettings = { settleMs: 2_000, giveUpMs: 60_000 };

/**
 * What one look at a file changes. A complete file settles at once; one that names no end settles
 * when it has not changed for `settleMs`; an incomplete one waits for `giveUpMs`, after which its
 * reader says what is wrong with it.
 */
export function lookAt(
  known: WatchedFile | undefined,
  seen: SeenFile,
  input: { readonly nowMs: number; readonly settings: WatchSettings },
): { readonly file: WatchedFile; readonly event: WatchEvent | null } {
  const { nowMs, settings } = input;
  const { name, identity, modifiedMs } = seen;
  const isSame = known?.identity === identity;
  if (isSame && known.isSettled) return { file: known, event: null };
  // Files that were there before the watch count from their last writing, unless clocks disagree.
  const sinceMs = isSame ? known.sinceMs : known ? nowMs : Math.min(nowMs, modifiedMs);
  const waitMs = { complete: 0, unknown: settings.settleMs, partial: settings.giveUpMs };
  const before = { identity, sinceMs, version: known?.version ?? 0 };
  if (nowMs - sinceMs < waitMs[seen.completeness]) {
    const file = { ...before, isSettled: false, contentId: known?.contentId ?? null };
    return { file, event: isSame ? null : { kind: 'growing', name } };
  }
  const version = before.version + 1;
  const file = { ...before, isSettled: true, version, contentId: null };
  return { file, event: { kind: 'settled', name, identity, version, modifiedMs } };
}
