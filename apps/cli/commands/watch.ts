/** `quakeloom watch`: keep a region fused while data comes in. @module */
import { WorkflowNotFoundError, type WorkflowHandle } from '@temporalio/client';
import type { Command } from 'commander';
import { TASK_QUEUES } from '../../../core/task-queues.js';
import { InvalidInputError } from '../../../core/errors.js';
import { watchRegion, watchStatusQuery } from '../../../workflows/index.js';
import { parseDuration } from '../arguments.js';
import { requireRegion, withCatalogue, withTemporal } from '../connect.js';
import { print, type Output } from '../output.js';

export function addWatchCommands(program: Command, output: Output): void {
  const watch = program.command('watch').description('fuse a live region as its data comes in');

  watch
    .command('start')
    .description('start watching; a no-op when it runs')
    .requiredOption('--region <id>', 'region')
    .option('--settle <duration>', 'fuse when no new data came for this long', parseDuration, 20)
    .option('--poll <duration>', 'look at least this often', parseDuration, 15)
    .option('--json', 'print JSON')
    .action(async (options: { region: string; settle: number; poll: number; json?: boolean }) => {
      await withCatalogue((catalogue) => requireRegion(catalogue, options.region));
      const workflowId = `watch-${options.region}`;
      await withTemporal((client) =>
        client.workflow.start(watchRegion, {
          workflowId,
          taskQueue: TASK_QUEUES.io,
          workflowIdConflictPolicy: 'USE_EXISTING',
          args: [
            {
              regionId: options.region,
              cursor: 0,
              settleS: options.settle,
              pollS: options.poll,
            },
          ],
          staticSummary: `watch of ${options.region}`,
        }),
      );
      print(output, options.json, { workflowId }, `Watching as ${workflowId}.\n`);
    });

  watch
    .command('stop')
    .description('stop watching; data stays in the segment index')
    .requiredOption('--region <id>', 'region')
    .option('--json', 'print JSON')
    .action(async (options: { region: string; json?: boolean }) => {
      const { region } = options;
      await onWatch(region, (handle) => handle.cancel());
      print(output, options.json, { region, stopped: true }, `Stopped watching ${region}.\n`);
    });

  watch
    .command('status')
    .description('what the watch is doing')
    .requiredOption('--region <id>', 'region')
    .option('--json', 'print JSON')
    .action(async (options: { region: string; json?: boolean }) => {
      const status = await onWatch(options.region, (handle) => handle.query(watchStatusQuery));
      const text =
        `cursor ${status.cursor}, ${status.pending.length} windows pending, ` +
        `${status.fused} fused\n${status.problems.map((line) => `  ${line}\n`).join('')}`;
      print(output, options.json, status, text);
    });
}

async function onWatch<T>(
  regionId: string,
  work: (handle: WorkflowHandle) => Promise<T>,
): Promise<T> {
  return withTemporal(async (client) => {
    try {
      return await work(client.workflow.getHandle(`watch-${regionId}`));
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
      throw new InvalidInputError({
        what: 'watch',
        reason: `region '${regionId}' is not being watched`,
        remedy: `start it with \`quakeloom watch start --region ${regionId}\``,
      });
    }
  });
}
