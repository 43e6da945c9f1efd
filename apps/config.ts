/**
 * One configuration for every process: flags over environment over file over defaults, checked
 * once, then frozen.
 * @module
 */
import { existsSync, readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { InvalidInputError } from '../core/errors.js';

const port = z.coerce.number().int().min(0).max(65535);

const SCHEMA = z.object({
  /** Everything the embedded stack writes: database, logs, artifacts. */
  home: z.string().min(1),
  temporalAddress: z.string().optional(),
  temporalNamespace: z.string().default('default'),
  databaseUrl: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
  mqttUrl: z.url({ protocol: /^(mqtts?|wss?)$/ }).optional(),
  objectStoreUrl: z.url({ protocol: /^(file|s3)$/ }),
  /** Local mirror of the sample data sets. */
  dataDir: z.string().optional(),
  /** Everything listens here. */
  host: z.string().default('127.0.0.1'),
  apiPort: port.default(8080),
  mqttPort: port.default(1883),
  gatewayHealthPort: port.default(8081),
  temporalPort: port.default(7233),
  temporalUiPort: port.default(8233),
  postgresPort: port.default(5433),
  /** Worker threads of the compute worker. */
  computeThreads: z.coerce
    .number()
    .int()
    .min(1)
    .max(64)
    .default(Math.max(1, Math.min(4, os.cpus().length - 1))),
  logLevel: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
});

export type Config = Readonly<z.infer<typeof SCHEMA>>;

/** Environment variable of each setting. */
export const ENVIRONMENT: Readonly<Record<keyof Config, string>> = {
  home: 'QUAKELOOM_HOME',
  temporalAddress: 'TEMPORAL_ADDRESS',
  temporalNamespace: 'TEMPORAL_NAMESPACE',
  databaseUrl: 'DATABASE_URL',
  mqttUrl: 'MQTT_URL',
  objectStoreUrl: 'OBJECT_STORE_URL',
  dataDir: 'QUAKELOOM_DATA',
  host: 'QUAKELOOM_HOST',
  apiPort: 'QUAKELOOM_API_PORT',
  mqttPort: 'QUAKELOOM_MQTT_PORT',
  gatewayHealthPort: 'QUAKELOOM_GATEWAY_PORT',
  temporalPort: 'QUAKELOOM_TEMPORAL_PORT',
  temporalUiPort: 'QUAKELOOM_TEMPORAL_UI_PORT',
  postgresPort: 'QUAKELOOM_POSTGRES_PORT',
  computeThreads: 'QUAKELOOM_COMPUTE_THREADS',
  logLevel: 'QUAKELOOM_LOG_LEVEL',
};

/** Name of the optional configuration file in the current directory. */
export const CONFIG_FILE = 'quakeloom.config.json';

/** Settings from all places, checked. Throws InvalidInputError naming the setting. */
export function loadConfig(
  input: {
    flags?: Partial<Record<keyof Config, unknown>>;
    env?: NodeJS.ProcessEnv;
    directory?: string;
  } = {},
): Config {
  const env = input.env ?? process.env;
  const directory = input.directory ?? process.cwd();
  const file = readConfigFile(path.join(directory, CONFIG_FILE));
  const fromEnv = Object.fromEntries(
    Object.entries(ENVIRONMENT)
      .map(([key, name]) => [key, env[name]] as const)
      .filter(([, value]) => value !== undefined && value !== ''),
  );
  const merged: Record<string, unknown> = { ...file, ...fromEnv, ...input.flags };
  merged['home'] = path.resolve(directory, String(merged['home'] ?? '.quakeloom'));
  merged['objectStoreUrl'] ??= pathToFileURL(path.join(String(merged['home']), 'objects')).href;
  const parsed = SCHEMA.strict().safeParse(merged);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const key = String(issue?.path[0] ?? 'configuration');
    const name = ENVIRONMENT[key as keyof Config];
    throw new InvalidInputError({
      what: `setting ${key}`,
      reason: issue?.message ?? 'not valid',
      remedy: name ? `correct ${name} or ${CONFIG_FILE}` : `correct ${CONFIG_FILE}`,
    });
  }
  return Object.freeze(parsed.data);
}

/** Configuration as shown to a person: passwords in URLs are replaced. */
export function redacted(config: Config): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [
      key,
      typeof value === 'string' ? value.replace(/(:\/\/[^:/@]+):[^@/]+@/, '$1:***@') : value,
    ]),
  );
}

function readConfigFile(file: string): Record<string, unknown> {
  if (!existsSync(file)) return {};
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return value as Record<string, unknown>;
    }
    throw new TypeError('not a JSON object');
  } catch (cause) {
    throw new InvalidInputError({
      what: CONFIG_FILE,
      reason: cause instanceof Error ? cause.message : String(cause),
      remedy: 'write one JSON object, for example {"apiPort": 8080}',
      cause,
    });
  }
}
