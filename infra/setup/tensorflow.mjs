/**
 * Step: the native binding of @tensorflow/tfjs-node-gpu, compiled by one compiler call against
 * TensorFlow's C library. Out: `{ path, version, from, flavour }`, or null with the reason; without
 * a binding TensorFlow.js computes with WebGPU or WASM, so nothing here stops the set-up.
 * @module
 */
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { realpathSync, renameSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { keyOf, makeFolderAtomic } from './files.mjs';
import { findOnPath, lastLine } from './run-command.mjs';
import { readStamp, writeStamp } from './stamps.mjs';
import { chooseFlavour, fetchLibrary, findLibrary } from './tensorflow-library.mjs';
import { findPython } from './wheel.mjs';

const NAME = 'tensorflow';
const NAPI_VERSION = 8;
const BINDING = 'tfjs_binding.node';
const FLAGS = ['-O2', '-fPIC', '-shared', '-std=c++17', `-DNAPI_VERSION=${NAPI_VERSION}`];
FLAGS.push('-DBUILDING_NODE_EXTENSION', '-DNODE_GYP_MODULE_NAME=tfjs_binding');

const packageFolder = (context) =>
  path.join(context.root, 'node_modules', '@tensorflow', 'tfjs-node-gpu');

/** Where tfjs-node looks for its binding. */
const bindingLink = (context) =>
  path.join(packageFolder(context), 'lib', `napi-v${NAPI_VERSION}`, BINDING);

export const tensorflowStep = {
  name: NAME,
  title: 'TensorFlow native binding',
  async inspect(context) {
    const flavour = await chooseFlavour(context);
    if (flavour === 'none') return without('QUAKELOOM_TENSORFLOW=none', { isWanted: true });
    const library = findLibrary(context, flavour);
    const known = library && readStamp(context, NAME, stampKey(context, flavour, library));
    if (known && realPath(bindingLink(context)) === known.path) return ready(known);
    const obstacle = findObstacle(context, library);
    if (obstacle) return without(obstacle);
    return {
      ready: false,
      reason: library ? 'not compiled yet' : `TensorFlow's C library is not unpacked yet`,
    };
  },
  async install(context) {
    const wanted = await chooseFlavour(context);
    const reasons = [];
    for (const flavour of wanted === 'cuda' ? ['cuda', 'cpu'] : [wanted]) {
      const outcome = await build(context, flavour);
      if (outcome.ready) return { ...outcome, note: reasons.join('; ') || undefined };
      reasons.push(outcome.reason);
    }
    return without(reasons.join('; '));
  },
};

/** The step's end without a binding: one clear line, and everything else goes on. */
function without(reason, { isWanted = false } = {}) {
  const line = `not available (${reason}); TensorFlow.js uses its WebGPU or WASM backend instead`;
  return { ready: true, result: null, reason, detail: line, isDegraded: !isWanted };
}

const ready = (result) => ({
  ready: true,
  result,
  detail: `${result.version}, ${result.flavour}, from ${result.from}`,
});

/** What stands in the way of building, found without side effects, or null. */
function findObstacle(context, library) {
  if (context.platform !== 'linux') return `no route to it on ${context.platform} yet`;
  if (!findCompiler(context.env)) {
    return context.env.CXX
      ? `CXX=${context.env.CXX} cannot be run`
      : 'no C++ compiler on PATH (g++, c++ or clang++; set CXX)';
  }
  if (!library && !findPython(context.env)) {
    return 'no python3 on PATH to fetch the TensorFlow wheel with (set PYTHON)';
  }
  return null;
}

function findCompiler(env) {
  if (env.CXX) return findOnPath(env.CXX, env);
  return ['g++', 'c++', 'clang++'].map((name) => findOnPath(name, env)).find(Boolean) ?? null;
}

/** Fetches the library if needed, compiles the binding into the cache and links it. */
async function build(context, flavour) {
  if (!findLibrary(context, flavour)) {
    const reason = findObstacle(context, null) ?? (await fetchLibrary(context, flavour));
    if (reason) return { ready: false, reason };
  }
  const library = findLibrary(context, flavour);
  if (!library) return { ready: false, reason: 'the wheel does not hold the expected files' };
  const folder = bindingFolder(context, library);
  const file = path.join(folder, BINDING);
  try {
    // A cached binding may have been built for a compiler run-time that is gone: ask it.
    let version = existsSync(file) ? await probeBinding(context, file).catch(() => null) : null;
    if (!version) {
      context.reporter.line('  compiling the TensorFlow binding');
      version = await makeFolderAtomic(folder, async (temporary) => {
        const output = path.join(temporary, BINDING);
        await compile(context, library, output);
        return probeBinding(context, output);
      });
    }
    linkBinding(context, file);
    const result = { path: realpathSync(file), version, from: library.from, flavour };
    const key = stampKey(context, flavour, library);
    writeStamp(context, NAME, { key, result, file: result.path });
    return ready(result);
  } catch (error) {
    return { ready: false, reason: error.message };
  }
}

async function compile(context, library, output) {
  const sources = path.join(packageFolder(context), 'binding');
  const headers = path.join(context.root, 'node_modules', 'node-api-headers', 'include');
  const args = [
    ...FLAGS,
    ...['-I', headers, '-I', library.include],
    ...sourceFiles(sources),
    ...['-L', library.folder, `-Wl,-rpath,${library.folder}`],
    ...library.libraries.map((name) => `-l:${name}`),
    ...['-o', output],
  ];
  const { code, stderr } = await context.run(findCompiler(context.env), args, { env: context.env });
  if (code === 0) return;
  const first = stderr.split('\n').find((line) => /error|not found/.test(line));
  throw new Error(`the C++ compiler failed: ${(first ?? lastLine(stderr)).slice(0, 200)}`);
}

const sourceFiles = (folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.cc'))
    .map((name) => path.join(folder, name));

/** Loads the binding in a process of its own and resolves to TensorFlow's version. */
async function probeBinding(context, file) {
  const code = `console.log(require(process.argv[1]).TF_Version)`;
  const env = { ...context.env, TF_CPP_MIN_LOG_LEVEL: '3' };
  const loaded = await context.run(process.execPath, ['-e', code, file], { env });
  const version = loaded.stdout.trim();
  if (loaded.code === 0 && version) return version;
  throw new Error(`the compiled binding does not load: ${nodeReason(loaded.stderr)}`);
}

const nodeReason = (stderr) =>
  stderr.split('\n').find((line) => line.startsWith('Error: ')) ?? lastLine(stderr);

/** One folder per content of the binding's sources, library, flags and machine. */
function bindingFolder(context, library) {
  const sources = path.join(packageFolder(context), 'binding');
  const texts = readdirSync(sources).map((name) => readFileSync(path.join(sources, name), 'utf8'));
  const key = keyOf(texts, library.folder, FLAGS, context.platform, context.arch);
  return path.join(context.cache, 'tensorflow-binding', key);
}

/** Puts a link to the cached binding where tfjs-node looks, replacing whatever is there. */
function linkBinding(context, file) {
  const link = bindingLink(context);
  mkdirSync(path.dirname(link), { recursive: true });
  const temporary = `${link}.${process.pid}.tmp`;
  rmSync(temporary, { force: true });
  symlinkSync(file, temporary);
  if (lstatSync(link, { throwIfNoEntry: false })?.isDirectory()) rmSync(link, { recursive: true });
  renameSync(temporary, link);
}

function stampKey(context, flavour, library) {
  const manifest = path.join(packageFolder(context), 'package.json');
  const version = existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).version;
  return keyOf(flavour, library.folder, library.from, version, FLAGS);
}

function realPath(file) {
  try {
    return realpathSync(file);
  } catch {
    return null;
  }
}
