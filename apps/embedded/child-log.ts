/**
 * Logs of children. In: a child's name; out: `<home>/logs/<name>.log`, which the child writes
 * itself (it goes on writing when the supervisor is gone), and its turned-over predecessors.
 * @module
 */
import {
  closeSync,
  copyFileSync,
  existsSync,
  openSync,
  readSync,
  renameSync,
  statSync,
  truncateSync,
} from 'node:fs';
import path from 'node:path';

/** A log is turned over when it is larger than this. */
export const LOG_MAX_BYTES = 8 * 1024 * 1024;
/** How many old logs are kept, `<name>.log.1` being the newest. */
export const LOG_KEEP = 3;

/** Where a child's log lies. */
export function childLogPath(input: { readonly logs: string; readonly name: string }): string {
  return path.join(input.logs, `${input.name}.log`);
}

/**
 * Opens a log for a child's output. Append mode matters: after a truncation the child goes on at
 * the new end. Returns the descriptor (close it after spawning) and the size so far in bytes.
 */
export function openChildLog(file: string): { readonly fd: number; readonly startByte: number } {
  rotateLog({ file, maxBytes: LOG_MAX_BYTES, keep: LOG_KEEP });
  const fd = openSync(file, 'a', 0o600);
  return { fd, startByte: statSync(file).size };
}

/**
 * Turns a log over when it is larger than `maxBytes`: copies it to `.1` (older ones move up, the
 * oldest is dropped) and truncates it, so that a child with the file open keeps writing to it.
 * Lines written between copy and truncation are lost. True when it was turned over.
 */
export function rotateLog(input: {
  readonly file: string;
  readonly maxBytes: number;
  readonly keep: number;
}): boolean {
  const { file, maxBytes, keep } = input;
  if (!existsSync(file) || statSync(file).size <= maxBytes) return false;
  for (let age = keep - 1; age >= 1; age--) {
    if (existsSync(`${file}.${age}`)) renameSync(`${file}.${age}`, `${file}.${age + 1}`);
  }
  if (keep > 0) copyFileSync(file, `${file}.1`);
  truncateSync(file, 0);
  return true;
}

/** The last few lines written from `startByte` on, on one line, for an error message. */
export function lastLines(input: {
  readonly file: string;
  readonly startByte: number;
  readonly count?: number;
}): string {
  const maxBytes = 4096;
  try {
    const size = statSync(input.file).size;
    const from = Math.max(input.startByte <= size ? input.startByte : 0, size - maxBytes);
    const bytes = Buffer.alloc(size - from);
    const fd = openSync(input.file, 'r');
    try {
      readSync(fd, bytes, 0, bytes.length, from);
    } finally {
      closeSync(fd);
    }
    const lines = bytes
      .toString('utf8')
      .split('\n')
      .map((line) => line.trim());
    return lines
      .filter(Boolean)
      .slice(-(input.count ?? 3))
      .join(' | ');
  } catch {
    return '';
  }
}
