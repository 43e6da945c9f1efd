/** `quakeloom insar`: interferograms on this machine, without Temporal. @module */
import type { Command } from 'commander';
import type { Output } from '../../output.js';
import { addCogCommand } from './cog.js';
import { addForwardCommand } from './forward.js';
import { addInspectCommand } from './inspect.js';
import { addInvertCommand } from './invert.js';
import { addReportCommand } from './report.js';
import { addStackCommand } from './stack.js';

export function addInsarCommands(program: Command, output: Output): void {
  const insar = program
    .command('insar')
    .description('interferograms: look into, convert, stack, and find the source of deformation');
  addInspectCommand(insar, output);
  addCogCommand(insar, output);
  addInvertCommand(insar, output);
  addForwardCommand(insar, output);
  addStackCommand(insar, output);
  addReportCommand(insar, output);
}
