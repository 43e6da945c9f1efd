/**
 * Metadata of one TDMS segment: bytes in, objects with raw-data index and properties out. Layout:
 * NI, "TDMS File Format Internal Structure".
 * @module
 */
import { CorruptSourceError, UnsupportedSourceError } from '../../../core/errors.js';
import type { SampleType } from '../recording.js';

export type TdmsValue = string | number | bigint | boolean | TdmsTime;

/** A TDMS time stamp in ns since the Unix epoch. */
export interface TdmsTime {
  readonly ns: bigint;
}

export interface TdmsObject {
  /** `/`, `/'group'` or `/'group'/'channel'`. */
  readonly path: string;
  /** Values of one chunk; `same`: as before; null: no data in this segment. */
  readonly raw: TdmsRawIndex | 'same' | null;
  readonly properties: ReadonlyMap<string, TdmsValue>;
}

export interface TdmsRawIndex {
  readonly type: SampleType;
  readonly valuesPerChunk: number;
}

const NO_RAW = 0xffffffff;
const DAQMX = [0x69120000, 0x69130000, 0x00001269, 0x00001369];
/** 1904-01-01 to 1970-01-01, s. */
const EPOCH_S = 2_082_844_800n;

const SAMPLE_TYPES: Readonly<Record<number, SampleType>> = {
  1: 'int8',
  2: 'int16',
  3: 'int32',
  4: 'int64',
  5: 'uint8',
  6: 'uint16',
  7: 'uint32',
  8: 'uint64',
  9: 'float32',
  10: 'float64',
  0x19: 'float32',
  0x1a: 'float64',
};

/** Objects in the order of the file. Throws CorruptSourceError naming object and byte. */
export function parseTdmsObjects(input: {
  readonly source: string;
  readonly bytes: Buffer;
  /** Position of `bytes` in the file, for messages. */
  readonly offset: number;
  readonly isBigEndian: boolean;
}): TdmsObject[] {
  const cursor = cursorOf(input);
  const count = cursor.u32('number of objects');
  const objects: TdmsObject[] = [];
  for (let i = 0; i < count; i++) {
    const path = cursor.text(`object ${i} path`);
    const raw = rawIndex(input.source, cursor, path);
    const properties = new Map<string, TdmsValue>();
    const propertyCount = cursor.u32(`${path} number of properties`);
    for (let p = 0; p < propertyCount; p++) {
      const name = cursor.text(`${path} property ${p} name`);
      properties.set(name, property(cursor, `${path} ${name.slice(0, 80)}`));
    }
    objects.push({ path, raw, properties });
  }
  return objects;
}

function rawIndex(source: string, cursor: Cursor, path: string): TdmsObject['raw'] {
  const length = cursor.u32(`${path} raw data index`);
  if (length === NO_RAW) return null;
  if (length === 0) return 'same';
  if (DAQMX.includes(length)) {
    throw new UnsupportedSourceError({
      source,
      reason: `${path} holds DAQmx raw data, which no fibre interrogator writes`,
      remedy: 'export the channels as plain numbers',
    });
  }
  const code = cursor.u32(`${path} data type`);
  const dimension = cursor.u32(`${path} dimension`);
  const valuesPerChunk = cursor.u64(`${path} number of values`);
  const type = SAMPLE_TYPES[code];
  if (type === undefined) {
    throw new UnsupportedSourceError({
      source,
      reason: `${path} holds values of TDMS type 0x${code.toString(16)}, which are no numbers`,
      remedy: 'export the channels as integers or floats',
    });
  }
  if (dimension !== 1) throw cursor.error(`${path} dimension`, `${dimension}, TDMS knows only 1`);
  return { type, valuesPerChunk };
}

function property(cursor: Cursor, at: string): TdmsValue {
  const code = cursor.u32(`${at} type`);
  if (code === 0x20) return cursor.text(at);
  if (code === 0x21) return cursor.u8(at) !== 0;
  if (code === 0x44) return cursor.time(at);
  const type = SAMPLE_TYPES[code];
  if (type === undefined) throw cursor.error(`${at} type`, `0x${code.toString(16)} is not known`);
  return cursor.number(type, at);
}

type Cursor = ReturnType<typeof cursorOf>;

function cursorOf(input: { source: string; bytes: Buffer; offset: number; isBigEndian: boolean }) {
  const { source, bytes, isBigEndian } = input;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = !isBigEndian;
  let place = 0;
  const error = (at: string, reason: string): CorruptSourceError =>
    new CorruptSourceError({ source, at: `byte ${input.offset + place}, ${at}`, reason });
  const take = (length: number, at: string): number => {
    if (place + length > bytes.length) {
      throw error(at, `${length} bytes expected, the metadata has ${bytes.length - place} left`);
    }
    place += length;
    return place - length;
  };
  const u32 = (at: string): number => view.getUint32(take(4, at), little);
  return {
    error,
    u32,
    u8: (at: string): number => view.getUint8(take(1, at)),
    u64: (at: string): number => Number(view.getBigUint64(take(8, at), little)),
    text: (at: string): string => {
      const length = u32(`${at} length`);
      const start = take(length, at);
      return bytes.toString('utf8', start, start + length);
    },
    time: (at: string): TdmsTime => {
      const start = take(16, at);
      // Big-endian files put the seconds first.
      const fraction = view.getBigUint64(start + (little ? 0 : 8), little);
      const seconds = view.getBigInt64(start + (little ? 8 : 0), little);
      const fractionNs = (fraction * 1_000_000_000n + (1n << 63n)) >> 64n;
      return { ns: (seconds - EPOCH_S) * 1_000_000_000n + fractionNs };
    },
    number: (type: SampleType, at: string): number | bigint => {
      const start = take(Number(/\d+/.exec(type)?.[0]) / 8, at);
      switch (type) {
        case 'int8':
          return view.getInt8(start);
        case 'uint8':
          return view.getUint8(start);
        case 'int16':
          return view.getInt16(start, little);
        case 'uint16':
          return view.getUint16(start, little);
        case 'int32':
          return view.getInt32(start, little);
        case 'uint32':
          return view.getUint32(start, little);
        case 'int64':
          return view.getBigInt64(start, little);
        case 'uint64':
          return view.getBigUint64(start, little);
        case 'float32':
          return view.getFloat32(start, little);
        case 'float64':
          return view.getFloat64(start, little);
      }
    },
  };
}
