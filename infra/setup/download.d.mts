import type { SetupContext } from './types.js';
export function fetchJson(context: SetupContext, url: string): Promise<unknown>;
export function downloadFile(
  context: SetupContext,
  download: { url: string; file: string; label: string },
): Promise<void>;
