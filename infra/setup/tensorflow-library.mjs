/**
 * Finds or fetches TensorFlow's C library. In: the wanted flavour (cpu or cuda); out: folders of
 * headers and libraries. Order: already unpacked, `QUAKELOOM_LIBTENSORFLOW`, Python wheel (which
 * is the vendor's own way of distribution).
 * @module
 */
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { makeFolderAtomic } from './files.mjs';
import { findOnPath } from './run-command.mjs';
import { SetupError } from './setup-error.mjs';
import { TENSORFLOW_VERSION, wheelsFor } from './tensorflow-wheels.mjs';
import { unpackWheel } from './wheel.mjs';

const VARIABLE = 'QUAKELOOM_LIBTENSORFLOW';
const CHOICES = ['auto', 'cpu', 'cuda', 'none'];

/** The wanted flavour: `QUAKELOOM_TENSORFLOW`, else cuda where nvidia-smi sees a GPU, else cpu. */
export async function chooseFlavour(context) {
  const wanted = context.env.QUAKELOOM_TENSORFLOW || 'auto';
  if (!CHOICES.includes(wanted)) {
    throw new SetupError(
      `QUAKELOOM_TENSORFLOW=${wanted} is not one of ${CHOICES.join(', ')}`,
      'correct or unset it',
    );
  }
  if (wanted !== 'auto') return wanted;
  return (await hasNvidiaGpu(context)) && wheelsFor({ ...context, flavour: 'cuda' })
    ? 'cuda'
    : 'cpu';
}

async function hasNvidiaGpu(context) {
  const program = findOnPath('nvidia-smi', context.env);
  if (!program) return false;
  const { code, stdout } = await context.run(program, ['-L'], { timeoutMs: 10_000 });
  return code === 0 && /^GPU \d+:/m.test(stdout);
}

/** Where the unpacked wheels of a flavour live; the folder exists only when it is complete. */
function managedFolder(context, flavour) {
  const name = `${TENSORFLOW_VERSION}-${flavour}-${context.platform}-${context.arch}`;
  return path.join(context.cache, 'tensorflow', name);
}

/**
 * The library if it is already on this machine: `{ include, libraries, folder, from }`, or null.
 * Throws when the variable is set and its folder is not usable.
 */
export function findLibrary(context, flavour) {
  const unpacked = layoutOf(path.join(managedFolder(context, flavour), 'tensorflow'));
  const named = context.env[VARIABLE];
  const fromVariable = named ? layoutOf(path.resolve(context.root, named)) : null;
  if (named && !fromVariable) {
    throw new SetupError(
      `${VARIABLE}=${named} holds no TensorFlow C library (headers in include/, libraries beside)`,
      `correct ${VARIABLE}, or unset it so that the set-up fetches the library`,
    );
  }
  if (unpacked) return { ...unpacked, from: `TensorFlow ${TENSORFLOW_VERSION} (${flavour} wheel)` };
  return fromVariable && { ...fromVariable, from: VARIABLE };
}

/** Recognises both layouts: that of the Python wheel and that of the vendor's C archive. */
function layoutOf(folder) {
  const include = path.join(folder, 'include');
  if (!existsSync(path.join(include, 'tensorflow', 'c', 'c_api.h'))) return null;
  for (const libraryFolder of [folder, path.join(folder, 'lib')]) {
    const names = existsSync(libraryFolder) ? readdirSync(libraryFolder) : [];
    const main = ['libtensorflow_cc.so.2', 'libtensorflow.so.2'].find((name) =>
      names.includes(name),
    );
    const framework = 'libtensorflow_framework.so.2';
    if (main && names.includes(framework)) {
      return { include, folder: libraryFolder, libraries: [main, framework] };
    }
  }
  return null;
}

/** Downloads and unpacks the flavour's wheels. Resolves to null, or to the reason of the failure. */
export async function fetchLibrary(context, flavour) {
  const wheels = wheelsFor({ ...context, flavour });
  if (!wheels) return `no TensorFlow wheel (${flavour}) for ${context.platform} ${context.arch}`;
  try {
    await makeFolderAtomic(managedFolder(context, flavour), async (into) => {
      for (const wheel of wheels) {
        const reason = await unpackWheel(context, { ...wheel, into });
        if (reason) throw new Error(reason);
      }
    });
    return null;
  } catch (error) {
    return error.message;
  }
}
