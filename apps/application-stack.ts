/**
 * The whole of Quakeloom on one machine: the embedded servers and Quakeloom's own processes under
 * one supervisor. In: settings; out: a running stack and its addresses.
 * @module
 */
import { fileURLToPath } from 'node:url';
import { SEARCH_ATTRIBUTES } from '../core/search-attributes.js';
import { TASK_QUEUES } from '../core/task-queues.js';
import { createCatalogue } from '../catalogue/store.js';
import type { Addresses } from './addresses.js';
import { ENVIRONMENT, type Config } from './config.js';
import type { StackAddresses } from './embedded/addresses.js';
import type { ChildSpec } from './embedded/children.js';
import type { PortWish } from './embedded/ports.js';
import { startStack, type Stack } from './embedded/stack.js';
import { RESTART_POLICY } from './embedded/supervisor.js';
import type { SearchAttributeKind } from './embedded/temporal-namespace.js';
import { GATEWAY_NODE_ARGS } from './gateway/node-args.js';
import { hasPollers } from './temporal.js';

export interface ApplicationStack extends Pick<Stack, 'stop' | 'ended' | 'supervisor'> {
  readonly addresses: Addresses;
}

/** Starts everything; resolves when every part answers. */
export async function startApplicationStack(input: {
  config: Config;
  log: (line: string) => void;
}): Promise<ApplicationStack> {
  const { config, log } = input;
  const stack = await startStack({
    home: config.home,
    env: process.env,
    log,
    ports: portWishes(config),
    // A minute: the database may take that long to recover, and its users die until it answers.
    restartPolicy: { ...RESTART_POLICY, maxQuickDeaths: 12 },
    temporal: { namespace: config.temporalNamespace, searchAttributes: searchAttributeKinds() },
    children: async (addresses) => {
      // Opening it brings its tables up to date, before anybody uses them.
      await (await createCatalogue({ databaseUrl: addresses.databaseUrl })).close();
      return processes({ config, addresses });
    },
  });
  return { ...stack, addresses: toAddresses(config, stack.addresses) };
}

function toAddresses(config: Config, stack: StackAddresses): Addresses {
  const url = (scheme: string, name: string): string =>
    `${scheme}://${reachable(config.host)}:${stack.ports[name]}`;
  return {
    temporal: stack.temporal,
    temporalUi: stack.temporalUi,
    databaseUrl: stack.databaseUrl,
    mqttUrl: config.mqttUrl ?? url('mqtt', 'mqtt'),
    gatewayUrl: url('http', 'gateway'),
    apiUrl: url('http', 'api'),
  };
}

/** An address to connect to, for an address to listen on. */
function reachable(host: string): string {
  return host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
}

/** A port set by the environment is that one or an error; a default may give way. */
function portWishes(config: Config): PortWish[] {
  const wish = (
    name: string,
    key:
      | 'apiPort'
      | 'mqttPort'
      | 'gatewayHealthPort'
      | 'temporalPort'
      | 'temporalUiPort'
      | 'postgresPort',
  ): PortWish => ({
    name,
    preferred: config[key],
    ...(process.env[ENVIRONMENT[key]] ? { explicit: config[key] } : {}),
  });
  return [
    wish('postgres', 'postgresPort'),
    wish('temporal', 'temporalPort'),
    wish('temporalUi', 'temporalUiPort'),
    ...(config.mqttUrl ? [] : [wish('mqtt', 'mqttPort')]),
    wish('gateway', 'gatewayHealthPort'),
    wish('api', 'apiPort'),
  ];
}

function processes(input: { config: Config; addresses: StackAddresses }): ChildSpec[] {
  const { config, addresses } = input;
  const { ports } = addresses;
  const env = {
    ...addresses.env,
    // Children reach the embedded server plainly, whatever Temporal profile the user has.
    ...(addresses.temporalUi ? { QUAKELOOM_EMBEDDED_TEMPORAL: addresses.temporal } : {}),
    [ENVIRONMENT.home]: config.home,
    [ENVIRONMENT.objectStoreUrl]: config.objectStoreUrl,
    ...(ports['mqtt'] ? { [ENVIRONMENT.mqttPort]: String(ports['mqtt']) } : {}),
    [ENVIRONMENT.gatewayHealthPort]: String(ports['gateway']),
    [ENVIRONMENT.apiPort]: String(ports['api']),
    ...(addresses.temporalUi ? { QUAKELOOM_TEMPORAL_UI_URL: addresses.temporalUi } : {}),
  };
  const nodeArgs: Readonly<Record<string, readonly string[]>> = { gateway: GATEWAY_NODE_ARGS };
  const child = (name: string, script: string, ready: ChildSpec['ready'], ...args: string[]) => ({
    name,
    command: process.execPath,
    args: [
      ...(nodeArgs[name] ?? []),
      '--import',
      'tsx',
      fileURLToPath(new URL(script, import.meta.url)),
      ...args,
    ],
    env,
    ready,
    readyTimeoutMs: 90_000,
    restart: true,
    // A worker finishes or hands back what it does.
    stopGraceMs: 20_000,
  });
  const polls = (taskQueue: string) => () =>
    hasPollers({ address: addresses.temporal, namespace: addresses.temporalNamespace, taskQueue });
  const answers = (url: string) => async () => (await fetch(url)).ok;
  const host = reachable(config.host);
  return [
    child('worker-io', './worker/main.ts', polls(TASK_QUEUES.io), 'io'),
    child('worker-compute', './worker/main.ts', polls(TASK_QUEUES.compute), 'compute'),
    child('gateway', './gateway/main.ts', answers(`http://127.0.0.1:${ports['gateway']}/healthz`)),
    child('api', './api/main.ts', answers(`http://${host}:${ports['api']}/api/health`)),
  ];
}

/** `KEYWORD` of the SDK is `Keyword` of the server's command line. */
function searchAttributeKinds(): Record<string, SearchAttributeKind> {
  return Object.fromEntries(
    Object.entries(SEARCH_ATTRIBUTES).map(([name, kind]) => [
      name,
      `${kind[0]}${kind.slice(1).toLowerCase()}` as SearchAttributeKind,
    ]),
  );
}
