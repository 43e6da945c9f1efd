/** Task queues: who does what. Names are a stored contract. @module */
export const TASK_QUEUES = {
  /** Workflow tasks, connectors, catalogue, exports. */
  io: 'quake.io',
  /** Models in worker threads. */
  compute: 'quake.compute',
} as const;
