/**
 * Strain and phase are differenced in time: between two files that follow each other one difference
 * lies in neither. In: the first and last stored samples of runs. Out: the samples between files.
 * @module
 */
import type { WaveformSegment } from '../../../core/waveform.js';
import { runTimeNs } from '../clock.js';
import type { DasRecording, SampleArray } from '../recording.js';

/** Schema metadata of a waveform table that holds the edges of its runs, as JSON. */
export const EDGES_KEY = 'quakeloom.edges';

/** First and last stored samples of a run, for the channels that were read. */
export interface RunEdges {
  /** Times of the first and of the last stored sample, ns since the epoch. */
  readonly firstNs: string;
  readonly lastNs: string;
  readonly rateHz: number;
  /** A sample is `factor` times the difference, modulo `wrapCounts`. */
  readonly factor: number;
  readonly wrapCounts: number | null;
  readonly sensorIds: readonly string[];
  /** [sensor]; null where the stored value is not finite. */
  readonly first: readonly (number | null)[];
  readonly last: readonly (number | null)[];
}

/** Edges of all runs that touch the window (null: all); none where values are not differenced. */
export async function runEdges(
  recording: DasRecording,
  input: {
    readonly window: { readonly startNs: bigint; readonly endNs: bigint } | null;
    readonly channels: readonly number[];
    readonly sensorId: (channel: number) => string;
  },
): Promise<RunEdges[]> {
  const { conversion, layout } = recording;
  const { window, channels } = input;
  if (!conversion.difference || channels.length === 0) return [];
  const valuesAt = async (index: number): Promise<(number | null)[]> => {
    const time = [index, index + 1] as const;
    const row: SampleArray = await recording.readBlock({ time, channel: [0, layout.channelCount] });
    return channels.map((channel) => {
      const value = Number(row[channel]);
      return Number.isFinite(value) ? value : null;
    });
  };
  const edges: RunEdges[] = [];
  for (const run of recording.runs) {
    const lastNs = runTimeNs(run, run.sampleCount - 1);
    if (window && (run.startNs > window.endNs || lastNs < window.startNs)) continue;
    edges.push({
      firstNs: String(run.startNs),
      lastNs: String(lastNs),
      rateHz: run.rateHz,
      factor: conversion.factor,
      wrapCounts: conversion.wrapCounts,
      sensorIds: channels.map(input.sensorId),
      first: await valuesAt(run.firstIndex),
      last: await valuesAt(run.firstIndex + run.sampleCount - 1),
    });
  }
  return edges;
}

/** Segments of one file and its edges. */
export interface JoinableFile {
  readonly segments: readonly WaveformSegment[];
  readonly edges: readonly RunEdges[];
}

/** A sample between two files, and the numbers of the files. */
export interface Join {
  readonly files: readonly [number, number];
  readonly segment: WaveformSegment;
}

/** Stamps of neighbours agree with the sample interval to this share of it. */
const SLACK = 0.01;

/** The differences between the last sample of one file and the first of another, one step later. */
export function joinFiles(files: readonly JoinableFile[]): Join[] {
  const templates = new Map<string, WaveformSegment>();
  for (const { segments } of files) {
    for (const segment of segments) {
      if (!templates.has(segment.sensorId)) templates.set(segment.sensorId, segment);
    }
  }
  const joins: Join[] = [];
  files.forEach((before, b) => {
    files.forEach((after, a) => {
      if (a === b) return;
      for (const left of before.edges) {
        for (const right of after.edges) {
          if (!areNeighbours(left, right)) continue;
          for (const segment of between(left, right, templates)) {
            joins.push({ files: [b, a], segment });
          }
        }
      }
    });
  });
  return joins;
}

function areNeighbours(left: RunEdges, right: RunEdges): boolean {
  if (left.rateHz !== right.rateHz || left.factor !== right.factor) return false;
  if (left.wrapCounts !== right.wrapCounts) return false;
  const steps = (Number(BigInt(right.firstNs) - BigInt(left.lastNs)) / 1e9) * left.rateHz;
  return Math.abs(steps - 1) < SLACK;
}

function between(
  left: RunEdges,
  right: RunEdges,
  templates: ReadonlyMap<string, WaveformSegment>,
): WaveformSegment[] {
  const places = new Map(right.sensorIds.map((id, i) => [id, i]));
  const { rateHz, factor, wrapCounts } = left;
  const startNs = BigInt(left.lastNs) + BigInt(Math.round(0.5e9 / rateHz));
  return left.sensorIds.flatMap((sensorId, i) => {
    const template = templates.get(sensorId);
    const [last, first] = [left.last[i] ?? null, right.first[places.get(sensorId) ?? -1] ?? null];
    if (!template || last === null || first === null) return [];
    // As `readChannels` does it, so that the value has the same bits as within one file.
    let step = first - last;
    if (wrapCounts !== null) step -= wrapCounts * Math.round(step / wrapCounts);
    return [{ ...template, startNs, rateHz, samples: Float32Array.of(factor * step) }];
  });
}
