/** Blocks of a local TIFF read by a worker thread into shared memory. @module */
import type { TaskContext, TaskTable } from '../../../core/compute.js';
import { openFileSource } from './byte-source.js';
import { prepareCodec } from './codecs.js';
import { readBlocks, type ReadTiffBlocksInput } from './read.js';
import { samplesOver } from './samples.js';

export const tiffTasks = {
  readTiffBlocks: async (input: ReadTiffBlocksInput, context: TaskContext): Promise<null> => {
    context.throwIfCancelled();
    const { path, job, read, buffer } = input;
    await prepareCodec(job.layout.compression);
    const source = await openFileSource(path);
    try {
      await readBlocks(source, job, read, samplesOver(job.layout.dtype, buffer));
    } finally {
      await source.close();
    }
    return null;
  },
} as const satisfies TaskTable;
