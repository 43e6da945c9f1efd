/** Programs that the set-up brought: Temporal CLI and the time-skipping test server. @module */
import { existsSync, readFileSync } from 'node:fs';

interface Tool {
  readonly path: string;
  readonly version: string;
}

/** Path of a tool; an error that says how to get it. */
export function toolPath(name: 'temporal' | 'temporalTestServer'): string {
  const file = new URL('../../node_modules/.cache/quakeloom/tools.json', import.meta.url);
  const tools = existsSync(file)
    ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, Tool | null>)
    : {};
  const path = tools[name]?.path;
  if (!path) throw new Error(`${name} is missing: run \`npm run setup\``);
  return path;
}
