/**
 * Textual and binary file header of SEG-Y revisions 0, 1, 2 and 2.1 in, byte order, sample format
 * and the place of the first trace out. SEG Technical Standards Committee, "SEG-Y_r2.1", sections 4
 * to 6; byte numbers in comments count from 1, as the standard does.
 * @module
 */
import { CorruptSourceError, UnsupportedSourceError } from '../../../core/errors.js';
import type { BinaryFile } from '../../binary-file.js';
import type { SampleType } from '../recording.js';

const TEXT_BYTES = 3200;
const FILE_HEADER_BYTES = 3600;
/** Extended textual headers that are searched for the one that says it is the last. */
const MAX_TEXT_HEADERS = 1000;

export interface SegyEncoding {
  readonly type: SampleType;
  readonly bytes: 1 | 2 | 3 | 4 | 8;
  readonly isIbm: boolean;
  readonly name: string;
}

const ENCODINGS: Readonly<Record<number, SegyEncoding>> = {
  1: { type: 'float32', bytes: 4, isIbm: true, name: 'IBM float32' },
  2: { type: 'int32', bytes: 4, isIbm: false, name: 'int32' },
  3: { type: 'int16', bytes: 2, isIbm: false, name: 'int16' },
  5: { type: 'float32', bytes: 4, isIbm: false, name: 'IEEE float32' },
  6: { type: 'float64', bytes: 8, isIbm: false, name: 'IEEE float64' },
  7: { type: 'int32', bytes: 3, isIbm: false, name: 'int24' },
  8: { type: 'int8', bytes: 1, isIbm: false, name: 'int8' },
  9: { type: 'int64', bytes: 8, isIbm: false, name: 'int64' },
  10: { type: 'uint32', bytes: 4, isIbm: false, name: 'uint32' },
  11: { type: 'uint16', bytes: 2, isIbm: false, name: 'uint16' },
  12: { type: 'uint64', bytes: 8, isIbm: false, name: 'uint64' },
  15: { type: 'uint32', bytes: 3, isIbm: false, name: 'uint24' },
  16: { type: 'uint8', bytes: 1, isIbm: false, name: 'uint8' },
};

export interface SegyFileHeader {
  readonly isLittleEndian: boolean;
  /** For example `2.1`; `0.0` where the file predates revision 1. */
  readonly revision: string;
  readonly encoding: SegyEncoding;
  /** 0: only the trace headers say. */
  readonly samplesPerTrace: number;
  /** Microseconds; 0: only the trace headers say. */
  readonly intervalUs: number;
  /** Traces must be of one length by the file's word. */
  readonly isFixedLength: boolean;
  /** Further 240-byte headers after each trace header. */
  readonly extraTraceHeaders: number;
  readonly isFeet: boolean;
  /** 1 local, 2 GMT, 3 other, 4 UTC, 5 GPS; 0 unknown. */
  readonly timeBasis: number;
  readonly firstTrace: number;
  /** End of the last trace; trailing stanzas lie behind. */
  readonly tracesEnd: number;
  /** Traces by the file's word; null where it does not say. */
  readonly traceCount: number | null;
}

/**
 * Byte order of a binary file header by the constant of revision 2, else by the format code; null
 * when it is neither: no SEG-Y.
 */
export function segyByteOrder(header: DataView): 'little' | 'big' | null {
  // Bytes 3297-3300 hold 16909060 = 0x01020304.
  const constant = header.getUint32(96);
  if (constant === 0x01020304) return 'big';
  if (constant === 0x04030201) return 'little';
  const isCode = (code: number): boolean => code >= 1 && code <= 16;
  if (isCode(header.getUint16(24))) return 'big';
  return isCode(header.getUint16(24, true)) ? 'little' : null;
}

