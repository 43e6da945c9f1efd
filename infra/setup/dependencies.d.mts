import type { Step } from './types.js';
export const dependenciesStep: Step;
export function findDifference(root: string): string | null;
