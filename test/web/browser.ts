/**
 * Chromium for tests of the page. Skipped with the reason where there is none, failing in CI.
 * @module
 */
import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';
import { describe } from 'vitest';

const executablePath = process.env['QUAKELOOM_CHROMIUM'] ?? '/usr/bin/chromium';

/** A suite that needs a browser. */
export function describeWithBrowser(title: string, suite: () => void): void {
  const reason = `${executablePath} missing: install chromium or set QUAKELOOM_CHROMIUM`;
  if (existsSync(executablePath)) describe(title, suite);
  else if (process.env['CI']) {
    describe(title, () => {
      throw new Error(reason);
    });
  } else describe.skip(`${title} (${reason})`, suite);
}

/** A browser that draws WebGL on the CPU and asks nobody for updates. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath,
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--use-angle=swiftshader',
      '--enable-unsafe-swiftshader',
    ],
  });
}
