/** Everything that runs in worker threads. @module */
import { connectorTasks } from '../../connectors/tasks.js';
import { deformationTasks } from '../../models/deformation/tasks.js';
import { detectionTasks } from '../../models/detection/tasks.js';
import { evidenceTasks } from '../../models/evidence-tasks.js';

export const computeTasks = {
  ...connectorTasks,
  ...evidenceTasks,
  ...detectionTasks,
  ...deformationTasks,
} as const;
