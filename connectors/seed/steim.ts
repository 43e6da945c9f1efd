/**
 * Steim 1 and Steim 2, the difference codes of SEED: frames of 64 bytes in, 32-bit integers out, and
 * back. FDSN, "SEED Reference Manual" 2.4, appendix B.
 *
 * A frame is 16 big-endian words; word 0 holds a two-bit code for each of them. Words 1 and 2 of the
 * first frame are the first and the last sample, which checks the decoding.
 * @module
 */

export const STEIM_FRAME_BYTES = 64;

/** Differences in one word. */
interface Packing {
  readonly count: number;
  readonly bits: number;
  /** Two-bit code in word 0. */
  readonly code: number;
  /** Two bits on top of the word; null: the word has none. */
  readonly top: number | null;
}

/** From the densest on. */
const PACKINGS: Readonly<Record<1 | 2, readonly Packing[]>> = {
  1: [
    { count: 4, bits: 8, code: 1, top: null },
    { count: 2, bits: 16, code: 2, top: null },
    { count: 1, bits: 32, code: 3, top: null },
  ],
  2: [
    { count: 7, bits: 4, code: 3, top: 2 },
    { count: 6, bits: 5, code: 3, top: 1 },
    { count: 5, bits: 6, code: 3, top: 0 },
    { count: 4, bits: 8, code: 1, top: null },
    { count: 3, bits: 10, code: 2, top: 3 },
    { count: 2, bits: 15, code: 2, top: 2 },
    { count: 1, bits: 30, code: 2, top: 1 },
  ],
};

/** Packing by `code * 4 + top`; Steim 1 and code 1 have no top bits. */
const TABLES = { 1: tableOf(1), 2: tableOf(2) } as const;

function tableOf(version: 1 | 2): readonly (Packing | undefined)[] {
  return Array.from({ length: 16 }, (_, key) =>
    PACKINGS[version].find(
      ({ code, top }) => code === key >> 2 && (top === null || top === (key & 3)),
    ),
  );
}

/**
 * Decodes `sampleCount` samples. `problem` says what is wrong with the frames (too short, an unknown
 * code, a last sample other than the one stored); null when all is well. Allocates `sampleCount`
 * numbers at most seven for each word of `frames`, never more.
 */
export function decodeSteim(input: {
  readonly frames: Uint8Array;
  readonly sampleCount: number;
  readonly version: 1 | 2;
  /** SEED writes big-endian frames; a few old files do not. */
  readonly isLittleEndian?: boolean;
}): { readonly samples: Int32Array; readonly problem: string | null } {
  const { frames, sampleCount, version, isLittleEndian = false } = input;
  const frameCount = Math.floor(frames.length / STEIM_FRAME_BYTES);
  if (sampleCount === 0) return { samples: new Int32Array(0), problem: null };
  if (sampleCount > frameCount * 15 * 7) {
    const problem = `${sampleCount} samples cannot lie in ${frameCount} frames`;
    return { samples: new Int32Array(0), problem };
  }
  const view = new DataView(frames.buffer, frames.byteOffset, frameCount * STEIM_FRAME_BYTES);
  const table = TABLES[version];
  const samples = new Int32Array(sampleCount);
  const first = view.getInt32(4, isLittleEndian);
  const last = view.getInt32(8, isLittleEndian);
  let value = first;
  let filled = 0;
  for (let frame = 0; frame < frameCount && filled < sampleCount; frame++) {
    const base = frame * STEIM_FRAME_BYTES;
    const codes = view.getUint32(base, isLittleEndian);
    for (let word = frame === 0 ? 3 : 1; word < 16 && filled < sampleCount; word++) {
      const code = (codes >>> (30 - 2 * word)) & 3;
      if (code === 0) continue;
      const bits = isLittleEndian
        ? littleEndianWord(view, base + word * 4, { code, version })
        : view.getInt32(base + word * 4);
      const packing = table[(code << 2) | (bits >>> 30)];
      if (packing === undefined) {
        const problem = `frame ${frame} word ${word} has no meaning in Steim ${version}`;
        return { samples: samples.subarray(0, filled), problem };
      }
      const { count, bits: width } = packing;
      const inWord = Math.min(count, sampleCount - filled);
      const shift = 32 - width;
      for (let k = 0; k < inWord; k++) {
        const difference = (bits << (shift - (count - 1 - k) * width)) >> shift;
        // The first difference leads from the record before; the first sample stands in word 1.
        if (filled > 0) value = (value + difference) | 0;
        samples[filled++] = value;
      }
    }
  }
  if (filled < sampleCount) {
    const problem = `${sampleCount} samples expected, the frames hold ${filled}`;
    return { samples: samples.subarray(0, filled), problem };
  }
  const problem = value === last ? null : `the last sample is ${value}, the frames state ${last}`;
  return { samples, problem };
}

