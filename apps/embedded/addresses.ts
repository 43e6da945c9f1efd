/**
 * Where the parts of a stack answer. In: ports and what the environment replaces; out: addresses
 * for the application's children, and for other programs while the stack runs.
 * @module
 */
import path from 'node:path';
import { withoutPassword } from './external.js';
import { homePaths, readJson, writeWhole, type HomePaths } from './home.js';
import { readLock } from './lock.js';
import { LOOPBACK } from './ports.js';

/** Addresses of a running stack. */
export interface StackAddresses {
  /** `host:port` of Temporal's gRPC front end. */
  readonly temporal: string;
  readonly temporalNamespace: string;
  /** URL of the Web UI; null for a Temporal server that is not ours. */
  readonly temporalUi: string | null;
  /** Connection string with password: a secret. */
  readonly databaseUrl: string;
  /** All chosen ports on 127.0.0.1 by the name of the wish. */
  readonly ports: Readonly<Record<string, number>>;
  /** `TEMPORAL_ADDRESS`, `TEMPORAL_NAMESPACE`, `DATABASE_URL`: to spread into a child's `env`. */
  readonly env: Readonly<Record<string, string>>;
}

/** Puts the addresses together. */
export function addressesOf(input: {
  readonly ports: Readonly<Record<string, number>>;
  readonly isOwn: { readonly postgres: boolean; readonly temporal: boolean };
  readonly databaseUrl: string;
  readonly namespace: string;
  readonly externalTemporal: string | null;
}): StackAddresses {
  const { ports, databaseUrl, namespace } = input;
  const temporal = input.externalTemporal ?? `${LOOPBACK}:${ports['temporal']}`;
  return {
    temporal,
    temporalNamespace: namespace,
    temporalUi: input.isOwn.temporal ? `http://${LOOPBACK}:${ports['temporalUi']}` : null,
    databaseUrl,
    ports,
    env: {
      TEMPORAL_ADDRESS: temporal,
      TEMPORAL_NAMESPACE: namespace,
      DATABASE_URL: databaseUrl,
    },
  };
}

/** Keeps the addresses for other programs of this user, and those without passwords in the lock. */
export function saveAddresses(input: {
  readonly paths: HomePaths;
  readonly addresses: StackAddresses;
  readonly publish: (addresses: Readonly<Record<string, string>>) => void;
}): void {
  const { addresses } = input;
  writeWhole(addressFile(input.paths), `${JSON.stringify(addresses, null, 2)}\n`);
  const own = Object.entries(addresses.ports)
    .filter(([name]) => !['postgres', 'temporal', 'temporalUi'].includes(name))
    .map(([name, port]) => [name, `${LOOPBACK}:${port}`]);
  input.publish({
    Temporal: addresses.temporal,
    ...(addresses.temporalUi ? { 'Temporal Web UI': addresses.temporalUi } : {}),
    PostgreSQL: withoutPassword(addresses.databaseUrl),
    ...(Object.fromEntries(own) as Record<string, string>),
  });
}

/** Addresses of the stack that runs on a home folder; null when none runs or it is starting. */
export function runningStack(home: string): StackAddresses | null {
  const lock = readLock(home);
  // The file may be that of a killed predecessor: the lock names addresses once they are its own.
  if (!lock || Object.keys(lock.addresses).length === 0) return null;
  return readJson(addressFile(homePaths(home))) as StackAddresses | null;
}

function addressFile(paths: HomePaths): string {
  return path.join(paths.run, 'addresses.json');
}
