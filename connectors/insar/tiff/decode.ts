/**
 * In: one compressed strip or tile. Out: its samples. Predictors, byte order and LZW are undone by the
 * kernel `connectors/kernels/assembly/tiff.ts`. geotiff.js is asked for LERC alone: it assumes
 * little-endian words and leaves pixels of damaged blocks as zeros.
 * @module
 */
import { CorruptSourceError, UnsupportedSourceError } from '../../../core/errors.js';
import { COMPRESSIONS, inflate, unpackBits, unpackLerc } from './codecs.js';
import { sampleBytes, type BlockLayout } from './image.js';
import { inflateTwo, LONGEST_STRING, workspace, type TiffKernel } from './kernel.js';
import { elementsOf, samplesOfBytes, type SampleArray } from './samples.js';
import { unpackZstd } from './zstd.js';

export interface BlockPlace {
  readonly source: string;
  /** For messages, for example `block 3, byte 4096`. */
  readonly at: string;
}

const LZW = 5;
const LERC = 34887;

/**
 * Decodes a block of `rows` rows and hands its samples, row-major with the bands of a pixel together,
 * to `use`, which must copy what it needs before it returns. Masked LERC pixels are NaN. Throws
 * CorruptSourceError naming the place when the data are damaged or too short.
 */
export async function decodeBlock<Result>(
  bytes: Uint8Array,
  layout: BlockLayout,
  place: BlockPlace,
  use: (samples: SampleArray) => Result,
): Promise<Result> {
  const { compression, rows, columns, dtype } = layout;
  const wanted = rows * columns * layout.samples * sampleBytes(dtype);
  const damaged = (cause: unknown): CorruptSourceError =>
    cause instanceof CorruptSourceError
      ? cause
      : new CorruptSourceError({
          ...place,
          reason: `the ${COMPRESSIONS[compression]} data cannot be decompressed`,
          cause,
        });
  if (compression === LERC) {
    const lerc = await unpackLerc({
      ...{ bytes, wanted, source: place.source },
      parameters: layout.lerc,
    }).catch((cause: unknown) => {
      throw damaged(cause);
    });
    checkLength(lerc.values.byteLength, wanted, place);
    if (lerc.valid && !layout.littleEndian) {
      throw new UnsupportedSourceError({
        source: place.source,
        reason: `big-endian LERC with pixels left out (${place.at}): swapped numbers that look like NaN are lost among them`,
        remedy: 'convert it to DEFLATE with gdal_translate',
      });
    }
    // libtiff swaps the numbers of a big-endian TIFF before it packs them, as with any other codec.
    const samples = samplesOfBytes(
      layout.littleEndian
        ? lerc.values.subarray(0, wanted)
        : swapped(lerc.values.subarray(0, wanted), sampleBytes(dtype)),
      dtype,
    );
    if (lerc.valid) markMissing(samples, lerc.valid, layout, place.source);
    return use(samples);
  }
  try {
    return use(samplesOfBytes(unpack(bytes, layout, wanted, place), dtype));
  } catch (cause) {
    throw damaged(cause);
  }
}

/**
 * Decodes two blocks of the same layout at once, where that is faster. False when it cannot be done, damaged data
 * among them: decodeBlock then says what there is to say.
 */
export function decodeTwo(
  blocks: readonly [Uint8Array, Uint8Array],
  layout: BlockLayout,
  use: readonly [(samples: SampleArray) => void, (samples: SampleArray) => void],
): boolean {
  const { compression, rows, columns, samples, dtype } = layout;
  if (compression !== 8 && compression !== 32946) return false;
  const wanted = rows * columns * samples * sampleBytes(dtype);
  const two = inflateTwo(blocks, wanted);
  if (!two) return false;
  for (const i of [0, 1] as const) {
    const { functions, memory } = two;
    const at = unpredict(functions, two.to[i], two.from[i], layout);
    use[i](samplesOfBytes(memory.subarray(at, at + wanted), dtype));
  }
  return true;
}

/** A copy with the bytes of each number in reverse. */
function swapped(bytes: Uint8Array, size: number): Uint8Array {
  const copy = Buffer.from(new Uint8Array(bytes).buffer);
  if (size === 2) return copy.swap16();
  if (size === 4) return copy.swap32();
  return size === 8 ? copy.swap64() : copy;
}

