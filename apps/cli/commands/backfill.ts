/** `quakeloom backfill`: fuse a past time range; leave the bar and come back to it. @module */
import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowFailedError, type Client, type WorkflowHandle } from '@temporalio/client';
import type { Command } from 'commander';
import type { SourceKind } from '../../../core/evidence.js';
import { UnavailableError } from '../../../core/errors.js';
import type { BackfillProgress } from '../../../core/stages.js';
import { TASK_QUEUES } from '../../../core/task-queues.js';
import { windowNs, windowsBetween, type IsoTime, type TimeWindow } from '../../../core/time.js';
import { backfillProgressQuery, backfillRegion } from '../../../workflows/index.js';
import { parseCount, parseSources, parseTime } from '../arguments.js';
import { requireRegion, withCatalogue, withTemporal } from '../connect.js';
import { print, type Output } from '../output.js';
import { createProgressBar } from '../progress.js';

interface BackfillOptions {
  region: string;
  from: IsoTime;
  to: IsoTime;
  sources?: SourceKind[];
  parallel: number;
  dryRun?: boolean;
  detach?: boolean;
  json?: boolean;
}

export function addBackfillCommand(program: Command, output: Output): void {
  program
    .command('backfill')
    .description('fuse every window of a past time range; running it again joins it')
    .requiredOption('--region <id>', 'region')
    .requiredOption('--from <time>', 'start, ISO-8601 UTC', parseTime)
    .requiredOption('--to <time>', 'end, ISO-8601 UTC', parseTime)
    .option('--sources <list>', 'only these: das,phones,insar,reports', parseSources)
    .option('--parallel <n>', 'windows at a time', parseCount(1, 50), 2)
    .option('--dry-run', 'only list the windows')
    .option('--detach', 'start and return')
    .option('--json', 'print JSON')
    .action((options: BackfillOptions) => backfill(options, output));
}

async function backfill(options: BackfillOptions, output: Output): Promise<void> {
  const range: TimeWindow = { start: options.from, end: options.to };
  windowNs(range);
  const region = await withCatalogue((catalogue) => requireRegion(catalogue, options.region));
  const windows = windowsBetween(range, region.windowS);
  if (options.dryRun) {
    const lines = windows.map((window) => `${window.start}  ${window.end}\n`).join('');
    print(output, options.json, { windows }, `${lines}${windows.length} windows\n`);
    return;
  }
  await withTemporal(async (client) => {
    const handle = await startBackfill({ client, options, range });
    if (options.detach) {
      const workflowId = handle.workflowId;
      print(output, options.json, { workflowId }, `Started ${workflowId}.\n`);
      return;
    }
    const progress = await follow({ handle, windows: windows.length, output, leaves: true });
    const summary =
      `${progress.done} of ${progress.windows} windows done, ${progress.failed} failed, ` +
      `${progress.quakes} quakes\n`;
    const failures = progress.failures.map((each) => `  ${each.window}  ${each.reason}\n`);
    print(output, options.json, progress, summary + failures.join(''));
    if (progress.failed > 0) {
      throw new UnavailableError({
        what: `${progress.failed} of ${progress.windows} windows`,
        reason: 'they failed, for the reasons printed',
        remedy: 'mend what they name and run the same command again',
        retryable: false,
      });
    }
  });
}

/** Starts the backfill, or joins the one that runs for the same range. */
export async function startBackfill(input: {
  client: Client;
  options: { region: string; sources?: SourceKind[]; parallel: number };
  range: TimeWindow;
}): Promise<WorkflowHandle<typeof backfillRegion>> {
  const { client, options, range } = input;
  return client.workflow.start(backfillRegion, {
    workflowId: `backfill-${options.region}-${range.start}-${range.end}`,
    taskQueue: TASK_QUEUES.io,
    workflowIdConflictPolicy: 'USE_EXISTING',
    args: [
      {
        regionId: options.region,
        range,
        parallel: options.parallel,
        ...(options.sources ? { sources: options.sources } : {}),
      },
    ],
    staticSummary: `backfill of ${options.region}, ${range.start} to ${range.end}`,
  });
}

/** Shows progress until the backfill ends; with `leaves`, Ctrl-C ends the bar, not the backfill. */
export async function follow(input: {
  handle: WorkflowHandle<typeof backfillRegion>;
  windows: number;
  output: Output;
  leaves: boolean;
}): Promise<BackfillProgress> {
  const { handle, output } = input;
  const bar = createProgressBar({ title: 'windows', total: input.windows, output });
  const leave = (): void => {
    bar.stop();
    output.error(`Left. The backfill goes on as ${handle.workflowId}; run again to rejoin.`);
    process.exit(130);
  };
  if (input.leaves) process.once('SIGINT', leave);
  let over = false;
  const result = handle.result().finally(() => (over = true));
  // The loop below only draws; the failure, if any, is thrown by the await after it.
  result.catch(() => undefined);
  try {
    while (!over) {
      const progress = await handle.query(backfillProgressQuery).catch(() => null);
      if (progress) bar.update(progress.done + progress.failed, `${progress.quakes} quakes`);
      await Promise.race([sleep(1000), result.catch(() => undefined)]);
    }
    const progress = await result;
    bar.update(progress.done + progress.failed, `${progress.quakes} quakes`);
    return progress;
  } catch (error) {
    if (error instanceof WorkflowFailedError) {
      throw new UnavailableError({
        what: `result of backfill ${handle.workflowId}`,
        reason: error.cause?.message ?? error.message,
        remedy: 'look at it in the Temporal Web UI',
        retryable: false,
        cause: error,
      });
    }
    throw error;
  } finally {
    process.off('SIGINT', leave);
    bar.stop();
  }
}
