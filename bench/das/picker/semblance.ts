/**
 * Would local slant stacks tell the picker's right onsets from its wrong ones better than what it knows
 * already? Onsets of simulated windows, right and wrong, with the best semblance near them, raw and
 * against its rolling baseline. One half fits, the other judges. Prints JSON. Run:
 * `node --import tsx bench/das/picker/semblance.ts [MIXED] [QUIET] [WEIGHTS_DIR]`.
 * @module
 */
import { onsetLogRatio } from '../../../models/das/picker/associate.js';
import { loadPicker } from '../../../models/das/picker/pick-fibre-window.js';
import {
  eventCase,
  heldOutWindow,
  judgeWindow,
  windowDistances,
} from '../../../models/das/picker/train/calibrate.js';
import { filterBlock, startBandPass } from '../../../models/das/processing/band-pass.js';
import { semblanceScore, slantStack } from '../../../models/das/processing/slant-stack.js';
import type { DasWindow } from '../../../models/generative/das-windows.js';
import { fitLogistic } from '../../../models/das/picker/train/logistic.js';
import { noQuakeWindow } from './no-quake.js';

/** Seeds that no fit and no other benchmark has seen. */
const [MIXED_SEED, QUIET_SEED] = [2_130_000_000, 7000];
const RIGHT_S = 1.5;
const BESIDE_S = 3;
/** Channels of a stack, stretches of 0.4 s every 0.1 s, a baseline of 8 s that ends 1 s before. */
const CHANNELS = 32;
const [LENGTH_S, HOP_S, BASELINE, GAP] = [0.4, 0.1, 80, 10];

interface Onset {
  readonly isRight: boolean;
  readonly ratio: number;
  readonly semblance: number;
  readonly score: number;
}

const [mixed = '120', quiet = '120', dir] = process.argv.slice(2);
const picker = await loadPicker(dir === undefined ? {} : { dir });
const { calibration } = picker.file;

/** Best semblance and best score of the groups of channels, [stretch of HOP_S]. */
function stacksOf(window: DasWindow): { semblance: Float64Array; score: Float64Array } {
  const { rateHz, sampleCount, samples, isDead } = window;
  const live = [...isDead.keys()].filter((c) => isDead[c] === 0);
  const metres = windowDistances(window);
  const stretches = Math.ceil(window.sampleCount / rateHz / HOP_S);
  const best = {
    semblance: new Float64Array(stretches),
    score: new Float64Array(stretches),
  };
  for (let from = 0; from === 0 || from + CHANNELS <= live.length; from += CHANNELS / 2) {
    const channels = live.slice(from, from + CHANNELS);
    if (channels.length < 8) break;
    const own = new Float32Array(channels.length * sampleCount);
    channels.forEach((c, i) => {
      own.set(samples.subarray(c * sampleCount, (c + 1) * sampleCount), i * sampleCount);
    });
    const block = { samples: own, channelCount: channels.length, sampleCount };
    const state = startBandPass({
      order: 4,
      channelCount: channels.length,
      rateHz,
      lowHz: 2,
      highHz: 10,
    });
    const { semblance, atSample } = slantStack({
      block: filterBlock({ state, block }).block,
      rateHz,
      distanceKm: channels.map((c) => (metres[c] as number) / 1000),
      scan: { maxSKm: 1 / 1.5, steps: 12 },
      windowSamples: Math.round(LENGTH_S * rateHz),
      hopSamples: Math.round(HOP_S * rateHz),
    });
    const score = semblanceScore({ semblance, baseline: BASELINE, gap: GAP });
    atSample.forEach((at, w) => {
      const k = Math.floor(at / rateHz / HOP_S);
      best.semblance[k] = Math.max(best.semblance[k] as number, semblance[w] || 0);
      best.score[k] = Math.max(best.score[k] as number, Math.min(20, score[w] || 0));
    });
  }
  return best;
}

async function onsetsOf(window: DasWindow): Promise<Onset[]> {
  const { quake, stretches, durationS } = eventCase(
    await judgeWindow(picker.ensemble, window),
    calibration,
  );
  const stacks = stacksOf(window);
  const near = (series: Float64Array, timeS: number): number =>
    Math.max(...series.subarray(Math.max(0, timeS / HOP_S - 5), timeS / HOP_S + 10));
  return stretches.flatMap(({ onsets, independent }) =>
    onsets.flatMap((onset): Onset[] => {
      const { timeS } = onset;
      // Before that there is no baseline.
      if (timeS < (BASELINE + GAP) * HOP_S || timeS > durationS - 1.5) return [];
      const away = quake
        ? Math.min(Math.abs(timeS - quake.pTimeS), Math.abs(timeS - quake.sTimeS))
        : Infinity;
      if (away > RIGHT_S && away < BESIDE_S) return [];
      return [
        {
          isRight: away <= RIGHT_S,
          ratio: onsetLogRatio(calibration, onset, independent),
          semblance: near(stacks.semblance, timeS),
          score: near(stacks.score, timeS),
        },
      ];
    }),
  );
}

const cases: Onset[][] = [];
for (let k = 0; k < Number(mixed); k++) cases.push(await onsetsOf(heldOutWindow(MIXED_SEED + k)));
for (let k = 0; k < Number(quiet); k++) cases.push(await onsetsOf(noQuakeWindow(QUIET_SEED + k)));
picker.dispose();

/** By windows, so that no window is in both. */
const half = (parity: number): Onset[] => cases.filter((_, k) => k % 2 === parity).flat();

const MODELS: Readonly<Record<string, (o: Onset) => number[]>> = {
  picker: ({ ratio }) => [1, ratio],
  semblance: ({ semblance }) => [1, semblance],
  score: ({ score }) => [1, score],
  pickerAndSemblance: ({ ratio, semblance }) => [1, ratio, semblance],
  pickerAndScore: ({ ratio, score }) => [1, ratio, score],
};

function areaUnderCurve(onsets: readonly { isRight: boolean; value: number }[]): number {
  let [wins, pairs] = [0, 0];
  for (const right of onsets.filter(({ isRight }) => isRight)) {
    for (const wrong of onsets.filter(({ isRight }) => !isRight)) {
      pairs++;
      wins += right.value > wrong.value ? 1 : right.value === wrong.value ? 0.5 : 0;
    }
  }
  return wins / pairs;
}

const table = Object.entries(MODELS).map(([name, rowOf]) => {
  const judged: { isRight: boolean; value: number }[] = [];
  const weights: number[][] = [];
  for (const parity of [0, 1]) {
    const own = half(parity);
    const fitted = fitLogistic(
      own.map(rowOf),
      own.map(({ isRight }) => isRight),
    );
    weights.push([...fitted]);
    for (const onset of half(1 - parity)) {
      const value = rowOf(onset).reduce((sum, x, i) => sum + x * (fitted[i] ?? 0), 0);
      judged.push({ isRight: onset.isRight, value });
    }
  }
  const logLoss =
    judged.reduce(
      (sum, { isRight, value }) => sum + Math.log1p(Math.exp(isRight ? -value : value)),
      0,
    ) / judged.length;
  return [name, { areaUnderCurve: areaUnderCurve(judged), logLoss, weights }] as const;
});
const all = cases.flat();
const result = {
  windows: cases.length,
  right: all.filter(({ isRight }) => isRight).length,
  wrong: all.filter(({ isRight }) => !isRight).length,
  models: Object.fromEntries(table),
};
process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
