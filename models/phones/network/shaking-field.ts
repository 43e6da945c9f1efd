/**
 * Shaking now and soon without any source: what devices measure, carried to places near them. In:
 * peaks so far. Out: intensity to expect at each place. A wrong magnitude cannot hide it.
 *
 * PLUM (Kodera et al. 2018): the largest intensity observed within 30 km; one device must be
 * confirmed by another nearby (two-station rule of Cochran et al. 2019: MMI 4.0 and 2.5). Beyond
 * 30 km intensity falls as in APPLES, along an intensity prediction equation's distance term.
 * @module
 */
import { distanceKm, type LatLon } from '../../../core/geo.js';
import { mmiFromPga } from '../../groundmotion/intensity.js';

/** Largest acceleration of a device so far. */
export interface ObservedPeak extends LatLon {
  readonly sensorId: string;
  readonly pgaGal: number;
  /** Standard deviation of its position, km: a blurred place reaches no further, but no less far. */
  readonly positionSigmaKm: number;
}

/** Intensity to expect at a place, and the device it rests on; null without a confirmed one. */
export interface ExpectedShaking {
  readonly mmi: number;
  readonly from: string;
  readonly confirmedBy: string;
  readonly distanceKm: number;
}

/** PLUM's radius, km. */
export const PLUM_RADIUS_KM = 30;
/** A second device must have this much less at most, MMI, within twice the radius. */
const CONFIRMED_WITHIN_MMI = 1.5;
/** MMI lost per decade of distance beyond the radius (distance term of Atkinson & Wald 2007). */
const MMI_PER_DECADE = 3.3;
/** Intensities below this are nothing to warn of. */
const LEAST_MMI = 2;

/** Expected intensity at each place; null where no confirmed shaking reaches 2. */
export function shakingField(input: {
  readonly peaks: readonly ObservedPeak[];
  readonly places: readonly LatLon[];
}): readonly (ExpectedShaking | null)[] {
  const observed = input.peaks
    .filter((p) => p.pgaGal > 0 && Number.isFinite(p.pgaGal))
    .map((peak) => ({ peak, mmi: Math.min(10, mmiFromPga(peak.pgaGal).mmi) }))
    .sort((a, b) => b.mmi - a.mmi);
  const confirmed = observed.flatMap(({ peak, mmi }) => {
    const second = observed.find(
      (o) =>
        o.peak.sensorId !== peak.sensorId &&
        o.mmi >= mmi - CONFIRMED_WITHIN_MMI &&
        distanceKm(o.peak, peak) <= 2 * PLUM_RADIUS_KM,
    );
    return second ? [{ peak, mmi, confirmedBy: second.peak.sensorId }] : [];
  });
  return input.places.map((place) => {
    let best: ExpectedShaking | null = null;
    for (const { peak, mmi, confirmedBy } of confirmed) {
      const km = distanceKm(peak, place);
      const radius = PLUM_RADIUS_KM + peak.positionSigmaKm;
      const here = mmi - MMI_PER_DECADE * Math.max(0, Math.log10(km / radius));
      if (here < LEAST_MMI || (best && best.mmi >= here)) continue;
      best = { mmi: here, from: peak.sensorId, confirmedBy, distanceKm: km };
    }
    return best;
  });
}

/**
 * Places where measured shaking exceeds what the source explains by an intensity unit or more: the
 * source is too small, too far or not the only one.
 */
export function unexplainedShaking(input: {
  readonly field: readonly (ExpectedShaking | null)[];
  /** Intensity that the source predicts at the same places. */
  readonly sourceMmi: readonly number[];
}): number[] {
  return input.field.flatMap((f, i) =>
    f && f.mmi >= (input.sourceMmi[i] as number) + 1 ? [i] : [],
  );
}
