/**
 * Segments of a TDMS file in, where the samples of its channels lie out. All channels must have the
 * same type and length, as interrogators write them.
 * @module
 */
import { CorruptSourceError, UnsupportedSourceError } from '../../../core/errors.js';
import type { BinaryFile } from '../../binary-file.js';
import { bytesPerSample, type SampleType } from '../recording.js';
import {
  parseTdmsObjects,
  type TdmsObject,
  type TdmsRawIndex,
  type TdmsValue,
} from './tdms-metadata.js';

const LEAD_IN_BYTES = 28;
/** Metadata of one segment: 100,000 channels need about 6 MB. */
const MAX_METADATA_BYTES = 64 * 1024 * 1024;
const MAX_SEGMENTS = 65_536;
const TOC = { metadata: 2, newObjects: 4, rawData: 8, interleaved: 0x20, bigEndian: 0x40 } as const;
/** Offset of a segment whose writer did not come to its end. */
const UNFINISHED = 0xffffffffffffffffn;

/** Samples of all channels in one piece of the file. */
export interface TdmsSegment {
  readonly offset: number;
  /** Samples of each channel. */
  readonly sampleCount: number;
  /** Number of the first one on the file's time axis. */
  readonly firstSample: number;
  /** True: [time, channel]; false: chunk after chunk of [channel, `valuesPerChunk`]. */
  readonly isInterleaved: boolean;
  readonly valuesPerChunk: number;
  readonly isLittleEndian: boolean;
}

export interface TdmsFile {
  readonly version: number;
  readonly type: SampleType;
  readonly channelCount: number;
  readonly sampleCount: number;
  readonly segments: readonly TdmsSegment[];
  /** Properties of the root object. */
  readonly properties: ReadonlyMap<string, TdmsValue>;
  /** Bytes after the last whole sample of a segment that was never finished. */
  readonly lostBytes: number;
}

interface State {
  /** Channels with data, in the order of the raw data. */
  channels: Map<string, TdmsRawIndex>;
  known: Map<string, TdmsRawIndex>;
  properties: Map<string, TdmsValue>;
}

/** Reads all segment headers. Throws CorruptSourceError or UnsupportedSourceError. */
export async function readTdmsSegments(file: BinaryFile): Promise<TdmsFile> {
  const { source } = file;
  const state: State = { channels: new Map(), known: new Map(), properties: new Map() };
  const segments: TdmsSegment[] = [];
  let shape: { type: SampleType; channelCount: number } | null = null;
  let version = 0;
  let sampleCount = 0;
  let lostBytes = 0;
  let position = 0;
  for (let i = 0; position < file.bytes; i++) {
    if (i === MAX_SEGMENTS) {
      throw new UnsupportedSourceError({
        source,
        reason: `more than ${MAX_SEGMENTS} segments`,
        remedy: "defragment the file with NI's TDMS tools",
      });
    }
    const lead = await readLeadIn(file, position, i);
    version ||= lead.version;
    if (lead.toc & TOC.metadata) await readMetadata(file, lead, state);
    if (lead.toc & TOC.rawData && lead.end > lead.dataStart) {
      const common = commonIndex(source, i, state.channels);
      shape ??= { type: common.type, channelCount: state.channels.size };
      if (shape.type !== common.type || shape.channelCount !== state.channels.size) {
        const reason = `${state.channels.size} channels of ${common.type}, before ${shape.channelCount} of ${shape.type}`;
        throw new CorruptSourceError({ source, at: `segment ${i}`, reason });
      }
      const rowBytes = state.channels.size * bytesPerSample(common.type);
      const rows = Math.floor((lead.end - lead.dataStart) / rowBytes);
      const rest = lead.end - lead.dataStart - rows * rowBytes;
      if (rest > 0 && !lead.isUnfinished) {
        const reason = `${lead.end - lead.dataStart} bytes of data are not a multiple of ${rowBytes} (one sample of each channel)`;
        throw new CorruptSourceError({ source, at: `segment ${i} raw data`, reason });
      }
      lostBytes += rest;
      segments.push({
        offset: lead.dataStart,
        sampleCount: rows,
        firstSample: sampleCount,
        isInterleaved: (lead.toc & TOC.interleaved) !== 0,
        valuesPerChunk: common.valuesPerChunk,
        isLittleEndian: !lead.isBigEndian,
      });
      sampleCount += rows;
    }
    position = lead.end;
  }
  if (shape === null || sampleCount === 0) {
    throw new CorruptSourceError({ source, at: 'segment 0', reason: 'the file holds no samples' });
  }
  const { properties } = state;
  return { version, ...shape, sampleCount, segments, properties, lostBytes };
}

