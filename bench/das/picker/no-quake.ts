/**
 * The acceptance windows without quakes: traffic at 20 m/s, common-mode steps, dead channels. In: a
 * number. Out: a window.
 *
 * Numbers 3,000 to 3,499 belong to the calibration (`train.ts`); report on others.
 * @module
 */
import { quietWindow } from '../../../models/das/picker/train/calibrate.js';
import type { DasWindow } from '../../../models/generative/das-windows.js';

/** See `quietWindow`; blows to the ground are not part of the acceptance. */
export function noQuakeWindow(index: number, impactCount = 0): DasWindow {
  return quietWindow(2_140_000_000 + index, impactCount);
}
