import type { RunProgram } from './types.js';
export const runCommand: RunProgram;
export function findOnPath(name: string, env?: NodeJS.ProcessEnv): string | null;
