import type { Step } from './types.js';
export const webStep: Step;
