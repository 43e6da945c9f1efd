/** Connections to Temporal and the starter that activities use. @module */
import {
  Client,
  Connection,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { NativeConnectionOptions } from '@temporalio/worker';
import type { WorkflowStarter } from '../activities/deps.js';
import { TASK_QUEUES } from '../core/task-queues.js';
import { UnavailableError } from '../core/errors.js';
import {
  hintSignal,
  invertDeformation,
  lateEvidenceSignal,
  trackEvent,
} from '../workflows/index.js';

/**
 * How to reach Temporal: the embedded server by its address alone, any other with what Temporal's
 * own variables and profile file say (TLS, API key).
 */
export function temporalConnection(
  address: string,
): Pick<NativeConnectionOptions, 'tls' | 'apiKey' | 'metadata'> & { address: string } {
  if (process.env['QUAKELOOM_EMBEDDED_TEMPORAL'] === address || !process.env['TEMPORAL_ADDRESS']) {
    return { address };
  }
  const { tls, apiKey, metadata } = loadClientConnectConfig().connectionOptions;
  return {
    address,
    ...(tls === undefined ? {} : { tls }),
    ...(apiKey === undefined ? {} : { apiKey }),
    ...(metadata === undefined ? {} : { metadata }),
  };
}

/** Connects a client; a server that does not answer is an error with its address. */
export async function connectClient(input: {
  address: string;
  namespace: string;
}): Promise<Client> {
  try {
    const connection = await Connection.connect({
      ...temporalConnection(input.address),
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

/** Tells the watch of a region that there may be news; a region that nobody watches is fine. */
export async function hintWatch(client: Client, regionId: string): Promise<void> {
  try {
    await client.workflow.getHandle(`watch-${regionId}`).signal(hintSignal);
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
}
