/**
 * Silixa iDAS files in NI's TDMS container (version 4713).
 * @module
 */
import { withBinaryFile, type BinaryFile } from '../../binary-file.js';
import { assumption, type AuditEntry } from '../audit.js';
import type { DasFormat } from '../das-format.js';
import { readMatrix, sampleArray, samplesFromBytes, transposed } from '../matrix-file.js';
import type { DasOptions } from '../options.js';
import {
  bytesPerSample,
  type DasRecording,
  type SampleArray,
  type SampleBlock,
} from '../recording.js';
import { storedConversion } from '../stored-conversion.js';
import { tdmsHeader, type TdmsHeader } from './tdms-header.js';
import { readTdmsSegments, type TdmsFile, type TdmsSegment } from './tdms-segments.js';
import type { Conversion } from '../units.js';

const FORMAT = 'das/silixa-tdms';
/** Silixa's own words for its counts, as its PRODML files have them. */
const SILIXA_UNIT = '(nm/m)/s * Hz/m';
const SILIXA_NM_PER_TURN = 116;

/** Reads all channels of all segments; see DasOptions for the options. */
export const tdmsFormat: DasFormat = {
  format: FORMAT,
  title: 'DAS, Silixa iDAS (TDMS)',
  probe: ({ head }) => {
    const text = Buffer.from(head.buffer, head.byteOffset, head.byteLength).toString('latin1');
    if (!text.startsWith('TDSm')) return Promise.resolve(0);
    return Promise.resolve(text.includes('SamplingFrequency[Hz]') ? 1 : 0.3);
  },
  withRecording: ({ file, options }, use) =>
    withBinaryFile(file, async (binary) => use(await tdmsRecording(binary, options))),
};

async function tdmsRecording(file: BinaryFile, options: DasOptions): Promise<DasRecording> {
  const content = await readTdmsSegments(file);
  const { gaugeLengthM: inFile, ...others } = tdmsHeader(file.source, content);
  const header = { ...others, gaugeLengthM: options.gaugeLengthM ?? inFile };
  const { startNs, rateHz, spacingM, firstDistanceM, gaugeLengthM } = header;
  const { conversion, audit } = conversionOf(content, header, options);
  return {
    format: FORMAT,
    version: String(content.version),
    layout: {
      timeCount: content.sampleCount,
      channelCount: content.channelCount,
      timeAxis: 0,
      type: content.type,
      chunks: null,
    },
    runs: [{ firstIndex: 0, sampleCount: content.sampleCount, startNs, rateHz }],
    conversion,
    storedUnit: null,
    gaugeLengthM,
    firstChannel: Math.round(firstDistanceM / spacingM),
    firstDistanceM,
    spacingM,
    distancesM: null,
    facts: { ...header.facts, segments: content.segments.length },
    audit: [...header.audit, ...audit, ...conversion.audit],
    readBlock: (block) => readBlock(file, content, block),
  };
}

function conversionOf(
  content: TdmsFile,
  header: TdmsHeader,
  options: DasOptions,
): { readonly conversion: Conversion; readonly audit: readonly AuditEntry[] } {
  const { nmPerTurn } = header;
  const isDifferential = header.facts['acousticOutput'] === 'Differential';
  const isKnown = nmPerTurn !== null && nmPerTurn > 0 && isDifferential;
  const conversion = storedConversion({
    options,
    unit: isKnown ? SILIXA_UNIT : null,
    type: content.type,
    rateHz: header.rateHz,
    gaugeLengthM: header.gaugeLengthM,
    refractiveIndex: header.refractiveIndex,
  });
  if (!isKnown || options.unit !== undefined) return { conversion, audit: [] };
  const found = { 'Acoustic Output': 'Differential', 'Unit Calibration (nm)': nmPerTurn };
  const why =
    "the file names no unit; these are the words of Silixa's PRODML files for the same counts";
  return {
    conversion: { ...conversion, factor: (conversion.factor * nmPerTurn) / SILIXA_NM_PER_TURN },
    audit: [assumption('units', found, SILIXA_UNIT, why)],
  };
}

async function readBlock(
  file: BinaryFile,
  content: TdmsFile,
  block: SampleBlock,
): Promise<SampleArray> {
  const [from, to] = block.time;
  const width = block.channel[1] - block.channel[0];
  const out = sampleArray(content.type, (to - from) * width);
  for (const segment of content.segments) {
    const start = Math.max(from, segment.firstSample);
    const end = Math.min(to, segment.firstSample + segment.sampleCount);
    if (start >= end) continue;
    const time = [start - segment.firstSample, end - segment.firstSample] as const;
    const into = (at: number, values: SampleArray): void =>
      out.set(values as never, (segment.firstSample + at - from) * width);
    const part = { content, segment, time, channel: block.channel, into };
    await (segment.isInterleaved ? readRows(file, part) : readChunks(file, part));
  }
  return out;
}

interface SegmentPart {
  readonly content: TdmsFile;
  readonly segment: TdmsSegment;
  /** Samples relative to the segment. */
  readonly time: readonly [number, number];
  readonly channel: readonly [number, number];
  /** Takes [time, channel] values that start at a sample of the segment. */
  readonly into: (at: number, values: SampleArray) => void;
}

async function readRows(file: BinaryFile, part: SegmentPart): Promise<void> {
  const { content, segment, time, channel, into } = part;
  const bytesPerValue = bytesPerSample(content.type);
  const rowStride = content.channelCount * bytesPerValue;
  const matrix = { offset: segment.offset, rowStride, bytesPerValue, at: 'raw data' };
  const bytes = await readMatrix(file, matrix, { rows: time, columns: channel });
  into(time[0], samplesFromBytes(bytes, content.type, segment.isLittleEndian));
}

/** Chunks of [channel, time]; the last one of a segment may be shorter. */
async function readChunks(file: BinaryFile, part: SegmentPart): Promise<void> {
  const { content, segment, time, channel, into } = part;
  const bytesPerValue = bytesPerSample(content.type);
  const { valuesPerChunk: size } = segment;
  for (let start = Math.floor(time[0] / size) * size; start < time[1]; start += size) {
    const length = Math.min(size, segment.sampleCount - start);
    const columns = [
      Math.max(time[0], start) - start,
      Math.min(time[1], start + length) - start,
    ] as const;
    const matrix = {
      offset: segment.offset + start * content.channelCount * bytesPerValue,
      rowStride: length * bytesPerValue,
      bytesPerValue,
      at: 'raw data',
    };
    const bytes = await readMatrix(file, matrix, { rows: channel, columns });
    const values = samplesFromBytes(bytes, content.type, segment.isLittleEndian);
    into(start + columns[0], transposed(values, channel[1] - channel[0], columns[1] - columns[0]));
  }
}
