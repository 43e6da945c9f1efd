/**
 * Published equations behind the interface of ground-motion models.
 * @module
 */
import { InvalidInputError } from '../../core/errors.js';
import { bssa14 } from './bssa14.js';
import { cuaHeatonLog10Pga, cuaHeatonSigma } from './cua-heaton.js';
import type {
  GroundMotionModel,
  Measure,
  MotionPrediction,
  Scenario,
} from './ground-motion-model.js';
import { awMmi2007California, awwMmi2014 } from './intensity.js';
import { expectedRuptureDistanceKm } from './rupture-distance.js';

const LOG10_GAL_PER_G = Math.log10(980.665);

/** Typical share of the between-event variance where a paper gives the total only (BSSA14: 0.25-0.33). */
const BETWEEN_EVENT_SHARE = 0.3;

/** Boore, Stewart, Seyhan and Atkinson (2014), with the expected Joyner-Boore distance. */
export const BSSA14: GroundMotionModel = {
  name: 'bssa14',
  source: 'Boore et al. (2014), Earthquake Spectra 30, 1057-1085',
  measures: ['pga', 'pgv'],
  range: { magnitude: [3, 8.5], distanceKm: [0, 400] },
  predict: (measure, scenario) => {
    if (measure === 'mmi') throw noMeasure('bssa14', measure);
    const { lnMedian, tau, phi } = bssa14({
      measure: measure === 'pga' ? 'pga-g' : 'pgv-cm-s',
      magnitude: scenario.magnitude,
      distanceKm: expectedRuptureDistanceKm(scenario),
      vs30: scenario.vs30,
      mechanism: scenario.mechanism,
    });
    return {
      median: lnMedian / Math.LN10 + (measure === 'pga' ? LOG10_GAL_PER_G : 0),
      tau: tau / Math.LN10,
      phi: phi / Math.LN10,
    };
  },
};

/** Cua and Heaton (2007), S envelope; rock at Vs30 of 464 m/s and more (their NEHRP boundary C/D). */
export const CUA_HEATON: GroundMotionModel = {
  name: 'cua-heaton',
  source: 'Cua and Heaton (2007), as tabulated in MyShake_simulation_supporting',
  measures: ['pga'],
  range: { magnitude: [2, 7.3], distanceKm: [0, 200] },
  predict: (measure, scenario) => {
    if (measure !== 'pga') throw noMeasure('cua-heaton', measure);
    const envelope = scenario.vs30 >= 464 ? 'S-rock' : 'S-soil';
    const { magnitude, distanceKm, depthKm } = scenario;
    const median = cuaHeatonLog10Pga(envelope, magnitude, distanceKm, depthKm);
    return split(median, cuaHeatonSigma(envelope));
  },
};

/** Atkinson, Worden and Wald (2014): hypocentral distance. */
export const AWW14 = intensityModel({
  name: 'aww14',
  source: 'Atkinson, Worden and Wald (2014), BSSA 104, 3086-3093',
  predict: (scenario) => awwMmi2014(scenario.magnitude, hypocentralKm(scenario)),
});

/** Atkinson and Wald (2007), California: closest distance to the rupture. */
export const AW07 = intensityModel({
  name: 'aw07-california',
  source: 'Atkinson and Wald (2007), SRL 78, 362-368',
  predict: (scenario) =>
    awMmi2007California(
      scenario.magnitude,
      Math.hypot(expectedRuptureDistanceKm(scenario), Math.max(0, scenario.depthKm - 10)),
    ),
});

/** All equations; the network is loaded from its weights by network.ts. */
export const EQUATIONS: readonly GroundMotionModel[] = [BSSA14, CUA_HEATON, AWW14, AW07];

/** Joins models of different measures into one: the first that has a measure predicts it. */
export function combineModels(models: readonly GroundMotionModel[]): GroundMotionModel {
  const measures = [...new Set(models.flatMap((model) => model.measures))];
  const name = models.map((model) => model.name).join('+');
  const limit = (pick: (m: GroundMotionModel) => number, of: (...n: number[]) => number): number =>
    of(...models.map(pick));
  return {
    name,
    source: models.map((model) => model.source).join('; '),
    measures,
    range: {
      magnitude: [
        limit((m) => m.range.magnitude[0], Math.max),
        limit((m) => m.range.magnitude[1], Math.min),
      ],
      distanceKm: [
        limit((m) => m.range.distanceKm[0], Math.max),
        limit((m) => m.range.distanceKm[1], Math.min),
      ],
    },
    predict: (measure, scenario) => {
      const model = models.find((each) => each.measures.includes(measure));
      if (!model) throw noMeasure(name, measure);
      return model.predict(measure, scenario);
    },
  };
}

function intensityModel(input: {
  readonly name: string;
  readonly source: string;
  readonly predict: (scenario: Scenario) => { readonly mmi: number; readonly sigma: number };
}): GroundMotionModel {
  return {
    name: input.name,
    source: input.source,
    measures: ['mmi'],
    range: { magnitude: [3, 8], distanceKm: [0, 400] },
    predict: (measure, scenario) => {
      if (measure !== 'mmi') throw noMeasure(input.name, measure);
      const { mmi, sigma } = input.predict(scenario);
      return split(mmi, sigma);
    },
  };
}

const hypocentralKm = ({ distanceKm, depthKm }: Scenario): number =>
  Math.hypot(distanceKm, depthKm);

function split(median: number, sigma: number): MotionPrediction {
  return {
    median,
    tau: sigma * Math.sqrt(BETWEEN_EVENT_SHARE),
    phi: sigma * Math.sqrt(1 - BETWEEN_EVENT_SHARE),
  };
}

function noMeasure(model: string, measure: Measure): InvalidInputError {
  return new InvalidInputError({
    what: `measure ${measure}`,
    reason: `the model ${model} does not predict it`,
    remedy: 'combine it with a model that does',
  });
}
