/**
 * Coverage of `quakeloom locate` on simulated events: readings drawn by the model (errors of the
 * readings, of travel times, outliers) and by plain Gaussian errors as stated; central intervals and
 * ellipses against the truth.
 * @module
 */
import { createRandom, type Random } from '../../core/random.js';
import type { PickStations } from '../../core/picks.js';
import { locateReadings } from '../../models/detection/readings/locate-readings.js';
import {
  DEFAULT_LOCATION_PARAMETERS as PARAMETERS,
  locationModel,
  type LocatedReading,
} from '../../models/detection/readings/location-model.js';
import { localTable, timeAt } from '../../models/traveltime/local-table.js';
import { gradientModel } from '../../models/traveltime/velocity-model.js';
import { cpuOf } from './ours.js';
import { binomialInterval } from '../statistics.js';

const REACH_KM = 300;
/** P velocity of the simulated ground, km/s, and its growth with depth. */
export const VELOCITY = { vpKmS: 5.5, gradientPerS: 0.04, vpVs: 1.75 } as const;
/** Its travel times. */
export const TABLE = localTable({
  model: gradientModel({ ...VELOCITY, toKm: 60 }),
  maxDistanceKm: REACH_KM,
  maxDepthKm: PARAMETERS.maxDepthKm,
  distanceStepKm: 0.5,
  depthStepKm: 0.5,
});

/** How errors are drawn. */
export type ErrorKind = 'model' | 'as stated';

export interface LocatedTrial {
  readonly inside: Readonly<
    Record<'eastKm' | 'northKm' | 'depthKm' | 'originS' | 'epicentre', boolean>
  >;
  readonly ranks: readonly number[];
  readonly epicentreErrorKm: number;
  readonly depthErrorKm: number;
}

/** One simulated event with `stations` stations, of which a part has readings. */
export function trial(input: {
  readonly seed: number;
  readonly kind: ErrorKind;
  readonly samples: number;
}): LocatedTrial {
  const random = createRandom(input.seed);
  const stations = drawStations(random, 6 + random.integer(14));
  const truth = {
    eastKm: 60 * (random.uniform() - 0.5),
    northKm: 60 * (random.uniform() - 0.5),
    depthKm: depthOf(random),
  };
  const readings = drawReadings(random, stations, truth, input.kind);
  const model = locationModel({
    readings,
    stations,
    latitude: [],
    longitude: [],
    table: TABLE,
    parameters: PARAMETERS,
  });
  const { samples } = locateReadings({ model, count: input.samples, random });
  const own = {
    eastKm: truth.eastKm - model.frame.longitude,
    northKm: truth.northKm - model.frame.latitude,
    depthKm: truth.depthKm,
    originS: 1000 - model.referenceS,
  };
  const ranks = (['eastKm', 'northKm', 'depthKm', 'originS'] as const).map(
    (key) => samples[key].filter((v) => v < own[key]).length / samples.count,
  );
  const central = (rank: number | undefined): boolean =>
    (rank as number) >= 0.05 && (rank as number) <= 0.95;
  const level = epicentreLevel(samples.eastKm, samples.northKm, own);
  const middle = (values: Float64Array): number =>
    values.slice().sort()[values.length >> 1] as number;
  return {
    inside: {
      eastKm: central(ranks[0]),
      northKm: central(ranks[1]),
      depthKm: central(ranks[2]),
      originS: central(ranks[3]),
      epicentre: level <= 0.9,
    },
    ranks,
    epicentreErrorKm: Math.hypot(
      middle(samples.eastKm) - own.eastKm,
      middle(samples.northKm) - own.northKm,
    ),
    depthErrorKm: Math.abs(middle(samples.depthKm) - own.depthKm),
  };
}

export function drawStations(random: Random, count: number): PickStations {
  const column = (scale: number, from = -0.5): Float64Array =>
    Float64Array.from({ length: count }, () => scale * (random.uniform() + from));
  return {
    ids: Array.from({ length: count }, (_, s) => `S${s}`),
    origin: { latitude: 0, longitude: 0 },
    eastKm: column(100),
    northKm: column(100),
    elevationKm: column(1.5, 0),
    isPlane: true,
  };
}

