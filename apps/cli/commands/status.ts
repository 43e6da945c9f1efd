/** `quakeloom status`: what runs, what failed, what was refused. @module */
import type { Command } from 'commander';
import { findAddresses } from '../../addresses.js';
import { loadConfig } from '../../config.js';
import { withCatalogue, withTemporal } from '../connect.js';
import { print, table, type Output } from '../output.js';

export function addStatusCommand(program: Command, output: Output): void {
  program
    .command('status')
    .description('running workflows, recent failures, quarantine, addresses')
    .option('--json', 'print JSON')
    .action(async (options: { json?: boolean }) => {
      const status = await readStatus();
      const workflows = table(
        'running workflows',
        ['workflow', 'type', 'since'],
        status.running.map((each) => [each.workflowId, each.type, each.since]),
      );
      const failures = table(
        'failed workflows in the last day',
        ['failed workflow', 'type', 'since'],
        status.failed.map((each) => [each.workflowId, each.type, each.since]),
      );
      const refused = table(
        'quarantined items',
        ['times', 'source', 'item', 'reason'],
        status.quarantine.map((each) => [
          String(each.count),
          each.source,
          each.item,
          each.reason.slice(0, 100),
        ]),
      );
      const { addresses } = status;
      const where =
        `dashboard    ${addresses.apiUrl ?? 'not running'}\n` +
        `Temporal UI  ${addresses.temporalUi ?? 'not running'}\n`;
      print(output, options.json, status, [where, workflows, failures, refused].join('\n'));
    });
}

async function readStatus() {
  const { apiUrl, temporalUi, temporal } = findAddresses(loadConfig());
  const [workflows, quarantine, events] = await Promise.all([
    withTemporal(async (client) => {
      const list = async (query: string) => {
        const found: { workflowId: string; type: string; since: string }[] = [];
        for await (const each of client.workflow.list({ query, pageSize: 50 })) {
          const { workflowId, type, startTime } = each;
          found.push({ workflowId, type, since: startTime.toISOString() });
          if (found.length === 50) break;
        }
        return found;
      };
      const yesterday = new Date(Date.now() - 86_400_000).toISOString();
      return {
        running: await list(`ExecutionStatus = 'Running'`),
        failed: await list(`ExecutionStatus = 'Failed' AND CloseTime > '${yesterday}'`),
      };
    }),
    withCatalogue((catalogue) => catalogue.listQuarantine({ limit: 20 })),
    withCatalogue((catalogue) => catalogue.listEvents({ limit: 20_000 })),
  ]);
  return {
    addresses: { apiUrl, temporalUi, temporal },
    ...workflows,
    quarantine,
    events: events.length,
  };
}
