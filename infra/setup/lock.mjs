/**
 * Lets one set-up at a time change a folder. The lock file names its owner by process id and start
 * time, so that the lock of a process that died is taken over and a reused id is not mistaken.
 * @module
 */
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readJson } from './files.mjs';

const POLL_MS = 200;

/**
 * Waits until this process owns `file`, then resolves to a function that gives it back.
 * `onWait(owner)` is called once when another set-up is at work. `signal` ends the waiting.
 */
export async function takeLock(file, { onWait = () => {}, signal } = {}) {
  mkdirSync(path.dirname(file), { recursive: true });
  const mine = JSON.stringify({ pid: process.pid, startedAt: startTime(process.pid) });
  const ticket = `${file}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  let hasWaited = false;
  for (;;) {
    signal?.throwIfAborted();
    writeFileSync(ticket, mine);
    try {
      // A link is made whole or not at all, and never over an existing file.
      linkSync(ticket, file);
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    } finally {
      rmSync(ticket, { force: true });
    }
    const owner = readJson(file);
    if (owner && isAlive(owner)) {
      if (!hasWaited) onWait(owner);
      hasWaited = true;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    } else {
      removeStale(file, owner);
    }
  }
  const release = () => {
    process.off('exit', release);
    if (readText(file) === mine) rmSync(file, { force: true });
  };
  process.on('exit', release);
  return release;
}

/** Moves a dead owner's lock aside; puts it back if a living one took it in that moment. */
function removeStale(file, owner) {
  const aside = `${file}.${process.pid}.stale`;
  try {
    renameSync(file, aside);
  } catch {
    return;
  }
  const moved = readJson(aside);
  if (moved && isAlive(moved) && moved.pid !== owner?.pid) {
    try {
      linkSync(aside, file);
    } catch {
      // A third set-up holds it by now; the living owner notices nothing worse than a wait.
    }
  }
  rmSync(aside, { force: true });
}

/** True while the process that wrote the lock runs. */
function isAlive({ pid, startedAt }) {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (error.code !== 'EPERM') return false;
  }
  const now = startTime(pid);
  return now === null || startedAt === null || now === startedAt;
}

/** Start of a process in clock ticks since boot (proc(5), field 22), or null where unknown. */
function startTime(pid) {
  const stat = readText(`/proc/${pid}/stat`);
  // The second field is the program's name in brackets and may hold spaces.
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
}

function readText(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
