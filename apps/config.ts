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
import { proxyRanges } from './trusted-proxies.js';

/** Digits of a variable become a number; `''`, `true` and `null` do not become 0 or 1. */
const integer = (min: number, max: number) =>
  z.preprocess(
    (value) => (typeof value === 'string' && /^\s*-?\d+\s*$/.test(value) ? Number(value) : value),
    z.number().int().min(min).max(max),
  );

const port = (preset: number) => integer(0, 65_535).default(preset);

const SCHEMA = z.object({
  /** Everything the embedded stack writes: database, logs, artifacts. */
  home: z.string().min(1),
  temporalAddress: z.string().optional(),
  temporalNamespace: z.string().default('default'),
  databaseUrl: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
  mqttUrl: z.url({ protocol: /^mqtts?$/ }).optional(),
  /** PEM files for `mqtts:`: the broker's authority, and this gateway's certificate and key. */
  mqttCaFile: z.string().optional(),
  mqttCertFile: z.string().optional(),
  mqttKeyFile: z.string().optional(),
  /** Names the session at the broker: another one for each gateway. */
  mqttClientId: z.string().min(1).max(64).default('quakeloom-gateway'),
  objectStoreUrl: z.url({ protocol: /^(file|s3)$/ }),
  /** Local mirror of the sample data sets. */
  dataDir: z.string().optional(),
  /** The API and the MQTT listener listen here; all else stays on 127.0.0.1. */
  host: z.string().default('127.0.0.1'),
  apiPort: port(8080),
  /** Proxies before the API: only from them is `X-Forwarded-For` believed. */
  trustedProxies: z
    .string()
    .refine((text) => proxyRanges(text) !== null, {
      message: 'not addresses or ranges such as 127.0.0.1,10.0.0.0/8',
    })
    .optional(),
  mqttPort: port(1883),
  gatewayHealthPort: port(8081),
  temporalPort: port(7233),
  temporalUiPort: port(8233),
  postgresPort: port(5433),
  /** Worker threads of the compute worker. */
  computeThreads: integer(1, 64).default(Math.max(1, Math.min(4, os.cpus().length - 1))),
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
  mqttCaFile: 'MQTT_CA_FILE',
  mqttCertFile: 'MQTT_CERT_FILE',
  mqttKeyFile: 'MQTT_KEY_FILE',
  mqttClientId: 'MQTT_CLIENT_ID',
  objectStoreUrl: 'OBJECT_STORE_URL',
  dataDir: 'QUAKELOOM_DATA',
  host: 'QUAKELOOM_HOST',
  apiPort: 'QUAKELOOM_API_PORT',
  trustedProxies: 'QUAKELOOM_TRUSTED_PROXIES',
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
  // A flag that was not given is undefined, and must not hide the environment.
  const flags = Object.fromEntries(
    Object.entries(input.flags ?? {}).filter(([, value]) => value !== undefined),
  );
  const merged: Record<string, unknown> = { ...file, ...fromEnv, ...flags };
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

/** Configuration as shown to a person: passwords and secret parameters of URLs are replaced. */
export function redacted(config: Config): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [
      key,
      typeof value === 'string' ? redactedUrl(value) : value,
    ]),
  );
}

/** Also passwords with `@` in them and passwords without a user. */
function redactedUrl(text: string): string {
  return text
    .replace(/^([a-z][a-z0-9+.-]*:\/\/[^:/?#@]*):[^/?#]*@/i, '$1:***@')
    .replace(/([?&][^=&#]*(?:password|secret|token|key)[^=&#]*=)[^&#]*/gi, '$1***');
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
