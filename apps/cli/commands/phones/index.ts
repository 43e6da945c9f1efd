/** `quakeloom phones`: networks of phones and low-cost accelerometers. @module */
import type { Command } from 'commander';
import type { Output } from '../../output.js';
import { addNetworkCommands } from './network-commands.js';
import { addReplayCommand } from './replay-command.js';
import { addSimulateCommand } from './simulate-command.js';

export function addPhoneCommands(program: Command, output: Output): void {
  const phones = program
    .command('phones')
    .description('networks of phones and low-cost accelerometers');
  addReplayCommand(phones, output);
  addSimulateCommand(phones, output);
  addNetworkCommands(phones, output);
}
