/**
 * A time-skipping Temporal server with a worker whose activities are fakes: days pass in
 * milliseconds, and nothing depends on how fast this machine is.
 * @module
 */
import { fileURLToPath } from 'node:url';
import proto from '@temporalio/proto';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import {
  bundleWorkflowCode,
  DefaultLogger,
  makeTelemetryFilterString,
  Runtime,
  Worker,
  type WorkflowBundleWithSourceMap,
} from '@temporalio/worker';
import type { Activities } from '../../activities/index.js';
import { SEARCH_ATTRIBUTES } from '../../core/search-attributes.js';
import { TASK_QUEUES } from '../../core/task-queues.js';
import { toolPath } from './tools.js';

// Failures that tests provoke would fill the screen.
Runtime.install({
  logger: new DefaultLogger('ERROR'),
  telemetryOptions: {
    logging: { filter: makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' }) },
  },
});

let bundle: Promise<WorkflowBundleWithSourceMap> | null = null;

/** The workflow bundle of this checkout; made once a test file. */
export function workflowBundle(): Promise<WorkflowBundleWithSourceMap> {
  bundle ??= bundleWorkflowCode({
    logger: new DefaultLogger('ERROR'),
    workflowsPath: fileURLToPath(new URL('../../workflows/index.ts', import.meta.url)),
  });
  return bundle;
}

/** Starts the server and registers the search attributes. */
export async function createWorkflowEnv(): Promise<TestWorkflowEnvironment> {
  const env = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path: toolPath('temporalTestServer') } },
  });
  const { IndexedValueType } = proto.temporal.api.enums.v1;
  const types = {
    KEYWORD: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
    DATETIME: IndexedValueType.INDEXED_VALUE_TYPE_DATETIME,
    DOUBLE: IndexedValueType.INDEXED_VALUE_TYPE_DOUBLE,
    INT: IndexedValueType.INDEXED_VALUE_TYPE_INT,
  } as const;
  await env.connection.operatorService.addSearchAttributes({
    namespace: env.namespace ?? 'default',
    searchAttributes: Object.fromEntries(
      Object.entries(SEARCH_ATTRIBUTES).map(([name, type]) => [name, types[type]]),
    ),
  });
  return env;
}

/** Runs `work` beside workers of both queues that serve the given activities. */
export async function withWorkers<T>(input: {
  env: TestWorkflowEnvironment;
  activities: Partial<Activities>;
  work: () => Promise<T>;
}): Promise<T> {
  const { env, activities, work } = input;
  const connection = env.nativeConnection;
  const io = await Worker.create({
    connection,
    taskQueue: TASK_QUEUES.io,
    workflowBundle: await workflowBundle(),
    activities,
  });
  const compute = await Worker.create({ connection, taskQueue: TASK_QUEUES.compute, activities });
  return compute.runUntil(io.runUntil(work));
}
