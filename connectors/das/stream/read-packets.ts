/**
 * A settled file of a live fibre, as packets for the chain. In: a path. Out: blocks of physical
 * samples, channel by channel, each within a bound of memory, and the hash of what was read.
 * @module
 */
import { createHash } from 'node:crypto';
import type { ReadRequest } from '../../../core/connector.js';
import { timeBlocks } from '../blocks.js';
import { runTimeNs, type SampleRun } from '../clock.js';
import { withDasRecording } from '../open-recording.js';
import { channelDistanceM, type DasRecording, type SampleArray } from '../recording.js';
import type { Conversion } from '../units.js';

/** Samples that follow each other without a gap. */
export interface FibrePacket {
  /** Time of the first sample, ns since the epoch. */
  readonly startNs: bigint;
  readonly rateHz: number;
  readonly channelCount: number;
  readonly sampleCount: number;
  /** [channel][time], in `units`. */
  readonly samples: Float32Array;
  readonly units: Conversion['units'];
}

/** What a file says of itself before its samples are read. */
export interface PacketHeader {
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly rateHz: number;
  /** Number of the first channel on the fibre. */
  readonly firstChannel: number;
  /** Distance of each channel along the fibre, m. */
  readonly distancesM: Float64Array;
}

/** Last stored sample of a packet: strain and phase are differenced from it across files. */
export interface PacketTail {
  readonly values: Float64Array;
  readonly timeNs: bigint;
}

export interface ReadPackets {
  /** Hash of header and samples, whatever format they are in and in whichever order they lie. */
  readonly contentId: string;
  /** For the next file; null when values are not differenced. */
  readonly tail: PacketTail | null;
}

/** Stored bytes of one packet: two seconds of 10,000 channels at 200 Hz. */
const PACKET_BYTES = 16 * 1024 * 1024;

/**
 * Reads a file packet by packet. `accept` decides by the header whether its samples are read now;
 * null comes back when they are not. Where values are strain or phase, the first difference is taken
 * from `previous` if that is the sample just before, so that files join without a missing sample.
 * Throws what opening and reading throw (`withDasRecording`), and what the callbacks throw.
 */
export async function readPackets(input: {
  readonly path: string;
  readonly options: ReadRequest['options'];
  readonly previous: PacketTail | null;
  readonly accept: (header: PacketHeader) => boolean;
  readonly use: (packet: FibrePacket) => void | Promise<void>;
}): Promise<ReadPackets | null> {
  const { path, options } = input;
  return withDasRecording({ path, options }, async ({ recording }) => {
    const { runs, conversion, layout } = recording;
    if (!input.accept(headerOf(recording))) return null;
    const hash = createHash('sha256').update(hashedHeader(recording));
    let tail = conversion.difference ? input.previous : null;
    for (const run of runs) {
      const part = {
        time: [run.firstIndex, run.firstIndex + run.sampleCount] as const,
        channel: [0, layout.channelCount] as const,
      };
      for await (const block of timeBlocks(recording, part, PACKET_BYTES)) {
        const { values } = block;
        hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
        const startNs = runTimeNs(run, block.time[0] - run.firstIndex);
        const made = conversion.difference
          ? differenced({ recording, run, values, startNs, tail })
          : { samples: scaled(values, layout.channelCount, conversion.factor), startNs };
        if (conversion.difference) tail = tailOf(values, layout.channelCount, run, startNs);
        const { samples } = made;
        if (samples.length === 0) continue;
        await input.use({
          startNs: made.startNs,
          rateHz: run.rateHz,
          channelCount: layout.channelCount,
          sampleCount: samples.length / layout.channelCount,
          samples,
          units: conversion.units,
        });
      }
    }
    return { contentId: hash.digest('hex'), tail };
  });
}

/** Pieces of at most `most` samples, in order. */
export function* cutPacket(packet: FibrePacket, most: number): Generator<FibrePacket> {
  const { channelCount, sampleCount, rateHz, samples, startNs } = packet;
  if (sampleCount <= most) {
    yield packet;
    return;
  }
  for (let from = 0; from < sampleCount; from += most) {
    const count = Math.min(most, sampleCount - from);
    const piece = new Float32Array(channelCount * count);
    for (let c = 0; c < channelCount; c++) {
      const at = c * sampleCount + from;
      piece.set(samples.subarray(at, at + count), c * count);
    }
    const fromNs = BigInt(Math.round((from / rateHz) * 1e9));
    yield { ...packet, samples: piece, sampleCount: count, startNs: startNs + fromNs };
  }
}

