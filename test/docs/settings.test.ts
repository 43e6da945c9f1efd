/** The operations page names every setting, with its variable and its default. @module */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CONFIG_FILE, ENVIRONMENT, loadConfig, type Config } from '../../apps/config.js';

const PAGE = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
const SETTINGS = Object.entries(ENVIRONMENT) as [keyof Config, string][];
/** Defaults that depend on machine or folder are words on the page. */
const IN_WORDS: readonly string[] = ['home', 'objectStoreUrl', 'computeThreads'];

/** Cells of the table row of a setting. */
function rowOf(setting: string): string[] {
  const row = PAGE.split('\n').find((line) => line.startsWith(`| \`${setting}\` `));
  return (row ?? '').split('|').map((cell) => cell.trim().replace(/^`(.*)`$/, '$1'));
}

describe('docs/operations.md', () => {
  it.each(SETTINGS)('has a row for %s with its variable %s', (setting, variable) => {
    expect(rowOf(setting)[2]).toBe(variable);
  });

  it('states the defaults of the code', () => {
    const defaults = loadConfig({ env: {}, directory: '/nowhere' });
    for (const [setting] of SETTINGS) {
      const value = defaults[setting];
      if (value === undefined || IN_WORDS.includes(setting)) continue;
      expect(`${setting} ${rowOf(setting)[3]}`).toBe(`${setting} ${String(value)}`);
    }
  });

  it('names the configuration file', () => {
    expect(PAGE).toContain(`\`${CONFIG_FILE}\``);
  });
});
