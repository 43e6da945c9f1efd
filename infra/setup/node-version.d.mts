import type { Step } from './types.js';
export const nodeVersionStep: Step;
export function isInRange(version: string, range: string): boolean;
