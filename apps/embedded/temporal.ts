/**
 * The Temporal dev server for one machine. In: a home folder, ports and search attributes; out: a
 * child description; its database file and what was registered survive restarts.
 * @module
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { UnavailableError } from '../../core/errors.js';
import type { ChildSpec } from './children.js';
import { readJson, type HomePaths } from './home.js';
import { isListening, LOOPBACK } from './ports.js';
import { prepareNamespace, type NamespaceSettings } from './temporal-namespace.js';

/** Path of the Temporal CLI that the set-up found. Throws UnavailableError when there is none. */
export function temporalCli(): string {
  const list = new URL('../../node_modules/.cache/quakeloom/tools.json', import.meta.url);
  const tools = readJson(fileURLToPath(list)) as { temporal?: { path?: unknown } } | null;
  const file = tools?.temporal?.path;
  if (typeof file === 'string' && existsSync(file)) return file;
  throw new UnavailableError({
    what: 'the Temporal CLI',
    reason: typeof file === 'string' ? `${file} is gone` : 'the set-up has not brought it yet',
    remedy: 'run the set-up (npm run setup), or set TEMPORAL_ADDRESS to a Temporal server',
    retryable: false,
  });
}

/** Describes the dev server with its Web UI. It is ready once the namespace is as `settings` say. */
export function temporalChild(input: {
  readonly paths: HomePaths;
  /** Temporal CLI program. */
  readonly cli: string;
  readonly port: number;
  readonly uiPort: number;
  readonly settings: NamespaceSettings;
}): ChildSpec {
  const { settings } = input;
  const address = `${LOOPBACK}:${input.port}`;
  const attributes = Object.entries(settings.searchAttributes).flatMap(([name, type]) => [
    '--search-attribute',
    `${name}=${type}`,
  ]);
  return {
    name: 'temporal',
    command: input.cli,
    args: [
      ...['server', 'start-dev', '--headless=false'],
      ...['--ip', LOOPBACK, '--port', String(input.port)],
      ...['--ui-ip', LOOPBACK, '--ui-port', String(input.uiPort), '--ui-disable-news-fetch'],
      // A write-ahead log makes starting a workflow 2 to 3 times faster and is as safe.
      ...['--db-filename', input.paths.temporalDb, '--sqlite-pragma', 'journal_mode=wal'],
      ...['--log-level', 'warn', '--namespace', settings.namespace],
      ...attributes,
    ],
    // Profiles and addresses of other servers are not for this one.
    env: {
      TEMPORAL_ADDRESS: undefined,
      TEMPORAL_NAMESPACE: undefined,
      TEMPORAL_PROFILE: undefined,
    },
    cwd: path.dirname(input.paths.temporalDb),
    ready: async () => {
      // The gRPC client would wait a second before it tries a refused connection again.
      if (!(await isListening(input.port))) return false;
      await prepareNamespace({ connection: { address }, settings });
      return true;
    },
    readyTimeoutMs: 60_000,
    restart: true,
    stopGraceMs: 10_000,
  };
}
