import type { Step } from './types.js';
export const temporalStep: Step;
export const temporalTestServerStep: Step;
