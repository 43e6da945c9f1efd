/**
 * The retry table: how long each kind of step may take and how often it is tried.
 * @module
 */
import type { ActivityOptions } from '@temporalio/workflow';
import { TASK_QUEUES } from '../core/task-queues.js';

/** Error types (the `_tag` of core/errors.ts) that another try cannot mend. */
const PERMANENT = [
  'InvalidInput',
  'CorruptSource',
  'UnsupportedSource',
  'ArtifactConflict',
  'NoSolution',
];

/** Reads and writes of the outside world: many quick tries; a database restart is normal life. */
export const IO: ActivityOptions = {
  taskQueue: TASK_QUEUES.io,
  startToCloseTimeout: '10 minutes',
  heartbeatTimeout: '30 seconds',
  retry: {
    initialInterval: '500 milliseconds',
    backoffCoefficient: 2,
    maximumInterval: '20 seconds',
    nonRetryableErrorTypes: PERMANENT,
  },
};

/** Small catalogue reads and writes: no heartbeat needed, a stuck one is tried again soon. */
export const CATALOGUE: ActivityOptions = {
  ...IO,
  startToCloseTimeout: '1 minute',
  heartbeatTimeout: undefined,
};

/** Models in worker threads: few tries, each may take long but must show life. */
export const COMPUTE: ActivityOptions = {
  taskQueue: TASK_QUEUES.compute,
  startToCloseTimeout: '30 minutes',
  heartbeatTimeout: '30 seconds',
  retry: {
    initialInterval: '1 second',
    backoffCoefficient: 2,
    maximumInterval: '30 seconds',
    maximumAttempts: 8,
    nonRetryableErrorTypes: PERMANENT,
  },
};
