/**
 * Header of one MiniSEED record, version 2 or 3, in; identity, time, rate and the place of its
 * samples out. FDSN, "SEED Reference Manual" 2.4, chapter 8; FDSN, "miniSEED 3" specification.
 * @module
 */

export interface SeedRecordHeader {
  readonly version: 2 | 3;
  readonly network: string;
  readonly station: string;
  readonly location: string;
  readonly channel: string;
  /** Time of the first sample, corrections applied. */
  readonly startNs: bigint;
  readonly rateHz: number;
  readonly sampleCount: number;
  /** SEED encoding: 0 text, 1 int16, 2 int24, 3 int32, 4 float32, 5 float64, 10 Steim 1, 11 Steim 2. */
  readonly encoding: number;
  readonly isLittleEndian: boolean;
  readonly recordBytes: number;
  readonly dataOffset: number;
  readonly dataBytes: number;
  /** Percent; null when not stated. */
  readonly timingQuality: number | null;
}

/** Bytes from the start of a record that the header needs at most; blockettes after them are not read. */
export const SEED_HEADER_WINDOW = 4096;
const FIXED_BYTES = 48;
const V3_FIXED_BYTES = 40;

/** True when a data record seems to start here: what a probe goes by. */
export function looksLikeSeedRecord(bytes: Uint8Array): boolean {
  if (bytes.length < FIXED_BYTES) return false;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, FIXED_BYTES).toString('latin1');
  if (text.startsWith('MS\x03')) return true;
  return (
    /^[0-9 \0]{6}[DRQM][ \0][A-Z0-9 ]{12}/i.test(text) && typeof parseSeedHeader(bytes) !== 'string'
  );
}

/** Parses the header at the start of `bytes`; a text says what is wrong, field first. */
export function parseSeedHeader(bytes: Uint8Array): SeedRecordHeader | string {
  if (bytes.length < V3_FIXED_BYTES) return 'fixed header: the file ends in it';
  if (bytes[0] === 0x4d && bytes[1] === 0x53 && bytes[2] === 3) return parseVersion3(bytes);
  return bytes.length < FIXED_BYTES ? 'fixed header: the file ends in it' : parseVersion2(bytes);
}

function parseVersion2(bytes: Uint8Array): SeedRecordHeader | string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = (from: number, to: number): string =>
    Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from)
      .toString('latin1')
      .trim();
  if (!/^[DRQM]$/.test(text(6, 7))) return `quality: '${text(6, 7)}' is not D, R, Q or M`;
  const little = !isYear(view.getUint16(20)) && isYear(view.getUint16(20, true));
  const found = blockettes(view, little);
  if (typeof found === 'string') return found;
  if (found.length === null)
    return 'blockette 1000: missing, so the length of the record is not known';
  const start = version2Time(view, little, found.microseconds);
  if (typeof start === 'string') return start;
  const dataOffset = view.getUint16(44, little);
  const sampleCount = view.getUint16(30, little);
  if (sampleCount > 0 && (dataOffset < FIXED_BYTES || dataOffset >= found.length)) {
    return `beginning of data: byte ${dataOffset} of a record of ${found.length}`;
  }
  const nominalHz = nominalRate(view.getInt16(32, little), view.getInt16(34, little));
  return {
    version: 2,
    station: text(8, 13),
    location: text(13, 15),
    channel: text(15, 18),
    network: text(18, 20),
    startNs: start,
    rateHz: found.actualHz ?? nominalHz,
    sampleCount,
    encoding: found.encoding,
    isLittleEndian: found.isLittleEndian,
    recordBytes: found.length,
    dataOffset,
    dataBytes: found.length - dataOffset,
    timingQuality: found.timingQuality,
  };
}

interface Blockettes {
  length: number | null;
  encoding: number;
  isLittleEndian: boolean;
  microseconds: number;
  timingQuality: number | null;
  actualHz: number | null;
}

