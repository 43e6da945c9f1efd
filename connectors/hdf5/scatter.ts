/**
 * Bytes of a chunk in, values at their places in the result out; undoes the shuffle filter (bytes
 * regrouped by significance, HDF5 filter 2) in the same pass.
 * @module
 */

/** Parts of a decoded chunk that the result wants. */
export interface ScatterPlan {
  /** Shape of the chunk. */
  readonly chunk: readonly number[];
  /** Position of the chunk's first value in the dataset. */
  readonly origin: readonly number[];
  /** Half-open ranges of the result in the dataset. */
  readonly ranges: readonly (readonly [number, number])[];
  readonly elementBytes: number;
  readonly isShuffled: boolean;
}

/** Copies the overlap of chunk and result. `source` holds the whole chunk. */
export function scatter(source: Uint8Array, out: Uint8Array, plan: ScatterPlan): void {
  const { elementBytes, isShuffled } = plan;
  const copy = isShuffled ? unshuffler(source, out, plan) : null;
  forEachRun(plan, (from, to, count) => {
    if (copy !== null) copy(from, to, count);
    else {
      const start = from * elementBytes;
      out.set(source.subarray(start, start + count * elementBytes), to * elementBytes);
    }
  });
}

/**
 * Runs of neighbouring values common to chunk and result: positions in the chunk, in the result and
 * the length, counted in values.
 */
function forEachRun(
  plan: Pick<ScatterPlan, 'chunk' | 'origin' | 'ranges'>,
  run: (from: number, to: number, count: number) => void,
): void {
  const { chunk, origin, ranges } = plan;
  const rank = chunk.length;
  const first = ranges.map(([from], axis) => Math.max(from, origin[axis] as number));
  const end = ranges.map(([, to], axis) =>
    Math.min(to, (origin[axis] as number) + (chunk[axis] as number)),
  );
  // Trailing axes that are whole in both are one run.
  let split = rank - 1;
  const isWhole = (axis: number): boolean => {
    const [from, to] = ranges[axis] as readonly [number, number];
    return (
      from === origin[axis] && to - from === chunk[axis] && first[axis] === from && end[axis] === to
    );
  };
  while (split > 0 && isWhole(split)) split -= 1;
  let inner = 1;
  for (let axis = split + 1; axis < rank; axis++) inner *= chunk[axis] as number;
  const count = ((end[split] as number) - (first[split] as number)) * inner;
  const position = [...first];
  for (;;) {
    let from = 0;
    let to = 0;
    for (let axis = 0; axis < rank; axis++) {
      const [start, stop] = ranges[axis] as readonly [number, number];
      from = from * (chunk[axis] as number) + (position[axis] as number) - (origin[axis] as number);
      to = to * (stop - start) + (position[axis] as number) - start;
    }
    run(from, to, count);
    let axis = split - 1;
    while (axis >= 0 && ++(position[axis] as number) >= (end[axis] as number)) {
      position[axis] = first[axis] as number;
      axis -= 1;
    }
    if (axis < 0) return;
  }
}

type RunCopy = (from: number, to: number, count: number) => void;

/** Copies of a run out of byte planes; one plane is all first bytes, the next all second ones. */
function unshuffler(source: Uint8Array, out: Uint8Array, plan: ScatterPlan): RunCopy {
  const { elementBytes } = plan;
  const values = Math.floor(source.length / elementBytes);
  const planes = Array.from({ length: elementBytes }, (_, i) =>
    source.subarray(i * values, (i + 1) * values),
  );
  if (elementBytes === 2) return unshuffle2(planes, new Uint16Array(out.buffer));
  if (elementBytes === 4) return unshuffle4(planes, new Uint32Array(out.buffer));
  return (from, to, count) => {
    planes.forEach((plane, byte) => {
      for (let i = 0; i < count; i++) {
        out[(to + i) * elementBytes + byte] = plane[from + i] as number;
      }
    });
  };
}

/** Four bytes of a plane at once; null where they do not lie on a word's bound. */
function wordsOf(planes: readonly Uint8Array[]): Uint32Array[] | null {
  if (planes.some(({ byteOffset }) => byteOffset % 4 !== 0)) return null;
  return planes.map((p) => new Uint32Array(p.buffer, p.byteOffset, p.length >> 2));
}

const EVEN = 0x00ff_00ff;
const ODD = 0xff00_ff00;
const HIGH = 0xffff_0000;

/** Four values a step where words allow; no arrays are made, which would cost more than the copy. */
function unshuffle4(planes: readonly Uint8Array[], out: Uint32Array): RunCopy {
  const [a, b, c, d] = planes as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
  const words = wordsOf(planes);
  const bytewise = (from: number, end: number, shift: number): void => {
    for (let i = from; i < end; i++) {
      out[i + shift] =
        (a[i] as number) |
        ((b[i] as number) << 8) |
        ((c[i] as number) << 16) |
        ((d[i] as number) << 24);
    }
  };
  if (words === null) return (from, to, count) => bytewise(from, from + count, to - from);
  const [wa, wb, wc, wd] = words as [Uint32Array, Uint32Array, Uint32Array, Uint32Array];
  return (from, to, count) => {
    const end = from + count;
    const shift = to - from;
    const first = Math.min(end, (from + 3) & ~3);
    const last = Math.max(first, end & ~3);
    bytewise(from, first, shift);
    for (let i = first; i < last; i += 4) {
      const x = wa[i >> 2] as number;
      const y = wb[i >> 2] as number;
      const z = wc[i >> 2] as number;
      const w = wd[i >> 2] as number;
      // Two bytes of values 0 and 2, then of 1 and 3, in each half.
      const low02 = (x & EVEN) | ((y & EVEN) << 8);
      const low13 = ((x >>> 8) & EVEN) | (y & ODD);
      const high02 = (z & EVEN) | ((w & EVEN) << 8);
      const high13 = ((z >>> 8) & EVEN) | (w & ODD);
      out[i + shift] = (low02 & 0xffff) | (high02 << 16);
      out[i + shift + 1] = (low13 & 0xffff) | (high13 << 16);
      out[i + shift + 2] = (low02 >>> 16) | (high02 & HIGH);
      out[i + shift + 3] = (low13 >>> 16) | (high13 & HIGH);
    }
    bytewise(last, end, shift);
  };
}

/** As above, for values of two bytes. */
function unshuffle2(planes: readonly Uint8Array[], out: Uint16Array): RunCopy {
  const [a, b] = planes as [Uint8Array, Uint8Array];
  const words = wordsOf(planes);
  const bytewise = (from: number, end: number, shift: number): void => {
    for (let i = from; i < end; i++) {
      out[i + shift] = (a[i] as number) | ((b[i] as number) << 8);
    }
  };
  if (words === null) return (from, to, count) => bytewise(from, from + count, to - from);
  const [wa, wb] = words as [Uint32Array, Uint32Array];
  return (from, to, count) => {
    const end = from + count;
    const shift = to - from;
    const first = Math.min(end, (from + 3) & ~3);
    const last = Math.max(first, end & ~3);
    bytewise(from, first, shift);
    for (let i = first; i < last; i += 4) {
      const x = wa[i >> 2] as number;
      const y = wb[i >> 2] as number;
      const even = (x & EVEN) | ((y & EVEN) << 8);
      const odd = ((x >>> 8) & EVEN) | (y & ODD);
      out[i + shift] = even;
      out[i + shift + 1] = odd;
      out[i + shift + 2] = even >>> 16;
      out[i + shift + 3] = odd >>> 16;
    }
    bytewise(last, end, shift);
  };
}
