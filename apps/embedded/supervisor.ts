/**
 * Starts, watches and stops children. In: child descriptions; out: processes that are kept
 * running until the supervisor is stopped, and then are all gone.
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { LOG_KEEP, LOG_MAX_BYTES, rotateLog } from './child-log.js';
import {
  childFailed,
  describeExit,
  killGroup,
  killLeftovers,
  recordOf,
  spawnChild,
  STOP_GRACE_MS,
  stopChild,
  writeChildRecords,
  type ChildSpec,
  type RunningChild,
  type TaskSpec,
} from './children.js';
import { StoppedError, type ChildFailedError } from './errors.js';
import type { HomePaths } from './home.js';
import { sendSignal } from './process-identity.js';
import { firstAnswer, whyNotReady } from './readiness.js';

/** When a child that keeps dying is started again, and when no more. */
export interface RestartPolicy {
  /** First pause, ms; doubled after each quick death. */
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
  /** A child that died sooner than this after its start died quickly, ms. */
  readonly quickMs: number;
  /** So many quick deaths in a row, and it is given up. */
  readonly maxQuickDeaths: number;
}

/** Gives up after about 8 s of dying at once. */
export const RESTART_POLICY: RestartPolicy = {
  firstPauseMs: 250,
  longestPauseMs: 10_000,
  quickMs: 20_000,
  maxQuickDeaths: 6,
};

/** What a child is doing. `ended`: it ended by itself and is not started again. */
export type ChildState = 'starting' | 'ready' | 'pausing' | 'ended' | 'stopped';

/** A child as a person wants to see it. */
export interface ChildStatus {
  readonly name: string;
  readonly state: ChildState;
  /** Null while no process runs. */
  readonly pid: number | null;
  /** Starts after the first. */
  readonly restarts: number;
  readonly logPath: string;
}

/** Keeps children running. */
export interface Supervisor {
  /**
   * Starts children side by side and resolves when all are ready. Rejects with ChildFailedError
   * (names the log) when one cannot be started, is not ready in time or keeps dying, and with
   * StoppedError when the supervisor is stopped meanwhile.
   */
  start(specs: readonly ChildSpec[]): Promise<void>;
  /** Runs a process to its end. Rejects with ChildFailedError unless its exit code is 0. */
  run(spec: TaskSpec): Promise<void>;
  /** All children ever started, in order. */
  status(): readonly ChildStatus[];
  /**
   * Ends all children, the last started group first, and resolves when every process is gone. Can
   * be called again; with `hurry` the remaining ones get no time to end in order.
   */
  stop(options?: { readonly hurry?: boolean }): Promise<void>;
  /** Sends every child its stop signal without waiting: the last thing a dying process can do. */
  abandon(): void;
}

interface Slot {
  readonly spec: ChildSpec;
  readonly group: number;
  state: ChildState;
  child: RunningChild | null;
  restarts: number;
  logPath: string;
  /** Resolves once this child will never run again. */
  over: Promise<void>;
}

/** How long an impatient stop waits after the hurry signal before SIGKILL, ms. */
const HURRY_GRACE_MS = 2_000;
const LOG_CHECK_MS = 30_000;

