/** Step: is this Node.js one that the libraries run on? The range stands in package.json. @module */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { SetupError } from './setup-error.mjs';

/** Reads `engines.node`, which this project writes as `>=A.B <C`. */
export function parseRange(range) {
  const match = /^>=(\d+)\.(\d+) <(\d+)$/.exec(range);
  if (!match) throw new Error(`engines.node must look like ">=20.19 <23", not "${range}"`);
  return { major: Number(match[1]), minor: Number(match[2]), belowMajor: Number(match[3]) };
}

/** True when `version` (for example 20.19.1) is inside the range. */
export function isInRange(version, range) {
  const { major, minor, belowMajor } = parseRange(range);
  const [actualMajor = 0, actualMinor = 0] = version.split('.').map(Number);
  if (actualMajor >= belowMajor) return false;
  return actualMajor > major || (actualMajor === major && actualMinor >= minor);
}

export const nodeVersionStep = {
  name: 'node',
  title: 'Node.js',
  async inspect(context) {
    const manifest = JSON.parse(readFileSync(path.join(context.root, 'package.json'), 'utf8'));
    const range = manifest.engines.node;
    return isInRange(context.nodeVersion, range)
      ? { ready: true, result: { version: context.nodeVersion }, detail: context.nodeVersion }
      : { ready: false, reason: `Node.js ${context.nodeVersion} runs, ${range} is needed` };
  },
  async install(context) {
    const { reason } = await this.inspect(context);
    throw new SetupError(reason, 'install Node.js 22 (or 20.19 and later) and run this again');
  },
};
