/**
 * Packet headers of Sintela binary files, version 3: 96 bytes, little-endian, before each packet of
 * float32 [sample, channel]. Layout as in dascore `io/sintela_binary/utils.py`.
 * @module
 */
import { CorruptSourceError, UnsupportedSourceError } from '../../../core/errors.js';
import type { BinaryFile } from '../../binary-file.js';

export const SINTELA_SYNC = 0x11223344;
export const SINTELA_HEADER_BYTES = 96;
/** Packets of one file; at a second a packet more than eleven days. */
const MAX_PACKETS = 2 ** 20;
/** Packets smaller than this are scanned many at a time. */
const SCAN_BYTES = 4 * 1024 * 1024;

export interface SintelaHeader {
  readonly channelCount: number;
  readonly samplesPerPacket: number;
  readonly rateHz: number;
  readonly baseSpacingM: number;
  readonly gaugeLengthM: number;
  readonly startChannel: number;
  readonly channelStep: number;
  readonly gpsStatus: number;
  readonly dataType: number;
}

export interface SintelaPackets {
  readonly header: SintelaHeader;
  readonly packetBytes: number;
  readonly startsNs: BigInt64Array;
  /** Running number of each packet's first sample. */
  readonly sampleNumbers: BigUint64Array;
  /** Packets whose GPS status is another than the first one's. */
  readonly otherGpsStatus: number;
}

/** Reads every packet header. Throws CorruptSourceError naming packet and field. */
export async function readSintelaPackets(file: BinaryFile): Promise<SintelaPackets> {
  const { source } = file;
  const first = await file.read(0, SINTELA_HEADER_BYTES, 'packet 0 header');
  const version = first.readUInt32LE(8);
  if (version !== 3) {
    throw new UnsupportedSourceError({
      source,
      reason: `Sintela binary version ${version}`,
      remedy: 'export version 3, or HDF5 (PRODML), from the interrogator',
    });
  }
  checkSync(source, first, 0);
  const header = parseHeader(source, first);
  const packetBytes = SINTELA_HEADER_BYTES + header.channelCount * header.samplesPerPacket * 4;
  const count = Math.floor(file.bytes / packetBytes);
  if (count * packetBytes !== file.bytes) {
    throw new CorruptSourceError({
      source,
      at: `packet ${count}`,
      reason: `the file ends ${file.bytes - count * packetBytes} bytes into a packet of ${packetBytes} bytes`,
    });
  }
  if (count > MAX_PACKETS) {
    throw new UnsupportedSourceError({
      source,
      reason: `${count} packets, the limit is ${MAX_PACKETS}`,
      remedy: 'split the file',
    });
  }
  const startsNs = new BigInt64Array(count);
  const sampleNumbers = new BigUint64Array(count);
  let otherGpsStatus = 0;
  await eachHeader(file, { packetBytes, count }, (bytes, i) => {
    checkSync(source, bytes, i);
    checkSame(source, bytes, first, i);
    const startNs = bytes.readBigUInt64LE(20);
    // 2200 in ns: what is later is no clock.
    if (startNs > 7_258_118_400_000_000_000n) {
      throw corrupt(source, i, 'start_time_ns', `${startNs} ns is after the year 2199`);
    }
    startsNs[i] = startNs;
    sampleNumbers[i] = bytes.readBigUInt64LE(12);
    if (bytes.readUInt32LE(68) !== header.gpsStatus) otherGpsStatus++;
  });
  return { header, packetBytes, startsNs, sampleNumbers, otherGpsStatus };
}

async function eachHeader(
  file: BinaryFile,
  size: { packetBytes: number; count: number },
  visit: (header: Buffer, index: number) => void,
): Promise<void> {
  const { packetBytes, count } = size;
  // Reading between headers costs less than a call each where packets are small.
  const atOnce = packetBytes > 65536 ? 1 : Math.max(1, Math.floor(SCAN_BYTES / packetBytes));
  for (let i = 0; i < count; i += atOnce) {
    const some = Math.min(atOnce, count - i);
    const length = (some - 1) * packetBytes + SINTELA_HEADER_BYTES;
    const bytes = await file.read(i * packetBytes, length, `packet ${i} header`);
    for (let k = 0; k < some; k++) visit(bytes.subarray(k * packetBytes), i + k);
  }
}

function parseHeader(source: string, bytes: Buffer): SintelaHeader {
  const header = {
    channelCount: bytes.readUInt32LE(28),
    samplesPerPacket: bytes.readUInt32LE(32),
    rateHz: bytes.readFloatLE(36),
    baseSpacingM: bytes.readFloatLE(40),
    gaugeLengthM: bytes.readFloatLE(44),
    startChannel: bytes.readUInt32LE(52),
    channelStep: bytes.readUInt32LE(56),
    gpsStatus: bytes.readUInt32LE(68),
    dataType: bytes.readUInt8(76),
  };
  const positive = [
    ['num_channels', header.channelCount],
    ['num_samples', header.samplesPerPacket],
    ['sample_rate', header.rateHz],
    ['channel_spacing', header.baseSpacingM],
  ] as const;
  for (const [field, value] of positive) {
    if (!(value > 0) || !Number.isFinite(value)) {
      throw corrupt(source, 0, field, `${value} is not positive`);
    }
  }
  return header;
}

function checkSync(source: string, bytes: Buffer, packet: number): void {
  if (bytes.readUInt32LE(0) !== SINTELA_SYNC) {
    throw corrupt(source, packet, 'sync_word', 'no packet starts here');
  }
  if (bytes.readUInt32LE(4) !== SINTELA_HEADER_BYTES || bytes.readUInt32LE(8) !== 3) {
    throw corrupt(source, packet, 'header_size', 'not the 96 bytes of version 3');
  }
}

/** Ranges that must be equal in all packets: shape, rate, spacing, gauge length, channels, type. */
const CONSTANT = [
  ['num_channels', 28, 32],
  ['num_samples', 32, 36],
  ['sample_rate', 36, 40],
  ['channel_spacing', 40, 44],
  ['gauge_length', 44, 48],
  ['start_channel', 52, 56],
  ['channel_step', 56, 60],
  ['data_type', 76, 77],
] as const;

function checkSame(source: string, bytes: Buffer, first: Buffer, packet: number): void {
  for (const [field, from, to] of CONSTANT) {
    if (bytes.compare(first, from, to, from, to) !== 0) {
      throw corrupt(source, packet, field, 'differs from the first packet');
    }
  }
}

function corrupt(
  source: string,
  packet: number,
  field: string,
  reason: string,
): CorruptSourceError {
  return new CorruptSourceError({ source, at: `packet ${packet} ${field}`, reason });
}
