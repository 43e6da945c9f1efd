/** Blocks of a local TIFF read by a worker thread into shared memory. @module */
import type { TaskContext, TaskTable } from '../../../core/compute.js';
import { readFileRange } from './byte-source.js';
import { prepareCodec } from './codecs.js';
import { placeOf, putBlocks, type ReadTiffBlocksInput } from './read.js';
import { samplesOver } from './samples.js';

/** Room for the bytes of the task at hand: the system would have to clear new memory each time. */
let room: Uint8Array = new Uint8Array(0);

export const tiffTasks = {
  readTiffBlocks: async (input: ReadTiffBlocksInput, context: TaskContext): Promise<null> => {
    context.throwIfCancelled();
    const { path, job, read, buffer } = input;
    await prepareCodec(job.layout.compression);
    const want = {
      offset: read.bytes > 0 ? read.offset : 0,
      length: read.bytes,
      at: placeOf(read),
    };
    const bytes = readFileRange(path, want, room);
    if (bytes.length > room.length) room = bytes;
    await putBlocks(bytes, job, read, samplesOver(job.layout.dtype, buffer));
    return null;
  },
} as const satisfies TaskTable;
