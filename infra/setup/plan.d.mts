import type { SetupContext, Step, StepOutcome } from './types.js';
export const STEPS: readonly Step[];
export function toolsFile(context: SetupContext): string;
export function checkSetup(
  context: SetupContext,
  steps?: readonly Step[],
): Promise<readonly StepOutcome[]>;
export function runSetup(
  context: SetupContext,
  options?: {
    steps?: readonly Step[];
    onReady?: (outcome: StepOutcome, hasWorked: boolean) => void;
    signal?: AbortSignal;
  },
): Promise<readonly StepOutcome[]>;
