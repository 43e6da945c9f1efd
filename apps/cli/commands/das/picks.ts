/** The one function that decides how `das pick` picks. @module */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { InvalidInputError } from '../../../../core/errors.js';
import { LEAST_RATE_HZ, LEAST_SECONDS } from '../../../../models/das/picker/settings.js';
import type { FibrePicks } from './pick-types.js';
import type { PickWindow } from './pick-window.js';

/** The energy ratio compares half a second with the five before, from 1 Hz on. */
const LEAST_STA_LTA_HZ = 5;
const LEAST_STA_LTA_S = 6;
/** Fewer channels cannot agree on much. */
const FEW_CHANNELS = 12;

async function hasWeights(): Promise<boolean> {
  const { WEIGHTS_DIR } = await import('../../../../models/das/picker/weights-file.js');
  return existsSync(path.join(WEIGHTS_DIR, 'picker.json'));
}

/**
 * Picks a window with the trained picker or by the array energy ratio. `best` is the picker, at any rate
 * from 50 Hz (it resamples), else the energy ratio; `notes` say which and why. Throws InvalidInputError
 * where neither can work, and errors of `pickFibreWindow`.
 */
export async function pickWindow(
  window: PickWindow,
  method: FibrePicks['method'] | 'best',
): Promise<FibrePicks> {
  const why = method === 'best' ? await whyNotNetwork(window) : null;
  const few =
    window.channelCount < FEW_CHANNELS
      ? [`${window.channelCount} channels: what a fibre agrees on is hardly known from so few`]
      : [];
  if (method === 'sta-lta' || why !== null) {
    checkStaLta(window);
    const { pickByStaLta } = await import('./pick-sta-lta.js');
    const notes = why === null ? [] : [`picked by STA/LTA and move-out: ${why}`];
    return { ...pickByStaLta(window), notes: [...notes, ...few] };
  }
  const { loadPicker, pickFibreWindow } =
    await import('../../../../models/das/picker/pick-fibre-window.js');
  const picker = await loadPicker();
  try {
    const { picks, events, outOfDistribution } = await pickFibreWindow({ ...window, picker });
    return { method: 'network', picks, events, outOfDistribution, notes: few };
  } finally {
    picker.dispose();
  }
}

/** Null when the trained picker can work. */
async function whyNotNetwork({ rateHz, sampleCount }: PickWindow): Promise<string | null> {
  if (rateHz < LEAST_RATE_HZ) {
    return `the trained picker needs ${LEAST_RATE_HZ} Hz, this is ${rateHz} Hz`;
  }
  if (sampleCount < LEAST_SECONDS * rateHz) {
    return `the trained picker needs ${LEAST_SECONDS} s, this is ${sampleCount / rateHz} s`;
  }
  return (await hasWeights()) ? null : 'the weights of the trained picker are missing';
}

function checkStaLta({ rateHz, sampleCount }: PickWindow): void {
  const refuse = (reason: string, remedy: string): never => {
    throw new InvalidInputError({ what: 'part to pick', reason, remedy });
  };
  if (!(rateHz >= LEAST_STA_LTA_HZ)) {
    refuse(`${rateHz} Hz cannot carry P and S`, `give data of ${LEAST_STA_LTA_HZ} Hz or more`);
  }
  if (sampleCount < LEAST_STA_LTA_S * rateHz) {
    refuse(
      `${sampleCount / rateHz} s are too short to tell an onset from what was before`,
      `give ${LEAST_SECONDS} s or more (${LEAST_STA_LTA_S} s for STA/LTA alone)`,
    );
  }
}
