/**
 * The whole stack on one machine. In: a home folder, the environment and the application's own
 * children; out: addresses that answer, and one way to end everything.
 * @module
 */
import { rmSync } from 'node:fs';
import path from 'node:path';
import { UnavailableError } from '../../core/errors.js';
import { addressesOf, saveAddresses, type StackAddresses } from './addresses.js';
import type { ChildSpec } from './children.js';
import { StoppedError, type ChildFailedError } from './errors.js';
import { checkDatabase, checkTemporal, externalTemporal } from './external.js';
import { createHome, type HomePaths } from './home.js';
import { acquireLock } from './lock.js';
import { choosePorts, type PortWish } from './ports.js';
import { preparePostgres } from './postgres.js';
import { listenForSignals, signalExitCode } from './signals.js';
import { createSupervisor, type RestartPolicy, type Supervisor } from './supervisor.js';
import { reapSurvivors } from './survivors.js';
import type { NamespaceSettings } from './temporal-namespace.js';
import { temporalChild, temporalCli } from './temporal.js';

/** What to start. */
export interface StackInput {
  /** Everything the stack keeps lies below this folder; one supervisor a folder. */
  readonly home: string;
  /** `DATABASE_URL` and `TEMPORAL_ADDRESS` replace the embedded servers; children inherit it. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /**
   * The application's own processes, asked for once the servers answer (so migrations can run
   * here). They are started side by side and stopped first.
   */
  readonly children: (
    addresses: StackAddresses,
  ) => readonly ChildSpec[] | Promise<readonly ChildSpec[]>;
  /** Gets lines for a person. */
  readonly log: (line: string) => void;
  /**
   * Ports for the application's children, and explicit ones for `postgres`, `temporal` and
   * `temporalUi`.
   */
  readonly ports?: readonly PortWish[];
  /** Namespace `default`, 30 days and no search attributes unless given; `cli` for another CLI. */
  readonly temporal?: Partial<NamespaceSettings> & { readonly cli?: string };
  /** Default true: SIGINT, SIGTERM and SIGHUP end the stack, a second one at once. */
  readonly handleSignals?: boolean;
  /** A child that had been ready keeps dying and was given up; the others still run. */
  readonly onGivenUp?: (error: ChildFailedError) => void;
  readonly restartPolicy?: RestartPolicy;
  /** Default: /var/lib/quakeloom; used only when root's home folder hides PostgreSQL's data. */
  readonly systemFolder?: string;
}

/** How the stack ended: 0 after `stop()`, 128 + signal number after a signal. */
export interface StackEnd {
  readonly exitCode: number;
}

/** A running stack. */
export interface Stack {
  readonly addresses: StackAddresses;
  readonly supervisor: Supervisor;
  /** Ends everything and resolves when no process is left. Can be called again. */
  stop(): Promise<void>;
  /** Resolves once everything has ended, whoever asked for it. */
  readonly ended: Promise<StackEnd>;
}

const PORTS: readonly PortWish[] = [
  { name: 'postgres', preferred: 15_432 },
  { name: 'temporal', preferred: 7233 },
  { name: 'temporalUi', preferred: 8233 },
];

/**
 * Starts PostgreSQL, Temporal and the given children, each unless the environment replaces it.
 * When it rejects, nothing is left running: AlreadyRunningError (exit code 3), PortTakenError,
 * UnavailableError, ChildFailedError, StoppedError when a signal came during the start-up.
 */
export async function startStack(input: StackInput): Promise<Stack> {
  refuseWindows();
  const paths = createHome(input.home);
  const { log } = input;
  const lock = acquireLock({ home: paths.home, log });
  const supervisor = createSupervisor({
    paths,
    env: input.env,
    log,
    ...(input.onGivenUp ? { onGivenUp: input.onGivenUp } : {}),
    ...(input.restartPolicy ? { policy: input.restartPolicy } : {}),
  });
  const stopping = new AbortController();
  let exitCode = 0;
  let hasSettled: () => void = () => undefined;
  const startUpSettled = new Promise<void>((resolve) => (hasSettled = resolve));
  let announceEnd: (end: StackEnd) => void = () => undefined;
  const ended = new Promise<StackEnd>((resolve) => (announceEnd = resolve));

  let stopped: Promise<void> | null = null;
  const stop = () => (stopped ??= endAll());
  const endAll = async () => {
    stopping.abort();
    await supervisor.stop();
    // The start-up may still be busy with the home folder: it keeps the lock until it is not.
    await startUpSettled;
    rmSync(path.join(paths.run, 'addresses.json'), { force: true });
    lock.release();
    stopListening();
    process.off('exit', supervisor.abandon);
    announceEnd({ exitCode });
  };
  const stopListening =
    input.handleSignals === false
      ? () => undefined
      : listenForSignals({
          onFirst: (signal) => {
            exitCode = signalExitCode(signal);
            log(`${signal}: stopping everything (again to stop at once)`);
            void stop();
          },
          onSecond: () => void supervisor.stop({ hurry: true }),
        });
  process.on('exit', supervisor.abandon);

  try {
    const addresses = await startUp({ input, paths, supervisor, stopping: stopping.signal });
    if (stopping.signal.aborted) throw new StoppedError({ exitCode });
    saveAddresses({ paths, addresses, publish: lock.publish });
    hasSettled();
    return { addresses, supervisor, stop, ended };
  } catch (error) {
    hasSettled();
    const wasAsked = stopping.signal.aborted;
    await stop();
    throw wasAsked ? new StoppedError({ exitCode }) : error;
  }
}

