/** `quakeloom`: the command line. @module */
import { runCli } from './run-cli.js';

process.exit(await runCli({ argv: process.argv.slice(2) }));
