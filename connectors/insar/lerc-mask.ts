/**
 * In: a LERC2 blob. Out: which of its pixels are valid. geotiff.js decodes the values but drops
 * this mask, so that missing pixels come back as zeros. Layout: Esri LERC, Lerc2 header (versions 2
 * to 6) and its run-length encoded bit mask.
 * @module
 */
import { CorruptSourceError } from '../../core/errors.js';

/** Bytes before the mask's length, by LERC2 version: magic, integers, three to five doubles. */
function headerBytes(version: number): number {
  const magicAndVersion = 10;
  const checksum = version >= 3 ? 4 : 0;
  // rows, columns, (depth), valid count, micro block size, blob size, data type
  const integers = (version >= 4 ? 7 : 6) * 4;
  const extra = version >= 6 ? 4 + 4 : 0;
  const doubles = (version >= 6 ? 5 : 3) * 8;
  return magicAndVersion + checksum + integers + extra + doubles;
}

/**
 * Valid flags of a LERC2 blob, one byte a pixel, row-major; null when every pixel is valid.
 * Throws CorruptSourceError when the blob is not LERC2 or its mask is damaged.
 */
export function lercValidMask(blob: Uint8Array, name: string): Uint8Array | null {
  const corrupt = (reason: string): CorruptSourceError =>
    new CorruptSourceError({ source: name, at: 'LERC header', reason });
  const magic = new TextDecoder('latin1').decode(blob.subarray(0, 6));
  if (magic !== 'Lerc2 ') throw corrupt(`the block starts with '${magic}', not 'Lerc2 '`);
  const view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength);
  const version = view.getInt32(6, true);
  const first = version >= 3 ? 14 : 10;
  const maskAt = headerBytes(version);
  if (version < 2 || version > 6 || blob.byteLength < maskAt + 4) {
    throw corrupt(`version ${version} with ${blob.byteLength} bytes cannot be read`);
  }
  const blobBytes = view.getInt32(first + (version >= 4 ? 20 : 16), true);
  if (version >= 3 && view.getUint32(10, true) !== fletcher32(blob.subarray(14, blobBytes))) {
    throw corrupt('the checksum does not match the data');
  }
  const pixels = view.getInt32(first, true) * view.getInt32(first + 4, true);
  const valid = view.getInt32(first + (version >= 4 ? 12 : 8), true);
  if (valid === pixels) return null;
  if (valid === 0) return new Uint8Array(pixels);

  const maskBytes = view.getInt32(maskAt, true);
  const bits = new Uint8Array(Math.ceil(pixels / 8));
  let at = maskAt + 4;
  const end = at + maskBytes;
  let out = 0;
  while (at + 2 <= end && end <= blob.byteLength) {
    const run = view.getInt16(at, true);
    at += 2;
    if (run === -32768) break;
    if (run > 0) bits.set(blob.subarray(at, at + run), out);
    else bits.fill(blob[at] as number, out, out - run);
    at += run > 0 ? run : 1;
    out += Math.abs(run);
  }
  if (out !== bits.length) throw corrupt(`the mask has ${out} of ${bits.length} bytes`);
  const flags = Uint8Array.from(
    { length: pixels },
    (_, i) => ((bits[i >> 3] as number) >> (7 - (i & 7))) & 1,
  );
  const found = flags.reduce((sum, flag) => sum + flag, 0);
  if (found !== valid) throw corrupt(`the mask has ${found} valid pixels, the header ${valid}`);
  return flags;
}

/** Fletcher-32 over big-endian 16-bit words, as LERC2 computes it. */
function fletcher32(bytes: Uint8Array): number {
  let low = 0xffff;
  let high = 0xffff;
  for (let i = 0; i < bytes.length; i += 2) {
    low = (low + (((bytes[i] as number) << 8) | (bytes[i + 1] ?? 0))) % 65535;
    high = (high + low) % 65535;
  }
  // Lerc reduces to 1..65535, never to 0.
  return (((high || 0xffff) << 16) | (low || 0xffff)) >>> 0;
}
