/** The Brady earthquake as segments and channels, read with h5wasm. @module */
import { existsSync } from 'node:fs';
import h5wasm, { type Dataset } from 'h5wasm/node';
import { isoToNs } from '../../../core/time.js';
import type { WaveformSegment } from '../../../core/waveform.js';
import { samplePath } from '../../support/sample-data.js';

await h5wasm.ready;

const CHANNELS = 500;
const SAMPLES = 5000;

export interface Brady {
  channel(index: number): Float32Array;
  segments(over?: Partial<WaveformSegment>): WaveformSegment[];
}

/** Position of the array: Brady Hot Springs, Nevada (to 1 km). */
const PLACE = { latitude: 39.8, longitude: -119.01, elevationM: 1230, positionSigmaKm: 1 };

export function readBrady(): Brady {
  const file = samplePath('das/brady_eq_daspy_example_f32.h5');
  let data: Float32Array | null = null;
  const load = (): Float32Array => {
    if (!existsSync(file)) throw new Error(`${file} is missing`);
    const handle = new h5wasm.File(file, 'r');
    data ??= (handle.get('data') as Dataset).value as Float32Array;
    handle.close();
    return data;
  };
  const channel = (index: number): Float32Array =>
    (data ?? load()).subarray(index * SAMPLES, (index + 1) * SAMPLES);
  return {
    channel,
    segments: (over = {}) =>
      Array.from({ length: CHANNELS }, (_, c) => ({
        sensorId: `brady/${2500 + c}`,
        component: 'strain-rate',
        startNs: isoToNs('2016-03-21T07:37:30.532309Z'),
        rateHz: 100,
        samples: channel(c),
        units: 'counts',
        ...PLACE,
        distanceM: 2520 + c,
        quality: '',
        ...over,
      })),
  };
}
