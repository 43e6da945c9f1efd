/**
 * Parts of fibre processing for worker threads: each works on some channels (or instants, or
 * frequencies) of arrays in shared memory, which structured clone hands on without copying.
 * @module
 */
import type { Task, TaskTable } from '../../../core/compute.js';
import { filterChannels } from './band-pass.js';
import { removeCommonModeOver } from './common-mode.js';
import { decimateChannels } from './decimate.js';
import { fanForward, fanInverse, fanMask } from './fan-filter.js';
import { staLtaChannels } from './sta-lta.js';

type Step<Input> = Task<Input, null>;

const filterPart: Step<Parameters<typeof filterChannels>[0]> = (input) => {
  filterChannels(input);
  return null;
};
const staLtaPart: Step<Parameters<typeof staLtaChannels>[0]> = (input) => {
  staLtaChannels(input);
  return null;
};
const decimatePart: Step<Parameters<typeof decimateChannels>[0]> = (input) => {
  decimateChannels(input);
  return null;
};
const commonModePart: Step<Parameters<typeof removeCommonModeOver>[0]> = (input) => {
  removeCommonModeOver(input);
  return null;
};
const fanForwardPart: Step<Parameters<typeof fanForward>[0]> = (input) => {
  fanForward(input);
  return null;
};
const fanMaskPart: Step<Parameters<typeof fanMask>[0]> = (input) => {
  fanMask(input);
  return null;
};
const fanInversePart: Step<Parameters<typeof fanInverse>[0]> = (input) => {
  fanInverse(input);
  return null;
};

/** For a worker pool; `parallel.ts` splits the work. */
export const fibreProcessingTasks = {
  filterPart,
  staLtaPart,
  decimatePart,
  commonModePart,
  fanForwardPart,
  fanMaskPart,
  fanInversePart,
} as const satisfies TaskTable;
