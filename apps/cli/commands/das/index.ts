/** `quakeloom das`: fibre recordings without Temporal or database. @module */
import type { Command } from 'commander';
import type { Output } from '../../output.js';
import { addConvertCommand } from './convert.js';
import { addPickCommand } from './pick.js';
import { addPlotCommand } from './plot.js';
import { addReadCommand } from './read.js';
import { addAuditCommand, addScanCommand } from './scan.js';
import { addTrainCommand } from './train.js';
import { addWatchCommand } from './watch.js';

export function addDasCommands(program: Command, output: Output): void {
  const das = program
    .command('das')
    .description('look into, check, convert, plot, pick and follow fibre (DAS) recordings');
  addScanCommand(das, output);
  addReadCommand(das, output);
  addAuditCommand(das, output);
  addConvertCommand(das, output);
  addPlotCommand(das, output);
  addPickCommand(das, output);
  addWatchCommand(das, output);
  addTrainCommand(das, output);
}
