/** Arrays that hold the samples of a raster as they are stored. @module */
import type { SampleType } from './image.js';

/** Complex numbers take two elements: real, imaginary. float16 is widened to float32, exactly. */
export type SampleArray =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array;

type Maker = new (buffer: ArrayBufferLike, offset?: number, length?: number) => SampleArray;

const MAKERS: Readonly<Record<SampleType, Maker>> = {
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  uint32: Uint32Array,
  int32: Int32Array,
  float16: Float32Array,
  float32: Float32Array,
  float64: Float64Array,
  complex64: Float32Array,
  complex128: Float64Array,
};

/** Elements of one sample: 2 for complex numbers. */
export function elementsOf(dtype: SampleType): number {
  return dtype.startsWith('complex') ? 2 : 1;
}

/** Bytes that one sample takes in memory. */
export function memoryBytes(dtype: SampleType): number {
  return dtype === 'float16' ? 4 : Number(/\d+$/.exec(dtype)?.[0]) / 8;
}

/** Zeroed array of `count` samples, in shared memory when worker threads write it. */
export function allocateSamples(dtype: SampleType, count: number, isShared: boolean): SampleArray {
  const bytes = count * memoryBytes(dtype);
  return samplesOver(dtype, isShared ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes));
}

/** The samples of a buffer. */
export function samplesOver(dtype: SampleType, buffer: ArrayBufferLike): SampleArray {
  return new MAKERS[dtype](buffer);
}

/** Stored little-endian bytes as samples; a view where the type allows it. */
export function samplesOfBytes(bytes: Uint8Array, dtype: SampleType): SampleArray {
  if (dtype === 'float16') return widen(bytes);
  const size = memoryBytes(dtype) / elementsOf(dtype);
  const aligned = bytes.byteOffset % size === 0 ? bytes : bytes.slice();
  return new MAKERS[dtype](aligned.buffer, aligned.byteOffset, aligned.byteLength / size);
}

/** IEEE 754 binary16 to binary32. */
function widen(bytes: Uint8Array): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float32Array.from({ length: bytes.byteLength / 2 }, (_, i) => {
    const half = view.getUint16(2 * i, true);
    const sign = half & 0x8000 ? -1 : 1;
    const exponent = (half >> 10) & 31;
    const fraction = half & 1023;
    if (exponent === 31) return fraction ? Number.NaN : sign * Infinity;
    return exponent === 0
      ? sign * fraction * 2 ** -24
      : sign * (1024 + fraction) * 2 ** (exponent - 25);
  });
}