function unpack(
  bytes: Uint8Array,
  layout: BlockLayout,
  wanted: number,
  place: BlockPlace,
): Uint8Array {
  const { compression, dtype, predictor } = layout;
  const size = sampleBytes(dtype) / elementsOf(dtype);
  if (compression === LZW) {
    if (bytes[0] === 0 && ((bytes[1] ?? 0) & 1) === 1) {
      throw new UnsupportedSourceError({
        source: place.source,
        reason: 'LZW of before TIFF 6.0, with its bits in reverse',
        remedy: 'convert it with gdal_translate -co COMPRESS=DEFLATE',
      });
    }
    const space = workspace(Math.max(bytes.length, wanted), wanted + LONGEST_STRING);
    const { functions, memory, from, to, table } = space;
    memory.set(bytes, from);
    const made = functions.lzw(from, bytes.length, to, wanted, table);
    if (made < 0) throw new Error('a code has no meaning');
    checkLength(made, wanted, place);
    // The compressed bytes are no longer needed: their place may take the result.
    const at = unpredict(functions, to, from, layout);
    return memory.subarray(at, at + wanted);
  }
  const plain = unpackPlain(bytes, compression, wanted);
  checkLength(plain.length, wanted, place);
  const exact = plain.subarray(0, wanted);
  const isSwapped = !layout.littleEndian && size > 1;
  if (predictor === 1 && !isSwapped) return exact;
  const { functions, memory, from, to } = workspace(wanted, predictor === 3 ? wanted : 0);
  memory.set(exact, from);
  const at = unpredict(functions, from, to, layout);
  return memory.subarray(at, at + wanted);
}

/** Undoes predictor and byte order of the bytes at `at`; where the numbers are then, there or at `other`. */
function unpredict(functions: TiffKernel, at: number, other: number, layout: BlockLayout): number {
  const { rows, columns, samples, dtype } = layout;
  if (layout.predictor !== 3) {
    finish(functions, at, layout);
    return at;
  }
  // Complex numbers are two words each.
  const words = elementsOf(dtype);
  const values = columns * samples * words;
  functions.floatPredictor(at, other, rows, values, sampleBytes(dtype) / words, samples);
  return other;
}

/** Byte order, then predictor 2, in place. Predictor 3 knows no byte order. */
function finish(functions: TiffKernel, at: number, layout: BlockLayout): void {
  const { rows, columns, samples, dtype } = layout;
  const size = sampleBytes(dtype) / elementsOf(dtype);
  const values = columns * samples * elementsOf(dtype);
  if (!layout.littleEndian && size > 1) functions.swapBytes(at, rows * values, size);
  if (layout.predictor === 2) functions.horizontalPredictor(at, rows, values, size, samples);
}

function unpackPlain(bytes: Uint8Array, compression: number, wanted: number): Uint8Array {
  if (compression === 32773) return unpackBits(bytes, wanted);
  if (compression === 50000) return unpackZstd(bytes, wanted);
  return compression === 1 ? bytes : inflate(bytes, wanted);
}

function checkLength(length: number, wanted: number, place: BlockPlace): void {
  if (length >= wanted) return;
  throw new CorruptSourceError({
    ...place,
    reason: `${length} of ${wanted} bytes after decompression`,
  });
}

function markMissing(
  samples: SampleArray,
  valid: Uint8Array,
  layout: BlockLayout,
  source: string,
): void {
  if (!layout.dtype.startsWith('float')) {
    throw new UnsupportedSourceError({
      source,
      reason: `LERC leaves out pixels of ${layout.dtype}, which has no value for them`,
      remedy: 'convert it with gdal_translate -co COMPRESS=DEFLATE',
    });
  }
  for (let i = 0; i < valid.length; i++) if (!valid[i]) samples[i] = Number.NaN;
}

/**
 * Rows of samples as TIFF stores them with a predictor, for writers: 3 for floating-point numbers (TIFF
 * technical note 3), 2 for integers (TIFF 6.0 section 14); little-endian in and out.
 */
export function predictedBytes(values: SampleArray, columns: number): Uint8Array {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const size = values.BYTES_PER_ELEMENT;
  if (values instanceof Float32Array || values instanceof Float64Array) {
    const { functions, memory, from, to } = workspace(bytes.length, bytes.length);
    memory.set(bytes, from);
    functions.makeFloatPredictor(from, to, values.length / columns, columns, size);
    return memory.slice(to, to + bytes.length);
  }
  const out = values.slice();
  for (let i = values.length - 1; i > 0; i--) {
    if (i % columns > 0) out[i] = (values[i] as number) - (values[i - 1] as number);
  }
  return new Uint8Array(out.buffer);
}
