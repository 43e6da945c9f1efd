/**
 * A Temporal worker. `io` runs workflow code, connectors and the catalogue; `compute` runs models in
 * worker threads and no workflow code.
 * @module
 */
import { fileURLToPath } from 'node:url';
import {
  DefaultLogger,
  NativeConnection,
  Runtime,
  Worker,
  bundleWorkflowCode,
  type WorkerOptions,
} from '@temporalio/worker';
import { createActivities } from '../../activities/index.js';
import { TASK_QUEUES } from '../../core/task-queues.js';
import { findAddresses } from '../addresses.js';
import { loadConfig } from '../config.js';
import { createDeps } from '../deps.js';
import { createLog } from '../log.js';
import { connectClient, temporalConnection } from '../temporal.js';

type Role = keyof typeof TASK_QUEUES;

const role = process.argv[2] as Role;
if (!(role in TASK_QUEUES)) {
  console.error(`worker: role must be one of ${Object.keys(TASK_QUEUES).join(', ')}`);
  process.exit(2);
}
const config = loadConfig();
const log = createLog({ name: `worker-${role}`, config });
Runtime.install({
  logger: new DefaultLogger('INFO', ({ level, message, meta }) => {
    const line = { ...meta };
    if (level === 'ERROR') log.error(line, message);
    else if (level === 'WARN') log.warn(line, message);
    else log.debug(line, message);
  }),
  shutdownSignals: ['SIGINT', 'SIGTERM'],
});

const { temporal } = findAddresses(config);
const namespace = config.temporalNamespace;
const client = await connectClient({ address: temporal, namespace });
const connection = await NativeConnection.connect(temporalConnection(temporal));
const threads = role === 'compute' ? config.computeThreads : 1;
const { deps, close } = await createDeps({ config, client, threads });

const shared: WorkerOptions = {
  connection,
  namespace,
  taskQueue: TASK_QUEUES[role],
  activities: createActivities(deps),
  shutdownGraceTime: '10 seconds',
};
const worker = await Worker.create(
  role === 'compute'
    ? { ...shared, maxConcurrentActivityTaskExecutions: threads }
    : {
        ...shared,
        maxConcurrentActivityTaskExecutions: 8,
        workflowBundle: await bundleWorkflowCode({
          workflowsPath: fileURLToPath(new URL('../../workflows/index.ts', import.meta.url)),
          logger: new DefaultLogger('WARN'),
        }),
      },
);
log.info({ role, temporal, threads }, 'polling');
process.send?.('ready');
await worker.run();
await close();
await connection.close();
await client.connection.close();
log.info({ role }, 'stopped');
process.exit(0);
