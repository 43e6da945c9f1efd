/**
 * Displacement of rectangles at many points with several threads. In: points once, then rectangles. Out: as
 * `okada-kernel.ts`. The calling thread takes a share itself and waits for the rest, so a call is synchronous;
 * threads wait in between without using a processor.
 * @module
 */
import { Worker } from 'node:worker_threads';
import { InvalidInputError, UnavailableError } from '../../core/errors.js';
import { CONTROL, JOB, SOURCE_FIELDS, type SharedMemory } from './forward-protocol.js';
import { createOkadaEvaluator } from './okada-kernel.js';
import type { OkadaSource, SurfacePoints } from './okada.js';

export interface ForwardPool {
  readonly count: number;
  /** New positions for the same number of points. */
  setPoints(points: SurfacePoints): void;
  /** [3, n] east, north, up, m. `into` is filled when given. */
  displacement(source: OkadaSource, into?: Float64Array): Float64Array;
  /** [12, n] displacement and the nine derivatives in the order of `DisplacementGradient`. */
  displacementGradient(source: OkadaSource, into?: Float64Array): Float64Array;
  /** Ends the threads. */
  close(): Promise<void>;
}

interface Share {
  readonly first: number;
  readonly count: number;
  readonly worker: Worker;
  readonly control: Int32Array;
  readonly source: Float64Array;
  readonly points: Float64Array;
  readonly out: Float64Array;
}

/**
 * A pool of `threads` threads, the calling one among them. Ready when it returns; throws InvalidInputError
 * for fewer points than threads.
 */
export async function createForwardPool(input: {
  readonly points: SurfacePoints;
  readonly threads: number;
}): Promise<ForwardPool> {
  const { points, threads } = input;
  const count = points.eastM.length;
  if (!(threads >= 1 && count >= threads)) {
    throw new InvalidInputError({
      what: 'points of the forward model',
      reason: `${count} points for ${threads} threads`,
      remedy: 'give at least one point for each thread',
    });
  }
  const cuts = Array.from({ length: threads + 1 }, (_, k) => Math.floor((k * count) / threads));
  const [, ownCount = count] = cuts;
  const part = (all: SurfacePoints, first: number, end: number): SurfacePoints => ({
    eastM: all.eastM.subarray(first, end),
    northM: all.northM.subarray(first, end),
  });
  let own = createOkadaEvaluator(part(points, 0, ownCount));
  const shares = cuts
    .slice(1, -1)
    .map((first, k) => startShare(points, first, (cuts[k + 2] as number) - first));
  await Promise.all(shares.map(({ worker }) => waitReady(worker)));

  const ask = (share: Share, job: number): number => {
    Atomics.store(share.control, CONTROL.job, job);
    const request = Atomics.add(share.control, CONTROL.request, 1) + 1;
    Atomics.notify(share.control, CONTROL.request);
    return request;
  };
  const wait = (share: Share, request: number): void => {
    for (;;) {
      const answer = Atomics.load(share.control, CONTROL.answer);
      if (answer === request) break;
      Atomics.wait(share.control, CONTROL.answer, answer);
    }
    if (Atomics.load(share.control, CONTROL.failed) === 1) {
      throw new UnavailableError({
        what: 'thread of the forward model',
        reason: 'it failed at this rectangle',
        remedy: 'check the rectangle for values that are not finite',
        retryable: false,
      });
    }
  };
  const evaluate = (source: OkadaSource, job: number, rows: number, into?: Float64Array) => {
    const out = into ?? new Float64Array(rows * count);
    const requests = shares.map((share) => {
      SOURCE_FIELDS.forEach((name, i) => (share.source[i] = source[name] ?? Number.NaN));
      return ask(share, job);
    });
    const mine = job === JOB.gradient ? own.displacementGradient(source) : own.displacement(source);
    for (let k = 0; k < rows; k++)
      out.set(mine.subarray(k * ownCount, (k + 1) * ownCount), k * count);
    shares.forEach((share, i) => {
      wait(share, requests[i] as number);
      for (let k = 0; k < rows; k++) {
        const row = share.out.subarray(k * share.count, (k + 1) * share.count);
        out.set(row, k * count + share.first);
      }
    });
    return out;
  };
  return {
    count,
    setPoints(next) {
      own = createOkadaEvaluator(part(next, 0, ownCount));
      for (const share of shares) {
        share.points.set(next.eastM.subarray(share.first, share.first + share.count));
        share.points.set(next.northM.subarray(share.first, share.first + share.count), share.count);
        wait(share, ask(share, JOB.points));
      }
    },
    displacement: (source, into) => evaluate(source, JOB.displacement, 3, into),
    displacementGradient: (source, into) => evaluate(source, JOB.gradient, 12, into),
    close: async () => {
      for (const share of shares) ask(share, JOB.stop);
      await Promise.all(shares.map(({ worker }) => worker.terminate()));
    },
  };
}

function startShare(points: SurfacePoints, first: number, count: number): Share {
  const memory: SharedMemory = {
    control: new SharedArrayBuffer(CONTROL.words * 4),
    source: new SharedArrayBuffer(SOURCE_FIELDS.length * 8),
    points: new SharedArrayBuffer(2 * count * 8),
    out: new SharedArrayBuffer(12 * count * 8),
  };
  const shared = new Float64Array(memory.points);
  shared.set(points.eastM.subarray(first, first + count));
  shared.set(points.northM.subarray(first, first + count), count);
  return {
    first,
    count,
    worker: new Worker(new URL('./forward-entry.mjs', import.meta.url), { workerData: memory }),
    control: new Int32Array(memory.control),
    source: new Float64Array(memory.source),
    points: shared,
    out: new Float64Array(memory.out),
  };
}

/** A thread that cannot start (or ends before it is ready) fails the pool, rather than hanging a call. */
function waitReady(worker: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.once('message', () => resolve());
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`forward thread ended with code ${code}`)));
  });
}
