// As entry.mjs, for the tasks of rasters alone: such a thread starts in a fraction of the time.
import { register } from 'tsx/esm/api';

register();
await import('./raster-thread.ts');
