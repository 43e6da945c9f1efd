/** `quakeloom deform`: velocities and sources from InSAR. @module */
import { Option, type Command } from 'commander';
import { InvalidInputError } from '../../../core/errors.js';
import type { DeformationResult } from '../../../core/stages.js';
import { TASK_QUEUES } from '../../../core/task-queues.js';
import { deformStack, invertDeformation } from '../../../workflows/index.js';
import { parseCount } from '../arguments.js';
import { requireRegion, withCatalogue, withTemporal } from '../connect.js';
import { print, type Output } from '../output.js';

export function addDeformCommands(program: Command, output: Output): void {
  const deform = program.command('deform').description('deformation from InSAR products');

  deform
    .command('stack')
    .description('line-of-sight velocity of a stack of unwrapped interferograms')
    .requiredOption('--region <id>', 'region')
    .requiredOption('--uri <uri>', 'folder of GeoTIFFs: file:, dataset:')
    .option('--reference-row <n>', 'row of the reference pixel', parseCount(0, 1e6))
    .option('--reference-column <n>', 'column of the reference pixel', parseCount(0, 1e6))
    .option('--json', 'print JSON')
    .action(
      async (options: {
        region: string;
        uri: string;
        referenceRow?: number;
        referenceColumn?: number;
        json?: boolean;
      }) => {
        const { referenceRow: row, referenceColumn: column } = options;
        if ((row === undefined) !== (column === undefined)) {
          throw new InvalidInputError({
            what: 'reference pixel',
            reason: 'it has a row and a column, and only one was given',
            remedy: 'give both --reference-row and --reference-column, or neither',
          });
        }
        await withCatalogue((catalogue) => requireRegion(catalogue, options.region));
        const result = await withTemporal((client) =>
          client.workflow.execute(deformStack, {
            workflowId: ['stack', options.region, options.uri, row, column]
              .filter((part) => part !== undefined)
              .join('-'),
            taskQueue: TASK_QUEUES.io,
            workflowIdConflictPolicy: 'USE_EXISTING',
            args: [
              {
                regionId: options.region,
                uri: options.uri,
                ...(row !== undefined && column !== undefined
                  ? { referencePixel: { row, column } }
                  : {}),
              },
            ],
            staticSummary: `velocity of ${options.uri}`,
          }),
        );
        print(output, options.json, result, deformationText(result));
      },
    );

  deform
    .command('invert')
    .description('source of the deformation in one or more interferograms')
    .requiredOption('--region <id>', 'region')
    .requiredOption('--uri <uri>', 'file or folder of GeoTIFFs: file:, dataset:')
    .addOption(
      new Option('--model <name>', 'kind of source').choices(['okada', 'mogi']).default('okada'),
    )
    .option('--json', 'print JSON')
    .action(
      async (options: { region: string; uri: string; model: 'okada' | 'mogi'; json?: boolean }) => {
        await withCatalogue((catalogue) => requireRegion(catalogue, options.region));
        const { model } = options;
        const result = await withTemporal((client) =>
          client.workflow.execute(invertDeformation, {
            workflowId: `invert-${options.region}-${model}-${options.uri}`,
            taskQueue: TASK_QUEUES.io,
            workflowIdConflictPolicy: 'USE_EXISTING',
            args: [{ regionId: options.region, uri: options.uri, model }],
            staticSummary: `source of ${options.uri}`,
          }),
        );
        print(output, options.json, result, deformationText(result));
      },
    );
}

/** A deformation product for people: its numbers, then its remarks, then its files. */
export function deformationText(result: DeformationResult): string {
  const numbers = Object.entries(result.summary)
    .filter(([, value]) => typeof value === 'number' || typeof value === 'string')
    .map(([name, value]) => `  ${name}: ${String(value)}\n`);
  const notes = result.notes.map((note) => `  ${note}\n`);
  const files = result.artifacts.map((ref) => `  ${ref.key}\n`);
  return `${result.deformationId}\n${numbers.join('')}${notes.join('')}${files.join('')}`;
}
