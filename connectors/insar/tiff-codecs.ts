/**
 * In: the compressed bytes of one TIFF block and the size it must have. Out: its bytes. Every
 * decoder stops at that size, so damaged data end in an error and never in endless memory.
 * Formats: TIFF 6.0 sections 9 (PackBits) and 13 (LZW), RFC 1950 (zlib), RFC 8878 (Zstandard).
 * @module
 */
import { inflateSync } from 'node:zlib';
import { getDecoder } from 'geotiff';
import { ZSTDDecoder } from 'zstddec/stream';

/** Names of the TIFF compression codes that are read. */
export const COMPRESSIONS: Readonly<Record<number, string>> = {
  1: 'none',
  5: 'LZW',
  8: 'DEFLATE',
  32946: 'DEFLATE',
  32773: 'PACKBITS',
  34887: 'LERC',
  50000: 'ZSTD',
};

/**
 * Decompresses one block to `wanted` bytes; fewer when the data end early. `lercParameters` is
 * TIFF tag 50674. Throws a plain Error on damaged data.
 */
export async function decompress(input: {
  readonly bytes: Uint8Array;
  readonly compression: number;
  readonly wanted: number;
  readonly lercParameters: readonly number[] | undefined;
}): Promise<Uint8Array> {
  const { bytes, wanted } = input;
  switch (input.compression) {
    case 1:
      return bytes.slice();
    case 5:
      return unpackLzw(bytes, wanted);
    case 8:
    case 32946:
      // Tiles at the edge may be padded a little beyond what is used.
      return new Uint8Array(inflateSync(bytes, { maxOutputLength: 2 * wanted + 1024 }));
    case 32773:
      return unpackBits(bytes, wanted);
    case 50000:
      return unpackZstd(bytes, wanted);
    default: {
      const decoder = await getDecoder(input.compression, {
        tileWidth: 1,
        tileHeight: 1,
        predictor: 1,
        bitsPerSample: [8],
        planarConfiguration: 1,
        ...(input.lercParameters ? { LercParameters: input.lercParameters } : {}),
      });
      return new Uint8Array(await decoder.decode(bytes.slice().buffer));
    }
  }
}

function unpackBits(bytes: Uint8Array, wanted: number): Uint8Array {
  const out = new Uint8Array(wanted);
  let at = 0;
  let length = 0;
  while (length < wanted && at < bytes.length) {
    const header = ((bytes[at++] as number) << 24) >> 24;
    if (header === -128) continue;
    const run = Math.min(header < 0 ? 1 - header : header + 1, wanted - length);
    if (header < 0) out.fill(bytes[at++] ?? 0, length, length + run);
    else {
      const literal = bytes.subarray(at, at + run);
      if (literal.length < run) return out.subarray(0, length);
      out.set(literal, length);
      at += header + 1;
    }
    length += run;
  }
  return out.subarray(0, length);
}

const CLEAR = 256;
const END = 257;

/** LZW with codes of 9 to 12 bits, most significant bit first, and the early change of width. */
function unpackLzw(bytes: Uint8Array, wanted: number): Uint8Array {
  const out = new Uint8Array(wanted);
  // A code stands for the bytes out[start, start + length), all written before it is used.
  const starts = new Int32Array(4097);
  const lengths = new Int32Array(4097);
  let next = END + 1;
  let width = 9;
  let previousStart = -1;
  let previousLength = 0;
  let length = 0;
  let bits = 0;
  let buffer = 0;
  let at = 0;
  while (length < wanted) {
    while (bits < width && at < bytes.length) {
      buffer = ((buffer << 8) | (bytes[at++] as number)) & 0xffffff;
      bits += 8;
    }
    if (bits < width) break;
    const code = (buffer >>> (bits - width)) & ((1 << width) - 1);
    bits -= width;
    if (code === END) break;
    if (code === CLEAR) {
      next = END + 1;
      width = 9;
      previousStart = -1;
      continue;
    }
    const start = length;
    if (code < CLEAR) out[length++] = code;
    else {
      const known = code < next;
      if (!known && (code !== next || previousStart < 0)) throw new Error(`LZW code ${code}`);
      const from = known ? (starts[code] as number) : previousStart;
      const count = known ? (lengths[code] as number) : previousLength + 1;
      for (let i = 0; i < count && length < wanted; i++) out[length++] = out[from + i] as number;
    }
    if (previousStart >= 0 && next < 4096) {
      // The new entry is the previous bytes and the first of these, which follow them in `out`.
      starts[next] = previousStart;
      lengths[next] = previousLength + 1;
      next++;
    }
    if (next + 1 >= 1 << width && width < 12) width++;
    previousStart = start;
    previousLength = length - start;
  }
  return out.subarray(0, length);
}

const zstd = new ZSTDDecoder();

async function unpackZstd(bytes: Uint8Array, wanted: number): Promise<Uint8Array> {
  await zstd.init();
  const out = new Uint8Array(wanted);
  let length = 0;
  let idle = 0;
  // The stream repeats empty parts for ever after an error, so a few in a row mean damage.
  for (const part of zstd.decodeStreaming([bytes])) {
    idle = part.length === 0 ? idle + 1 : 0;
    if (idle > 64) throw new Error('the Zstandard stream does not advance');
    out.set(part.subarray(0, wanted - length), length);
    length += Math.min(part.length, wanted - length);
    if (length === wanted) break;
  }
  return out.subarray(0, length);
}
