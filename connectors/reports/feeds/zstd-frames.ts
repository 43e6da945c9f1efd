/**
 * Frames that Jetstream compresses with zstd and a dictionary (`compress=true`; the dictionary is published
 * with Jetstream, `zstd_dictionary`), in; text out. Format: RFC 8878.
 * @module
 */
import { createDCtx, decompressUsingDict, init } from '@bokuweb/zstd-wasm';
import { MAX_FRAME_CHARACTERS } from './frame.js';

/** Text of a compressed message; null when it is over the limit. Throws Error when it is damaged. */
export type FrameDecoder = (message: Uint8Array) => string | null;

const MAX_BYTES = 3 * MAX_FRAME_CHARACTERS;
const MAGIC = 0xfd2fb528;

/** Loads the decoder; `dictionary` as trained by zstd, or any bytes that both sides share. */
export async function zstdFrames(dictionary: Uint8Array): Promise<FrameDecoder> {
  await init();
  const context = createDCtx();
  return (message) => {
    const bytes = contentBytes(message);
    if (bytes !== null && bytes > MAX_BYTES) return null;
    // A frame that does not state its size gets so much room and no more.
    const text = decompressUsingDict(context, message, dictionary, { defaultHeapSize: MAX_BYTES });
    return Buffer.from(text).toString('utf8');
  };
}

/** Size that the frame states (RFC 8878, 3.1.1.1), bytes; null when it does not. */
function contentBytes(message: Uint8Array): number | null {
  const view = Buffer.from(message.buffer, message.byteOffset, message.byteLength);
  if (view.length < 6 || view.readUInt32LE(0) !== MAGIC) throw new Error('no zstd frame');
  const descriptor = view[4] as number;
  const isSingle = (descriptor & 0x20) !== 0;
  const flag = descriptor >> 6;
  const fieldBytes = flag === 0 ? (isSingle ? 1 : 0) : 2 ** flag;
  const at = 5 + (isSingle ? 0 : 1) + ([0, 1, 2, 4][descriptor & 3] as number);
  if (fieldBytes === 0) return null;
  if (view.length < at + fieldBytes) throw new Error('a zstd frame that is cut');
  if (fieldBytes === 8) return Number(view.readBigUInt64LE(at));
  return view.readUIntLE(at, fieldBytes) + (fieldBytes === 2 ? 256 : 0);
}