/** Reads the headers before the first trace. Throws CorruptSourceError, UnsupportedSourceError. */
export async function readSegyFileHeader(file: BinaryFile): Promise<SegyFileHeader> {
  const { source } = file;
  const bytes = await file.read(TEXT_BYTES, FILE_HEADER_BYTES - TEXT_BYTES, 'binary file header');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const order = segyByteOrder(view);
  if (order === null) {
    throw corrupt(source, 'byte 3225', `data sample format ${view.getUint16(24)} is none of SEG-Y`);
  }
  const little = order === 'little';
  const encoding = encodingOf(source, view.getUint16(24, little));
  const major = view.getUint8(300);
  const isRevision2 = major >= 2;
  const extended = isRevision2 ? view.getUint32(68, little) : 0;
  const extendedUs = isRevision2 ? view.getFloat64(72, little) : 0;
  const firstTrace = await findFirstTrace(file, view, little, isRevision2);
  const stanzas = isRevision2 ? view.getInt32(330, little) : 0;
  const count = isRevision2 ? Number(view.getBigUint64(314, little)) : 0;
  const tracesEnd = stanzas > 0 ? file.bytes - stanzas * 3200 : file.bytes;
  if (tracesEnd < firstTrace) {
    throw corrupt(source, 'byte 3531', `${stanzas} trailing records leave no room for traces`);
  }
  return {
    isLittleEndian: little,
    revision: `${major}.${view.getUint8(301)}`,
    encoding,
    samplesPerTrace: extended > 0 ? extended : view.getUint16(20, little),
    intervalUs: extendedUs > 0 ? extendedUs : view.getUint16(16, little),
    isFixedLength: view.getUint16(302, little) === 1,
    extraTraceHeaders: isRevision2 ? view.getUint16(306, little) : 0,
    isFeet: view.getUint16(54, little) === 2,
    timeBasis: isRevision2 ? view.getUint16(312, little) : 0,
    firstTrace,
    tracesEnd,
    traceCount: count > 0 ? count : null,
  };
}

function encodingOf(source: string, code: number): SegyEncoding {
  const encoding = ENCODINGS[code];
  if (encoding !== undefined) return encoding;
  throw new UnsupportedSourceError({
    source,
    reason: `data sample format ${code} (byte 3225)${code === 4 ? ', fixed point with gain, which is obsolete' : ''}`,
    remedy: 'export the traces as IEEE or IBM floats or integers',
  });
}

async function findFirstTrace(
  file: BinaryFile,
  view: DataView,
  little: boolean,
  isRevision2: boolean,
): Promise<number> {
  const stated = isRevision2 ? Number(view.getBigUint64(322, little)) : 0;
  if (stated > 0) {
    if (stated >= FILE_HEADER_BYTES && stated <= file.bytes) return stated;
    throw corrupt(file.source, 'byte 3523', `the first trace cannot start at byte ${stated}`);
  }
  const headers = view.getInt16(304, little);
  if (headers >= 0) return FILE_HEADER_BYTES + headers * TEXT_BYTES;
  // -1: as many as there are up to the stanza ((SEG: EndText)).
  for (let i = 0; i < MAX_TEXT_HEADERS; i++) {
    const place = FILE_HEADER_BYTES + i * TEXT_BYTES;
    const text = await file.read(place, TEXT_BYTES, `extended textual header ${i}`);
    if (isEndText(text)) return place + TEXT_BYTES;
  }
  const reason = `no ((SEG: EndText)) in the first ${MAX_TEXT_HEADERS} extended textual headers`;
  throw corrupt(file.source, 'byte 3505', reason);
}

/** `((SEG: EndText))` in ASCII or EBCDIC, blanks and case aside. */
function isEndText(text: Buffer): boolean {
  const ascii = text.toString('latin1', 0, 80).replace(/\s/g, '').toLowerCase();
  if (ascii.startsWith('((seg:endtext))')) return true;
  const letters = Array.from(text.subarray(0, 80), (byte) => EBCDIC[byte] ?? '').join('');
  return letters.startsWith('((seg:endtext))');
}

/** The few letters of the stanza in EBCDIC, both cases. */
const EBCDIC: Readonly<Record<number, string>> = {
  0x4d: '(',
  0x5d: ')',
  0x7a: ':',
  0x81: 'a',
  0x84: 'd',
  0x85: 'e',
  0x87: 'g',
  0x95: 'n',
  0xa2: 's',
  0xa3: 't',
  0xa7: 'x',
  0xc5: 'e',
  0xc7: 'g',
  0xe2: 's',
  0xe3: 't',
};

function corrupt(source: string, at: string, reason: string): CorruptSourceError {
  return new CorruptSourceError({ source, at, reason });
}
