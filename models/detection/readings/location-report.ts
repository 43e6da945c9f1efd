/** A located event as `quakeloom locate --json` and the activity write it. @module */
import { fromFrame } from './location-model.js';
import type { LocatedEvent } from './locate-events.js';

const iso = (timeS: number): string => new Date(Math.round(timeS * 1000)).toISOString();
const round = (value: number, digits: number): number => Number(value.toFixed(digits));

/**
 * Plain values: the location with intervals, phases and samples, or why there is none. `listed` is the
 * number of draws that are written out, evenly chosen; all of them when left out.
 */
export function locationReport(
  event: LocatedEvent,
  listed = Infinity,
): Readonly<Record<string, unknown>> {
  const { eventId, ignored, result } = event;
  if (!result) return { eventId, located: false, reason: event.reason, ignored };
  const { location, model, samples } = result;
  const shown = Math.min(listed, samples.count);
  const { isPlane } = model.frame;
  const [a, b] = isPlane ? ['northKm', 'eastKm'] : ['latitude', 'longitude'];
  const draw = (i: number): unknown => {
    const place = fromFrame(model.frame, samples.eastKm[i] as number, samples.northKm[i] as number);
    return {
      time: iso(model.referenceS + (samples.originS[i] as number)),
      [a as string]: round(place.latitude, 6),
      [b as string]: round(place.longitude, 6),
      depthKm: round(samples.depthKm[i] as number, 4),
    };
  };
  const interval = (m: { p05: number; p95: number }): [number, number] => [m.p05, m.p95];
  return {
    eventId,
    located: true,
    time: iso(location.timeS.p50),
    [a as string]: location.latitude.p50,
    [b as string]: location.longitude.p50,
    depthKm: location.depthKm.p50,
    timeSdS: location.timeS.sd,
    timeInterval90: interval(location.timeS).map(iso),
    [`${a as string}Interval90`]: interval(location.latitude),
    [`${b as string}Interval90`]: interval(location.longitude),
    depthKmInterval90: interval(location.depthKm),
    ellipse90: location.ellipse90,
    covarianceKm2: location.covarianceKm2,
    mostProbable: {
      time: iso(location.best.timeS),
      [a as string]: location.best.latitude,
      [b as string]: location.best.longitude,
      depthKm: location.best.depthKm,
    },
    rmsS: location.rmsS,
    phasesUsed: location.phases.filter(({ outlierProbability }) => outlierProbability < 0.5).length,
    stationsUsed: location.stationsUsed,
    azimuthalGapDeg: location.azimuthalGapDeg,
    nearestStationKm: location.nearestStationKm,
    errorFactor: location.errorFactor,
    travelTimeShare: location.travelTimeShare,
    phases: location.phases.map(({ timeS, ...phase }) => ({ ...phase, time: iso(timeS) })),
    ignored,
    notes: location.notes,
    samples: Array.from({ length: shown }, (_, i) => draw(Math.floor((i * samples.count) / shown))),
  };
}
