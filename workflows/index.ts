/** All workflows of the worker: Temporal finds them by their exported names. @module */
export { backfillRegion, backfillProgressQuery } from './backfill-region.js';
export { deformStack, invertDeformation } from './deformation.js';
export { fuseWindow } from './fuse-window.js';
export { trackEvent, lateEvidenceSignal, trackStatusQuery } from './track-event.js';
export { watchRegion, hintSignal, watchStatusQuery } from './watch-region.js';
