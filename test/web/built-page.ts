/** The dashboard as it is built for use, in a folder of its own. @module */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const CONFIG = fileURLToPath(new URL('../../web/vite.config.ts', import.meta.url));

/** Builds the sources as they are now: an older `web/dist` would test another page. */
export async function buildPage(): Promise<{ root: string; remove: () => void }> {
  const root = mkdtempSync(path.join(os.tmpdir(), 'quakeloom-web-'));
  await build({
    configFile: CONFIG,
    mode: 'production',
    logLevel: 'warn',
    build: { outDir: root, emptyOutDir: true, reportCompressedSize: false },
  });
  return { root, remove: () => rmSync(root, { recursive: true, force: true }) };
}
