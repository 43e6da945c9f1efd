/**
 * Step: node_modules holds what package-lock.json names. Packages are installed with their scripts
 * off; those that are needed run in the next step.
 * @module
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { readJson } from './files.mjs';
import { lastLine } from './run-command.mjs';
import { SetupError } from './setup-error.mjs';

export const dependenciesStep = {
  name: 'dependencies',
  title: 'npm packages',
  async inspect(context) {
    const missing = findDifference(context.root);
    return missing === null
      ? { ready: true, result: {}, detail: 'as in package-lock.json' }
      : { ready: false, reason: missing };
  },
  async install(context) {
    context.reporter.line('npm packages: npm ci --ignore-scripts (about a minute the first time)');
    const [file, ...first] = npmCommand(context.env);
    const args = [...first, 'ci', '--ignore-scripts', '--include=dev', '--no-audit', '--no-fund'];
    const show = context.reporter.isTty;
    const { code, stderr } = await context.run(file, args, {
      cwd: context.root,
      env: context.env,
      show,
    });
    if (code !== 0) {
      throw new SetupError(
        `npm ci failed (exit ${code})${stderr ? `: ${npmReason(stderr)}` : ''}`,
        'check the network and the npm registry settings, then run this again',
      );
    }
    const difference = findDifference(context.root);
    if (difference !== null) {
      throw new SetupError(
        `npm ci ended well, but ${difference}`,
        'remove node_modules and run this again',
      );
    }
    return { result: {}, detail: 'as in package-lock.json' };
  },
};

/**
 * First difference between package-lock.json and what is installed, or null. npm writes
 * node_modules/.package-lock.json last, so its absence means an install that did not end.
 */
export function findDifference(root) {
  const wanted = readJson(path.join(root, 'package-lock.json'))?.packages;
  if (!wanted) throw new SetupError('package-lock.json is missing', 'restore it from git');
  const installed = readJson(path.join(root, 'node_modules', '.package-lock.json'))?.packages;
  if (!installed) {
    return existsSync(path.join(root, 'node_modules'))
      ? 'node_modules is not a finished npm install'
      : 'node_modules does not exist';
  }
  for (const [folder, entry] of Object.entries(wanted)) {
    if (folder === '' || entry.link) continue;
    const found = installed[folder];
    // Optional packages are mostly builds for other platforms.
    if (!found && (entry.optional || entry.peer)) continue;
    const name = folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length);
    if (!found) return `package ${name} is not installed`;
    if (found.version !== entry.version || found.integrity !== entry.integrity) {
      return `package ${name} is ${found.version}, ${entry.version} is wanted`;
    }
    if (!existsSync(path.join(root, folder, 'package.json'))) return `package ${name} is damaged`;
  }
  return null;
}

/** The npm that runs this set-up, else the one on PATH. */
function npmCommand(env) {
  const running = env.npm_execpath;
  return running && /npm-cli\.c?js$/.test(running) ? [process.execPath, running] : ['npm'];
}

/** npm's own reason; its last lines only name a log file. */
function npmReason(stderr) {
  const lines = stderr.split('\n').filter((line) => /^npm (error|ERR!)/.test(line));
  return (lines.find((line) => !/ code /.test(line)) ?? lastLine(stderr)).trim();
}
