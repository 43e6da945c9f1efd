/** A located event's draws in, hypocentre with intervals, ellipse and residuals out. @module */
import { azimuthalGapDeg, azimuthDeg } from '../../../core/geo.js';
import type { Marginal } from '../../../core/quake.js';
import { symmetricEigen2 } from '../../numerics/linear-algebra.js';
import { marginalOf } from '../marginal.js';
import type { BestLocation, LocationSamples } from './locate-readings.js';
import { fromFrame, type LocatedReading, type LocationModel } from './location-model.js';

/** Depths under this lie at the upper limit of the search, km. */
const AT_SEA_LEVEL_KM = 0.1;

/** Residual of one reading at the most probable hypocentre. */
export interface PhaseResidual {
  readonly station: string;
  readonly phase: 'P' | 'S';
  readonly timeS: number;
  /** Observed minus predicted, s. */
  readonly residualS: number;
  /** Standard deviation that the posterior gives the reading, s. */
  readonly sigmaS: number;
  /** Probability that the reading is wrong altogether. */
  readonly outlierProbability: number;
  readonly distanceKm: number;
  readonly azimuthDeg: number;
}

/** A located event; times in seconds since 1970, intervals p05 to p95 hold 90 %. */
export interface Location {
  readonly timeS: Marginal;
  readonly latitude: Marginal;
  readonly longitude: Marginal;
  readonly depthKm: Marginal;
  /** Of the epicentre: holds 90 % of the draws. Semi-axes in km, azimuth of the major one. */
  readonly ellipse90: {
    readonly semiMajorKm: number;
    readonly semiMinorKm: number;
    readonly azimuthDeg: number;
  };
  /** Of (east, north, depth), km^2, [3, 3]. */
  readonly covarianceKm2: readonly (readonly number[])[];
  /** Most probable hypocentre; residuals are taken there. */
  readonly best: {
    readonly timeS: number;
    readonly latitude: number;
    readonly longitude: number;
    readonly depthKm: number;
  };
  /** Root mean square of the residuals of readings that are more likely right than wrong, s. */
  readonly rmsS: number;
  readonly phases: readonly PhaseResidual[];
  readonly stationsUsed: number;
  readonly azimuthalGapDeg: number;
  readonly nearestStationKm: number;
  readonly errorFactor: number;
  readonly travelTimeShare: number;
  readonly notes: readonly string[];
}

export function summariseLocation(input: {
  readonly model: LocationModel;
  readonly samples: LocationSamples;
  readonly best: BestLocation;
  readonly places: (reading: LocatedReading) => {
    readonly latitude: number;
    readonly longitude: number;
  };
}): Location {
  const { model, samples, best } = input;
  const { frame } = model;
  const place = fromFrame(frame, best.eastKm, best.northKm);
  const columns = {
    latitude: new Float64Array(samples.count),
    longitude: new Float64Array(samples.count),
  };
  for (let i = 0; i < samples.count; i++) {
    columns.latitude[i] = frame.latitude + (samples.northKm[i] as number) / frame.northPerDegree;
    columns.longitude[i] = frame.longitude + (samples.eastKm[i] as number) / frame.eastPerDegree;
  }
  const phases = residualsOf(model, best, place, input.places);
  const used = phases.filter(({ outlierProbability }) => outlierProbability < 0.5);
  const heard = model.readings.filter(
    (_, k) => (phases[k] as PhaseResidual).outlierProbability < 0.5,
  );
  const stations = [...new Map(heard.map((r) => [r.row, input.places(r)])).values()];
  const covarianceKm2 = covarianceOf([samples.eastKm, samples.northKm, samples.depthKm]);
  const summary = {
    timeS: shifted(marginalOf(samples.originS), model.referenceS),
    latitude: marginalOf(columns.latitude),
    longitude: marginalOf(columns.longitude),
    depthKm: marginalOf(samples.depthKm),
    ellipse90: ellipseOf(samples, covarianceKm2),
    covarianceKm2,
    best: { timeS: model.referenceS + best.originS, ...place, depthKm: best.depthKm },
    rmsS: Math.sqrt(
      used.reduce((sum, { residualS }) => sum + residualS ** 2, 0) / Math.max(1, used.length),
    ),
    phases,
    stationsUsed: stations.length,
    azimuthalGapDeg: frame.isPlane ? planeGap(place, stations) : azimuthalGapDeg(place, stations),
    nearestStationKm: Math.min(...phases.map(({ distanceKm }) => distanceKm)),
    errorFactor: best.errorFactor,
    travelTimeShare: best.travelTimeShare,
  };
  return { ...summary, notes: notesOf(summary, model) };
}

function residualsOf(
  model: LocationModel,
  best: BestLocation,
  place: { readonly latitude: number; readonly longitude: number },
  placeOf: (reading: LocatedReading) => { readonly latitude: number; readonly longitude: number },
): PhaseResidual[] {
  const { outlierShare, outlierWidthS } = model.parameters;
  const travel = model.travelTimes(best.eastKm, best.northKm, best.depthKm).slice();
  return model.readings.map((reading, k) => {
    const t = travel[k] as number;
    const residualS = reading.timeS - model.referenceS - best.originS - t;
    const sigmaS = Math.hypot(
      best.errorFactor * (model.sigmaS[k] as number),
      best.travelTimeShare * t,
    );
    const right =
      ((1 - outlierShare) * Math.exp(-0.5 * (residualS / sigmaS) ** 2)) /
      (sigmaS * Math.sqrt(2 * Math.PI));
    const wrong = outlierShare / outlierWidthS;
    const at = placeOf(reading);
    return {
      station: reading.station,
      phase: reading.phase,
      timeS: reading.timeS,
      residualS,
      sigmaS,
      outlierProbability: wrong / (wrong + right),
      distanceKm: model.distanceKm(best.eastKm, best.northKm, k),
      azimuthDeg: model.frame.isPlane
        ? planeAzimuth(at.longitude - place.longitude, at.latitude - place.latitude)
        : azimuthDeg(place, at),
    };
  });
}

