/**
 * Evidence of fibres. In: aligned channels. Out: a SensorEvidence a kilometre of fibre, by the trained
 * picker where it can work, else by the array's energy ratio.
 * @module
 */
import { InvalidInputError } from '../../core/errors.js';
import type { SensorEvidence } from '../../core/evidence.js';
import { isoToNs, secondsSince, type TimeWindow } from '../../core/time.js';
import type { AlignedWaveforms } from '../../core/waveform.js';
import { pickerEvidence } from './picker-evidence.js';
import { loadPicker, type Picker } from './picker/pick-fibre-window.js';
import { LEAST_RATE_HZ, LEAST_SECONDS } from './picker/settings.js';
import { staLtaSegments } from './sta-lta-evidence.js';

/** Evidence by the array's energy ratio alone (see `staLtaSegments`). */
export function dasEvidence(input: {
  readonly waveforms: AlignedWaveforms;
  readonly window: TimeWindow;
}): SensorEvidence[] {
  return staLtaSegments(input).map(({ evidence }) => evidence);
}

/**
 * Evidence of each kilometre of each fibre by the trained picker (see `pickerEvidence`); by the
 * array's energy ratio, and said in the notes, under 50 Hz, for windows under 10 s, where gaps leave
 * no 10 s, and without weights. Place, noise, threshold and amplitudes are the energy ratio's.
 * @throws CorruptSourceError when the weights are damaged
 */
export async function fibreEvidence(input: {
  readonly waveforms: AlignedWaveforms;
  readonly window: TimeWindow;
  /** The shipped one when left out; null: none. */
  readonly picker?: Picker | null;
}): Promise<SensorEvidence[]> {
  const { waveforms, window } = input;
  const { rateHz, sampleCount } = waveforms;
  const segments = staLtaSegments(input);
  if (segments.length === 0) return [];
  const without = (why: string): SensorEvidence[] =>
    segments.map(({ evidence }) => withoutPicker(evidence, why));
  if (rateHz < LEAST_RATE_HZ) {
    return without(`${rateHz} Hz are under the picker's ${LEAST_RATE_HZ} Hz`);
  }
  if (sampleCount < LEAST_SECONDS * rateHz) {
    return without(`the window is shorter than the picker's ${LEAST_SECONDS} s`);
  }
  const picker = input.picker === undefined ? await shippedPicker() : input.picker;
  if (picker === null) return without('the weights of the picker are missing');
  const offsetS = secondsSince(waveforms.startNs, isoToNs(window.start));
  const found: SensorEvidence[] = [];
  for (const segment of segments) {
    const own = await pickerEvidence({ ...segment, rateHz, sampleCount, offsetS, picker });
    found.push(own ?? withoutPicker(segment.evidence, `gaps leave no ${LEAST_SECONDS} s`));
  }
  return found;
}

function withoutPicker(evidence: SensorEvidence, why: string): SensorEvidence {
  return { ...evidence, notes: [...evidence.notes, `picked by array STA/LTA: ${why}`] };
}

let shipped: Promise<Picker | null> | null = null;

/** Loaded once a thread. Null when there are no weights. */
async function shippedPicker(): Promise<Picker | null> {
  shipped ??= loadPicker().catch((error: unknown) => {
    if (error instanceof InvalidInputError) return null;
    throw error;
  });
  return shipped;
}
