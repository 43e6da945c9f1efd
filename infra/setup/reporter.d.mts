import type { Reporter } from './types.js';
export const SILENT: Reporter;
export function createReporter(options?: {
  stream?: { write(text: string): unknown; isTTY?: boolean };
  isTty?: boolean;
}): Reporter;
export function barText(state: { label: string; done: number; total: number }): string;