const planeAzimuth = (eastKm: number, northKm: number): number =>
  ((Math.atan2(eastKm, northKm) * 180) / Math.PI + 360) % 360;

function planeGap(
  place: { readonly latitude: number; readonly longitude: number },
  stations: readonly { readonly latitude: number; readonly longitude: number }[],
): number {
  const azimuths = stations
    .map((s) => planeAzimuth(s.longitude - place.longitude, s.latitude - place.latitude))
    .sort((a, b) => a - b);
  if (azimuths.length < 2) return 360;
  return Math.max(
    ...azimuths.map((a, i) => ((azimuths[i + 1] ?? (azimuths[0] as number) + 360) as number) - a),
  );
}

function notesOf(summary: Omit<Location, 'notes'>, model: LocationModel): string[] {
  const lines: string[] = [];
  const { readings, parameters } = model;
  if (summary.stationsUsed === 1) {
    lines.push('one station: the epicentre lies on a ring or disc about it');
  } else if (readings.length < 4) {
    lines.push(`${readings.length} phases for four unknowns: the prior decides the rest`);
  } else if (summary.azimuthalGapDeg > 180) {
    lines.push(`stations on one side (gap ${summary.azimuthalGapDeg.toFixed(0)} degrees)`);
  }
  const wrong = summary.phases.filter(({ outlierProbability }) => outlierProbability >= 0.5);
  if (wrong.length > 0) {
    lines.push(`${wrong.length} of ${readings.length} readings do not fit: ${names(wrong)}`);
    if (wrong.length >= Math.max(3, readings.length / 3)) {
      lines.push(
        `that many misfits may be an event outside the search (deeper than ${parameters.maxDepthKm} km: --max-depth; farther than ${parameters.marginKm} km), two events in one or another velocity model`,
      );
    }
  }
  if (summary.depthKm.p95 > 0.9 * parameters.maxDepthKm) {
    lines.push(`depth reaches the limit of ${parameters.maxDepthKm} km (--max-depth)`);
  }
  if (summary.depthKm.p05 < AT_SEA_LEVEL_KM && summary.best.depthKm < AT_SEA_LEVEL_KM) {
    lines.push(
      'depth reaches sea level: no place above it is sought, a shallower event is put here',
    );
  }
  if (readings.some(({ sigmaS }) => sigmaS === null)) {
    lines.push('readings without stated errors: errors are taken from their scatter');
  }
  return lines;
}

const names = (phases: readonly PhaseResidual[]): string =>
  phases
    .slice(0, 5)
    .map(({ station, phase, residualS }) => `${station} ${phase} (${residualS.toFixed(2)} s)`)
    .join(', ');

const shifted = (m: Marginal, by: number): Marginal => ({
  mean: m.mean + by,
  sd: m.sd,
  p05: m.p05 + by,
  p50: m.p50 + by,
  p95: m.p95 + by,
});

function covarianceOf(columns: readonly Float64Array[]): number[][] {
  const means = columns.map((c) => c.reduce((a, b) => a + b, 0) / c.length);
  return columns.map((a, i) =>
    columns.map((b, j) => {
      let sum = 0;
      for (let k = 0; k < a.length; k++) {
        sum +=
          ((a[k] as number) - (means[i] as number)) * ((b[k] as number) - (means[j] as number));
      }
      return sum / a.length;
    }),
  );
}

/** Shape of the covariance, size such that 90 % of the draws lie inside. */
function ellipseOf(
  samples: LocationSamples,
  covariance: readonly (readonly number[])[],
): Location['ellipse90'] {
  const [[xx, xy], [, yy]] = covariance as [[number, number], [number, number]];
  const { large, small, axis } = symmetricEigen2(xx, xy, yy);
  const n = samples.count;
  const [mx, my] = [samples.eastKm, samples.northKm].map(
    (c) => c.reduce((a, b) => a + b, 0) / n,
  ) as [number, number];
  const [a2, b2] = [Math.max(large, 1e-9), Math.max(small, 1e-9)];
  const levels = Float64Array.from(samples.eastKm, (x, i) => {
    const [dx, dy] = [x - mx, (samples.northKm[i] as number) - my];
    const along = dx * axis[0] + dy * axis[1];
    const across = dy * axis[0] - dx * axis[1];
    return (along * along) / a2 + (across * across) / b2;
  }).sort();
  const size = Math.sqrt(levels[Math.min(n - 1, Math.ceil(0.9 * n))] as number);
  return {
    semiMajorKm: size * Math.sqrt(a2),
    semiMinorKm: size * Math.sqrt(b2),
    azimuthDeg: ((Math.atan2(axis[0], axis[1]) * 180) / Math.PI + 180) % 180,
  };
}
