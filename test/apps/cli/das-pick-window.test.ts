import { expect, it } from 'vitest';
import { readPickWindow } from '../../../apps/cli/commands/das/pick-window.js';
import type { DasRecording } from '../../../connectors/das/recording.js';
import { strainRateConversion } from '../../../connectors/das/units.js';
import { memoryRecording } from '../../../connectors/das/write/write-source.js';

const SIGNAL = Array.from({ length: 60 }, (_, i) => Math.round(1000 * Math.sin(i)));

function recording(
  samples: Int32Array | Float32Array | Float64Array,
  type: 'int32' | 'float32' | 'float64',
  unit: string | null,
): DasRecording {
  const whole = memoryRecording({
    ...{ samples, type, channelCount: 2, firstDistanceM: 0, spacingM: 1 },
    runs: [{ firstIndex: 0, sampleCount: 30, startNs: 0n, rateHz: 100 }],
  });
  const conversion = strainRateConversion({
    ...{ unit, isInteger: type === 'int32', bytesPerValue: 4, rateHz: 100, gaugeLengthM: 10 },
    ...{ refractiveIndex: 1.46, wavelengthNm: 1550, photoelastic: 0.78 },
  });
  return { ...whole, conversion } as unknown as DasRecording;
}

const WHOLE = { time: [0, 30], channel: [0, 2] } as const;

it('keeps a signal on an offset that float32 could not hold, in counts and in strain rate', async () => {
  const offset = 2_000_000_001;
  const wide = Int32Array.from(SIGNAL, (value) => value + offset);
  const wider = Float64Array.from(SIGNAL, (value) => value + 1e12);
  for (const [unit, factor] of [
    [null, 1],
    ['nm/m/s', 1e-3],
  ] as const) {
    for (const source of [recording(wide, 'int32', unit), recording(wider, 'float64', unit)]) {
      const { samples } = await readPickWindow(source, WHOLE);
      for (let c = 0; c < 2; c++) {
        const first = SIGNAL[c] as number;
        const expected = SIGNAL.filter((_, i) => i % 2 === c).map((v) => (v - first) * factor);
        const own = Array.from(samples.subarray(30 * c, 30 * (c + 1)));
        own.forEach((value, i) => expect(value).toBeCloseTo(expected[i] as number, 3));
      }
    }
  }
});

it('leaves types that float32 holds as they are', async () => {
  const source = recording(Float32Array.from(SIGNAL), 'float32', 'nm/m/s');
  const { samples, units } = await readPickWindow(source, WHOLE);
  expect(units).toBe('microstrain/s');
  expect(samples[0]).toBe(0);
  expect(samples[30]).toBeCloseTo(0.841, 6);
});
