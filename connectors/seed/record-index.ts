/**
 * All record headers of a MiniSEED file in, an index of them out: which channel, when, where.
 * @module
 */
import { CorruptSourceError, UnsupportedSourceError } from '../../core/errors.js';
import type { BinaryFile } from '../binary-file.js';
import { parseSeedHeader, SEED_HEADER_WINDOW, type SeedRecordHeader } from './record-header.js';
import { decodeSeedRecord, seedSampleType, type SeedSamples } from './record-samples.js';

/** Records of one file: 28 bytes of index each; 4 GiB of 512-byte records. */
const MAX_RECORDS = 2 ** 23;
const MAX_CHANNELS = 2 ** 18;
/** Bytes read at once where records are short. */
const PIECE_BYTES = 1024 * 1024;

export interface SeedIndex {
  readonly version: 2 | 3;
  readonly recordCount: number;
  readonly offsets: Float64Array;
  readonly lengths: Uint32Array;
  readonly startsNs: BigInt64Array;
  readonly counts: Uint32Array;
  /** Position in `channels`. */
  readonly channelOf: Uint32Array;
  readonly channels: readonly SeedChannel[];
  /** Encodings met, ascending. */
  readonly encodings: readonly number[];
  /** Records without samples (logs, detections). */
  readonly emptyRecords: number;
  /** Worst timing quality, percent; null when no record states one. */
  readonly timingQuality: number | null;
}

export interface SeedChannel {
  /** `NET.STA.LOC.CHA`. */
  readonly id: string;
  readonly station: string;
  readonly channel: string;
  readonly rateHz: number;
}

/** Reads every header. Throws CorruptSourceError naming the byte, UnsupportedSourceError. */
export async function readSeedIndex(file: BinaryFile): Promise<SeedIndex> {
  const { source } = file;
  const table = growingTable();
  const numbers = new Map<string, number>();
  const channels: SeedChannel[] = [];
  const encodings = new Set<number>();
  let version: 2 | 3 = 2;
  let emptyRecords = 0;
  let timingQuality: number | null = null;
  let piece: { start: number; bytes: Buffer } = { start: 0, bytes: Buffer.alloc(0) };
  let lastLength = 512;
  for (let place = 0; place < file.bytes;) {
    const window = Math.min(SEED_HEADER_WINDOW, file.bytes - place);
    if (place + window > piece.start + piece.bytes.length || place < piece.start) {
      const wanted = lastLength > 16_384 ? window : Math.max(window, PIECE_BYTES);
      const length = Math.min(wanted, file.bytes - place);
      piece = { start: place, bytes: await file.read(place, length, `record at byte ${place}`) };
    }
    const from = place - piece.start;
    const header = parseSeedHeader(piece.bytes.subarray(from, from + window));
    if (typeof header === 'string') {
      throw new CorruptSourceError({ source, at: `record at byte ${place}`, reason: header });
    }
    checkExtent(file, place, header);
    lastLength = header.recordBytes;
    version = header.version;
    if (header.sampleCount === 0 || header.encoding === 0 || !(header.rateHz > 0)) emptyRecords++;
    else {
      checkEncoding(source, place, header);
      encodings.add(header.encoding);
      if (header.timingQuality !== null) {
        timingQuality = Math.min(timingQuality ?? 100, header.timingQuality);
      }
      table.add(source, place, header, channelNumber(source, header, numbers, channels));
    }
    place += header.recordBytes;
  }
  if (table.size() === 0) {
    throw new CorruptSourceError({ source, at: 'byte 0', reason: 'no record holds samples' });
  }
  return {
    version,
    ...table.done(),
    channels,
    encodings: [...encodings].sort((a, b) => a - b),
    emptyRecords,
    timingQuality,
  };
}

/** Samples of one record of the index. Throws CorruptSourceError naming its byte. */
export async function readSeedRecord(
  file: BinaryFile,
  index: SeedIndex,
  record: number,
): Promise<SeedSamples> {
  const place = index.offsets[record] as number;
  const at = `record at byte ${place}`;
  const bytes = await file.read(place, index.lengths[record] as number, at);
  const header = parseSeedHeader(bytes);
  const samples = typeof header === 'string' ? header : decodeSeedRecord(bytes, header);
  if (typeof samples !== 'string') return samples;
  throw new CorruptSourceError({ source: file.source, at, reason: samples });
}

function checkExtent(file: BinaryFile, place: number, header: SeedRecordHeader): void {
  const end = place + header.recordBytes;
  if (end <= file.bytes && header.recordBytes > 0) return;
  throw new CorruptSourceError({
    source: file.source,
    at: `record at byte ${place}`,
    reason: `the record ends at byte ${end}, the file has ${file.bytes} bytes`,
  });
}

function checkEncoding(source: string, place: number, header: SeedRecordHeader): void {
  if (seedSampleType(header.encoding) !== null) return;
  throw new UnsupportedSourceError({
    source,
    reason: `the record at byte ${place} has encoding ${header.encoding}`,
    remedy: 'convert it to Steim 2 or plain integers or floats',
  });
}

function channelNumber(
  source: string,
  header: SeedRecordHeader,
  numbers: Map<string, number>,
  channels: SeedChannel[],
): number {
  const { network, station, location, channel, rateHz } = header;
  const id = `${network}.${station}.${location}.${channel}`;
  const key = `${id} ${rateHz}`;
  const known = numbers.get(key);
  if (known !== undefined) return known;
  if (channels.length === MAX_CHANNELS) {
    throw new UnsupportedSourceError({
      source,
      reason: `more than ${MAX_CHANNELS} channels`,
      remedy: 'split the file',
    });
  }
  numbers.set(key, channels.length);
  channels.push({ id, station, channel, rateHz });
  return channels.length - 1;
}

function growingTable() {
  let capacity = 1024;
  let size = 0;
  let offsets = new Float64Array(capacity);
  let lengths = new Uint32Array(capacity);
  let startsNs = new BigInt64Array(capacity);
  let counts = new Uint32Array(capacity);
  let channelOf = new Uint32Array(capacity);
  const grow = (): void => {
    capacity *= 2;
    const grown = <T extends { set(from: T): void }>(make: new (n: number) => T, old: T): T => {
      const larger = new make(capacity);
      larger.set(old);
      return larger;
    };
    offsets = grown(Float64Array, offsets);
    lengths = grown(Uint32Array, lengths);
    startsNs = grown(BigInt64Array, startsNs);
    counts = grown(Uint32Array, counts);
    channelOf = grown(Uint32Array, channelOf);
  };
  return {
    size: () => size,
    add: (source: string, place: number, header: SeedRecordHeader, channel: number): void => {
      if (size === MAX_RECORDS) {
        throw new UnsupportedSourceError({
          source,
          reason: `more than ${MAX_RECORDS} records`,
          remedy: 'split the file, for example by day',
        });
      }
      if (size === capacity) grow();
      offsets[size] = place;
      lengths[size] = header.recordBytes;
      startsNs[size] = header.startNs;
      counts[size] = header.sampleCount;
      channelOf[size] = channel;
      size++;
    },
    done: () => ({
      recordCount: size,
      offsets: offsets.subarray(0, size),
      lengths: lengths.subarray(0, size),
      startsNs: startsNs.subarray(0, size),
      counts: counts.subarray(0, size),
      channelOf: channelOf.subarray(0, size),
    }),
  };
}