/** The prior: 70 % exponential, 30 % uniform. */
export function depthOf(random: Random): number {
  const { depthScaleKm, maxDepthKm } = PARAMETERS;
  if (random.uniform() < 0.3) return maxDepthKm * random.uniform();
  const mass = 1 - Math.exp(-maxDepthKm / depthScaleKm);
  return -depthScaleKm * Math.log(1 - mass * random.uniform());
}

export function drawReadings(
  random: Random,
  stations: PickStations,
  truth: { readonly eastKm: number; readonly northKm: number; readonly depthKm: number },
  kind: ErrorKind,
): LocatedReading[] {
  const isModel = kind === 'model';
  const factor = isModel ? Math.exp(PARAMETERS.statedLogSigma * random.normal()) : 1;
  const share = isModel ? PARAMETERS.travelTimeShare * Math.abs(random.normal()) : 0;
  const out = { timeS: 0, byDistance: 0, byDepth: 0 };
  return stations.ids.flatMap((id, row) =>
    (['P', 'S'] as const).flatMap((phase): LocatedReading[] => {
      if (random.uniform() < (phase === 'P' ? 0.1 : 0.4)) return [];
      const distance = Math.hypot(
        truth.eastKm - (stations.eastKm[row] as number),
        truth.northKm - (stations.northKm[row] as number),
      );
      const index = phase === 'P' ? 0 : 1;
      timeAt(TABLE, index, distance, truth.depthKm, out);
      const u = TABLE.surfaceSlowness[index];
      const vertical = Math.sqrt(Math.max(0, u * u - out.byDistance * out.byDistance));
      const travel = out.timeS + (stations.elevationKm[row] as number) * vertical;
      const sigmaS = phase === 'P' ? 0.05 : 0.1;
      const isWrong = isModel && random.uniform() < PARAMETERS.outlierShare;
      const error = isWrong
        ? PARAMETERS.outlierWidthS * (random.uniform() - 0.5)
        : Math.hypot(factor * sigmaS, share * travel) * random.normal();
      return [{ station: id, row, phase, timeS: 1000 + travel + error, sigmaS }];
    }),
  );
}

export function epicentreLevel(
  x: Float64Array,
  y: Float64Array,
  truth: { readonly eastKm: number; readonly northKm: number },
): number {
  const n = x.length;
  const mean = (a: ArrayLike<number>): number => Array.from(a).reduce((s, v) => s + v, 0) / n;
  const [mx, my] = [mean(x), mean(y)];
  const xx = mean(x.map((v) => (v - mx) ** 2));
  const yy = mean(y.map((v) => (v - my) ** 2));
  const xy = mean(x.map((v, i) => (v - mx) * ((y[i] as number) - my)));
  const distance = (u: number, v: number): number =>
    (yy * (u - mx) ** 2 - 2 * xy * (u - mx) * (v - my) + xx * (v - my) ** 2) / (xx * yy - xy * xy);
  const own = distance(truth.eastKm, truth.northKm);
  return x.filter((u, i) => distance(u, y[i] as number) < own).length / n;
}

/** 90 % regions over `events` simulated events of each kind. */
export function locateBench(events: number): unknown {
  return (['model', 'as stated'] as const).map((kind) => {
    const { association: trials, cpuS } = cpuOf(() =>
      Array.from({ length: events }, (_, i) => trial({ seed: 7000 + i, kind, samples: 1000 })),
    );
    const [low, high] = binomialInterval({ n: events, p: 0.9, tail: 0.005 / 5 });
    const median = (values: readonly number[]): number =>
      [...values].sort((a, b) => a - b)[values.length >> 1] as number;
    return {
      errors: kind,
      events,
      msAnEvent: (1000 * cpuS) / events,
      allowed: [low / events, high / events],
      coverage90: Object.fromEntries(
        (['epicentre', 'eastKm', 'northKm', 'depthKm', 'originS'] as const).map((key) => [
          key,
          trials.filter(({ inside }) => inside[key]).length / events,
        ]),
      ),
      medianEpicentreErrorKm: median(trials.map((t) => t.epicentreErrorKm)),
      medianDepthErrorKm: median(trials.map((t) => t.depthErrorKm)),
    };
  });
}
