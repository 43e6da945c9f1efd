/** Waiting for workflows as a person would: until they have nothing left to do. @module */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { Catalogue } from '../../core/catalogue.js';
import { UnavailableError } from '../../core/errors.js';
import { watchStatusQuery } from '../../workflows/index.js';

/** Resolves when the watch has seen every segment and fused every window. */
export async function watchSettled(input: {
  client: Client;
  catalogue: Catalogue;
  regionId: string;
  timeoutS: number;
}): Promise<void> {
  const handle = input.client.workflow.getHandle(`watch-${input.regionId}`);
  const deadline = Date.now() + input.timeoutS * 1000;
  let last = 'no answer yet';
  while (Date.now() < deadline) {
    try {
      const status = await handle.query(watchStatusQuery);
      const newer = await input.catalogue.segmentsAfter({
        regionId: input.regionId,
        afterId: status.cursor,
        limit: 1,
      });
      if (newer.length === 0 && status.pending.length === 0) return;
      last = `${newer.length > 0 ? 'segments to read' : 'all segments read'}, ${status.pending.length} windows pending`;
    } catch (error) {
      // A worker or the database restarts: ask again.
      last = error instanceof Error ? error.message : String(error);
    }
    await sleep(1000);
  }
  throw new UnavailableError({
    what: `result of watch-${input.regionId}`,
    reason: `not settled after ${input.timeoutS} s (${last})`,
    remedy: 'look at the workflow in the Temporal Web UI and at the worker logs',
  });
}

/** Resolves with the first value that is not null; throws after the time-out. */
export async function until<T>(input: {
  what: string;
  timeoutS: number;
  ask: () => Promise<T | null>;
}): Promise<T> {
  const deadline = Date.now() + input.timeoutS * 1000;
  let problem = '';
  while (Date.now() < deadline) {
    try {
      const value = await input.ask();
      if (value !== null) return value;
    } catch (error) {
      problem = error instanceof Error ? `: ${error.message}` : '';
    }
    await sleep(500);
  }
  throw new UnavailableError({
    what: input.what,
    reason: `not there after ${input.timeoutS} s${problem}`,
    remedy: 'look at the workflows in the Temporal Web UI and at the worker logs',
  });
}
