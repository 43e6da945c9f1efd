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
  if (elementBytes === 4) return unshuffle4(planes, new Uint32Array(out.buffer));
  if (elementBytes === 2) return unshuffle2(planes, new Uint16Array(out.buffer));
  return (from, to, count) => {
    planes.forEach((plane, byte) => {
      for (let i = 0; i < count; i++) {
        out[(to + i) * elementBytes + byte] = plane[from + i] as number;
      }
    });
  };
}

function unshuffle4(planes: readonly Uint8Array[], out: Uint32Array): RunCopy {
  const [a, b, c, d] = planes as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
  return (from, to, count) => {
    const shift = to - from;
    for (let i = from; i < from + count; i++) {
      out[i + shift] =
        (a[i] as number) |
        ((b[i] as number) << 8) |
        ((c[i] as number) << 16) |
        ((d[i] as number) << 24);
    }
  };
}

function unshuffle2(planes: readonly Uint8Array[], out: Uint16Array): RunCopy {
  const [a, b] = planes as [Uint8Array, Uint8Array];
  return (from, to, count) => {
    const shift = to - from;
    for (let i = from; i < from + count; i++) {
      out[i + shift] = (a[i] as number) | ((b[i] as number) << 8);
    }
  };
}
