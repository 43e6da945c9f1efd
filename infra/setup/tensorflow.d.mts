import type { Step } from './types.js';
export const tensorflowStep: Step;
