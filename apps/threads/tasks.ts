/** Everything that runs in worker threads. @module */
import { phoneTasks } from '../../connectors/phones/tasks.js';
import { pickFileTasks } from '../../connectors/picks/tasks.js';
import { connectorTasks } from '../../connectors/tasks.js';
import { fibreProcessingTasks } from '../../models/das/processing/tasks.js';
import { deformationTasks } from '../../models/deformation/tasks.js';
import { pickTasks } from '../../models/detection/pick-tasks.js';
import { detectionTasks } from '../../models/detection/tasks.js';
import { evidenceTasks } from '../../models/evidence-tasks.js';
import { shakingTasks } from '../../models/shaking/tasks.js';

export const computeTasks = {
  ...connectorTasks,
  ...phoneTasks,
  ...evidenceTasks,
  ...detectionTasks,
  ...deformationTasks,
  ...shakingTasks,
  ...pickFileTasks,
  ...pickTasks,
  ...fibreProcessingTasks,
} as const;
