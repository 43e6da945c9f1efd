/**
 * What the picker is compared with: STA/LTA and the imported PhaseNet, on the same windows. In: a
 * recording. Out: picks of each channel.
 * @module
 */
import { pickWithPhaseNet, type PhaseNet } from '../../../models/das/picker/phasenet.js';
import { butterworth, sosFilter } from '../../../models/signal/butterworth.js';
import { classicStaLta } from '../../../models/signal/sta-lta.js';

/** A pick of any picker; STA/LTA does not name phases. */
export interface RivalPick {
  readonly channel: number;
  readonly phase: 'P' | 'S' | 'any';
  readonly timeS: number;
  /** Probability, or the largest ratio. */
  readonly score: number;
}

export interface Recording {
  readonly samples: Float32Array;
  readonly channelCount: number;
  readonly sampleCount: number;
  readonly rateHz: number;
}

/** STA/LTA 0.5/5 s of 1-10 Hz, on at 4 and off at 1.5, as in reference das.md section 4. */
export function pickWithStaLta(recording: Recording, on: number): RivalPick[] {
  const { samples, channelCount, sampleCount, rateHz } = recording;
  const sections = butterworth({ kind: 'bandpass', order: 4, rateHz, lowHz: 1, highHz: 10 });
  const picks: RivalPick[] = [];
  for (let channel = 0; channel < channelCount; channel++) {
    const row = samples.subarray(channel * sampleCount, (channel + 1) * sampleCount);
    const ratio = classicStaLta({
      samples: sosFilter(sections, row, { initial: 'zero' }),
      shortSamples: Math.round(0.5 * rateHz),
      longSamples: Math.round(5 * rateHz),
    });
    for (let i = 0; i < ratio.length; i++) {
      if (!((ratio[i] as number) > on)) continue;
      const start = i;
      let score = 0;
      for (; i < ratio.length && (ratio[i] as number) > 1.5; i++) {
        score = Math.max(score, ratio[i] as number);
      }
      picks.push({ channel, phase: 'any', timeS: start / rateHz, score });
    }
  }
  return picks;
}

/** Peaks of PhaseNet's probabilities above `least`, a second apart. */
export async function pickWithModel(
  model: PhaseNet,
  recording: Recording,
  least: number,
): Promise<RivalPick[]> {
  const { p, s } = await pickWithPhaseNet({ model, ...recording });
  const picks: RivalPick[] = [];
  const rows = [
    ['P', p],
    ['S', s],
  ] as const;
  for (const [phase, values] of rows) {
    for (let channel = 0; channel < recording.channelCount; channel++) {
      const from = channel * recording.sampleCount;
      const row = values.subarray(from, from + recording.sampleCount);
      for (const at of peaksOf(row, least, recording.rateHz)) {
        picks.push({ channel, phase, timeS: at / recording.rateHz, score: row[at] as number });
      }
    }
  }
  return picks;
}

function peaksOf(row: Float32Array, least: number, apart: number): number[] {
  const tops: number[] = [];
  for (let i = 0; i < row.length; i++) {
    const value = row[i] as number;
    if (value >= least && value >= (row[i - 1] ?? 0) && value > (row[i + 1] ?? 0)) tops.push(i);
  }
  tops.sort((a, b) => (row[b] as number) - (row[a] as number));
  const kept: number[] = [];
  for (const i of tops) if (kept.every((k) => Math.abs(k - i) >= apart)) kept.push(i);
  return kept;
}
