/**
 * Step: the dashboard's files in web/dist, rebuilt when a source of them changed. The build goes to
 * a folder aside and is renamed, so that a running server never serves half of it.
 * @module
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { keyOf } from './files.mjs';
import { lastLine } from './run-command.mjs';
import { SetupError } from './setup-error.mjs';
import { readStamp, writeStamp } from './stamps.mjs';

const NAME = 'web';

export const webStep = {
  name: NAME,
  title: 'dashboard',
  async inspect(context) {
    const web = path.join(context.root, 'web');
    if (!existsSync(path.join(web, 'vite.config.ts'))) {
      return { ready: true, result: {}, detail: 'has no sources' };
    }
    const index = path.join(web, 'dist', 'index.html');
    if (existsSync(index) && readStamp(context, NAME, sourceKey(context))) {
      return { ready: true, result: {}, detail: 'built' };
    }
    const reason = existsSync(index) ? 'its sources changed' : 'not built yet';
    return { ready: false, reason };
  },
  async install(context) {
    // Taken before the build: a file edited meanwhile must count as a change.
    const key = sourceKey(context);
    context.reporter.line('  building the dashboard');
    const made = path.join(context.stateDir, 'web-dist');
    const vite = path.join(context.root, 'node_modules', 'vite', 'bin', 'vite.js');
    const args = [vite, 'build', 'web', '--outDir', made, '--emptyOutDir', '--logLevel', 'warn'];
    const { code, stdout, stderr } = await context.run(process.execPath, args, {
      cwd: context.root,
      env: { ...context.env, NODE_ENV: 'production' },
    });
    if (code !== 0) {
      throw new SetupError(
        `the dashboard does not build: ${viteReason(stderr || stdout)}`,
        'correct the named source file and run this again',
      );
    }
    replaceFolder(made, path.join(context.root, 'web', 'dist'));
    writeStamp(context, NAME, { key, result: {} });
    return { result: {}, detail: 'built' };
  },
};

function replaceFolder(made, target) {
  const old = `${made}-old`;
  rmSync(old, { recursive: true, force: true });
  mkdirSync(path.dirname(target), { recursive: true });
  if (existsSync(target)) renameSync(target, old);
  renameSync(made, target);
  rmSync(old, { recursive: true, force: true });
}

/** Key of all sources by content, and of the installed packages that may be built in. */
function sourceKey(context) {
  const files = listFiles(path.join(context.root, 'web')).sort();
  const lockFile = path.join(context.root, 'package-lock.json');
  const contents = [...files, lockFile]
    .filter((file) => existsSync(file))
    .map((file) => [path.relative(context.root, file), readFileSync(file, 'base64')]);
  return keyOf(contents);
}

function listFiles(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const full = path.join(folder, entry.name);
    if (entry.isDirectory()) {
      return ['dist', 'node_modules'].includes(entry.name) ? [] : listFiles(full);
    }
    return [full];
  });
}

function viteReason(text) {
  const line = text.split('\n').find((candidate) => /error/i.test(candidate));
  return (line ?? lastLine(text)).trim().slice(0, 300);
}
