/** One synthetic fibre recording, and ways to cut it into files. @module */
import path from 'node:path';
import type { SampleRun } from '../../../../connectors/das/clock.js';
import { writeMiniseed } from '../../../../connectors/das/write/write-miniseed.js';
import { writeProdml } from '../../../../connectors/das/write/write-prodml.js';
import { memoryRecording } from '../../../../connectors/das/write/write-source.js';
import { writeZarr } from '../../../../connectors/das/write/write-zarr.js';
import { createRandom } from '../../../../core/random.js';
import { isoToNs } from '../../../../core/time.js';

export const CHANNELS = 12;
export const SPACING_M = 10;
export const START_NS = isoToNs('2020-01-01T00:00:00Z');

export interface Recording {
  readonly rateHz: number;
  /** [time][channel]. */
  readonly samples: Float32Array;
  readonly unit: string;
}

/** Noise, and a wave that crosses the fibre at `waveS` with 3 km/s. */
export function syntheticRecording(input: {
  readonly rateHz: number;
  readonly seconds: number;
  readonly waveS: number;
  readonly unit?: string;
}): Recording {
  const { rateHz, seconds, waveS, unit = 'microstrain/s' } = input;
  const random = createRandom(11);
  const samples = Float32Array.from({ length: seconds * rateHz * CHANNELS }, (_, i) => {
    const t = Math.floor(i / CHANNELS) / rateHz - waveS - ((i % CHANNELS) * SPACING_M) / 3000;
    const wave = t < 0 ? 0 : 30 * Math.sin(2 * Math.PI * 5 * t) * Math.exp(-t / 2);
    return 0.01 * (random.normal() + wave);
  });
  return { rateHz, samples, unit };
}

export type Writer = 'prodml' | 'zarr' | 'miniseed';

/** Samples `[from, to)` of a recording as a file of its own; returns the path. */
export async function writePart(input: {
  readonly recording: Recording;
  readonly folder: string;
  readonly name: string;
  readonly writer: Writer;
  readonly from: number;
  readonly to: number;
}): Promise<string> {
  const { recording, folder, name, writer, from, to } = input;
  const { rateHz, unit } = recording;
  const samples = recording.samples.slice(from * CHANNELS, to * CHANNELS);
  const startNs = START_NS + BigInt(Math.round((from * 1e9) / rateHz));
  if (writer === 'prodml') {
    const at = path.join(folder, `${name}.h5`);
    const shape = { rateHz, channelCount: CHANNELS, dxM: SPACING_M, gaugeLengthM: SPACING_M };
    await writeProdml({ path: at, startNs, samples, unit, ...shape });
    return at;
  }
  const run: SampleRun = { firstIndex: 0, sampleCount: to - from, startNs, rateHz };
  const source = memoryRecording({
    samples,
    type: 'float32',
    channelCount: CHANNELS,
    runs: [run],
    storedUnit: unit,
    gaugeLengthM: SPACING_M,
    firstDistanceM: 0,
    spacingM: SPACING_M,
  });
  const at = path.join(folder, `${name}.${writer === 'zarr' ? 'zarr' : 'mseed'}`);
  if (writer === 'zarr') await writeZarr({ path: at, recording: source });
  else await writeMiniseed({ path: at, recording: source, recordBytes: 1024 });
  return at;
}

/** What the files do not say, and where the cable lies: equal for all writers. */
export function feedOptions(unit: string) {
  return {
    latitude: 17,
    longitude: -98,
    elevationM: 0,
    positionSigmaKm: 0.1,
    azimuthDeg: 90,
    fibreId: 'f',
    unit,
    spacingM: SPACING_M,
    gaugeLengthM: SPACING_M,
  };
}
