/**
 * A program around `startStack`, for tests that kill it. Its argument is JSON:
 * `{home, ports, childScript?}`; it prints `READY <addresses as JSON>` and ends as the stack does.
 * @module
 */
import { exitCodeOf } from '../../../apps/embedded/errors.js';
import type { PortWish } from '../../../apps/embedded/ports.js';
import { startStack } from '../../../apps/embedded/stack.js';
import { describeError } from '../../../core/errors.js';

interface Options {
  readonly home: string;
  readonly ports: readonly PortWish[];
  /** JavaScript of one more child, which is ready at once. */
  readonly childScript?: string;
}

const options = JSON.parse(process.argv[2]!) as Options;
const print = (line: string) => process.stdout.write(`${line}\n`);
try {
  const stack = await startStack({
    home: options.home,
    env: process.env,
    ports: options.ports,
    temporal: { searchAttributes: { QuakeRegion: 'Keyword' } },
    log: print,
    children: (addresses) =>
      options.childScript === undefined
        ? []
        : [
            {
              name: 'application',
              command: process.execPath,
              args: ['-e', options.childScript],
              env: addresses.env,
              ready: () => Promise.resolve(true),
              readyTimeoutMs: 10_000,
              restart: true,
            },
          ],
  });
  print(`READY ${JSON.stringify(stack.addresses)}`);
  process.exitCode = (await stack.ended).exitCode;
} catch (error) {
  print(describeError(error));
  process.exitCode = exitCodeOf(error);
}
