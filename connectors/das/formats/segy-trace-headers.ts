/**
 * All trace headers of a SEG-Y file in, start time, position and length of each trace out. Byte
 * numbers in comments count from 1 within the trace header, as the standard does.
 * @module
 */
import { CorruptSourceError, UnsupportedSourceError } from '../../../core/errors.js';
import type { BinaryFile } from '../../binary-file.js';
import type { SegyFileHeader } from './segy-file-header.js';

export const TRACE_HEADER_BYTES = 240;
const MAX_TRACES = 2 ** 20;
/** Traces shorter than this are scanned many at a time. */
const SCAN_BYTES = 4 * 1024 * 1024;

export interface SegyTraces {
  readonly count: number;
  readonly samplesPerTrace: number;
  readonly intervalUs: number;
  /** Bytes from one trace to the next. */
  readonly stride: number;
  /** Bytes of the headers before the samples of a trace. */
  readonly headerBytes: number;
  /** ns since the epoch; a trace without year has no time, which is `NO_TIME`. */
  readonly startsNs: BigInt64Array;
  /** Of the group (receiver), m along x, y; NaN where the file has no length coordinates. */
  readonly x: Float64Array;
  readonly y: Float64Array;
  /** Measurement unit of the first trace (bytes 203-204). */
  readonly unitCode: number;
  /** Time basis of the first trace (bytes 167-168). */
  readonly timeBasis: number;
  /** Traces whose header states another length or interval than the first one's. */
  readonly otherShapes: number;
  /** What the first trace states; 0: nothing. */
  readonly stated: { readonly samples: number; readonly intervalUs: number };
}

export const NO_TIME = -(2n ** 63n);

/** Reads every trace header. Throws CorruptSourceError naming trace and byte. */
export async function readSegyTraces(
  file: BinaryFile,
  header: SegyFileHeader,
): Promise<SegyTraces> {
  const { source } = file;
  const little = header.isLittleEndian;
  const headerBytes = TRACE_HEADER_BYTES * (1 + header.extraTraceHeaders);
  const first = await file.read(header.firstTrace, headerBytes, 'trace 0 header');
  const stated = {
    samples: viewOf(first).getUint16(114, little),
    intervalUs: viewOf(first).getUint16(116, little),
  };
  const intervalUs = header.intervalUs || stated.intervalUs;
  if (intervalUs <= 0) {
    throw corrupt(source, 'byte 3217', 'neither file nor trace header states the sample interval');
  }
  const shape = traceShape(source, header, stated.samples, headerBytes);
  const { samplesPerTrace, stride, count } = shape;
  const startsNs = new BigInt64Array(count);
  const x = new Float64Array(count);
  const y = new Float64Array(count);
  let otherShapes = 0;
  await eachHeader(file, { header, count, stride, headerBytes }, (view, i) => {
    startsNs[i] = startTime(source, view, { little, i, headerBytes });
    const place = position(view, little, header.isFeet);
    x[i] = place.x;
    y[i] = place.y;
    const samples = view.getUint16(114, little);
    const interval = view.getUint16(116, little);
    if (samples !== stated.samples || interval !== stated.intervalUs) otherShapes++;
  });
  return {
    count,
    samplesPerTrace,
    intervalUs,
    stride,
    headerBytes,
    startsNs,
    x,
    y,
    unitCode: viewOf(first).getInt16(202, little),
    timeBasis: header.timeBasis || viewOf(first).getUint16(166, little),
    otherShapes,
    stated,
  };
}

