/**
 * Where the stack answers: settings first, then the stack that runs on the same home folder, so
 * that nobody types ports.
 * @module
 */
import { UnavailableError } from '../core/errors.js';
import type { Config } from './config.js';
import { runningStack } from './embedded/addresses.js';

export interface Addresses {
  readonly temporal: string;
  readonly temporalUi: string | null;
  readonly databaseUrl: string;
  readonly mqttUrl: string;
  readonly gatewayUrl: string | null;
  readonly apiUrl: string | null;
}

/** Addresses in force. Throws UnavailableError when no setting and no running stack names one. */
export function findAddresses(config: Config): Addresses {
  const running = runningStack(config.home);
  const url = (scheme: string, name: string): string | null => {
    const port = running?.ports[name];
    return port === undefined ? null : `${scheme}://127.0.0.1:${port}`;
  };
  return {
    temporal: findTemporal(config),
    temporalUi: running?.temporalUi ?? null,
    databaseUrl: findDatabase(config),
    mqttUrl: config.mqttUrl ?? url('mqtt', 'mqtt') ?? `mqtt://${config.host}:${config.mqttPort}`,
    gatewayUrl: url('http', 'gateway'),
    apiUrl: url('http', 'api'),
  };
}

/** Address of Temporal alone, for what needs no database. Throws UnavailableError. */
export function findTemporal(config: Config): string {
  const address = config.temporalAddress ?? runningStack(config.home)?.temporal;
  return required(config, address, 'Temporal', 'TEMPORAL_ADDRESS');
}

/** URL of the database alone, for what needs no Temporal. Throws UnavailableError. */
export function findDatabase(config: Config): string {
  const url = config.databaseUrl ?? runningStack(config.home)?.databaseUrl;
  return required(config, url, 'database', 'DATABASE_URL');
}

function required(
  config: Config,
  value: string | undefined,
  what: string,
  variable: string,
): string {
  if (value) return value;
  throw new UnavailableError({
    what,
    reason: `no stack runs on ${config.home} and ${variable} is not set`,
    remedy: `start the stack with \`npm start\`, or set ${variable}`,
    retryable: false,
  });
}
