/**
 * The acceptance windows of issue 4 without quakes: traffic at 20 m/s, common-mode steps, dead
 * channels. In: a number. Out: a window.
 * @module
 */
import { TRAINING_RANGES } from '../../../models/generative/das-ranges.js';
import { drawDasWindow, type DasWindow } from '../../../models/generative/das-windows.js';

/**
 * 60 s, 64 channels of 8 m, two vehicles, two common-mode bursts, dead channels; `index` is the seed.
 * `impactCount`: blows to the ground as well, which the issue does not ask for.
 */
export function noQuakeWindow(index: number, impactCount = 0): DasWindow {
  return drawDasWindow({
    seed: 2_140_000_000 + index,
    ranges: { ...TRAINING_RANGES, deadShare: [0.05, 0.2] },
    channelCount: 64,
    channelSpacingM: 8,
    sampleCount: 6000,
    rateHz: 100,
    hasQuake: false,
    vehicleSpeedsMS: [20, 20],
    commonModeCount: 2,
    impactCount,
  });
}