function headerOf(recording: DasRecording): PacketHeader {
  const { layout, runs } = recording;
  const [first, last] = [runs[0] as SampleRun, runs.at(-1) as SampleRun];
  return {
    startNs: first.startNs,
    endNs: runTimeNs(last, last.sampleCount),
    rateHz: first.rateHz,
    firstChannel: recording.firstChannel,
    distancesM: Float64Array.from({ length: layout.channelCount }, (_, c) =>
      channelDistanceM(recording, c),
    ),
  };
}

/** What gives the samples their meaning: two files that differ in it do not repeat each other. */
function hashedHeader(recording: DasRecording): string {
  const { layout, runs, conversion, firstChannel, firstDistanceM, spacingM } = recording;
  return JSON.stringify([
    layout.type,
    layout.channelCount,
    [conversion.component, conversion.units, conversion.factor],
    [firstChannel, firstDistanceM, spacingM, recording.distancesM && [...recording.distancesM]],
    runs.map((run) => [run.sampleCount, String(run.startNs), run.rateHz]),
  ]);
}

/** Samples of a tile: both orders of it stay in the first cache. */
const TILE = 32;

/** [time][channel] stored to [channel][time] physical. */
function scaled(values: SampleArray, channelCount: number, factor: number): Float32Array {
  const sampleCount = values.length / channelCount;
  const out = new Float32Array(values.length);
  for (let c0 = 0; c0 < channelCount; c0 += TILE) {
    const c1 = Math.min(channelCount, c0 + TILE);
    for (let t0 = 0; t0 < sampleCount; t0 += TILE) {
      const t1 = Math.min(sampleCount, t0 + TILE);
      for (let c = c0; c < c1; c++) {
        for (let t = t0, i = t0 * channelCount + c; t < t1; t++, i += channelCount) {
          out[c * sampleCount + t] = Number(values[i]) * factor;
        }
      }
    }
  }
  return out;
}

/** factor * (x[k] - x[k - 1]), which belongs to the instant between the two. */
function differenced(input: {
  readonly recording: DasRecording;
  readonly run: SampleRun;
  readonly values: SampleArray;
  readonly startNs: bigint;
  readonly tail: PacketTail | null;
}): { samples: Float32Array; startNs: bigint } {
  const { recording, run, values, startNs, tail } = input;
  const { channelCount } = recording.layout;
  const { factor, wrapCounts } = recording.conversion;
  const stepNs = 1e9 / run.rateHz;
  const sinceTail = tail === null ? Infinity : Number(startNs - tail.timeNs) / stepNs;
  const joined = Math.abs(sinceTail - 1) < 0.01 && tail?.values.length === channelCount;
  const stored = values.length / channelCount;
  const count = stored - (joined ? 0 : 1);
  const samples = new Float32Array(count * channelCount);
  for (let c = 0; c < channelCount; c++) {
    let previous = joined ? (tail?.values[c] as number) : Number(values[c]);
    for (let k = 0, t = stored - count; k < count; k++, t++) {
      const value = Number(values[t * channelCount + c]);
      let step = value - previous;
      if (wrapCounts !== null) step -= wrapCounts * Math.round(step / wrapCounts);
      samples[c * count + k] = factor * step;
      previous = value;
    }
  }
  const halfNs = BigInt(Math.round(stepNs / 2));
  return { samples, startNs: joined ? startNs - halfNs : startNs + halfNs };
}

function tailOf(
  values: SampleArray,
  channelCount: number,
  run: SampleRun,
  startNs: bigint,
): PacketTail {
  const stored = values.length / channelCount;
  const from = (stored - 1) * channelCount;
  return {
    values: Float64Array.from({ length: channelCount }, (_, c) => Number(values[from + c])),
    timeNs: startNs + BigInt(Math.round(((stored - 1) / run.rateHz) * 1e9)),
  };
}
