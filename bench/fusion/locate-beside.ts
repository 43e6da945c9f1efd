/**
 * `quakeloom locate` beside NonLinLoc: the same simulated readings, stations and velocities, the posterior
 * draws of both against the truth.
 * @module
 */
import { createRandom } from '../../core/random.js';
import { locateReadings } from '../../models/detection/readings/locate-readings.js';
import {
  DEFAULT_LOCATION_PARAMETERS as PARAMETERS,
  locationModel,
} from '../../models/detection/readings/location-model.js';
import { binomialInterval } from '../statistics.js';
import {
  depthOf,
  drawReadings,
  drawStations,
  epicentreLevel,
  TABLE,
  VELOCITY,
  type ErrorKind,
} from './locate.js';
import { cpuOf } from './ours.js';
import { runNonLinLoc, type NonLinLocDraws } from './peers/nonlinloc.js';

const STATIONS = 20;
const SEED = 9000;
const DRAWS = 1000;

interface Truth {
  readonly eastKm: number;
  readonly northKm: number;
  readonly depthKm: number;
}

/** Both systems on `count` events with each kind of errors. */
export function locateBesideBench(count: number): unknown {
  return (['model', 'as stated'] as const).map((kind) => beside(count, kind));
}

function beside(count: number, kind: ErrorKind): unknown {
  const stations = drawStations(createRandom(SEED), STATIONS);
  const events = Array.from({ length: count }, (_, i) => {
    const random = createRandom(SEED + 1 + i);
    const truth: Truth = {
      eastKm: 60 * (random.uniform() - 0.5),
      northKm: 60 * (random.uniform() - 0.5),
      depthKm: depthOf(random),
    };
    return { truth, readings: drawReadings(random, stations, truth, kind), random };
  });
  const ours = cpuOf(() =>
    events.map(({ readings, random }): NonLinLocDraws => {
      const model = locationModel({
        readings,
        stations,
        latitude: [],
        longitude: [],
        table: TABLE,
        parameters: PARAMETERS,
      });
      const { samples } = locateReadings({ model, count: DRAWS, random });
      return {
        eastKm: samples.eastKm.map((v) => v + model.frame.longitude),
        northKm: samples.northKm.map((v) => v + model.frame.latitude),
        depthKm: samples.depthKm,
      };
    }),
  );
  const peer = runNonLinLoc({
    stations,
    events: events.map(({ readings }) => readings),
    velocity: VELOCITY,
    // Half-normal errors of this scale have it for their root mean square.
    travelTimeShare: kind === 'model' ? PARAMETERS.travelTimeShare : 0,
  });
  const truths = events.map(({ truth }) => truth);
  const [low, high] = binomialInterval({ n: count, p: 0.9, tail: 0.005 / 4 });
  return {
    errors: kind,
    events: count,
    allowed: [low / count, high / count],
    ours: { ...scoreOf(truths, ours.association), msAnEvent: (1000 * ours.cpuS) / count },
    nonLinLoc:
      typeof peer === 'string'
        ? peer
        : {
            ...scoreOf(truths, peer.events),
            msAnEvent: (1000 * peer.cpuS) / count,
            gridCpuS: peer.gridCpuS,
          },
  };
}

/** Medians of the errors of the draws' medians, and shares of truths inside 90 % regions. */
function scoreOf(truths: readonly Truth[], found: readonly (NonLinLocDraws | null)[]): object {
  const pairs = truths.flatMap((truth, i) => {
    const draws = found[i];
    return draws ? [{ truth, draws }] : [];
  });
  const median = (values: ArrayLike<number>): number =>
    Float64Array.from(values).sort()[values.length >> 1] as number;
  const share = (isInside: (pair: (typeof pairs)[number]) => boolean): number =>
    pairs.filter(isInside).length / pairs.length;
  const central = (key: keyof Truth): number =>
    share(({ truth, draws }) => {
      const rank = draws[key].filter((v) => v < truth[key]).length / draws[key].length;
      return rank >= 0.05 && rank <= 0.95;
    });
  return {
    located: pairs.length,
    medianEpicentreErrorKm: median(
      pairs.map(({ truth, draws }) =>
        Math.hypot(median(draws.eastKm) - truth.eastKm, median(draws.northKm) - truth.northKm),
      ),
    ),
    medianDepthErrorKm: median(
      pairs.map(({ truth, draws }) => Math.abs(median(draws.depthKm) - truth.depthKm)),
    ),
    coverage90: {
      epicentre: share(
        ({ truth, draws }) => epicentreLevel(draws.eastKm, draws.northKm, truth) <= 0.9,
      ),
      eastKm: central('eastKm'),
      northKm: central('northKm'),
      depthKm: central('depthKm'),
    },
  };
}
