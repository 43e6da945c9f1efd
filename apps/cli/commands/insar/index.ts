/** `quakeloom insar`: interferograms on this machine, without Temporal. @module */
import type { Command } from 'commander';
import type { Output } from '../../output.js';
import { addForwardCommand } from './forward.js';
import { addInvertCommand } from './invert.js';
import { addReportCommand } from './report.js';
import { addStackCommand } from './stack.js';

export function addInsarCommands(program: Command, output: Output): void {
  const insar = program.command('insar').description('interferograms: sources of deformation');
  addInvertCommand(insar, output);
  addForwardCommand(insar, output);
  addStackCommand(insar, output);
  addReportCommand(insar, output);
}
