/**
 * Reads ranges of an array that lies in the file without gaps, row-major.
 * @module
 */
import type { Hdf5Bytes } from './file-bytes.js';
import { endsBeyond, readExactly, readNow } from './read-exactly.js';
import { takeTurns, type Turns } from './turns.js';

/** Gap between runs that costs less to read over than another call of the system. */
const GAP_BYTES = 2 * 1024;
/** Piece with gaps read at once: stays in the processor's cache while it is copied out. */
const PIECE_BYTES = 512 * 1024;
/** Part of a long run read before other work gets its turn. */
const PART_BYTES = 4 * 1024 * 1024;
/**
 * Fresh memory of this size comes page by page from the kernel, which costs more than the reading;
 * two threads share it. Smaller results get memory that was used before.
 */
const SHARED_BYTES = 32 * 1024 * 1024;

interface ContiguousInput {
  /** Dataset, for messages. */
  readonly path: string;
  readonly address: number;
  readonly shape: readonly number[];
  readonly elementBytes: number;
  readonly ranges: readonly (readonly [number, number])[];
  readonly out: Uint8Array;
}

interface Runs {
  readonly count: number;
  readonly bytes: number;
  /** Offset of a run in the array. */
  readonly startOf: (run: number) => number;
}

/** Fills `out` with the bytes of the ranges. Throws CorruptSourceError when the file ends before. */
export async function readContiguous(file: Hdf5Bytes, input: ContiguousInput): Promise<void> {
  const runs = runsOf(input);
  const end = runs.startOf(runs.count - 1) + runs.bytes;
  const beyond = endsBeyond(file, { at: input.path, address: input.address, bytes: end });
  if (beyond !== null) throw beyond;
  if (runs.count === 1 && runs.bytes > SHARED_BYTES) {
    await readShared(file, input, runs.startOf(0));
    return;
  }
  const turns = takeTurns();
  const gap = runs.count > 1 ? runs.startOf(1) - runs.startOf(0) - runs.bytes : 0;
  const isCloseBy = gap <= GAP_BYTES && runs.bytes <= PIECE_BYTES / 4;
  if (runs.count > 1 && isCloseBy) await readPieces(file, input, runs, turns);
  else await readRuns(file, input, runs, turns);
}

async function readShared(file: Hdf5Bytes, input: ContiguousInput, start: number): Promise<void> {
  const { out, path, address } = input;
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < out.length) {
      const from = next;
      next += PART_BYTES;
      const into = out.subarray(from, Math.min(out.length, next));
      const at = address + start + from;
      await readExactly(file, { at: path, address: at, bytes: into.length, into });
    }
  };
  // Both have to end before the file may be closed, also after a failure.
  const ends = await Promise.allSettled([worker(), worker()]);
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}

async function readRuns(
  file: Hdf5Bytes,
  input: ContiguousInput,
  runs: Runs,
  turns: Turns,
): Promise<void> {
  const { out, path, address } = input;
  for (let run = 0; run < runs.count; run++) {
    for (let from = 0; from < runs.bytes; from += PART_BYTES) {
      const length = Math.min(PART_BYTES, runs.bytes - from);
      const target = run * runs.bytes + from;
      readNow(file, {
        at: path,
        address: address + runs.startOf(run) + from,
        into: out,
        from: target,
        bytes: length,
      });
      if (turns.isOver(length)) await turns.next();
    }
  }
}

async function readPieces(
  file: Hdf5Bytes,
  input: ContiguousInput,
  runs: Runs,
  turns: Turns,
): Promise<void> {
  const { path, address, out } = input;
  const piece = new Uint8Array(PIECE_BYTES);
  for (let first = 0; first < runs.count;) {
    const start = runs.startOf(first);
    let end = first + 1;
    while (end < runs.count && runs.startOf(end) + runs.bytes - start <= PIECE_BYTES) end += 1;
    const bytes = runs.startOf(end - 1) + runs.bytes - start;
    readNow(file, { at: path, address: address + start, into: piece, from: 0, bytes });
    for (let run = first; run < end; run++) {
      const from = runs.startOf(run) - start;
      out.set(piece.subarray(from, from + runs.bytes), run * runs.bytes);
    }
    if (turns.isOver(bytes)) await turns.next();
    first = end;
  }
}

/** The ranges as equally long runs of bytes. */
function runsOf(input: Pick<ContiguousInput, 'shape' | 'ranges' | 'elementBytes'>): Runs {
  const { shape, ranges, elementBytes } = input;
  const lengthOf = (axis: number): number => {
    const [from, to] = ranges[axis] as readonly [number, number];
    return to - from;
  };
  let split = shape.length - 1;
  let inner = elementBytes;
  while (split > 0 && lengthOf(split) === shape[split]) {
    inner *= shape[split] as number;
    split -= 1;
  }
  let count = 1;
  for (let axis = 0; axis < split; axis++) count *= lengthOf(axis);
  const [splitFrom] = ranges[split] as readonly [number, number];
  return {
    count,
    bytes: lengthOf(split) * inner,
    startOf: (run) => {
      let rest = run;
      let offset = splitFrom * inner;
      let stride = (shape[split] as number) * inner;
      for (let axis = split - 1; axis >= 0; axis--) {
        const length = lengthOf(axis);
        const [from] = ranges[axis] as readonly [number, number];
        offset += (from + (rest % length)) * stride;
        rest = Math.floor(rest / length);
        stride *= shape[axis] as number;
      }
      return offset;
    },
  };
}
