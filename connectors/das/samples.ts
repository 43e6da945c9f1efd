/**
 * A time and channel range of a recording in, one Float32Array a channel out.
 * @module
 */
import {
  bytesPerSample,
  type DasRecording,
  type SampleArray,
  type SampleLayout,
} from './recording.js';
import type { Conversion } from './units.js';

/** Bytes of one read: h5wasm copies each slice twice and its heap never shrinks. */
export const SLICE_BYTES = 16 * 1024 * 1024;

export interface SampleRequest {
  readonly firstSample: number;
  /** Samples wanted a channel; a differencing conversion reads one more. */
  readonly sampleCount: number;
  /** Ascending positions on the channel axis. */
  readonly channels: readonly number[];
}

/**
 * Reads block by block, each of at most `sliceBytes` (a single row may be more), cut at chunk
 * borders so that no chunk is decompressed twice. Returns [channel][time].
 */
export async function readChannels(
  recording: Pick<DasRecording, 'layout' | 'conversion' | 'readBlock'>,
  request: SampleRequest,
  sliceBytes: number = SLICE_BYTES,
): Promise<Float32Array[]> {
  const { layout, conversion } = recording;
  const { channels, firstSample } = request;
  const { timeAxis } = layout;
  const stored = request.sampleCount + (conversion.difference ? 1 : 0);
  const out = channels.map(() => new Float32Array(request.sampleCount));
  const before = new Float64Array(channels.length);
  const firstChannel = channels[0] as number;
  const time = { from: firstSample, to: firstSample + stored };
  const channel = { from: firstChannel, to: (channels.at(-1) as number) + 1 };
  const rows = timeAxis === 0 ? time : channel;
  const columns = timeAxis === 0 ? channel : time;
  for (const block of blockRanges({ rows, columns, layout, sliceBytes })) {
    const inBlock = timeAxis === 0 ? block.rows : block.columns;
    const channelsInBlock = timeAxis === 0 ? block.columns : block.rows;
    const values = await recording.readBlock({
      time: [inBlock.from, inBlock.to],
      channel: [channelsInBlock.from, channelsInBlock.to],
    });
    const width = block.columns.to - block.columns.from;
    channels.forEach((position, c) => {
      if (position < channelsInBlock.from || position >= channelsInBlock.to) return;
      const offset = position - channelsInBlock.from;
      const series = {
        values,
        start: timeAxis === 0 ? offset : offset * width,
        stride: timeAxis === 0 ? width : 1,
        count: inBlock.to - inBlock.from,
      };
      const into = { out: out[c] as Float32Array, at: inBlock.from - firstSample };
      if (conversion.difference) before[c] = difference(series, into, conversion, before[c] ?? 0);
      else scale(series, into, conversion.factor);
    });
  }
  return out;
}

interface Series {
  readonly values: SampleArray;
  readonly start: number;
  readonly stride: number;
  readonly count: number;
}

interface Target {
  readonly out: Float32Array;
  /** Position of the series' first value, counted in stored samples. */
  readonly at: number;
}

function scale(series: Series, into: Target, factor: number): void {
  const { values, start, stride, count } = series;
  for (let i = 0; i < count; i++) {
    into.out[into.at + i] = Number(values[start + i * stride]) * factor;
  }
}

/** Writes factor * (x[k + 1] - x[k]) to out[k]; returns the last value for the next block. */
function difference(series: Series, into: Target, conversion: Conversion, before: number): number {
  const { values, start, stride, count } = series;
  const { factor, wrapCounts } = conversion;
  let previous = before;
  for (let i = 0; i < count; i++) {
    const value = Number(values[start + i * stride]);
    const k = into.at + i - 1;
    let step = value - previous;
    if (wrapCounts !== null) step -= wrapCounts * Math.round(step / wrapCounts);
    if (k >= 0) into.out[k] = factor * step;
    previous = value;
  }
  return previous;
}

interface Range {
  readonly from: number;
  readonly to: number;
}

/** Blocks that cover rows and columns, in storage order, cut at chunk borders where that fits. */
export function blockRanges(input: {
  rows: Range;
  columns: Range;
  layout: SampleLayout;
  sliceBytes: number;
}): { rows: Range; columns: Range }[] {
  const { rows, columns, layout, sliceBytes } = input;
  const bytes = bytesPerSample(layout.type);
  const rowBytes = (columns.to - columns.from) * bytes;
  const rowParts = cut(rows, Math.floor(sliceBytes / rowBytes), layout.chunks?.[0] ?? 1);
  const columnParts = cut(columns, Math.floor(sliceBytes / bytes), layout.chunks?.[1] ?? 1);
  return rowParts.flatMap((row) => columnParts.map((column) => ({ rows: row, columns: column })));
}

/** Cuts a range into parts of at most `size` (at least 1), ending at multiples of `chunk`. */
function cut(range: Range, size: number, chunk: number): Range[] {
  const parts: Range[] = [];
  for (let from = range.from; from < range.to;) {
    let to = Math.min(range.to, from + Math.max(1, size));
    const aligned = Math.floor(to / chunk) * chunk;
    if (to < range.to && aligned > from) to = aligned;
    parts.push({ from, to });
    from = to;
  }
  return parts;
}
