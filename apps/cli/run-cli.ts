/**
 * Parses the command line and runs one command. Exit codes: 0 done, 1 failed, 2 wrong arguments.
 * @module
 */
import { Command, CommanderError } from 'commander';
import { describeError, isQuakeError } from '../../core/errors.js';
import { addAssociateCommand } from './commands/associate.js';
import { addBenchCommand } from './commands/bench.js';
import { addCalibrateCommand } from './commands/calibrate.js';
import { addConfigCommands } from './commands/config.js';
import { addDasCommands } from './commands/das/index.js';
import { addDeformCommands } from './commands/deform.js';
import { addEventCommands } from './commands/events.js';
import { codeVersion } from '../code-version.js';
import { addBackfillCommand } from './commands/backfill.js';
import { addGatewayCommands } from './commands/gateway.js';
import { addGroundMotionCommands } from './commands/groundmotion.js';
import { addInsarCommands } from './commands/insar/index.js';
import { addLocateCommand } from './commands/locate.js';
import { addPhoneCommands } from './commands/phones/index.js';
import { addRegionCommands } from './commands/region.js';
import { addReportsCommands } from './commands/reports/index.js';
import { addSampleCommands } from './commands/samples.js';
import { addScheduleCommands } from './commands/schedule.js';
import { addShakeCommand } from './commands/shake.js';
import { addStationCommands } from './commands/stations.js';
import { addStatusCommand } from './commands/status.js';
import { addWatchCommands } from './commands/watch.js';
import { addWhyCommand } from './commands/why.js';
import { consoleOutput, type Output } from './output.js';

/** Runs `argv` (without node and script) and gives the exit code. */
export async function runCli(input: { argv: readonly string[]; output?: Output }): Promise<number> {
  const output = input.output ?? consoleOutput;
  const program = createProgram(output);
  try {
    await program.parseAsync([...input.argv], { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) {
      // Help and version are thrown too, with exit code 0.
      return error.exitCode === 0 ? 0 : 2;
    }
    output.error(oneLine(describeError(error)));
    return isQuakeError(error) && error._tag === 'InvalidInput' ? 2 : 1;
  }
}

function oneLine(text: string): string {
  return text.trim().replace(/\s*\n\s*/g, ' ');
}

/** The command tree; exported for the help-text test. */
export function createProgram(output: Output): Command {
  const program = new Command('quakeloom')
    .description('Durable multi-source earthquake data fusion: DAS, phones, InSAR, felt reports.')
    .option('-V, --version', 'output the version number')
    .on('option:version', () => {
      // Asked for only here: it runs git, and no other command should wait for that.
      const version = codeVersion();
      output.write(`${version}\n`);
      throw new CommanderError(0, 'commander.version', version);
    })
    .exitOverride()
    .showSuggestionAfterError(true)
    .configureOutput({
      writeOut: (text) => output.write(text),
      writeErr: (text) => output.error(text.trimEnd()),
      // One line, with the suggestion that commander puts on a second.
      outputError: (text, write) => write(oneLine(text)),
    });
  addRegionCommands(program, output);
  addBackfillCommand(program, output);
  addWatchCommands(program, output);
  addScheduleCommands(program, output);
  addEventCommands(program, output);
  addDeformCommands(program, output);
  addInsarCommands(program, output);
  addDasCommands(program, output);
  addGatewayCommands(program, output);
  addPhoneCommands(program, output);
  addAssociateCommand(program, output);
  addCalibrateCommand(program, output);
  addLocateCommand(program, output);
  addGroundMotionCommands(program, output);
  addShakeCommand(program, output);
  addReportsCommands(program, output);
  addWhyCommand(program, output);
  addBenchCommand(program, output);
  addStationCommands(program, output);
  addStatusCommand(program, output);
  addSampleCommands(program, output);
  addConfigCommands(program, output);
  program.addHelpText(
    'after',
    `
Examples:
  quakeloom backfill --region brady --from 2016-03-21T07:30:00Z --to 2016-03-21T07:40:00Z
  quakeloom schedule create --region mexico --every 5m
  quakeloom events --min-magnitude 5 --json
  quakeloom export --format quakeml --out events.xml`,
  );
  return program;
}