/**
 * A word of a little-endian frame, differences in big-endian order: writers swap the bytes of each
 * number, not of the word, so that 8-bit and 16-bit differences keep their places (libmseed).
 */
function littleEndianWord(
  view: DataView,
  at: number,
  word: { readonly code: number; readonly version: 1 | 2 },
): number {
  if (word.code === 1) return view.getInt32(at);
  if (word.code === 2 && word.version === 1) {
    return (view.getInt16(at, true) << 16) | view.getUint16(at + 2, true);
  }
  return view.getInt32(at, true);
}

/**
 * Encodes as many samples from `from` on as `maxFrames` hold. Returns whole frames and the number of
 * samples in them; null when a difference does not fit (Steim 2: 30 bits).
 */
export function encodeSteim(input: {
  readonly samples: Int32Array;
  readonly from: number;
  readonly maxFrames: number;
  readonly version: 1 | 2;
}): { readonly frames: Uint8Array; readonly sampleCount: number } | null {
  const { samples, from, maxFrames, version } = input;
  const view = new DataView(new ArrayBuffer(maxFrames * STEIM_FRAME_BYTES));
  let next = from;
  let frame = 0;
  for (; frame < maxFrames && next < samples.length; frame++) {
    const base = frame * STEIM_FRAME_BYTES;
    let codes = 0;
    for (let word = frame === 0 ? 3 : 1; word < 16 && next < samples.length; word++) {
      const packing = densest(samples, next, version);
      if (packing === null) return null;
      codes |= packing.code << (30 - 2 * word);
      view.setInt32(base + word * 4, packed(samples, next, packing));
      next += packing.count;
    }
    view.setUint32(base, codes >>> 0);
  }
  if (next > from) {
    view.setInt32(4, samples[from] as number);
    view.setInt32(8, samples[next - 1] as number);
  }
  const frames = new Uint8Array(view.buffer, 0, frame * STEIM_FRAME_BYTES);
  return { frames, sampleCount: next - from };
}

/** Difference to the sample before, modulo 2^32; that of the very first one is 0. */
function differenceAt(samples: Int32Array, i: number): number {
  return i === 0 ? 0 : ((samples[i] as number) - (samples[i - 1] as number)) | 0;
}

function densest(samples: Int32Array, from: number, version: 1 | 2): Packing | null {
  for (const packing of PACKINGS[version]) {
    if (from + packing.count > samples.length) continue;
    const shift = 32 - packing.bits;
    let isFit = true;
    for (let k = 0; isFit && k < packing.count; k++) {
      const difference = differenceAt(samples, from + k);
      isFit = (difference << shift) >> shift === difference && isExact(samples, from + k, version);
    }
    if (isFit) return packing;
  }
  return null;
}

/** Steim 2 has no wrap-around: a difference of more than 32 bits must not look small. */
function isExact(samples: Int32Array, i: number, version: 1 | 2): boolean {
  if (version === 1 || i === 0) return true;
  return Math.abs((samples[i] as number) - (samples[i - 1] as number)) < 2 ** 31;
}

function packed(samples: Int32Array, from: number, packing: Packing): number {
  const { count, bits, top } = packing;
  if (bits === 32) return differenceAt(samples, from);
  let word = top === null ? 0 : top << 30;
  const mask = (1 << bits) - 1;
  for (let k = 0; k < count; k++) {
    word |= (differenceAt(samples, from + k) & mask) << ((count - 1 - k) * bits);
  }
  return word;
}
