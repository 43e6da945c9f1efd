/**
 * Where the running stack answers: written by the supervisor, read by every other program of the
 * same home, so that nobody types ports.
 * @module
 */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Config } from './config.js';
import { UnavailableError } from '../core/errors.js';

export interface Addresses {
  readonly temporal: string;
  readonly temporalUi: string | null;
  readonly databaseUrl: string;
  readonly mqttUrl: string;
  readonly gatewayUrl: string | null;
  readonly apiUrl: string | null;
}

function fileOf(home: string): string {
  return path.join(home, 'run', 'addresses.json');
}

/** Writes the addresses atomically; the file holds the database password, so only its owner reads. */
export function writeAddresses(home: string, addresses: Addresses): void {
  const file = fileOf(home);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(`${file}.tmp`, JSON.stringify(addresses, null, 2), { mode: 0o600 });
  renameSync(`${file}.tmp`, file);
}

/** Settings first, the running stack of this home second. Throws when neither names them. */
export function findAddresses(config: Config): Addresses {
  const file = fileOf(config.home);
  const running = existsSync(file)
    ? (JSON.parse(readFileSync(file, 'utf8')) as Partial<Addresses>)
    : {};
  const need = (value: string | undefined, what: string, variable: string): string => {
    if (value) return value;
    throw new UnavailableError({
      what,
      reason: `no stack has run in ${config.home} and ${variable} is not set`,
      remedy: `start the stack with \`npm start\`, or set ${variable}`,
      retryable: false,
    });
  };
  return {
    temporal: need(config.temporalAddress ?? running.temporal, 'Temporal', 'TEMPORAL_ADDRESS'),
    temporalUi: running.temporalUi ?? null,
    databaseUrl: need(config.databaseUrl ?? running.databaseUrl, 'database', 'DATABASE_URL'),
    mqttUrl: config.mqttUrl ?? running.mqttUrl ?? `mqtt://${config.host}:${config.mqttPort}`,
    gatewayUrl: running.gatewayUrl ?? null,
    apiUrl: running.apiUrl ?? null,
  };
}
