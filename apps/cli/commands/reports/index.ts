/** `quakeloom reports`: what people write and feel. @module */
import type { Command } from 'commander';
import type { Output } from '../../output.js';
import { addCalibrateReportsCommand } from './calibrate.js';
import { addFeltCommands } from './felt.js';
import { addFollowCommand } from './follow.js';
import { addListenCommand } from './listen.js';
import { addReplayCommands } from './replay.js';
import { addTextCommands } from './text.js';

export function addReportsCommands(program: Command, output: Output): void {
  const reports = program.command('reports').description('posts and felt reports of people');
  addFeltCommands(reports, output);
  addTextCommands(reports, output);
  addReplayCommands(reports, output);
  addListenCommand(reports, output);
  addFollowCommand(reports, output);
  addCalibrateReportsCommand(reports, output);
}
