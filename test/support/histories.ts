/**
 * The committed histories. In: `test/histories/*.json` and `*.json.gz`; out: histories as the
 * server gave them.
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import type { temporal } from '@temporalio/proto';

/** One recorded run of a workflow. */
export interface RecordedHistory {
  /** File name without its ending: what the history proves. */
  readonly name: string;
  readonly history: temporal.api.history.v1.IHistory;
}

/** Reads all of them, in the order of their names. */
export function recordedHistories(): RecordedHistory[] {
  const folder = new URL('../histories/', import.meta.url);
  return readdirSync(folder)
    .filter((file) => /\.json(\.gz)?$/.test(file))
    .sort()
    .map((file) => {
      const bytes = readFileSync(new URL(file, folder));
      const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
      const history = historyFromJSON(JSON.parse(text));
      return { name: file.replace(/\.json(\.gz)?$/, ''), history };
    });
}

/** Type of the workflow that a history is of. */
export function workflowTypeOf({ history }: RecordedHistory): string {
  return history.events?.[0]?.workflowExecutionStartedEventAttributes?.workflowType?.name ?? '';
}
