/** `quakeloom schedule`: fuse every window of a region as time goes on. @module */
import { ScheduleAlreadyRunning, ScheduleNotFoundError, type Client } from '@temporalio/client';
import type { Command } from 'commander';
import { InvalidInputError } from '../../../core/errors.js';
import { scheduleOptions } from '../../schedule-options.js';
import { parseDuration } from '../arguments.js';
import { requireRegion, withCatalogue, withTemporal } from '../connect.js';
import { print, table, type Output } from '../output.js';

export function addScheduleCommands(program: Command, output: Output): void {
  const schedule = program.command('schedule').description('fuse a region on a Temporal Schedule');

  schedule
    .command('create')
    .description('create or update the schedule of a region')
    .requiredOption('--region <id>', 'region')
    .option('--every <duration>', 'must equal the window length of the region', parseDuration)
    .option('--latency <duration>', 'wait this long for late data', parseDuration, 60)
    .option('--paused', 'create it paused')
    .option('--json', 'print JSON')
    .action(
      async (options: {
        region: string;
        every?: number;
        latency: number;
        paused?: boolean;
        json?: boolean;
      }) => {
        const region = await withCatalogue((catalogue) => requireRegion(catalogue, options.region));
        if (options.every !== undefined && options.every !== region.windowS) {
          throw new InvalidInputError({
            what: '--every',
            reason: `windows of ${region.id} are ${region.windowS} s long`,
            remedy: 'leave --every out, or change windowS of the region',
          });
        }
        const wanted = scheduleOptions({
          region,
          latencyS: options.latency,
          paused: options.paused ?? false,
        });
        const done = await withTemporal(async (client) => {
          try {
            await client.schedule.create(wanted);
            return 'created';
          } catch (error) {
            if (!(error instanceof ScheduleAlreadyRunning)) throw error;
            const { spec, action, policies } = wanted;
            await client.schedule
              .getHandle(wanted.scheduleId)
              .update((before) => ({ ...before, spec, action, policies: { ...policies } }));
            return 'updated';
          }
        });
        const value = { scheduleId: wanted.scheduleId, done };
        print(output, options.json, value, `Schedule ${wanted.scheduleId} ${done}.\n`);
      },
    );

  schedule
    .command('list')
    .description('list schedules')
    .option('--json', 'print JSON')
    .action(async (options: { json?: boolean }) => {
      const found = await withTemporal(listSchedules);
      const rows = found.map((each) => [
        each.scheduleId,
        each.paused ? 'paused' : 'running',
        each.next ?? '',
        each.last ?? '',
      ]);
      const text = table('schedules', ['schedule', 'state', 'next', 'last'], rows);
      print(output, options.json, found, text);
    });

  for (const [name, verb] of [
    ['pause', 'paused'],
    ['resume', 'resumed'],
    ['remove', 'removed'],
  ] as const) {
    schedule
      .command(name)
      .description(`${name} the schedule of a region`)
      .requiredOption('--region <id>', 'region')
      .option('--json', 'print JSON')
      .action(async (options: { region: string; json?: boolean }) => {
        const scheduleId = `fuse-${options.region}`;
        await withTemporal((client) => change({ client, scheduleId, name }));
        print(
          output,
          options.json,
          { scheduleId, done: verb },
          `Schedule ${scheduleId} ${verb}.\n`,
        );
      });
  }
}

async function change(input: {
  client: Client;
  scheduleId: string;
  name: 'pause' | 'resume' | 'remove';
}): Promise<void> {
  const handle = input.client.schedule.getHandle(input.scheduleId);
  try {
    if (input.name === 'pause') await handle.pause('paused by quakeloom schedule pause');
    else if (input.name === 'resume') await handle.unpause('resumed by quakeloom schedule resume');
    else await handle.delete();
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
    throw new InvalidInputError({
      what: 'schedule',
      reason: `there is no ${input.scheduleId}`,
      remedy: 'see `quakeloom schedule list`',
    });
  }
}

interface ScheduleLine {
  readonly scheduleId: string;
  readonly paused: boolean;
  readonly next: string | null;
  readonly last: string | null;
}

async function listSchedules(client: Client): Promise<ScheduleLine[]> {
  const lines: ScheduleLine[] = [];
  for await (const each of client.schedule.list()) {
    if (!each.scheduleId.startsWith('fuse-')) continue;
    lines.push({
      scheduleId: each.scheduleId,
      paused: each.state.paused,
      next: each.info.nextActionTimes[0]?.toISOString() ?? null,
      last: each.info.recentActions.at(-1)?.scheduledAt.toISOString() ?? null,
    });
  }
  return lines;
}
