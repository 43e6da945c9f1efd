/**
 * Records one history for each way through the workflows, for `test/workflows/replay.test.ts`.
 * In: the workflows of this checkout and fake activities; out: `test/histories/<name>.json` (long
 * ones as `.json.gz`). Run `node --import tsx test/histories/record.ts` after a change of the
 * workflows that is meant to change their histories; with names as arguments, only those.
 *
 * A history committed once and no longer produced by this script still replays, or the workflow
 * needs a `patched()`: runs of the old code may be alive somewhere.
 * @module
 */
import { writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import type { temporal } from '@temporalio/proto';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { createLocalEnv } from '../support/local-env.js';
import { createWorkflowEnv } from '../support/workflow-env.js';
import { PATHS, SCHEDULED_PATHS, type PathOfWorkflow } from './paths.js';

/** Longer files are compressed, bytes. */
const GZIP_ABOVE = 60_000;

const wanted = new Set(process.argv.slice(2));

async function record(
  create: () => Promise<TestWorkflowEnvironment>,
  paths: readonly PathOfWorkflow[],
): Promise<void> {
  const asked = paths.filter(({ name }) => wanted.size === 0 || wanted.has(name));
  if (asked.length === 0) return;
  const env = await create();
  try {
    for (const { name, run } of asked) {
      const { workflowId, runId } = await run(env);
      const handle = env.client.workflow.getHandle(workflowId, runId);
      write(name, await handle.fetchHistory());
    }
  } finally {
    await env.teardown();
  }
}

function write(name: string, history: temporal.api.history.v1.IHistory): void {
  const root = new URL('../..', import.meta.url);
  const text = JSON.stringify(JSON.parse(historyToJSON(history)), null, 1)
    // Who recorded it, and where, is nobody's business.
    .replaceAll(/"identity": "[^"]*"/g, '"identity": "recorder"')
    .replaceAll(/"\d+@[^"]*/g, '"recorder')
    .replaceAll(root.href, '')
    .replaceAll(root.pathname, '');
  const compact = text.length > GZIP_ABOVE;
  const file = new URL(`${name}.json${compact ? '.gz' : ''}`, import.meta.url);
  writeFileSync(file, compact ? gzipSync(text, { level: 9 }) : `${text}\n`);
  const events = history.events?.length ?? 0;
  process.stdout.write(`${name}: ${events} events, ${text.length} characters\n`);
}

await record(createWorkflowEnv, PATHS);
await record(createLocalEnv, SCHEDULED_PATHS);
process.exit();
