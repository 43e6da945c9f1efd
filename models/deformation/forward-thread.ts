/** Inside a thread of the forward pool: waits for a rectangle, evaluates it at its points, answers. @module */
import { parentPort, workerData } from 'node:worker_threads';
import { CONTROL, JOB, SOURCE_FIELDS, type SharedMemory } from './forward-protocol.js';
import { createOkadaEvaluator } from './okada-kernel.js';
import type { OkadaSource } from './okada.js';

const shared = workerData as SharedMemory;
const control = new Int32Array(shared.control);
const source = new Float64Array(shared.source);
const points = new Float64Array(shared.points);
const out = new Float64Array(shared.out);
const n = points.length / 2;
const makeEvaluator = () =>
  createOkadaEvaluator({ eastM: points.slice(0, n), northM: points.slice(n) });

let evaluator = makeEvaluator();
let seen = 0;

function answer(job: number): void {
  if (job === JOB.points) {
    evaluator = makeEvaluator();
    return;
  }
  const rectangle = Object.fromEntries(
    SOURCE_FIELDS.map((name, i) => [name, source[i]]).filter(([, v]) => !Number.isNaN(v)),
  ) as unknown as OkadaSource;
  const isGradient = job === JOB.gradient;
  out.set(
    isGradient ? evaluator.displacementGradient(rectangle) : evaluator.displacement(rectangle),
  );
}

parentPort?.postMessage('ready');
for (;;) {
  Atomics.wait(control, CONTROL.request, seen);
  seen = Atomics.load(control, CONTROL.request);
  const job = Atomics.load(control, CONTROL.job);
  if (job === JOB.stop) break;
  try {
    answer(job);
    Atomics.store(control, CONTROL.failed, 0);
  } catch {
    // The pool throws in the calling thread, which waits and can take no message.
    Atomics.store(control, CONTROL.failed, 1);
  }
  Atomics.store(control, CONTROL.answer, seen);
  Atomics.notify(control, CONTROL.answer);
}
