/** `quakeloom`: the command line. @module */
import { runCli } from './run-cli.js';

// A reader that has seen enough (`| head`) closes the pipe: nothing is wrong then.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 1);
});
const code = await runCli({ argv: process.argv.slice(2) });
// A pipe takes 64 KiB at a time: leaving at once would cut longer output off.
await new Promise<void>((resolve) => process.stdout.write('', () => resolve()));
process.exit(code);