/** The steps of a start, in order. All of it has come to rest when this settles. */
async function startUp(context: {
  readonly input: StackInput;
  readonly paths: HomePaths;
  readonly supervisor: Supervisor;
  readonly stopping: AbortSignal;
}): Promise<StackAddresses> {
  const { input, paths, supervisor, stopping } = context;
  const { env, log } = input;
  await reapSurvivors({ home: paths.home, log });

  const isOwn = { postgres: !env['DATABASE_URL'], temporal: !env['TEMPORAL_ADDRESS'] };
  const ports = await choosePorts({ home: paths.home, wishes: portWishes(input, isOwn), log });
  const external = isOwn.temporal ? null : externalTemporal(env);
  const settings: NamespaceSettings = {
    namespace: input.temporal?.namespace ?? external?.namespace ?? 'default',
    retentionDays: input.temporal?.retentionDays ?? 30,
    searchAttributes: input.temporal?.searchAttributes ?? {},
  };

  const database = async (): Promise<string> => {
    if (env['DATABASE_URL']) {
      await checkDatabase(env['DATABASE_URL']);
      return env['DATABASE_URL'];
    }
    const postgres = await preparePostgres({
      paths,
      env,
      log,
      port: ports['postgres']!,
      run: supervisor.run,
      ...(input.systemFolder ? { systemFolder: input.systemFolder } : {}),
    });
    await supervisor.start([postgres.child]);
    return postgres.databaseUrl;
  };
  const temporal = async (): Promise<void> => {
    if (external) {
      await checkTemporal({ ...external, settings });
      return;
    }
    const cli = input.temporal?.cli ?? temporalCli();
    const [port, uiPort] = [ports['temporal']!, ports['temporalUi']!];
    await supervisor.start([temporalChild({ paths, cli, port, uiPort, settings })]);
  };
  const [databaseUrl] = await allOrStop([database(), temporal()], supervisor);

  const addresses = addressesOf({
    ports,
    isOwn,
    databaseUrl,
    namespace: settings.namespace,
    externalTemporal: external?.address ?? null,
  });
  const specs = await unlessAborted(Promise.resolve(input.children(addresses)), stopping);
  await supervisor.start(specs);
  return addresses;
}

/** Waits for all also when one fails, so that nothing goes on in the background. */
async function allOrStop<A, B>(
  parts: readonly [Promise<A>, Promise<B>],
  supervisor: Supervisor,
): Promise<[A, B]> {
  try {
    return await Promise.all(parts);
  } catch (error) {
    await supervisor.stop();
    await Promise.allSettled(parts);
    throw error;
  }
}

function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return Promise.race([
    promise,
    new Promise<never>((_resolve, reject) => {
      const stop = () => reject(new StoppedError({}));
      if (signal.aborted) stop();
      signal.addEventListener('abort', stop, { once: true });
    }),
  ]);
}

/** The embedded servers' ports (with what the caller named for them) and the caller's own. */
function portWishes(
  input: StackInput,
  isOwn: { readonly postgres: boolean; readonly temporal: boolean },
): readonly PortWish[] {
  const given = input.ports ?? [];
  const own = PORTS.filter(({ name }) => (name === 'postgres' ? isOwn.postgres : isOwn.temporal));
  return [
    ...own.map((wish) => given.find(({ name }) => name === wish.name) ?? wish),
    ...given.filter(({ name }) => !PORTS.some((wish) => wish.name === name)),
  ];
}

function refuseWindows(): void {
  if (process.platform !== 'win32') return;
  throw new UnavailableError({
    what: 'the embedded stack',
    reason: 'it needs the process groups and signals of Linux or macOS',
    remedy: 'use the Windows Subsystem for Linux',
    retryable: false,
  });
}
