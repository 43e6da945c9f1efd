/**
 * Codecs of Zarr chunks with a bound on what a chunk may decompress to: a few bytes can claim to be
 * gigabytes. Installed once in zarrita's registry.
 * @module
 */
import { gunzipSync, gzipSync, inflateSync } from 'node:zlib';
import { registry } from 'zarrita';

/** Bytes of one chunk, stored or decoded. */
export const MAX_CHUNK_BYTES = 256 * 1024 * 1024;

interface BytesCodec {
  readonly kind: 'bytes_to_bytes';
  encode(bytes: Uint8Array): Uint8Array | Promise<Uint8Array>;
  decode(bytes: Uint8Array): Uint8Array | Promise<Uint8Array>;
}

/** Constructor as the registry has it; what differs between codecs does not matter here. */
interface CodecEntry {
  fromConfig(configuration: never, metadata: never): BytesCodec;
}

type RawRegistry = Map<string, () => CodecEntry | Promise<CodecEntry>>;

const LIMIT = { maxOutputLength: MAX_CHUNK_BYTES } as const;

let isInstalled = false;

/** Puts the bounded codecs in place of zarrita's. Safe to call again. */
export function installBoundedCodecs(): void {
  if (isInstalled) return;
  isInstalled = true;
  const entries = registry as unknown as RawRegistry;
  const set = (name: string, entry: () => CodecEntry | Promise<CodecEntry>): void => {
    entries.set(name, entry);
    entries.set(`numcodecs.${name}`, entry);
  };
  set('gzip', () => zlibCodec((bytes) => gunzipSync(bytes, LIMIT)));
  set('zlib', () => zlibCodec((bytes) => inflateSync(bytes, LIMIT)));
  for (const [name, claimed] of Object.entries(CLAIMED)) {
    const original = entries.get(name);
    if (original !== undefined) set(name, async () => bounded(await original(), name, claimed));
  }
}

function zlibCodec(decode: (bytes: Uint8Array) => Uint8Array): CodecEntry {
  return {
    fromConfig: (configuration: { level?: number } | undefined) => ({
      kind: 'bytes_to_bytes',
      decode,
      encode: (bytes) => gzipSync(bytes, { level: configuration?.level ?? 1 }),
    }),
  };
}

function bounded(
  entry: CodecEntry,
  name: string,
  claimed: (view: DataView) => number | null,
): CodecEntry {
  return {
    fromConfig: (configuration, metadata) => {
      const inner = entry.fromConfig(configuration, metadata);
      return {
        kind: 'bytes_to_bytes',
        encode: (bytes) => inner.encode(bytes),
        decode: (bytes) => {
          const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
          const size = claimed(view);
          if (size === null) throw new Error(`${name} data without a size`);
          if (size > MAX_CHUNK_BYTES) throw new Error(`${name} data claim ${size} bytes`);
          return inner.decode(bytes);
        },
      };
    },
  };
}

/** Decoded size by the head of the compressed bytes; null: none is stated. */
const CLAIMED: Readonly<Record<string, (view: DataView) => number | null>> = {
  // Blosc 1: bytes 4-7 hold the decoded size, 12-15 the stored one, which must be all there is.
  blosc: (view) =>
    view.byteLength < 16 || view.getUint32(12, true) > view.byteLength
      ? null
      : view.getUint32(4, true),
  // numcodecs puts the decoded size before the block.
  lz4: (view) => (view.byteLength < 4 ? null : view.getUint32(0, true)),
  zstd: zstdSize,
};

/** Frame content size, RFC 8878 section 3.1.1.1. */
function zstdSize(view: DataView): number | null {
  if (view.byteLength < 14) return view.byteLength < 6 ? null : 0;
  if (view.getUint32(0, true) !== 0xfd2fb528) return null;
  const descriptor = view.getUint8(4);
  const isSingle = (descriptor & 0x20) !== 0;
  const dictionary = [0, 1, 2, 4][descriptor & 3] as number;
  const place = 5 + (isSingle ? 0 : 1) + dictionary;
  switch (descriptor >> 6) {
    case 0:
      return isSingle ? view.getUint8(place) : null;
    case 1:
      return view.getUint16(place, true) + 256;
    case 2:
      return view.getUint32(place, true);
    default:
      return view.byteLength < place + 8 ? null : Number(view.getBigUint64(place, true));
  }
}
