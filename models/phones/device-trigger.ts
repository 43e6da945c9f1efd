/**
 * The cheap trigger of one device, for the gate in front of the posterior. In: its last seconds.
 * Out: when its energy last rose by the trigger's ratio, if it did.
 * @module
 */
import { butterworth, sosFilter } from '../signal/butterworth.js';
import { logEnergyRatio } from '../signal/energy-ratio.js';
import { AFTER_S, BEFORE_S, TRIGGER_LOG_RATIO } from './picks.js';

/** Seconds of record that the trigger looks at. */
export const TRIGGER_SPAN_S = 24;
/** The filter needs this long to forget the start of the stretch, s. */
const WARM_UP_S = 4;
const FLOOR_GAL = 0.01;

/**
 * Time of the first sample at which the energy of the next second is four times that of the ten
 * seconds before (1-8 Hz), s from the first sample; null when there is none.
 */
export function deviceTrigger(input: {
  /** Acceleration in gal, [time] each, without gaps. */
  readonly components: readonly ArrayLike<number>[];
  readonly rateHz: number;
}): number | null {
  const { components, rateHz } = input;
  const length = components[0]?.length ?? 0;
  if (length < (WARM_UP_S + BEFORE_S + AFTER_S) * rateHz) return null;
  const band = butterworth({
    order: 3,
    rateHz,
    kind: 'bandpass',
    lowHz: 1,
    highHz: Math.min(8, 0.4 * rateHz),
  });
  const energy = new Float64Array(length);
  for (const component of components) {
    sosFilter(band, component, { initial: 'steady' }).forEach((v, i) => {
      energy[i] = (energy[i] as number) + v * v;
    });
  }
  const ratio = logEnergyRatio({
    energy: energy.subarray(Math.round(WARM_UP_S * rateHz)),
    afterSamples: Math.round(AFTER_S * rateHz),
    beforeSamples: Math.round(BEFORE_S * rateHz),
    floor: FLOOR_GAL ** 2,
  });
  const at = ratio.findIndex((value) => value >= TRIGGER_LOG_RATIO);
  return at < 0 ? null : WARM_UP_S + at / rateHz;
}
