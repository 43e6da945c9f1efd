/** All activities, made from what they need. @module */
import { createDeformActivities } from './deform.js';
import type { ActivityDeps } from './deps.js';
import { createFuseActivities } from './fuse.js';
import { createIngestActivities } from './ingest.js';
import { createPickActivities } from './picks.js';
import { createPublishActivities } from './publish.js';

/** Activities of both task queues; a worker registers all and polls the queues it serves. */
export function createActivities(deps: ActivityDeps) {
  return {
    ...createIngestActivities(deps),
    ...createFuseActivities(deps),
    ...createPublishActivities(deps),
    ...createDeformActivities(deps),
    ...createPickActivities(deps),
  };
}

export type Activities = ReturnType<typeof createActivities>;
