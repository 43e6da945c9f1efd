/**
 * One MiniSEED record in, its samples out.
 * @module
 */
import type { SeedRecordHeader } from './record-header.js';
import { decodeSteim } from './steim.js';

export type SeedSamples = Int16Array | Int32Array | Float32Array | Float64Array;

/** Bytes of one plain sample by encoding. */
const PLAIN_BYTES: Readonly<Record<number, number>> = { 1: 2, 2: 3, 3: 4, 4: 4, 5: 8 };

/** Type of the samples of an encoding; null: one that is not decoded here. */
export function seedSampleType(encoding: number): 'int16' | 'int32' | 'float32' | 'float64' | null {
  if (encoding === 1) return 'int16';
  if (encoding === 4) return 'float32';
  if (encoding === 5) return 'float64';
  return [2, 3, 10, 11].includes(encoding) ? 'int32' : null;
}

/**
 * Decodes the samples of a record. A text says what is wrong: an encoding that is not known, too few
 * bytes, or damage that the frames give away.
 */
export function decodeSeedRecord(
  record: Uint8Array,
  header: SeedRecordHeader,
): SeedSamples | string {
  const { encoding, sampleCount, isLittleEndian } = header;
  const data = record.subarray(header.dataOffset, header.dataOffset + header.dataBytes);
  if (encoding === 10 || encoding === 11) {
    const version = encoding === 10 ? 1 : 2;
    const decoded = decodeSteim({ frames: data, sampleCount, version, isLittleEndian });
    return decoded.problem ?? decoded.samples;
  }
  const size = PLAIN_BYTES[encoding];
  if (size === undefined) return `encoding ${encoding} is not known`;
  if (data.length < sampleCount * size) {
    return `${sampleCount} samples of ${size} bytes expected, the record has room for ${data.length} bytes`;
  }
  return plainSamples(data, { encoding, sampleCount, isLittleEndian });
}

function plainSamples(
  data: Uint8Array,
  input: { encoding: number; sampleCount: number; isLittleEndian: boolean },
): SeedSamples {
  const { encoding, sampleCount, isLittleEndian } = input;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const fill = <T extends SeedSamples>(out: T, value: (i: number) => number): T => {
    for (let i = 0; i < sampleCount; i++) out[i] = value(i);
    return out;
  };
  switch (encoding) {
    case 1:
      return fill(new Int16Array(sampleCount), (i) => view.getInt16(i * 2, isLittleEndian));
    case 2:
      return fill(new Int32Array(sampleCount), (i) => {
        const high = view.getInt8(i * 3 + (isLittleEndian ? 2 : 0));
        const low = view.getUint8(i * 3 + (isLittleEndian ? 0 : 2));
        return high * 65536 + view.getUint8(i * 3 + 1) * 256 + low;
      });
    case 3:
      return fill(new Int32Array(sampleCount), (i) => view.getInt32(i * 4, isLittleEndian));
    case 4:
      return fill(new Float32Array(sampleCount), (i) => view.getFloat32(i * 4, isLittleEndian));
    default:
      return fill(new Float64Array(sampleCount), (i) => view.getFloat64(i * 8, isLittleEndian));
  }
}
