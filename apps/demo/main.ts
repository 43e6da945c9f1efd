/**
 * `npm run demo`: real recordings through the real broker, files, workers and database, each result
 * beside its reference. Uses the stack that runs on this home folder, else starts one and stops it.
 * @module
 */
import { Command, CommanderError, Option } from 'commander';
import { describeError } from '../../core/errors.js';
import { createCatalogue } from '../../catalogue/store.js';
import { startApplicationStack, type ApplicationStack } from '../application-stack.js';
import { findAddresses, type Addresses } from '../addresses.js';
import { eventTable } from '../cli/commands/events.js';
import { consoleOutput } from '../cli/output.js';
import { loadConfig, type Config } from '../config.js';
import { runningStack } from '../embedded/addresses.js';
import { signalExitCode } from '../embedded/signals.js';
import { createSourceResolver } from '../samples/resolve.js';
import { connectClient } from '../temporal.js';
import { resultText } from './compare.js';
import type { Scenario, ScenarioContext } from './scenario.js';
import { BRADY_2016 } from './scenarios/brady.js';
import { MEXICO_2018 } from './scenarios/mexico.js';
import { NAPA_2014 } from './scenarios/napa.js';
import { NORTHRIDGE_1994 } from './scenarios/northridge.js';
import { RIDGECREST_2019 } from './scenarios/ridgecrest.js';
import { WOVEN } from './scenarios/woven.js';

const SCENARIOS: readonly Scenario[] = [
  MEXICO_2018,
  RIDGECREST_2019,
  BRADY_2016,
  NAPA_2014,
  NORTHRIDGE_1994,
  WOVEN,
];

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Outcome of one scenario, for the closing lines and the exit code. */
type Outcome = 'found' | 'not found' | 'skipped' | 'failed';

async function main(): Promise<number> {
  const options = parseOptions();
  const config = loadConfig();
  const stack = runningStack(config.home)
    ? null
    : await startApplicationStack({ config, log: say });
  const addresses = stack?.addresses ?? findAddresses(config);
  say(stack ? 'The stack is up.' : `Using the stack that runs on ${config.home}.`);
  say(`  dashboard    ${addresses.apiUrl}\n  Temporal UI  ${addresses.temporalUi}\n`);
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      stopping.abort();
      // Our own stack listens too and ends first; somebody else's goes on.
      if (!stack) process.exit(signalExitCode(signal));
    });
  }
  const work = async (): Promise<number> => {
    const { only } = options;
    const outcomes = await runScenarios({ config, addresses, only, stopping: stopping.signal });
    if (stopping.signal.aborted) return new Promise(() => undefined);
    await summarise({ addresses, outcomes });
    return outcomes.some(({ outcome }) => outcome === 'failed') ? 1 : 0;
  };
  if (!stack) return work();
  let isOver = false;
  const interrupted = stack.ended.then(({ exitCode }) => {
    isOver = true;
    return exitCode;
  });
  try {
    return await Promise.race([work(), interrupted]);
  } finally {
    if (!isOver) await leave(stack);
  }
}

async function runScenarios(input: {
  config: Config;
  addresses: Addresses;
  only: readonly string[];
  /** Aborted when the demo was asked to end: no scenario is begun or judged any more. */
  stopping: AbortSignal;
}): Promise<{ name: string; outcome: Outcome }[]> {
  const { config, addresses } = input;
  const client = await connectClient({
    address: addresses.temporal,
    namespace: config.temporalNamespace,
  });
  const catalogue = await createCatalogue({ databaseUrl: addresses.databaseUrl });
  const context: ScenarioContext = {
    config,
    addresses,
    client,
    catalogue,
    resolveSource: createSourceResolver({ dataDir: config.dataDir }),
    output: consoleOutput,
    say: (line) => say(`  ${line}`),
  };
  const wanted = SCENARIOS.filter(
    ({ name }) => input.only.length === 0 || input.only.includes(name),
  );
  const outcomes: { name: string; outcome: Outcome }[] = [];
  try {
    for (const scenario of wanted) {
      if (input.stopping.aborted) break;
      if (!isWanted(scenario, input.only, outcomes)) continue;
      say(`${scenario.name}: ${scenario.title}`);
      outcomes.push({
        name: scenario.name,
        outcome: await runOne(scenario, context, input.stopping),
      });
    }
  } finally {
    await catalogue.close();
    await client.connection.close();
  }
  return outcomes;
}

/** A stand-in runs when the scenario it stands in for was skipped, or when it is asked for. */
function isWanted(
  scenario: Scenario,
  only: readonly string[],
  outcomes: readonly { name: string; outcome: Outcome }[],
): boolean {
  if (only.length > 0 || scenario.standsInFor === undefined) return true;
  return outcomes.some(
    ({ name, outcome }) => name === scenario.standsInFor && outcome === 'skipped',
  );
}

/** Download progress: one line redrawn on a terminal, one line a data set elsewhere. */
function showFetching(uri: string): (note: string) => void {
  let isAnnounced = false;
  return (note) => {
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[2K  ${note}`);
    else if (!isAnnounced) say(`  fetching ${uri}`);
    isAnnounced = true;
  };
}

async function runOne(
  scenario: Scenario,
  context: ScenarioContext,
  stopping: AbortSignal,
): Promise<Outcome> {
  for (const uri of scenario.needs) {
    try {
      await context.resolveSource({ uri, onProgress: showFetching(uri) });
    } catch (error) {
      say(`  SKIPPED: ${describeError(error)}\n`);
      return 'skipped';
    }
  }
  try {
    const result = await scenario.run(context);
    say(resultText(result));
    return result.found ? 'found' : 'not found';
  } catch (error) {
    // What was asked to end cannot fail.
    if (!stopping.aborted) say(`  FAILED: ${describeError(error)}\n`);
    return 'failed';
  }
}

async function summarise(input: {
  addresses: Addresses;
  outcomes: readonly { name: string; outcome: Outcome }[];
}): Promise<void> {
  const catalogue = await createCatalogue({ databaseUrl: input.addresses.databaseUrl });
  try {
    say(eventTable(await catalogue.listEvents({ limit: 50, orderBy: 'time' })));
  } finally {
    await catalogue.close();
  }
  for (const { name, outcome } of input.outcomes) say(`${name}: ${outcome}`);
}

async function leave(stack: ApplicationStack): Promise<void> {
  say('\nStopping the stack. `npm start` keeps it running; the pages then stay at');
  say(`  dashboard    ${stack.addresses.apiUrl}\n  Temporal UI  ${stack.addresses.temporalUi}`);
  await stack.stop();
}

function parseOptions(): { only: string[] } {
  const names = SCENARIOS.map(({ name }) => name);
  const program = new Command('demo')
    .description('Runs the demo scenarios through the whole stack.')
    .addOption(new Option('--only <name...>', 'only these scenarios').choices(names))
    .exitOverride()
    .parse();
  return { only: program.opts<{ only?: string[] }>().only ?? [] };
}

try {
  process.exitCode = await main();
} catch (error) {
  if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? 0 : 2);
  process.stderr.write(`${describeError(error)}\n`);
  const code = (error as { exitCode?: unknown }).exitCode;
  process.exitCode = typeof code === 'number' ? code : 1;
}
process.exit();