function blockettes(view: DataView, little: boolean): Blockettes | string {
  const found: Blockettes = {
    length: null,
    encoding: 0,
    isLittleEndian: false,
    microseconds: 0,
    timingQuality: null,
    actualHz: null,
  };
  let place = view.getUint16(46, little);
  while (place !== 0) {
    if (place < FIXED_BYTES || place + 8 > view.byteLength) return `blockette chain: byte ${place}`;
    const type = view.getUint16(place, little);
    const next = view.getUint16(place + 2, little);
    if (type === 1000) {
      const power = view.getUint8(place + 6);
      if (power < 7 || power > 24) return `blockette 1000: record length 2^${power}`;
      found.encoding = view.getUint8(place + 4);
      found.isLittleEndian = view.getUint8(place + 5) === 0;
      found.length = 2 ** power;
    } else if (type === 1001) {
      found.timingQuality = view.getUint8(place + 4);
      found.microseconds = view.getInt8(place + 5);
    } else if (type === 100) {
      const actualHz = view.getFloat32(place + 4, little);
      if (actualHz > 0 && Number.isFinite(actualHz)) found.actualHz = actualHz;
    }
    // Blockettes stand in ascending order; anything else could go round for ever.
    if (next !== 0 && next <= place) return `blockette ${type}: the next one stands before it`;
    place = next;
  }
  return found;
}

function version2Time(view: DataView, little: boolean, microseconds: number): bigint | string {
  const seconds = epochSeconds({
    year: view.getUint16(20, little),
    day: view.getUint16(22, little),
    hour: view.getUint8(24),
    minute: view.getUint8(25),
    second: view.getUint8(26),
  });
  if (typeof seconds === 'string') return seconds;
  // Bit 1 of the activity flags: the correction is in the start time already.
  const isCorrected = (view.getUint8(36) & 2) !== 0;
  const correction = isCorrected ? 0 : view.getInt32(40, little);
  const ticks = view.getUint16(28, little) + correction;
  return BigInt(seconds) * 1_000_000_000n + BigInt(ticks) * 100_000n + BigInt(microseconds) * 1000n;
}

function isYear(year: number): boolean {
  return year >= 1900 && year <= 2200;
}

function epochSeconds(time: {
  year: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
}): number | string {
  const { year, day, hour, minute, second } = time;
  const isTime = day >= 1 && day <= 366 && hour < 24 && minute < 60 && second <= 60;
  if (!isYear(year) || !isTime) return `start time: ${year},${day},${hour}:${minute}:${second}`;
  return Date.UTC(year, 0, day, hour, minute, second) / 1000;
}

/** Positive: samples a second; negative: seconds a sample (SEED 2.4, chapter 8, fields 10 and 11). */
function nominalRate(factor: number, multiplier: number): number {
  const part = (value: number): number => (value < 0 ? -1 / value : value);
  return part(factor) * part(multiplier);
}

function parseVersion3(bytes: Uint8Array): SeedRecordHeader | string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const seconds = epochSeconds({
    year: view.getUint16(8, true),
    day: view.getUint16(10, true),
    hour: view.getUint8(12),
    minute: view.getUint8(13),
    second: view.getUint8(14),
  });
  if (typeof seconds === 'string') return seconds;
  const idBytes = view.getUint8(33);
  const dataOffset = V3_FIXED_BYTES + idBytes + view.getUint16(34, true);
  const dataBytes = view.getUint32(36, true);
  if (V3_FIXED_BYTES + idBytes > bytes.length) return 'source identifier: the file ends in it';
  const id = Buffer.from(bytes.buffer, bytes.byteOffset + V3_FIXED_BYTES, idBytes).toString(
    'latin1',
  );
  const [network = '', station = '', location = '', ...channel] = id
    .replace(/^FDSN:/, '')
    .split('_');
  const stated = view.getFloat64(16, true);
  const encoding = view.getUint8(15);
  return {
    version: 3,
    network,
    station,
    location,
    channel: channel.join(''),
    startNs: BigInt(seconds) * 1_000_000_000n + BigInt(view.getUint32(4, true)),
    rateHz: stated < 0 ? -1 / stated : stated,
    sampleCount: view.getUint32(24, true),
    encoding,
    // Version 3 is little-endian throughout, but for Steim frames.
    isLittleEndian: encoding !== 10 && encoding !== 11,
    recordBytes: dataOffset + dataBytes,
    dataOffset,
    dataBytes,
    timingQuality: null,
  };
}
