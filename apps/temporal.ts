/** Connections to Temporal and the starter that activities use. @module */
import { Client, Connection, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { WorkflowStarter } from '../activities/deps.js';
import { TASK_QUEUES } from '../core/task-queues.js';
import { UnavailableError } from '../core/errors.js';
import { invertDeformation, lateEvidenceSignal, trackEvent } from '../workflows/index.js';

/** Connects a client; a server that does not answer is an error with its address. */
export async function connectClient(input: {
  address: string;
  namespace: string;
}): Promise<Client> {
  try {
    const connection = await Connection.connect({
      address: input.address,
      connectTimeout: '10 seconds',
    });
    return new Client({ connection, namespace: input.namespace });
  } catch (cause) {
    throw new UnavailableError({
      what: `Temporal at ${input.address}`,
      reason: cause instanceof Error ? cause.message : String(cause),
      remedy: 'start the stack with `npm start`, or correct TEMPORAL_ADDRESS',
      cause,
    });
  }
}

/** Starts inversions and signals event entities. */
export function createWorkflowStarter(client: Client): WorkflowStarter {
  return {
    signalEvent: async ({ eventId, evidence }) => {
      await client.workflow.signalWithStart(trackEvent, {
        workflowId: `event-${eventId}`,
        taskQueue: TASK_QUEUES.io,
        args: [{ eventId }],
        signal: lateEvidenceSignal,
        signalArgs: [evidence],
        staticSummary: `event ${eventId}`,
      });
    },
    startInversion: async ({ regionId, scenes, event }) => {
      const workflowId = `invert-${event.eventId}-v${event.version}`;
      try {
        await client.workflow.start(invertDeformation, {
          workflowId,
          taskQueue: TASK_QUEUES.io,
          args: [{ regionId, scenes, model: 'okada', event }],
          workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY',
          staticSummary: `source of event ${event.eventId}`,
        });
      } catch (error) {
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      }
      return workflowId;
    },
  };
}

/** True when a worker polls the task queue for activities. */
export async function hasPollers(input: {
  address: string;
  namespace: string;
  taskQueue: string;
}): Promise<boolean> {
  const client = await connectClient(input);
  try {
    const { pollers } = await client.workflowService.describeTaskQueue({
      namespace: input.namespace,
      taskQueue: { name: input.taskQueue },
      // 2 = activity pollers (temporal.api.enums.v1.TaskQueueType).
      taskQueueType: 2,
    });
    return (pollers?.length ?? 0) > 0;
  } finally {
    await client.connection.close();
  }
}
