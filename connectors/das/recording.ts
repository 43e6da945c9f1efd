/**
 * A fibre recording as its header describes it, whatever the format: one clock, one axis of
 * distance, one meaning of the samples, and a way to read any block of them.
 * @module
 */
import type { Scan } from '../../core/connector.js';
import { nsToIso } from '../../core/time.js';
import { auditLine, type AuditEntry } from './audit.js';
import { runTimeNs, type SampleRun } from './clock.js';
import { missingPlaceOptions, type DasOptions } from './options.js';
import type { Conversion } from './units.js';

/** Stored samples, in the file's own type. */
export type SampleArray =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array;

/** Type of a stored sample, by numpy's names. */
export type SampleType =
  | 'int8'
  | 'uint8'
  | 'int16'
  | 'uint16'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'uint64'
  | 'float32'
  | 'float64';

/** Half-open ranges of sample and channel numbers. */
export interface SampleBlock {
  readonly time: readonly [number, number];
  readonly channel: readonly [number, number];
}

/** Logical layout: overlaps of stored blocks are already taken out. */
export interface SampleLayout {
  readonly timeCount: number;
  readonly channelCount: number;
  /** Axis on which time runs; `readBlock` gives row-major values in this order. */
  readonly timeAxis: 0 | 1;
  readonly type: SampleType;
  /** Smallest part that can be read at no extra cost, in the order of the axes; null: any. */
  readonly chunks: readonly [number, number] | null;
}

export interface DasRecording {
  readonly format: string;
  /** Version of the format as the file states it; null when it does not. */
  readonly version: string | null;
  readonly layout: SampleLayout;
  readonly runs: readonly SampleRun[];
  readonly conversion: Conversion;
  /** The file's own words for the unit of a stored value; null when it has none. */
  readonly storedUnit: string | null;
  readonly gaugeLengthM: number | null;
  /** Number of the first channel on the fibre; names sensors across files. */
  readonly firstChannel: number;
  /** Distance of the first channel along the fibre, m. */
  readonly firstDistanceM: number;
  readonly spacingM: number;
  /** Distance of each channel, m, where they are not equally spaced; null: they are. */
  readonly distancesM: Float64Array | null;
  /** Further facts for people: dataset, instrument, pulse rate, ... */
  readonly facts: Readonly<Record<string, unknown>>;
  readonly audit: readonly AuditEntry[];
  /**
   * Stored values of a block, row-major in the order of `layout`. Callers keep blocks at 64 MiB or
   * less (`SLICE_BYTES`). Throws CorruptSourceError when the bytes are not there.
   */
  readonly readBlock: (block: SampleBlock) => Promise<SampleArray> | SampleArray;
}

/** Bytes of one stored sample. */
export function bytesPerSample(type: SampleType): number {
  return Number(/\d+$/.exec(type)?.[0]) / 8;
}

/** Number of channels of a recording. */
export function channelCount(recording: DasRecording): number {
  return recording.layout.channelCount;
}

/** Distance of the channel at `position` (0 is the file's first), m. */
export function channelDistanceM(recording: DasRecording, position: number): number {
  const { distancesM, firstDistanceM, spacingM } = recording;
  return distancesM === null
    ? firstDistanceM + position * spacingM
    : (distancesM[position] as number);
}

/** The recording as a Scan. */
export function recordingScan(recording: DasRecording, options: DasOptions): Scan {
  const { layout, runs, conversion } = recording;
  const first = runs[0] as SampleRun;
  const last = runs.at(-1) as SampleRun;
  const shape = [layout.timeCount, layout.channelCount];
  const isTimeFirst = layout.timeAxis === 0;
  return {
    format: recording.format,
    source: 'das',
    window: { start: nsToIso(first.startNs), end: nsToIso(runTimeNs(last, last.sampleCount)) },
    facts: {
      version: recording.version,
      shape: isTimeFirst ? shape : shape.reverse(),
      dims: isTimeFirst ? ['time', 'distance'] : ['distance', 'time'],
      dtype: layout.type,
      rateHz: first.rateHz,
      channels: layout.channelCount,
      firstChannel: recording.firstChannel,
      spacingM: recording.spacingM,
      firstDistanceM: channelDistanceM(recording, 0),
      lastDistanceM: channelDistanceM(recording, layout.channelCount - 1),
      gaugeLengthM: recording.gaugeLengthM,
      storedUnit: recording.storedUnit,
      segments: runs.length,
      component: conversion.component,
      units: conversion.units,
      factor: conversion.factor,
      ...recording.facts,
      missingOptions: missingPlaceOptions(options),
      audit: recording.audit,
    },
    audit: recording.audit.map(auditLine),
  };
}