/** Samples of a trace such that whole traces fill the file. */
function traceShape(
  source: string,
  header: SegyFileHeader,
  statedSamples: number,
  headerBytes: number,
): { samplesPerTrace: number; stride: number; count: number } {
  const room = header.tracesEnd - header.firstTrace;
  const candidates = [header.samplesPerTrace, statedSamples].filter((samples) => samples > 0);
  if (candidates.length === 0) {
    throw corrupt(source, 'byte 3221', 'neither file nor trace header states the samples a trace');
  }
  for (const samplesPerTrace of candidates) {
    const stride = headerBytes + samplesPerTrace * header.encoding.bytes;
    const count = header.traceCount ?? Math.floor(room / stride);
    // What follows a stated number of traces is a trailer of unknown length.
    const fits = header.traceCount === null ? count * stride === room : count * stride <= room;
    if (!fits || count === 0) continue;
    if (count <= MAX_TRACES) return { samplesPerTrace, stride, count };
    throw new UnsupportedSourceError({
      source,
      reason: `${count} traces, the limit is ${MAX_TRACES}`,
      remedy: 'split the file',
    });
  }
  const samples = candidates[0] as number;
  const stride = headerBytes + samples * header.encoding.bytes;
  const whole = Math.floor(room / stride);
  throw corrupt(
    source,
    `trace ${whole}`,
    header.traceCount === null
      ? `the file ends ${room - whole * stride} bytes into a trace of ${stride} bytes (${samples} samples)`
      : `${header.traceCount} traces of ${stride} bytes are promised, there is room for ${whole}`,
  );
}

async function eachHeader(
  file: BinaryFile,
  size: { header: SegyFileHeader; count: number; stride: number; headerBytes: number },
  visit: (view: DataView, index: number) => void,
): Promise<void> {
  const { header, count, stride, headerBytes } = size;
  const atOnce = stride > 65536 ? 1 : Math.max(1, Math.floor(SCAN_BYTES / stride));
  for (let i = 0; i < count; i += atOnce) {
    const some = Math.min(atOnce, count - i);
    const length = (some - 1) * stride + headerBytes;
    const bytes = await file.read(header.firstTrace + i * stride, length, `trace ${i} header`);
    for (let k = 0; k < some; k++) {
      visit(viewOf(bytes.subarray(k * stride, k * stride + headerBytes)), i + k);
    }
  }
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Year, day of year, hour, minute, second (bytes 157-166), delay in ms (109-110), extension ns. */
function startTime(
  source: string,
  view: DataView,
  input: { little: boolean; i: number; headerBytes: number },
): bigint {
  const { little, i, headerBytes } = input;
  const field = (byte: number): number => view.getInt16(byte - 1, little);
  const [year, day] = [field(157), field(159)];
  const [hour, minute, second] = [field(161), field(163), field(165)];
  if (year === 0 && day === 0) return NO_TIME;
  const isSound =
    year >= 1900 && day >= 1 && day <= 366 && hour >= 0 && hour <= 24 && minute >= 0 && minute < 60;
  if (!isSound || second < 0 || second > 60) {
    const text = `${year}, day ${day}, ${hour}:${minute}:${second}`;
    throw corrupt(source, `trace ${i} bytes 157-166`, `'${text}' is not a time`);
  }
  const ms = Date.UTC(year, 0, day, hour, minute, second);
  return BigInt(ms) * 1_000_000n + BigInt(Math.round(delayMs(view, little) * 1e6)) + nanoseconds();

  function nanoseconds(): bigint {
    // Trace header extension 1 of revision 2: bytes 141-144 add ns, bytes 233-240 name it.
    if (headerBytes < 2 * TRACE_HEADER_BYTES) return 0n;
    const name = Array.from({ length: 8 }, (_, k) => view.getUint8(240 + 232 + k));
    const value = view.getInt32(240 + 140, little);
    const isNamed = String.fromCharCode(...name) === 'SEG00001';
    return isNamed && Math.abs(value) < 1e9 ? BigInt(value) : 0n;
  }
}

/** Delay between the time in the header and the first sample; the scalar is that of bytes 215-216. */
function delayMs(view: DataView, little: boolean): number {
  return view.getInt16(108, little) * scalar(view.getInt16(214, little));
}

/** SEG-Y scalars: positive multiplies, negative divides, 0 is 1. */
function scalar(value: number): number {
  return value > 0 ? value : value < 0 ? -1 / value : 1;
}

function position(view: DataView, little: boolean, isFeet: boolean): { x: number; y: number } {
  // Bytes 89-90: 1 length; arc seconds and degrees are no distances along a fibre.
  if (view.getInt16(88, little) > 1) return { x: Number.NaN, y: Number.NaN };
  const factor = scalar(view.getInt16(70, little)) * (isFeet ? 0.3048 : 1);
  return { x: view.getInt32(80, little) * factor, y: view.getInt32(84, little) * factor };
}

function corrupt(source: string, at: string, reason: string): CorruptSourceError {
  return new CorruptSourceError({ source, at, reason });
}
