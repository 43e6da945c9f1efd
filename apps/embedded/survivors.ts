/**
 * Children that outlived a killed supervisor. In: a home folder whose lock is held; out: none of
 * its processes is left. Two dev servers on one database file would damage it silently.
 * @module
 */
import { readFileSync, readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { UnavailableError } from '../../core/errors.js';
import {
  HOME_MARK,
  killGroup,
  readChildRecords,
  STOP_GRACE_MS,
  writeChildRecords,
  type ChildRecord,
} from './children.js';
import { homePaths } from './home.js';
import { isAlive, processStart, sendSignal, type ProcessIdentity } from './process-identity.js';

/**
 * Ends what an earlier supervisor left running, newest first, each with its own stop signal and
 * grace time, and says so in one line each. Throws UnavailableError when one cannot be ended.
 */
export async function reapSurvivors(input: {
  readonly home: string;
  readonly log: (line: string) => void;
}): Promise<void> {
  const { run, home } = homePaths(input.home);
  const recorded = readChildRecords(run).filter(isAlive).reverse();
  const pids = new Set(recorded.map((record) => record.pid));
  const marked = markedProcesses(home).filter((record) => !pids.has(record.pid));
  for (const survivor of [...recorded, ...marked]) {
    if (!isAlive(survivor)) continue; // ended together with an earlier one
    input.log(`ending ${survivor.name} (pid ${survivor.pid}), left over from a killed supervisor`);
    await endProcess(survivor);
  }
  writeChildRecords(run, []);
}

/** Ends a process that is not our child (so that it has to be watched by looking). */
export async function endProcess(record: ChildRecord): Promise<void> {
  sendSignal({ pid: record.pid, signal: record.stopSignal });
  if (!(await isGone(record, record.stopGraceMs))) killGroup(record.pid);
  if (!(await isGone(record, STOP_GRACE_MS))) {
    throw new UnavailableError({
      what: 'home folder',
      reason: `${record.name} (pid ${record.pid}) of an earlier start cannot be ended`,
      remedy: `end it as the user that started it: kill -9 ${record.pid}`,
    });
  }
}

async function isGone(identity: ProcessIdentity, withinMs: number): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  while (isAlive(identity)) {
    if (performance.now() > deadline) return false;
    await sleep(20);
  }
  return true;
}

/**
 * Processes whose environment carries this home's mark: grandchildren, and a child started in the
 * instant before its supervisor was killed. Linux only; elsewhere the records have to do.
 */
function markedProcesses(home: string): ChildRecord[] {
  if (process.platform !== 'linux') return [];
  const mark = `${HOME_MARK}=${home}`;
  return readdirSync('/proc').flatMap((name) => {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) return [];
    try {
      if (!readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(mark)) return [];
      const start = processStart(pid);
      const command = readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
      const stop = { stopSignal: 'SIGTERM', stopGraceMs: STOP_GRACE_MS } as const;
      return start === null ? [] : [{ pid, start, name: command, ...stop }];
    } catch {
      return []; // gone meanwhile, or another user's
    }
  });
}
