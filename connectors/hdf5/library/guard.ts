/**
 * Calls of the HDF5 library under guard: what it prints becomes an error, which files it may open is
 * decided here, and a trap gives the instance up.
 *
 * h5wasm has two modes for errors of the HDF5 library and neither is safe: by default it prints
 * them and returns whatever lay in memory, and with its throwing handler a failed read leaks the
 * open dataset, so that the file never closes. Here the default is kept, what the library prints
 * is caught, and anything printed counts as a failure.
 * @module
 */
import path from 'node:path';
import { CorruptSourceError, UnsupportedSourceError, isQuakeError } from '../../../core/errors.js';
import { markBroken } from './load-h5wasm.js';

/** Decides whether the library may open a file; `opened` and `refused` are told. */
export interface FilePolicy {
  mayOpen(path: string): boolean;
}

/** Characters; a failed call prints a stack of calls, a few thousand. */
const MAX_COMPLAINT = 100_000;

interface EmscriptenFiles {
  write: (
    stream: { fd: number },
    bytes: Int8Array,
    offset: number,
    length: number,
    ...rest: unknown[]
  ) => number;
  open: (path: unknown, ...rest: unknown[]) => unknown;
}

/**
 * Runs a synchronous HDF5 call; whatever the library complains about becomes a CorruptSourceError at
 * `at`. `module` is what `h5wasm.ready` gave. With a policy, another file that the call asks for and
 * does not get becomes an UnsupportedSourceError: without it the library would give fill values.
 */
export function guarded<T>(
  module: object,
  source: string,
  at: string,
  call: () => T,
  policy: FilePolicy | null = null,
): T {
  const files = (module as { FS: EmscriptenFiles }).FS;
  const { write, open } = files;
  let complaint = '';
  const lacking = new Map<string, string>();
  files.write = (stream, bytes, offset, length, ...rest) => {
    if (stream.fd !== 2) return write.call(files, stream, bytes, offset, length, ...rest);
    complaint += Buffer.from(bytes.buffer, bytes.byteOffset + offset, length).toString('latin1');
    // h5wasm counts to the -1 of a failed call as if it were unsigned, complaining at each step:
    // out of there by an exception, after which the library cannot be used.
    if (complaint.length > MAX_COMPLAINT) {
      markBroken(module);
      throw new Error('damaged structures lead the HDF5 library in circles; it was stopped');
    }
    return length;
  };
  if (policy !== null) {
    files.open = (name, ...rest) => {
      const asked = String(name);
      const file = path.basename(asked);
      try {
        const isAllowed = policy.mayOpen(asked);
        const stream = open.call(files, isAllowed ? name : '/dev/null/refused', ...rest);
        lacking.delete(file);
        return stream;
      } catch (error) {
        lacking.set(file, asked);
        throw error;
      }
    };
  }
  let result: T;
  try {
    result = call();
  } catch (cause) {
    if (isQuakeError(cause)) throw cause;
    if (isTrap(cause)) markBroken(module);
    throw refusedOpen(source, at, lacking) ?? corrupt(source, at, complaint, cause);
  } finally {
    files.write = write;
    files.open = open;
  }
  const refused = refusedOpen(source, at, lacking);
  if (refused !== null) throw refused;
  if (complaint !== '') throw corrupt(source, at, complaint, undefined);
  return result;
}

/** After a trap or an overrun stack the library's memory cannot be trusted. */
function isTrap(cause: unknown): boolean {
  if (cause instanceof WebAssembly.RuntimeError || cause instanceof RangeError) return true;
  return cause instanceof Error && /^Aborted|out of memory|OOM/i.test(cause.message);
}

function refusedOpen(
  source: string,
  at: string,
  lacking: ReadonlyMap<string, string>,
): UnsupportedSourceError | null {
  const [asked] = lacking.values();
  if (asked === undefined) return null;
  return new UnsupportedSourceError({
    source,
    reason: `${at} points to another file, ${asked}, which is missing or may not be followed`,
    remedy:
      'put the file it points to into the same folder or below, ' +
      'or give the files that hold the data instead',
  });
}

function corrupt(
  source: string,
  at: string,
  complaint: string,
  cause: unknown,
): CorruptSourceError {
  const cut = /truncated file: eof = (\d+), .*stored_eof = (\d+)/.exec(complaint);
  if (cut) {
    const reason = `the file ends at byte ${cut[1]}, its superblock promises ${cut[2]} bytes`;
    return new CorruptSourceError({ source, at: `byte ${cut[1]}`, reason, cause });
  }
  // The last numbered line of the HDF5 error stack is the innermost, most telling one.
  const innermost = complaint
    .match(/#\d+: .*?\(\): (.*)/g)
    ?.at(-1)
    ?.replace(/^.*?\(\): /, '');
  const own = cause instanceof Error ? cause.message : 'unreadable HDF5 object';
  return new CorruptSourceError({ source, at, reason: innermost ?? own, cause });
}
