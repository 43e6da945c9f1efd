/**
 * Learns all pick parameters from a catalogue and picks: terms on one part of the time, the temper of
 * probabilities on a second, their proof on a third. Picks, stations, catalogue and velocity models
 * in, parameters and scores out.
 * @module
 */
import { InvalidInputError } from '../../../core/errors.js';
import type { PhasePicks, PickStations } from '../../../core/picks.js';
import { localTable } from '../../traveltime/local-table.js';
import type { VelocityModel } from '../../traveltime/velocity-model.js';
import { associate, type Association } from './associate.js';
import { calibrate, type ReferenceEvent } from './calibrate.js';
import { matchNear } from './match-events.js';
import type { PickParameters, StationTerms } from './parameters.js';
import type { PickModel } from './pick-model.js';
import { tableReachKm } from './reach.js';
import { fitTemper, reliabilityOf, type Reliability } from './temper.js';

/** What was learned and how well it holds. */
export interface CalibratedParameters {
  readonly parameters: PickParameters;
  readonly velocity: VelocityModel;
  readonly picksUsed: number;
  /** Median absolute residual of each velocity model, s. */
  readonly misfitS: readonly number[];
  /** The catalogue is taken as complete from here: found events below it prove nothing. */
  readonly completeMagnitude: number;
  /** Ends of the parts: learned from, tempered on, proved on; seconds since 1970. */
  readonly partsS: readonly [from: number, temper: number, proof: number, to: number];
  /** On the last part, which nothing was fitted to: with the default temper and with the new one. */
  readonly proof: { readonly before: Reliability; readonly after: Reliability };
}

/** Shares of the time for learning and for tempering; the rest proves. */
const PARTS = { learn: 0.5, temper: 0.25 };
const LEAST_TEMPER_EVENTS = 30;
/** Bins and safety of the magnitude of completeness by maximum curvature (Wiemer & Wyss 2000). */
const MAGNITUDE_BIN = 0.1;
const CURVATURE_MARGIN = 0.2;

/** Throws InvalidInputError where catalogue and picks do not fit each other or are too few. */
export function calibrateParameters(input: {
  readonly picks: PhasePicks;
  readonly stations: PickStations;
  readonly events: readonly ReferenceEvent[];
  readonly models: readonly VelocityModel[];
  readonly parameters: PickParameters;
  readonly onPart?: (note: string) => void;
}): CalibratedParameters {
  const { picks, events } = input;
  const fromS = Math.max(picks.timeS[0] ?? 0, earliest(events) - 60);
  const toS = Math.min(picks.timeS[picks.count - 1] ?? 0, latest(events) + 60);
  if (!(toS > fromS)) throw tooFew('picks and catalogue share no time');
  const temperS = fromS + PARTS.learn * (toS - fromS);
  const proofS = temperS + PARTS.temper * (toS - fromS);
  const part = (from: number, to: number): { picks: PhasePicks; events: ReferenceEvent[] } => ({
    picks: between(picks, from, to),
    events: events.filter(({ timeS }) => timeS >= from && timeS < to),
  });
  const learning = part(fromS, temperS);
  input.onPart?.(
    `learning from ${learning.events.length} events and ${learning.picks.count} picks`,
  );
  const first = calibrate({ ...input, ...learning });
  const run = (own: PhasePicks, parameters: PickParameters): Association =>
    associate({
      picks: own,
      stations: input.stations,
      parameters,
      learnsTerms: false,
      table: localTable({
        model: first.velocity,
        maxDistanceKm: tableReachKm(input.stations, parameters),
        maxDepthKm: parameters.maxDepthKm,
      }),
    });
  const learned = learnedFrom(run(learning.picks, first.parameters).model, first.parameters);
  const completeMagnitude = completenessOf(events);
  const outcomes = (from: number, to: number): { logOdds: number; isReal: boolean }[] => {
    const own = part(from, to);
    input.onPart?.(`testing on ${own.events.length} events and ${own.picks.count} picks`);
    const found = run(own.picks, learned).events;
    const real = new Set(matchNear(own.events, found).map((match) => match.found));
    return found.flatMap(({ logOdds, magnitude }, i) =>
      magnitude >= completeMagnitude ? [{ logOdds, isReal: real.has(i) }] : [],
    );
  };
  const tempering = outcomes(temperS, proofS);
  if (tempering.length < LEAST_TEMPER_EVENTS) {
    throw tooFew(
      `only ${tempering.length} events of M ${completeMagnitude.toFixed(1)} and over were found to temper probabilities on`,
    );
  }
  const temper = fitTemper(tempering);
  const proving = outcomes(proofS, toS);
  const { oddsTemper, oddsOffset } = input.parameters;
  return {
    parameters: { ...learned, oddsTemper: temper.slope, oddsOffset: temper.offset },
    velocity: first.velocity,
    picksUsed: first.picksUsed,
    misfitS: first.misfitS,
    completeMagnitude,
    partsS: [fromS, temperS, proofS, toS],
    proof: {
      before: reliabilityOf(proving, { slope: oddsTemper, offset: oddsOffset }),
      after: reliabilityOf(proving, temper),
    },
  };
}

