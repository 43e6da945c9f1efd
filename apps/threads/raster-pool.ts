/** Worker threads that read rasters, for programs that need no others. @module */
import type { tiffTasks } from '../../connectors/insar/tiff/tasks.js';
import type { ComputePool } from '../../core/compute.js';
import { createComputePool } from './pool.js';

const ENTRY = new URL('./raster-entry.mjs', import.meta.url);

/** At most `size` threads; close them after use. */
export function createRasterPool(size: number): ComputePool<typeof tiffTasks> {
  return createComputePool<typeof tiffTasks>({ size, entry: ENTRY });
}
