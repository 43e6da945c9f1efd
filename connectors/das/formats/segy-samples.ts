/**
 * Bytes of SEG-Y samples in, numbers out: IBM floats, 24-bit integers, and what the machine knows.
 * @module
 */
import { swapBytes, samplesFromBytes } from '../matrix-file.js';
import type { SampleArray } from '../recording.js';
import type { SegyEncoding } from './segy-file-header.js';

/** Decodes packed samples; the bytes may be changed. */
export function segySamples(
  bytes: Uint8Array,
  encoding: SegyEncoding,
  isLittleEndian: boolean,
): SampleArray {
  if (encoding.isIbm) return ibmFloats(bytes, isLittleEndian);
  if (encoding.bytes === 3) return int24(bytes, encoding.type === 'int32', isLittleEndian);
  return samplesFromBytes(bytes, encoding.type, isLittleEndian);
}

/**
 * IBM System/360 single precision: sign, base-16 exponent with bias 64, 24-bit fraction without
 * hidden bit. float32 holds every fraction exactly; what is outside its range becomes 0 or infinite.
 */
export function ibmFloats(bytes: Uint8Array, isLittleEndian: boolean): Float32Array {
  if (isLittleEndian) swapBytes(bytes, 4);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const out = new Float32Array(bytes.length / 4);
  for (let i = 0; i < out.length; i++) {
    const word = view.getUint32(i * 4);
    const fraction = word & 0xffffff;
    const scale = IBM_SCALES[(word >>> 24) & 0x7f] as number;
    out[i] = word >>> 31 ? -fraction * scale : fraction * scale;
  }
  return out;
}

/** 16^(exponent - 64) / 2^24 for each exponent. */
const IBM_SCALES = Float64Array.from({ length: 128 }, (_, e) => 2 ** (4 * (e - 64) - 24));

function int24(
  bytes: Uint8Array,
  isSigned: boolean,
  isLittleEndian: boolean,
): Int32Array | Uint32Array {
  const count = bytes.length / 3;
  const out = isSigned ? new Int32Array(count) : new Uint32Array(count);
  const [high, low] = isLittleEndian ? [2, 0] : [0, 2];
  for (let i = 0; i < count; i++) {
    const at = i * 3;
    const word =
      ((bytes[at + high] as number) << 24) |
      ((bytes[at + 1] as number) << 16) |
      ((bytes[at + low] as number) << 8);
    out[i] = isSigned ? word >> 8 : word >>> 8;
  }
  return out;
}