/** Makes a supervisor for a home folder whose lock is held. `log` gets lines for a person. */
export function createSupervisor(input: {
  readonly paths: HomePaths;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: (line: string) => void;
  /** A child that was ready before has been given up. */
  readonly onGivenUp?: (error: ChildFailedError) => void;
  readonly policy?: RestartPolicy;
}): Supervisor {
  const { paths, log } = input;
  const policy = input.policy ?? RESTART_POLICY;
  const slots: Slot[] = [];
  const tasks = new Set<RunningChild>();
  const stopping = new AbortController();
  const hurry = new AbortController();
  let groups = 0;
  let stopped: Promise<void> | null = null;

  const logTimer = setInterval(() => {
    try {
      for (const { logPath: file } of slots) {
        rotateLog({ file, maxBytes: LOG_MAX_BYTES, keep: LOG_KEEP });
      }
    } catch (error) {
      log(`a log could not be turned over: ${String(error)}`);
    }
  }, LOG_CHECK_MS);
  logTimer.unref();

  const record = () =>
    writeChildRecords(paths.run, [
      ...slots.flatMap(({ child, spec }) => (child ? recordOf(child, spec) : [])),
      ...[...tasks].flatMap((task) => recordOf(task, {})),
    ]);

  const launch = (spec: TaskSpec) =>
    spawnChild({ spec, home: paths.home, logs: paths.logs, env: input.env });

  const endChild = (child: RunningChild, spec: Partial<ChildSpec>) =>
    stopChild({
      child,
      signal: spec.stopSignal ?? 'SIGTERM',
      graceMs: spec.stopGraceMs ?? STOP_GRACE_MS,
      hurry: hurry.signal,
      hurrySignal: spec.hurrySignal ?? 'SIGKILL',
      hurryGraceMs: HURRY_GRACE_MS,
    });

  /** One life of a child; resolves when it is over with the reason and whether it was ready. */
  const live = async (slot: Slot, onReady: () => void) => {
    const { spec } = slot;
    slot.state = 'starting';
    const child = launch(spec);
    slot.child = child;
    slot.logPath = child.logPath;
    record();
    const answer = await firstAnswer({
      ready: spec.ready,
      timeoutMs: spec.readyTimeoutMs,
      until: child.exited,
      signal: stopping.signal,
    });
    const wasReady = answer.kind === 'ready';
    if (wasReady) {
      slot.state = 'ready';
      onReady();
    }
    const problem = whyNotReady(answer, spec.readyTimeoutMs);
    if (problem !== null) await endChild(child, spec);
    const exit = await child.exited;
    if (child.identity) killLeftovers(child.identity.pid);
    slot.child = null;
    record();
    // Trying again cannot help a program that does not exist or cannot become ready.
    const isHopeless = exit.error !== undefined || answer.kind === 'never';
    return {
      child,
      wasReady,
      isHopeless,
      isLate: answer.kind === 'late',
      reason: problem ?? describeExit(exit),
    };
  };

  /** A child's whole life; resolves when it will not run again. */
  const keep = async (slot: Slot, ready: () => void, failed: (error: Error) => void) => {
    const { spec } = slot;
    let wasEverReady = false;
    let quickDeaths = 0;
    while (!stopping.signal.aborted) {
      const startedMs = performance.now();
      const life = await live(slot, () => {
        if (wasEverReady) log(`${spec.name} is running again`);
        wasEverReady = true;
        ready();
      });
      if (stopping.signal.aborted) break;
      const isQuick = !life.wasReady || performance.now() - startedMs < policy.quickMs;
      quickDeaths = isQuick ? quickDeaths + 1 : 1;
      // Nor does a person want to wait again for a first start that took too long.
      const isHopeless = life.isHopeless || (life.isLate && !wasEverReady);
      if (isHopeless || !spec.restart || quickDeaths >= policy.maxQuickDeaths) {
        const often = quickDeaths > 1 ? ` (${quickDeaths} times in a row; given up)` : '';
        const error = childFailed(life.child, `${life.reason}${often}`);
        slot.state = 'ended';
        failed(error);
        if (wasEverReady) {
          log(`${error.message}. What to do: ${error.remedy}.`);
          input.onGivenUp?.(error);
        }
        return;
      }
      const pauseMs = Math.min(policy.firstPauseMs * 2 ** (quickDeaths - 1), policy.longestPauseMs);
      slot.state = 'pausing';
      slot.restarts++;
      log(`${spec.name} ${life.reason}; starting it again in ${pauseMs / 1000} s`);
      await sleep(pauseMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
    slot.state = 'stopped';
    failed(new StoppedError({}));
  };

  const startOne = (spec: ChildSpec, group: number): Promise<void> => {
    const slot: Slot = {
      spec,
      group,
      state: 'starting',
      child: null,
      restarts: 0,
      logPath: '',
      over: Promise.resolve(),
    };
    slots.push(slot);
    return new Promise((resolve, reject) => {
      slot.over = keep(slot, resolve, reject).catch((error: unknown) => {
        slot.state = 'ended';
        log(`${spec.name} can no longer be watched: ${String(error)}`);
        reject(error as Error);
      });
    });
  };

  const stopAll = async () => {
    clearInterval(logTimer);
    await Promise.all([...tasks].map((task) => endChild(task, {})));
    for (let group = groups; group >= 1; group--) {
      const members = slots.filter((slot) => slot.group === group);
      await Promise.all(
        members.map(async (slot) => {
          if (slot.child) await endChild(slot.child, slot.spec);
          await slot.over;
        }),
      );
    }
    record();
  };

  return {
    start: async (specs) => {
      if (stopping.signal.aborted) throw new StoppedError({});
      const group = ++groups;
      await Promise.all(specs.map((spec) => startOne(spec, group)));
    },
    run: async (spec) => {
      if (stopping.signal.aborted) throw new StoppedError({});
      const task = launch(spec);
      tasks.add(task);
      record();
      const exit = await task.exited;
      tasks.delete(task);
      if (!stopping.signal.aborted) record();
      if (stopping.signal.aborted) throw new StoppedError({});
      if (exit.code !== 0) throw childFailed(task, describeExit(exit));
    },
    status: () =>
      slots.map(({ spec, state, child, restarts, logPath }) => ({
        name: spec.name,
        state,
        pid: child?.identity?.pid ?? null,
        restarts,
        logPath,
      })),
    stop: (options) => {
      stopping.abort();
      if (options?.hurry) hurry.abort();
      stopped ??= stopAll();
      return stopped;
    },
    abandon: () => {
      stopping.abort();
      for (const { child, spec } of slots) {
        if (child?.identity) {
          sendSignal({ pid: child.identity.pid, signal: spec.stopSignal ?? 'SIGTERM' });
        }
      }
      for (const task of tasks) if (task.identity) killGroup(task.identity.pid);
    },
  };
}
