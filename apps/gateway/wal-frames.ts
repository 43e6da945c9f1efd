/**
 * The bytes of the gateway's write-ahead log. In: entries or the bytes of a log file. Out: frames, or
 * the entries of a file with what in it is damaged.
 *
 * A frame, little-endian: `QLW1`, CRC-32 of all that follows (uint32), length of the body (uint32),
 * body: kind (uint8), received (int64, ns since the epoch), region and item (each uint8 length, then
 * UTF-8), payload to the end. The magic lets a reader find the next frame after a damaged one.
 * @module
 */
import { crc32 } from 'node:zlib';

/** What a frame says. */
export interface WalEntry {
  /**
   * `message`: payload is a message in the binary form. `record`: one as JSON (logs of earlier
   * versions). `refused`: payload is the reason, UTF-8.
   */
  readonly kind: 'message' | 'record' | 'refused';
  readonly receivedNs: bigint;
  readonly regionId: string;
  /** Device id for a record, topic for a refused message; at most 255 bytes are kept. */
  readonly item: string;
  readonly payload: Uint8Array;
}

/** A stretch of a log file that holds no valid frame. */
export interface Damage {
  readonly at: number;
  readonly bytes: number;
}

export interface ScannedLog {
  readonly entries: readonly WalEntry[];
  /** Damaged stretches with valid frames after them. */
  readonly damage: readonly Damage[];
  /** Length up to the end of the last valid frame: what follows was torn by a crash. */
  readonly validBytes: number;
}

const MAGIC = Buffer.from('QLW1');
const HEADER_BYTES = 12;
const FIXED_BODY_BYTES = 11;
/** Longer bodies are never written, so a longer length is damage. */
const MAX_BODY_BYTES = 1 << 24;
/** Index of a kind is its number in the log. */
const KINDS: readonly (WalEntry['kind'] | null)[] = [null, 'record', 'refused', 'message'];

/** Bytes of a frame. */
export function encodeFrame(entry: WalEntry): Buffer {
  const region = Buffer.from(entry.regionId).subarray(0, 255);
  const item = Buffer.from(entry.item).subarray(0, 255);
  const body = FIXED_BODY_BYTES + region.length + item.length + entry.payload.length;
  const frame = Buffer.allocUnsafe(HEADER_BYTES + body);
  MAGIC.copy(frame, 0);
  frame.writeUInt32LE(body, 8);
  let at = frame.writeUInt8(KINDS.indexOf(entry.kind), HEADER_BYTES);
  at = frame.writeBigInt64LE(entry.receivedNs, at);
  at = frame.writeUInt8(region.length, at);
  at += region.copy(frame, at);
  at = frame.writeUInt8(item.length, at);
  at += item.copy(frame, at);
  frame.set(entry.payload, at);
  frame.writeUInt32LE(crc32(frame.subarray(8)), 4);
  return frame;
}

/** Region and item as a frame holds them, for `messageFrame`. */
export function framePrefix(regionId: string, item: string): Buffer {
  const [region, name] = [Buffer.from(regionId), Buffer.from(item)];
  return Buffer.concat([Buffer.from([region.length]), region, Buffer.from([name.length]), name]);
}

/**
 * Makes a `message` frame in `to`, for the many: no object, no bigint, no copy of the names. Returns
 * its length. `receivedMs` is a whole number of milliseconds since the epoch.
 */
export function messageFrame(
  to: Buffer,
  frame: {
    readonly receivedMs: number;
    readonly prefix: Buffer;
    readonly body: Buffer;
    readonly length: number;
  },
): number {
  const { receivedMs, prefix, body, length } = frame;
  MAGIC.copy(to, 0);
  const size = 9 + prefix.length + length;
  to.writeUInt32LE(size, 8);
  to[HEADER_BYTES] = 3;
  // ms x 10^6 in two halves: the product is beyond 2^53.
  const high = Math.floor(receivedMs / 4_294_967_296);
  const low = (receivedMs - high * 4_294_967_296) * 1e6;
  const carry = Math.floor(low / 4_294_967_296);
  to.writeUInt32LE(low - carry * 4_294_967_296, HEADER_BYTES + 1);
  to.writeUInt32LE(high * 1e6 + carry, HEADER_BYTES + 5);
  const bodyAt = HEADER_BYTES + 9 + prefix.length;
  prefix.copy(to, HEADER_BYTES + 9);
  body.copy(to, bodyAt, 0, length);
  to.writeUInt32LE(crc32(to.subarray(8, bodyAt + length)), 4);
  return bodyAt + length;
}

/** Reads a whole log file. Never throws: what cannot be read is reported. */
export function scanFrames(bytes: Buffer): ScannedLog {
  const entries: WalEntry[] = [];
  const damage: Damage[] = [];
  let at = 0;
  let validBytes = 0;
  while (at < bytes.length) {
    const end = frameEnd(bytes, at);
    const entry = end === null ? null : decodeBody(bytes.subarray(at + HEADER_BYTES, end));
    if (end !== null && entry !== null) {
      if (at > validBytes) damage.push({ at: validBytes, bytes: at - validBytes });
      entries.push(entry);
      at = end;
      validBytes = end;
    } else {
      const next = bytes.indexOf(MAGIC, at + 1);
      at = next < 0 ? bytes.length : next;
    }
  }
  return { entries, damage, validBytes };
}

function frameEnd(bytes: Buffer, at: number): number | null {
  if (at + HEADER_BYTES > bytes.length || !bytes.subarray(at, at + 4).equals(MAGIC)) return null;
  const length = bytes.readUInt32LE(at + 8);
  const end = at + HEADER_BYTES + length;
  if (length > MAX_BODY_BYTES || length < FIXED_BODY_BYTES || end > bytes.length) return null;
  return crc32(bytes.subarray(at + 8, end)) === bytes.readUInt32LE(at + 4) ? end : null;
}

function decodeBody(body: Buffer): WalEntry | null {
  const kind = body.readUInt8(0);
  const regionEnd = 10 + body.readUInt8(9);
  const name = KINDS[kind];
  if (!name || regionEnd >= body.length) return null;
  const itemEnd = regionEnd + 1 + body.readUInt8(regionEnd);
  if (itemEnd > body.length) return null;
  return {
    kind: name,
    receivedNs: body.readBigInt64LE(1),
    regionId: body.toString('utf8', 10, regionEnd),
    item: body.toString('utf8', regionEnd + 1, itemEnd),
    payload: body.subarray(itemEnd),
  };
}
