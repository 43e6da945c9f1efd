/** Recordings of phones in use (STMicroelectronics, 26 Hz, milli-g) as aligned waveforms. @module */
import { readFileSync } from 'node:fs';
import { nsToIso, type TimeWindow } from '../../../core/time.js';
import type { AlignedWaveforms } from '../../../core/waveform.js';
import { alignWaveforms } from '../../../tensors/align-waveforms.js';
import { samplePath } from '../../support/sample-data.js';

const GAL_PER_MG = 0.980665;
const START_NS = 1_700_000_000_000_000_000n;

export const ACTIVITIES = [
  'phone-in-pocket/stationary',
  'phone-in-pocket/walking',
  'phone-in-pocket/jogging',
  'phone-in-pocket/biking',
  'phone-in-pocket/driving',
  'car/vehicle_stationary_mod',
  'car/vehicle_motion_mod',
] as const;

export function readActivity(name: string): { waveforms: AlignedWaveforms; window: TimeWindow } {
  const lines = readFileSync(samplePath(`human-activity/${name}.csv`), 'utf8')
    .trim()
    .split('\n');
  const rows = lines.slice(1).map((line) => line.split(',').map(Number));
  const components = ['x', 'y', 'z'];
  const segments = components.map((component, c) => ({
    sensorId: name,
    component,
    startNs: START_NS,
    rateHz: 26,
    samples: Float32Array.from(rows, (row) => (row[c] as number) * GAL_PER_MG),
    units: 'gal',
    latitude: 0,
    longitude: 0,
    elevationM: 0,
    positionSigmaKm: 1,
    distanceM: null,
    quality: '',
  }));
  const window = {
    start: nsToIso(START_NS),
    end: nsToIso(START_NS + BigInt(Math.floor((rows.length / 26) * 1e9))),
  };
  return { waveforms: alignWaveforms({ segments, window, rateHz: 25, components }), window };
}
