/**
 * In: the compressed bytes of one TIFF block and the size it must have. Out: its bytes. Every decoder
 * stops at that size, so damaged data end in an error and never in endless memory. Formats: TIFF 6.0
 * sections 9 (PackBits) and 13 (LZW), RFC 1950 (zlib), RFC 8878 (Zstandard), Esri LERC.
 * @module
 */
import * as zlib from 'node:zlib';
import { getDecoder } from 'geotiff';
import { lercValidMask } from '../lerc-mask.js';
import { prepareZstd, unpackZstd } from './zstd.js';

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

/** Only these compressions have predictors (libtiff); elsewhere the tag means nothing. */
export function hasPredictor(compression: number): boolean {
  return [5, 8, 32946, 50000].includes(compression);
}

/** Inflates to at most `wanted` bytes and a little padding. Throws a plain Error on damaged data. */
export function inflate(bytes: Uint8Array, wanted: number): Uint8Array {
  // Tiles at the edge may be padded a little beyond what is used.
  return zlib.inflateSync(bytes, {
    maxOutputLength: wanted + 4096,
    chunkSize: Math.min(Math.max(wanted + 64, 1024), 2 ** 24),
  });
}

/** Undoes PackBits; fewer bytes than wanted when the data end early. */
export function unpackBits(bytes: Uint8Array, wanted: number): Uint8Array {
  const out = new Uint8Array(wanted);
  let at = 0;
  let length = 0;
  while (length < wanted && at < bytes.length) {
    const header = ((bytes[at++] as number) << 24) >> 24;
    if (header === -128) continue;
    const run = Math.min(header < 0 ? 1 - header : header + 1, wanted - length);
    if (header < 0) {
      if (at >= bytes.length) break;
      out.fill(bytes[at++] as number, length, length + run);
    } else {
      const literal = bytes.subarray(at, at + run);
      if (literal.length < run) break;
      out.set(literal, length);
      at += header + 1;
    }
    length += run;
  }
  return out.subarray(0, length);
}

/** Loads the decoder that Zstandard needs; nothing for other compressions. */
export async function prepareCodec(compression: number): Promise<void> {
  if (compression === 50000 || compression === 34887) await prepareZstd();
}

/**
 * Undoes LERC: values and, where pixels are missing, their flags. The layers of Deflate or Zstandard
 * around it are undone here, because geotiff.js gives back no mask. Throws a plain Error or
 * CorruptSourceError on damaged data.
 */
export async function unpackLerc(input: {
  readonly bytes: Uint8Array;
  readonly wanted: number;
  /** LercParameters tag. */
  readonly parameters: readonly number[] | undefined;
  readonly source: string;
}): Promise<{ readonly values: Uint8Array; readonly valid: Uint8Array | null }> {
  const added = input.parameters?.[1] ?? 0;
  // A LERC blob is never much larger than its pixels.
  const most = 2 * input.wanted + 65_536;
  let blob = input.bytes;
  if (added === 1) blob = zlib.inflateSync(blob, { maxOutputLength: most });
  else if (added === 2) {
    // A copy: other blocks may be decoded while this one waits below.
    blob = unpackZstd(blob, most).slice();
  } else if (added !== 0) throw new Error(`additional compression ${added}`);
  const valid = lercValidMask(blob, input.source);
  const decoder = await getDecoder(34887, {
    tileWidth: 1,
    tileHeight: 1,
    predictor: 1,
    bitsPerSample: [8],
    planarConfiguration: 1,
    // Not in the library's types, though its LERC decoder needs it.
    ...{ LercParameters: [input.parameters?.[0] ?? 4, 0] },
  });
  return { values: new Uint8Array(await decoder.decode(Uint8Array.from(blob).buffer)), valid };
}
