/**
 * The compact binary form of phone messages, version 1 (docs/formats.md, "Phone messages"): what
 * devices may send instead of JSON, and what the gateway's log keeps of either. In: a message. Out:
 * its bytes, and back without loss.
 *
 * Little-endian: `Q`, version (1), kind, flags, then head and body; see `writeHead` and the writers.
 * @module
 */
import type { PhonePosition } from '../../core/tables/phone-table.js';

/** Topics and bodies differ by kind. */
export type PhoneMessageKind = 'waveform' | 'heartbeat' | 'trigger';

export const BINARY_MARK = 0x51;
export const BINARY_VERSION = 1;
/** Index of a kind is its number on the wire. */
export const MESSAGE_KINDS: readonly (PhoneMessageKind | null)[] = [
  null,
  'waveform',
  'heartbeat',
  'trigger',
];
/** Bits of the flags. */
export const FLAG = { named: 1, arrival: 2, position: 4 } as const;
/** Sample encodings: as they are, or counts with a scale in gal. */
export const ENCODING = { float32: 0, int16: 1 } as const;

/** Where a device says it is. */
export interface SentPosition {
  /** Degrees, WGS 84. */
  readonly latitude: number;
  readonly longitude: number;
  /** The true place lies in a disc of this radius, km; 0 for a fix. */
  readonly privacyRadiusKm: number;
}

/** What all kinds begin with. */
export interface MessageHead {
  readonly deviceId: string;
  /** Both or neither is null. */
  readonly boot: string | null;
  readonly seq: number | null;
  /** When a server took it, ns since the epoch; null when nobody noted it. */
  readonly arrivalNs: bigint | null;
  readonly position: SentPosition | null;
}

/** One stretch of samples; gal, float32. */
export interface BinaryTrace {
  /** Device clock at the LAST sample, ns since the epoch. */
  readonly lastNs: bigint;
  readonly rateHz: number;
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly z: Float32Array;
}

/** A fix of a consumer receiver without a privacy radius, km per axis. */
const FIX_SIGMA_KM = 0.02;

/** A point spread evenly over a disc of radius R has a standard deviation of R / 2 on each axis. */
export function positionOfSent(sent: SentPosition): PhonePosition {
  const { latitude, longitude, privacyRadiusKm } = sent;
  return { latitude, longitude, positionSigmaKm: Math.max(FIX_SIGMA_KM, privacyRadiusKm / 2) };
}

/**
 * Writes the head at 0; returns where the body begins. Device: uint8 length, ASCII. Named: boot
 * (uint8 length, UTF-8), seq (uint64). Arrival: int64 ns. Position: float64 latitude, longitude,
 * privacy radius in km.
 */
export function writeHead(to: Buffer, kind: PhoneMessageKind, head: MessageHead): number {
  const { deviceId, boot, seq, arrivalNs, position } = head;
  const isNamed = boot !== null && seq !== null;
  to[0] = BINARY_MARK;
  to[1] = BINARY_VERSION;
  to[2] = MESSAGE_KINDS.indexOf(kind);
  to[3] =
    (isNamed ? FLAG.named : 0) |
    (arrivalNs === null ? 0 : FLAG.arrival) |
    (position === null ? 0 : FLAG.position);
  let at = 5 + to.write(deviceId, 5, 'latin1');
  to[4] = at - 5;
  if (isNamed) {
    const length = to.write(boot, at + 1, 'utf8');
    to[at] = length;
    at = writeCount(to, at + 1 + length, seq);
  }
  if (arrivalNs !== null) at = to.writeBigInt64LE(arrivalNs, at);
  if (position) {
    at = to.writeDoubleLE(position.latitude, at);
    at = to.writeDoubleLE(position.longitude, at);
    at = to.writeDoubleLE(position.privacyRadiusKm, at);
  }
  return at;
}

/** A count up to 2^53 as uint64. */
export function writeCount(to: Buffer, at: number, count: number): number {
  to.writeUInt32LE(count % 4_294_967_296, at);
  return to.writeUInt32LE(Math.floor(count / 4_294_967_296), at + 4);
}

export function readCount(from: Buffer, at: number): number {
  return from.readUInt32LE(at) + from.readUInt32LE(at + 4) * 4_294_967_296;
}

/** Bytes that a waveform message takes at most. */
export function waveformBytes(traces: readonly { readonly x: ArrayLike<number> }[]): number {
  return traces.reduce((sum, { x }) => sum + 19 + 12 * x.length, 320);
}

/**
 * A waveform message with samples as float32. Body: uint8 number of traces; each int64 ns of the
 * last sample, float64 Hz, uint16 samples, uint8 encoding (0), then x, y, z.
 */
export function encodeWaveform(head: MessageHead, traces: readonly BinaryTrace[]): Buffer {
  const bytes = Buffer.allocUnsafe(waveformBytes(traces));
  let at = writeHead(bytes, 'waveform', head);
  at = bytes.writeUInt8(traces.length, at);
  for (const { lastNs, rateHz, x, y, z } of traces) {
    at = bytes.writeBigInt64LE(lastNs, at);
    at = bytes.writeDoubleLE(rateHz, at);
    at = bytes.writeUInt16LE(x.length, at);
    at = bytes.writeUInt8(ENCODING.float32, at);
    for (const samples of [x, y, z]) {
      bytes.set(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength), at);
      at += samples.byteLength;
    }
  }
  return bytes.subarray(0, at);
}

/**
 * A waveform message with counts of 16 bits: as above with encoding 1 and the scale (float32, gal a
 * count) before the counts. A reader has `Math.fround(count * scale)`.
 */
export function encodeCounts(
  head: MessageHead,
  trace: {
    readonly lastNs: bigint;
    readonly rateHz: number;
    readonly scaleGal: number;
    readonly x: Int16Array;
    readonly y: Int16Array;
    readonly z: Int16Array;
  },
): Buffer {
  const { lastNs, rateHz, scaleGal, x, y, z } = trace;
  const bytes = Buffer.allocUnsafe(344 + 6 * x.length);
  let at = writeHead(bytes, 'waveform', head);
  at = bytes.writeUInt8(1, at);
  at = bytes.writeBigInt64LE(lastNs, at);
  at = bytes.writeDoubleLE(rateHz, at);
  at = bytes.writeUInt16LE(x.length, at);
  at = bytes.writeUInt8(ENCODING.int16, at);
  at = bytes.writeFloatLE(scaleGal, at);
  for (const samples of [x, y, z]) {
    bytes.set(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength), at);
    at += samples.byteLength;
  }
  return bytes.subarray(0, at);
}
