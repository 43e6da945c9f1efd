/** The thread of the HDF5 library: answers one call after another. @module */
import { parentPort, workerData } from 'node:worker_threads';
import { toPlainError } from '../../../core/plain-error.js';
import { isBroken, loadH5wasm } from './load-h5wasm.js';
import { closeLeaked, openFile, type OpenFile } from './open-file.js';
import type { FileNumbers, Request, Response, Soundness, ThreadSetup } from './protocol.js';

/** The library's memory never shrinks: beyond this the thread should be given up. */
const MAX_HEAP_BYTES = 1024 * 1024 * 1024;

const { answered, port } = workerData as ThreadSetup;
const h5 = await loadH5wasm();
const module = await h5.ready;
const files = new Map<number, OpenFile>();
let hasLeaked = false;

function answer({ name, file, input }: Request): unknown {
  if (name === 'open') return open(file, (input as { source: string }).source);
  const opened = files.get(file);
  if (opened === undefined) throw new Error(`file ${file} is not open`);
  if (name !== 'close') return opened.calls[name](input as never);
  files.delete(file);
  try {
    if (!isBroken(module)) opened.close();
  } finally {
    closeRest(opened.source);
  }
  return null;
}

function open(file: number, source: string): readonly FileNumbers[] {
  try {
    const opened = openFile(h5, module, source);
    files.set(file, opened);
    return opened.numbers();
  } catch (error) {
    closeRest(source);
    throw error;
  }
}

function closeRest(source: string): void {
  // Other readings of the same file keep theirs.
  if ([...files.values()].some((other) => other.source === source)) return;
  if (closeLeaked(module, source)) hasLeaked = true;
}

function soundness(): Soundness {
  if (isBroken(module)) return 'broken';
  return hasLeaked || module.HEAPU8.length > MAX_HEAP_BYTES ? 'tired' : 'sound';
}

port.on('message', (request: Request) => {
  const { id } = request;
  let response: Response;
  let transfer: ArrayBuffer[] = [];
  try {
    const output = answer(request);
    response = { id, soundness: soundness(), output };
    const buffer = ArrayBuffer.isView(output) ? output.buffer : null;
    // Samples are handed over, not copied; a view into the library's memory cannot be.
    if (buffer instanceof ArrayBuffer && buffer !== module.HEAPU8.buffer) transfer = [buffer];
  } catch (error) {
    response = { id, soundness: soundness(), error: toPlainError(error) };
  }
  try {
    port.postMessage(response, transfer);
  } catch (error) {
    port.postMessage({ id, soundness: soundness(), error: toPlainError(error) } satisfies Response);
  }
  Atomics.add(answered, 0, 1);
  Atomics.notify(answered, 0);
});
parentPort?.postMessage('ready');
