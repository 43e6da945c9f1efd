import { expect, it } from 'vitest';
import { selectPart } from '../../../connectors/das/blocks.js';
import type { DasRecording } from '../../../connectors/das/recording.js';

const at = (fromM: number, toM: number) => ({ time: null, distance: { fromM, toM } });

function recording(distances: Pick<DasRecording, 'firstDistanceM' | 'spacingM' | 'distancesM'>) {
  const channelCount = distances.distancesM?.length ?? 5;
  return {
    ...distances,
    layout: { timeCount: 7, channelCount, timeAxis: 0, type: 'int16', chunks: null },
    runs: [{ firstIndex: 0, sampleCount: 7, startNs: 0n, rateHz: 100 }],
  } as unknown as DasRecording;
}

it('finds a single channel, which has no spacing, by its distance', () => {
  for (const spacingM of [Number.NaN, 0, 1]) {
    const one = recording({ firstDistanceM: 100, spacingM, distancesM: Float64Array.of(100) });
    expect(selectPart(one, at(99, 101))).toEqual({ time: [0, 7], channel: [0, 1] });
    expect(selectPart(one, at(100, 100))).toEqual({ time: [0, 7], channel: [0, 1] });
    expect(() => selectPart(one, at(101, 102))).toThrow('its channels lie at 100 m');
  }
});

it('forgives a thousandth of the spacing, either way round', () => {
  for (const spacingM of [0.1, -0.1]) {
    const many = recording({ firstDistanceM: 3, spacingM, distancesM: null });
    const [from, to] = [3 + spacingM, 3 + 3 * spacingM].sort((a, b) => a - b) as [number, number];
    expect(selectPart(many, at(from + 5e-5, to - 5e-5)).channel).toEqual([1, 4]);
    expect(selectPart(many, at(from + 5e-4, to - 5e-4)).channel).toEqual([2, 3]);
  }
});
