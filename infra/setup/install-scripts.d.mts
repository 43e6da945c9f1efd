import type { Step } from './types.js';
export const installScriptsStep: Step;
