/** What the forward pool and its threads share. @module */

/** Words of the control block: a counter of requests, one of answers, what to do, 1 after a failure. */
export const CONTROL = { request: 0, answer: 1, job: 2, failed: 3, words: 4 } as const;
/** Values of the job word. */
export const JOB = { stop: 0, points: 1, displacement: 2, gradient: 3 } as const;
/** Numbers of a rectangle, in this order; NaN for what is absent. */
export const SOURCE_FIELDS = [
  'eastM',
  'northM',
  'centroidDepthM',
  'strikeDeg',
  'dipDeg',
  'rakeDeg',
  'slipM',
  'lengthM',
  'widthM',
  'openingM',
  'poissonRatio',
] as const;

/** Memory that a thread shares with the pool. */
export interface SharedMemory {
  readonly control: SharedArrayBuffer;
  /** SOURCE_FIELDS. */
  readonly source: SharedArrayBuffer;
  /** [2, n] east and north of the points of this thread. */
  readonly points: SharedArrayBuffer;
  /** [12, n] displacement and gradient. */
  readonly out: SharedArrayBuffer;
}
