/** The one function that decides how `das pick` picks. @module */
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { FibrePicks } from './pick-types.js';
import type { PickWindow } from './pick-window.js';

async function hasWeights(): Promise<boolean> {
  const { WEIGHTS_DIR } = await import('../../../../models/das/picker/weights-file.js');
  return existsSync(path.join(WEIGHTS_DIR, 'picker.json'));
}

/**
 * Picks a window with the trained picker (10 s and 50 Hz or more) or by the array energy ratio;
 * `best` is the picker where its weights are there. Errors of `pickFibreWindow`.
 */
export async function pickWindow(
  window: PickWindow,
  method: FibrePicks['method'] | 'best',
): Promise<FibrePicks> {
  if (method === 'sta-lta' || (method === 'best' && !(await hasWeights()))) {
    const { pickByStaLta } = await import('./pick-sta-lta.js');
    return pickByStaLta(window);
  }
  const { loadPicker, pickFibreWindow } =
    await import('../../../../models/das/picker/pick-fibre-window.js');
  const picker = await loadPicker();
  try {
    const { picks, events, outOfDistribution } = await pickFibreWindow({ ...window, picker });
    return { method: 'network', picks, events, outOfDistribution };
  } finally {
    picker.dispose();
  }
}