/** What an association learned by itself, as parameters that another one can start from. */
function learnedFrom(model: PickModel, calibrated: PickParameters): PickParameters {
  const { parameters, channels, stations } = model;
  // A phase's threshold is the mean of its channels'; each station keeps its difference.
  const mean = (phase: 0 | 1): number => {
    const own = channels.threshold.filter((_, c) => (c & 1) === phase);
    return own.reduce((a, b) => a + b, 0) / own.length;
  };
  const threshold = [mean(0), mean(1)] as const;
  const terms: Record<string, StationTerms> = {};
  stations.ids.forEach((id, s) => {
    const before = calibrated.stations[id] as StationTerms;
    const at = (values: Float64Array, phase: 0 | 1): number => values[2 * s + phase] as number;
    terms[id] = {
      ...before,
      threshold: [
        at(channels.threshold, 0) - threshold[0],
        at(channels.threshold, 1) - threshold[1],
      ],
      falseRateHz: [at(channels.falseRate, 0), at(channels.falseRate, 1)],
    };
  });
  return { ...parameters, thresholdLogAmplitude: threshold, stations: terms };
}

function between(picks: PhasePicks, fromS: number, toS: number): PhasePicks {
  let first = 0;
  while (first < picks.count && (picks.timeS[first] as number) < fromS) first++;
  let end = first;
  while (end < picks.count && (picks.timeS[end] as number) < toS) end++;
  return {
    count: end - first,
    timeS: picks.timeS.slice(first, end),
    station: picks.station.slice(first, end),
    phase: picks.phase.slice(first, end),
    probability: picks.probability.slice(first, end),
    logAmplitude: picks.logAmplitude.slice(first, end),
    sourceIndex: picks.sourceIndex.slice(first, end),
  };
}

/** Where the catalogue has most events in a tenth of magnitude, and 0.2 more. */
function completenessOf(events: readonly ReferenceEvent[]): number {
  const counts = new Map<number, number>();
  for (const { magnitude } of events) {
    const bin = Math.round(magnitude / MAGNITUDE_BIN);
    counts.set(bin, (counts.get(bin) ?? 0) + 1);
  }
  const [mode] = [...counts].reduce((a, b) => (b[1] > a[1] ? b : a), [0, 0]);
  return mode * MAGNITUDE_BIN + CURVATURE_MARGIN;
}

const earliest = (events: readonly ReferenceEvent[]): number =>
  events.reduce((least, { timeS }) => Math.min(least, timeS), Infinity);
const latest = (events: readonly ReferenceEvent[]): number =>
  events.reduce((most, { timeS }) => Math.max(most, timeS), -Infinity);

function tooFew(reason: string): InvalidInputError {
  return new InvalidInputError({
    what: 'calibration',
    reason,
    remedy: 'give picks and a catalogue of the same days: some hundred events at least',
  });
}
