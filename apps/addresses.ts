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
  const need = (value: string | undefined, what: string, variable: string): string => {
    if (value) return value;
    throw new UnavailableError({
      what,
      reason: `no stack runs on ${config.home} and ${variable} is not set`,
      remedy: `start the stack with \`npm start\`, or set ${variable}`,
      retryable: false,
    });
  };
  const url = (scheme: string, name: string): string | null => {
    const port = running?.ports[name];
    return port === undefined ? null : `${scheme}://127.0.0.1:${port}`;
  };
  return {
    temporal: need(config.temporalAddress ?? running?.temporal, 'Temporal', 'TEMPORAL_ADDRESS'),
    temporalUi: running?.temporalUi ?? null,
    databaseUrl: need(config.databaseUrl ?? running?.databaseUrl, 'database', 'DATABASE_URL'),
    mqttUrl: config.mqttUrl ?? url('mqtt', 'mqtt') ?? `mqtt://${config.host}:${config.mqttPort}`,
    gatewayUrl: url('http', 'gateway'),
    apiUrl: url('http', 'api'),
  };
}
