/** What code made a number: package version and, in a checkout, the commit. @module */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** For example `0.1.0+3f2a9c1d2e4b`; a changed checkout adds `.dirty`. */
export function codeVersion(): string {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const manifest = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { version: string };
  try {
    const git = (...args: string[]): string =>
      execFileSync('git', ['-C', root, ...args], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }).trim();
    const dirty = git('status', '--porcelain', '--untracked-files=no') === '' ? '' : '.dirty';
    return `${manifest.version}+${git('rev-parse', '--short=12', 'HEAD')}${dirty}`;
  } catch {
    return manifest.version;
  }
}
