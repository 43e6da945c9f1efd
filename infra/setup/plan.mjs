/**
 * The set-up as a whole: its steps in order, a check that changes nothing, and the set-up that does
 * what is missing. Every step has `name`, `title`, `inspect(context)` (looks only) and
 * `install(context)`; both resolve to `{ ready, result, detail }`, inspect also to
 * `{ ready: false, reason }`.
 * @module
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { dependenciesStep } from './dependencies.mjs';
import { writeFileAtomic } from './files.mjs';
import { installScriptsStep } from './install-scripts.mjs';
import { kernelsStep } from './kernels.mjs';
import { takeLock } from './lock.mjs';
import { nodeVersionStep } from './node-version.mjs';
import { temporalStep, temporalTestServerStep } from './temporal-tools.mjs';
import { tensorflowStep } from './tensorflow.mjs';
import { webStep } from './web.mjs';

/** All steps, in the order in which they build on each other. */
export const STEPS = [
  nodeVersionStep,
  dependenciesStep,
  installScriptsStep,
  tensorflowStep,
  temporalStep,
  temporalTestServerStep,
  kernelsStep,
  webStep,
];

/** Steps whose results other programs read from tools.json. */
const TOOLS = ['temporal', 'temporalTestServer', 'tensorflow'];

/** Path of the file that tells programs where the tools are. */
export const toolsFile = (context) => path.join(context.stateDir, 'tools.json');

/** Looks at every step and changes nothing. A step that cannot be inspected counts as missing. */
export async function checkSetup(context, steps = STEPS) {
  const found = [];
  for (const step of steps) found.push(await inspectStep(context, step));
  return found;
}

async function inspectStep(context, step) {
  const { name, title } = step;
  try {
    return { name, title, ...(await step.inspect(context)) };
  } catch (error) {
    if (error.name !== 'SetupError') throw error;
    return { name, title, ready: false, reason: error.message, remedy: error.remedy };
  }
}

/**
 * Does what is missing and resolves to every step's outcome. Nothing is locked or written when
 * nothing is missing. Throws a SetupError for the first step that cannot be done.
 */
export async function runSetup(context, { steps = STEPS, onReady = () => {}, signal } = {}) {
  const looked = await checkSetup(context, steps);
  if (looked.every((outcome) => outcome.ready)) {
    for (const outcome of looked) onReady(outcome, false);
    writeTools(context, looked);
    return looked;
  }
  const locks = [];
  const restoreSignals = endOnSignals();
  try {
    // Two locks, because two checkouts share the cache, and two caches may serve one checkout.
    for (const folder of [path.join(context.root, '.quakeloom'), context.cache]) {
      const onWait = ({ pid }) =>
        context.reporter.line(`another set-up is at work (process ${pid}); waiting for it`);
      locks.push(await takeLock(path.join(folder, 'setup.lock'), { onWait, signal }));
    }
    const outcomes = [];
    for (const step of steps) {
      signal?.throwIfAborted();
      outcomes.push(await settleStep(context, step, onReady));
    }
    writeTools(context, outcomes);
    return outcomes;
  } finally {
    for (const release of locks.reverse()) release();
    restoreSignals();
  }
}

/**
 * Ends the process on a signal by way of its exit hooks, which end running programs and give the
 * locks back. A half-done step leaves nothing that looks finished. Returns the undo.
 */
function endOnSignals() {
  const end = (_name, number) => process.exit(128 + number);
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const name of names) process.on(name, end);
  return () => {
    for (const name of names) process.off(name, end);
  };
}

async function settleStep(context, step, onReady) {
  const { name, title } = step;
  const seen = await step.inspect(context);
  if (seen.ready) {
    const outcome = { name, title, ...seen };
    onReady(outcome, false);
    return outcome;
  }
  context.reporter.line(`${title}: ${seen.reason}`);
  const startedAt = Date.now();
  const outcome = { name, title, ready: true, ...(await step.install(context)) };
  onReady({ ...outcome, seconds: (Date.now() - startedAt) / 1000 }, true);
  return outcome;
}

/** Writes tools.json when it changed: paths, versions and origins, or null with a reason. */
function writeTools(context, outcomes) {
  const tools = {};
  for (const { name, result, reason } of outcomes) {
    if (!TOOLS.includes(name)) continue;
    tools[name] = result;
    if (result === null) tools[`${name}Reason`] = reason;
  }
  const text = `${JSON.stringify(tools, null, 2)}\n`;
  if (readText(toolsFile(context)) !== text) writeFileAtomic(toolsFile(context), text);
}

function readText(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
