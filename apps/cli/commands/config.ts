/** `quakeloom config print`: the settings in force. @module */
import type { Command } from 'commander';
import { ENVIRONMENT, loadConfig, redacted, type Config } from '../../config.js';
import { print, table, type Output } from '../output.js';

export function addConfigCommands(program: Command, output: Output): void {
  program
    .command('config')
    .description('settings')
    .command('print')
    .description('print the settings in force, without secrets')
    .option('--json', 'print JSON')
    .action((options: { json?: boolean }) => {
      const shown = redacted(loadConfig());
      const rows = Object.entries(ENVIRONMENT).map(([key, variable]) => [
        key,
        String(shown[key as keyof Config] ?? ''),
        variable,
      ]);
      print(output, options.json, shown, table('settings', ['setting', 'value', 'set by'], rows));
    });
}
