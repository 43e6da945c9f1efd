/**
 * A part of a fibre recording in, the waveform table out: a row a channel and gap-free run.
 * @module
 */
import type { Table } from 'apache-arrow';
import type { ReadRequest } from '../../core/connector.js';
import { InvalidInputError, UnsupportedSourceError } from '../../core/errors.js';
import { waveformTable } from '../../core/tables/waveform-table.js';
import { windowNs } from '../../core/time.js';
import type { WaveformSegment } from '../../core/waveform.js';
import { readFibreGeometry } from './geometry/geometry-read.js';
import { runRange, runTimeNs, type SampleRun } from './clock.js';
import { cablePlace, channelPosition, type CablePlace, type DasOptions } from './options.js';
import { channelCount, channelDistanceM, recordingScan, type DasRecording } from './recording.js';
import { readChannels } from './samples.js';
import { EDGES_KEY, runEdges } from './stream/joins.js';

/** Samples that one read may return: 512 MiB of float32, held three times on the way to Arrow bytes. */
const MAX_SAMPLES = 2 ** 27;

/**
 * The wanted part of a recording as a waveform table: a row a channel and gap-free run. The scan
 * travels in the schema metadata as JSON under `quakeloom.scan`; where values are differenced, the
 * edges of the runs under `quakeloom.edges` (`stream/joins.ts`). Throws UnsupportedSourceError when
 * the cable's place is missing, InvalidInputError for an empty channel range or a read that would
 * not fit in memory.
 */
export async function recordingTable(
  recording: DasRecording,
  input: {
    readonly source: string;
    readonly window: ReadRequest['window'];
    readonly options: DasOptions;
  },
): Promise<Table> {
  const table = input.options.geometry;
  const geometry = table === undefined ? null : await readFibreGeometry(table, recording);
  const place = cablePlace(input.source, input.options, geometry);
  requireDistances(input.source, recording);
  const channels = selectChannels(recording, input.options).filter((channel) => {
    const distanceM = channelDistanceM(recording, channel);
    return !channelPosition(place, { distanceM, firstDistanceM: distanceM }).isDead;
  });
  const window = input.window === null ? null : windowNs(input.window);
  const segments: WaveformSegment[] = [];
  let total = 0;
  for (const stored of recording.runs) {
    const run = recording.conversion.difference ? betweenSamples(stored) : stored;
    const range = run.sampleCount > 0 ? runRange(run, window) : null;
    if (range === null) continue;
    total += (range.to - range.from) * channels.length;
    if (total > MAX_SAMPLES) throw tooLarge(total);
    const samples = await readChannels(recording, {
      firstSample: run.firstIndex + range.from,
      sampleCount: range.to - range.from,
      channels,
    });
    channels.forEach((channel, i) => {
      const whole = describeChannel(recording, place, { run, channel, from: range.from });
      segments.push(...finiteParts({ ...whole, samples: samples[i] as Float32Array }));
    });
  }
  const scan = recordingScan(recording, input.options);
  const metadata = new Map([['quakeloom.scan', JSON.stringify(scan)]]);
  const edges = await runEdges(recording, {
    window,
    channels,
    sensorId: (channel) => sensorIdOf(recording, place, channel),
  });
  if (edges.length > 0) metadata.set(EDGES_KEY, JSON.stringify(edges));
  return waveformTable(segments, metadata);
}

function requireDistances(source: string, recording: DasRecording): void {
  if (Number.isFinite(channelDistanceM(recording, 0))) return;
  throw new UnsupportedSourceError({
    source,
    reason: 'the file has no distances along the fibre and no option states them',
    remedy: "state them with the option 'geometryFile' (a CSV of channel,distance_m) or 'spacingM'",
  });
}

function selectChannels(recording: DasRecording, options: DasOptions): number[] {
  const available = channelCount(recording);
  const from = options.channelFrom ?? 0;
  const to = Math.min(options.channelTo ?? available, available);
  if (from >= to) {
    throw new InvalidInputError({
      what: 'channel range',
      reason: `channels ${from} to ${to} of a file with ${available} channels`,
      remedy: 'choose channelFrom below channelTo and below the number of channels',
    });
  }
  const step = options.channelStep ?? 1;
  return Array.from({ length: Math.ceil((to - from) / step) }, (_, i) => from + i * step);
}

/** Run of the differences of neighbours: one sample less, half a step later. */
function betweenSamples(run: SampleRun): SampleRun {
  return {
    ...run,
    sampleCount: run.sampleCount - 1,
    startNs: run.startNs + BigInt(Math.round(0.5e9 / run.rateHz)),
  };
}

function sensorIdOf(recording: DasRecording, place: CablePlace, channel: number): string {
  return `${place.fibreId}/${recording.firstChannel + channel}`;
}

function describeChannel(
  recording: DasRecording,
  place: CablePlace,
  input: { run: SampleRun; channel: number; from: number },
): Omit<WaveformSegment, 'samples'> {
  const firstDistanceM = channelDistanceM(recording, 0);
  const distanceM = channelDistanceM(recording, input.channel);
  const position = channelPosition(place, { distanceM, firstDistanceM });
  return {
    sensorId: sensorIdOf(recording, place, input.channel),
    component: recording.conversion.component,
    startNs: runTimeNs(input.run, input.from),
    rateHz: input.run.rateHz,
    units: recording.conversion.units,
    latitude: position.latitude,
    longitude: position.longitude,
    elevationM: position.elevationM,
    positionSigmaKm: place.positionSigmaKm,
    distanceM,
    quality: position.remark,
  };
}

/** A segment without its NaN and infinite samples, which mean "no data": split where they stand. */
function finiteParts(segment: WaveformSegment): WaveformSegment[] {
  const { samples } = segment;
  const bad = samples.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return [segment];
  const parts: WaveformSegment[] = [];
  let from = 0;
  for (let i = bad; i <= samples.length; i++) {
    if (i < samples.length && Number.isFinite(samples[i])) continue;
    if (i > from) {
      const offsetNs = BigInt(Math.round((from / segment.rateHz) * 1e9));
      parts.push({
        ...segment,
        startNs: segment.startNs + offsetNs,
        samples: samples.subarray(from, i),
        quality: [segment.quality, 'split at samples that are not finite']
          .filter((text) => text !== '')
          .join('; '),
      });
    }
    from = i + 1;
  }
  return parts;
}

function tooLarge(samples: number): InvalidInputError {
  return new InvalidInputError({
    what: 'read request',
    reason: `it would return ${samples} samples or more, the limit is ${MAX_SAMPLES}`,
    remedy: 'ask for a shorter time window, or set channelFrom, channelTo or channelStep',
  });
}