interface LeadIn {
  readonly toc: number;
  readonly version: number;
  readonly isBigEndian: boolean;
  readonly isUnfinished: boolean;
  readonly metadataStart: number;
  readonly dataStart: number;
  readonly end: number;
}

async function readLeadIn(file: BinaryFile, position: number, index: number): Promise<LeadIn> {
  const at = `segment ${index} lead-in`;
  const bytes = await file.read(position, LEAD_IN_BYTES, at);
  const fail = (field: string, reason: string): CorruptSourceError =>
    new CorruptSourceError({ source: file.source, at: `${at} ${field}`, reason });
  if (bytes.toString('latin1', 0, 4) !== 'TDSm') {
    throw fail('tag', `no TDMS segment starts at byte ${position}`);
  }
  const toc = bytes.readUInt32LE(4);
  const isBigEndian = (toc & TOC.bigEndian) !== 0;
  const u64 = (place: number): bigint =>
    isBigEndian ? bytes.readBigUInt64BE(place) : bytes.readBigUInt64LE(place);
  const metadataStart = position + LEAD_IN_BYTES;
  const isUnfinished = u64(12) === UNFINISHED;
  const end = isUnfinished ? file.bytes : metadataStart + Number(u64(12));
  const dataStart = metadataStart + Number(u64(20));
  if (end > file.bytes) {
    throw fail(
      'next segment offset',
      `the segment ends at byte ${end}, the file has ${file.bytes}`,
    );
  }
  if (dataStart > end) {
    throw fail('raw data offset', `data start at byte ${dataStart}, after the end ${end}`);
  }
  const version = isBigEndian ? bytes.readUInt32BE(8) : bytes.readUInt32LE(8);
  return { toc, version, isBigEndian, isUnfinished, metadataStart, dataStart, end };
}

async function readMetadata(file: BinaryFile, lead: LeadIn, state: State): Promise<void> {
  const { metadataStart: offset, dataStart, isBigEndian } = lead;
  const length = dataStart - offset;
  if (length > MAX_METADATA_BYTES) {
    throw new UnsupportedSourceError({
      source: file.source,
      reason: `${length} bytes of metadata at byte ${offset}, the limit is ${MAX_METADATA_BYTES}`,
      remedy: 'check the file: no interrogator writes so much',
    });
  }
  const bytes = await file.read(offset, length, 'metadata');
  const objects = parseTdmsObjects({ source: file.source, bytes, offset, isBigEndian });
  if (lead.toc & TOC.newObjects) state.channels.clear();
  for (const object of objects) {
    if (object.path === '/') {
      for (const [name, value] of object.properties) state.properties.set(name, value);
    }
    const raw = rawOf(file.source, object, state);
    if (raw === null) state.channels.delete(object.path);
    else {
      state.known.set(object.path, raw);
      state.channels.set(object.path, raw);
    }
  }
}

function rawOf(source: string, object: TdmsObject, state: State): TdmsRawIndex | null {
  if (object.raw !== 'same') return object.raw;
  const known = state.known.get(object.path);
  if (known !== undefined) return known;
  throw new CorruptSourceError({
    source,
    at: `${object.path} raw data index`,
    reason: 'says "as before", but the channel was not there before',
  });
}

function commonIndex(
  source: string,
  segment: number,
  channels: ReadonlyMap<string, TdmsRawIndex>,
): TdmsRawIndex {
  let common: TdmsRawIndex | null = null;
  for (const [path, raw] of channels) {
    common ??= raw;
    if (raw.type !== common.type || raw.valuesPerChunk !== common.valuesPerChunk) {
      throw new UnsupportedSourceError({
        source,
        reason: `${path} has ${raw.valuesPerChunk} ${raw.type} a chunk, other channels have ${common.valuesPerChunk} ${common.type}`,
        remedy: 'export the channels of one fibre with one type and length',
      });
    }
  }
  if (common !== null && common.valuesPerChunk > 0) return common;
  const reason = 'raw data, but no channel with values';
  throw new CorruptSourceError({ source, at: `segment ${segment}`, reason });
}
