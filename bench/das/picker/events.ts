/**
 * Quakes declared in windows without any, and quakes found: traffic, common mode and dead channels;
 * held-out seeds; other ranges. Prints JSON. Run:
 * `node --import tsx bench/das/picker/events.ts [QUIET] [HELD_OUT] [OTHER_RANGES] [WEIGHTS_DIR]`.
 * @module
 */
import { loadPicker, pickFibreWindow } from '../../../models/das/picker/pick-fibre-window.js';
import {
  heldOutWindow,
  isQuakeAt,
  quakeShows,
  windowDistances,
} from '../../../models/das/picker/train/calibrate.js';
import { OTHER_RANGES } from '../../../models/generative/das-ranges.js';
import type { DasWindow } from '../../../models/generative/das-windows.js';
import { noQuakeWindow } from './no-quake.js';

/** Numbers below belong to earlier reports and to the calibration. */
const FIRST_QUIET = 5000;
const [quiet = '250', heldOut = '200', other = '60', dir] = process.argv.slice(2);
const picker = await loadPicker(dir === undefined ? {} : { dir });

async function count(windows: number, draw: (k: number) => DasWindow): Promise<unknown> {
  const falseOnes: { window: number; probability: number }[] = [];
  let [without, quakes, found, beside] = [0, 0, 0, 0];
  for (let k = 0; k < windows; k++) {
    const window = draw(k);
    const { events } = await pickFibreWindow({
      ...window,
      picker,
      channelCount: window.layout.channelCount,
      distanceM: windowDistances(window),
      startNs: 0n,
    });
    const right = events.filter(({ pTimeNs, sTimeNs }) =>
      isQuakeAt(window, {
        pTimeS: pTimeNs === null ? null : Number(pTimeNs) / 1e9,
        sTimeS: sTimeNs === null ? null : Number(sTimeNs) / 1e9,
      }),
    );
    if (window.quake) beside += events.length - right.length;
    else {
      without++;
      const [event] = events;
      if (event) falseOnes.push({ window: k, probability: event.probability });
    }
    if (quakeShows(window) >= 0.25) {
      quakes++;
      if (right.length > 0) found++;
    }
  }
  return { windows, without, falseOnes, quakes, found, beside };
}

const result = {
  quiet: await count(Number(quiet), (k) => noQuakeWindow(FIRST_QUIET + k)),
  heldOut: await count(Number(heldOut), (k) => heldOutWindow(2_000_000_000 + k)),
  otherRanges: await count(Number(other), (k) => heldOutWindow(2_100_000_000 + k, OTHER_RANGES)),
};
process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
