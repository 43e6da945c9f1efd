/**
 * Step: the WebAssembly kernels of models/kernels and connectors/kernels, one module for each file of
 * their `assembly` folders, rebuilt when a source or the compiler changed.
 * @module
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { keyOf } from './files.mjs';
import { lastLine } from './run-command.mjs';
import { SetupError } from './setup-error.mjs';
import { readStamp, writeStamp } from './stamps.mjs';

const NAME = 'kernels';
const ROOMS = ['connectors', 'models'];
/** Memory comes from the caller; nothing is collected; all kernels may use 128-bit SIMD. */
const FLAGS = ['-O3', '--noAssert', '--runtime', 'stub', '--importMemory', '--enable', 'simd'];

export const kernelsStep = {
  name: NAME,
  title: 'SIMD kernels',
  async inspect(context) {
    const kernels = kernelNames(context);
    if (kernels.length === 0) return { ready: true, result: {}, detail: 'have no sources' };
    const missing = kernels.filter((kernel) => !existsSync(wasmFile(context, kernel)));
    if (missing.length > 0) return { ready: false, reason: `${missing.join(', ')} not built yet` };
    const built = readStamp(context, NAME, sourceKey(context));
    if (!built) return { ready: false, reason: 'their sources changed' };
    return { ready: true, result: {}, detail: kernels.join(', ') };
  },
  async install(context) {
    // Taken before the build: a file edited meanwhile must count as a change.
    const key = sourceKey(context);
    const kernels = kernelNames(context);
    for (const kernel of kernels) await build(context, kernel);
    removeOthers(context, kernels);
    writeStamp(context, NAME, { key, result: {} });
    return { result: {}, detail: kernels.join(', ') };
  },
};

async function build(context, kernel) {
  context.reporter.line(`  compiling the kernel ${kernel}`);
  const compiler = path.join(context.root, 'node_modules', 'assemblyscript', 'bin', 'asc.js');
  const made = wasmFile(context, `${kernel}.${process.pid}.new`);
  mkdirSync(path.dirname(made), { recursive: true });
  const source = sourceFile(context, kernel);
  const { code, stdout, stderr } = await context.run(
    process.execPath,
    [compiler, source, '--outFile', made, ...FLAGS],
    { cwd: context.root, env: context.env },
  );
  if (code !== 0) {
    throw new SetupError(
      `the kernel ${kernel} does not compile: ${lastLine(stderr || stdout)}`,
      `correct ${path.relative(context.root, source)} and run this again`,
    );
  }
  renameSync(made, wasmFile(context, kernel));
}

/** Modules whose source is gone would only mislead. */
function removeOthers(context, kernels) {
  for (const room of ROOMS) {
    const build = path.join(folder(context, room), 'build');
    if (!existsSync(build)) continue;
    for (const name of readdirSync(build)) {
      const kernel = `${room}/${name.replace(/\.wasm$/, '')}`;
      if (!kernels.includes(kernel)) rmSync(path.join(build, name));
    }
  }
}

const folder = (context, room) => path.join(context.root, room, 'kernels');

function sourceFile(context, kernel) {
  const [room, name] = kernel.split('/');
  return path.join(folder(context, room), 'assembly', `${name}.ts`);
}

function wasmFile(context, kernel) {
  const [room, name] = kernel.split('/');
  return path.join(folder(context, room), 'build', `${name}.wasm`);
}

/** `<room>/<name>` of each. */
function kernelNames(context) {
  return ROOMS.flatMap((room) => {
    const sources = path.join(folder(context, room), 'assembly');
    if (!existsSync(sources)) return [];
    return readdirSync(sources)
      .filter((name) => name.endsWith('.ts'))
      .map((name) => `${room}/${name.slice(0, -'.ts'.length)}`)
      .sort();
  });
}

/** Key of all sources by content and of the compiler's version. */
function sourceKey(context) {
  const sources = ROOMS.flatMap((room) => {
    const assembly = path.join(folder(context, room), 'assembly');
    if (!existsSync(assembly)) return [];
    // Those of assembly/lib are parts of kernels, not kernels.
    const files = readdirSync(assembly, { recursive: true })
      .filter((name) => name.endsWith('.ts'))
      .sort();
    return files.map((name) => [room, name, readFileSync(path.join(assembly, name), 'utf8')]);
  });
  const compiler = path.join(context.root, 'node_modules', 'assemblyscript', 'package.json');
  const version = existsSync(compiler) ? JSON.parse(readFileSync(compiler, 'utf8')).version : null;
  return keyOf({ sources, version, flags: FLAGS });
}
