/** `npm start`: the whole stack, left running until Ctrl-C. @module */
import { describeError } from '../core/errors.js';
import { startApplicationStack } from './application-stack.js';
import { loadConfig } from './config.js';

const say = (line: string): void => void process.stdout.write(`${line}\n`);

try {
  const stack = await startApplicationStack({ config: loadConfig(), log: say });
  const { addresses } = stack;
  say(`
Quakeloom is running. Ctrl-C stops everything.
  dashboard      ${addresses.apiUrl}
  Temporal UI    ${addresses.temporalUi ?? addresses.temporal}
  MQTT           ${addresses.mqttUrl}
Next: npm run quakeloom -- --help`);
  process.exitCode = (await stack.ended).exitCode;
} catch (error) {
  process.stderr.write(`${describeError(error)}\n`);
  const code = (error as { exitCode?: unknown }).exitCode;
  process.exitCode = typeof code === 'number' ? code : 1;
}
process.exit();
