/**
 * Calibrates the pick model on a reference catalogue: station terms of time and amplitude, residual
 * widths, the slope of amplitude with magnitude, and which of several velocity models fits best.
 * Picks, stations, reference events and models in, parameters and the best model out.
 * @module
 */
import { InvalidInputError } from '../../../core/errors.js';
import type { PhasePicks, PickStations } from '../../../core/picks.js';
import { localTable } from '../../traveltime/local-table.js';
import { emptyArrival, timeTo } from '../../traveltime/travel-times.js';
import type { VelocityModel } from '../../traveltime/velocity-model.js';
import { lowerBound } from './assign-picks.js';
import type { PickParameters, StationTerms } from './parameters.js';
import { pickModel, type PickModel } from './pick-model.js';
import { reachKm, tableReachKm } from './reach.js';

/** One event of the reference catalogue. */
export interface ReferenceEvent {
  readonly timeS: number;
  readonly eastKm: number;
  readonly northKm: number;
  readonly depthKm: number;
  readonly magnitude: number;
}

export interface Calibration {
  readonly parameters: PickParameters;
  readonly velocity: VelocityModel;
  /** Median absolute residual of each model tried, s. */
  readonly misfitS: readonly number[];
  readonly picksUsed: number;
}

/** Windows about the predicted time (with the terms so far) in which a pick is taken, s. */
const WINDOWS_S = [3, 1.5, 0.9, 0.7] as const;
const LEAST_PICKS = 50;
const PRIOR_WEIGHT = 4;

interface Pair {
  readonly channel: number;
  readonly event: ReferenceEvent;
  readonly residualS: number;
  readonly pick: number;
}

/** Throws InvalidInputError when fewer than 50 picks fit the catalogue. */
export function calibrate(input: {
  readonly picks: PhasePicks;
  readonly stations: PickStations;
  readonly events: readonly ReferenceEvent[];
  readonly models: readonly VelocityModel[];
  readonly parameters: PickParameters;
}): Calibration {
  const { parameters, events } = input;
  let best: {
    readonly pairs: Pair[];
    readonly terms: Float64Array;
    readonly misfit: number;
    readonly model: PickModel;
    readonly velocity: VelocityModel;
  } | null = null;
  const misfitS: number[] = [];
  for (const velocity of input.models) {
    const table = localTable({
      model: velocity,
      maxDistanceKm: tableReachKm(input.stations, parameters),
      maxDepthKm: parameters.maxDepthKm,
    });
    const model = pickModel({ ...input, table });
    const { pairs, terms } = pairUp(model, events);
    const misfit = median(pairs.map(({ residualS }) => Math.abs(residualS)));
    misfitS.push(misfit);
    if (!best || misfit < best.misfit) best = { pairs, terms, misfit, model, velocity };
  }
  if (!best || best.pairs.length < LEAST_PICKS) {
    throw new InvalidInputError({
      what: 'reference catalogue',
      reason: `only ${best?.pairs.length ?? 0} picks fit its events`,
      remedy: 'give a catalogue of the same days and region as the picks',
    });
  }
  const { pairs, terms, model } = best;
  const amplitude = fitAmplitudes(model, pairs);
  const stations: Record<string, StationTerms> = {};
  input.stations.ids.forEach((id, s) => {
    stations[id] = {
      timeS: [terms[2 * s] as number, terms[2 * s + 1] as number],
      logAmplitude: [amplitude.terms[2 * s] as number, amplitude.terms[2 * s + 1] as number],
      threshold: [0, 0],
    };
  });
  const scale = (phase: number): number =>
    Math.max(
      0.03,
      median(pairs.flatMap((p) => ((p.channel & 1) === phase ? [Math.abs(p.residualS)] : []))) /
        Math.LN2,
    );
  return {
    parameters: {
      ...parameters,
      residualS: [scale(0), scale(1)],
      amplitudePerMagnitude: amplitude.perMagnitude,
      amplitudeSigma: amplitude.sigma,
      amplitudeOffset: amplitude.offset,
      stations,
    },
    velocity: best.velocity,
    misfitS,
    picksUsed: pairs.length,
  };
}

/** Nearest pick of each channel and event, and the channels' median residuals, narrowing in turn. */
function pairUp(
  model: PickModel,
  events: readonly ReferenceEvent[],
): { pairs: Pair[]; terms: Float64Array } {
  const { stations, parameters, table, start, order, orderTimeS } = model;
  const n = stations.ids.length * 2;
  const out = emptyArrival();
  let terms = new Float64Array(n);
  let pairs: Pair[] = [];
  for (const window of WINDOWS_S) {
    pairs = [];
    for (const event of events) {
      const farthest = reachKm(model.reach, parameters, event.magnitude);
      for (let channel = 0; channel < n; channel++) {
        const s = channel >> 1;
        const dx = event.eastKm - (stations.eastKm[s] as number);
        const dy = event.northKm - (stations.northKm[s] as number);
        if (Math.hypot(dx, dy) > farthest) continue;
        timeTo(table, s, (channel & 1) as 0 | 1, dx, dy, event.depthKm, out);
        const predicted = event.timeS + out.timeS;
        const centre = predicted + (terms[channel] as number);
        const to = start[channel + 1] as number;
        let nearest = -1;
        for (
          let k = lowerBound(orderTimeS, centre - window, start[channel] as number, to);
          k < to;
          k++
        ) {
          const off = Math.abs((orderTimeS[k] as number) - centre);
          if (off > window) break;
          if (nearest < 0 || off < Math.abs((orderTimeS[nearest] as number) - centre)) nearest = k;
        }
        if (nearest < 0) continue;
        pairs.push({
          channel,
          event,
          residualS: (orderTimeS[nearest] as number) - predicted,
          pick: order[nearest] as number,
        });
      }
    }
    terms = channelMedians(pairs, n, ({ residualS }) => residualS);
  }
  const centred = pairs.map((pair) => ({
    ...pair,
    residualS: pair.residualS - (terms[pair.channel] as number),
  }));
  return { pairs: centred, terms };
}

function fitAmplitudes(
  model: PickModel,
  pairs: readonly Pair[],
): { perMagnitude: number; offset: [number, number]; terms: Float64Array; sigma: number } {
  const { picks, stations, parameters } = model;
  const n = stations.ids.length * 2;
  const rows = pairs.flatMap((pair) => {
    const a = picks.logAmplitude[pair.pick] as number;
    if (Number.isNaN(a)) return [];
    const s = pair.channel >> 1;
    const dx = pair.event.eastKm - (stations.eastKm[s] as number);
    const dy = pair.event.northKm - (stations.northKm[s] as number);
    const r2 = dx * dx + dy * dy + pair.event.depthKm ** 2 + 0.25;
    const level = a + parameters.amplitudePerLogDistance * 0.5 * Math.log10(r2);
    return [{ channel: pair.channel, residualS: level, magnitude: pair.event.magnitude - 3.5 }];
  });
  if (rows.length < LEAST_PICKS) {
    return {
      perMagnitude: parameters.amplitudePerMagnitude,
      offset: [...parameters.amplitudeOffset],
      terms: new Float64Array(n),
      sigma: parameters.amplitudeSigma,
    };
  }
  // Least squares of level on magnitude with a constant for each channel; twice, without outliers.
  let perMagnitude: number = parameters.amplitudePerMagnitude;
  let constants = new Float64Array(n);
  let sigma = 1;
  for (let round = 0; round < 4; round++) {
    const slope = perMagnitude;
    constants = channelMedians(rows, n, (row) => row.residualS - slope * row.magnitude);
    const misfit = rows.map(
      (row) => row.residualS - slope * row.magnitude - (constants[row.channel] as number),
    );
    sigma = 1.4826 * median(misfit.map(Math.abs));
    const meanOf = channelMedians(rows, n, (row) => row.magnitude);
    let top = 0;
    let bottom = 1e-9;
    rows.forEach((row, i) => {
      if (Math.abs(misfit[i] as number) > 2.5 * sigma) return;
      const m = row.magnitude - (meanOf[row.channel] as number);
      top += m * (misfit[i] as number);
      bottom += m * m;
    });
    perMagnitude = Math.min(1.3, Math.max(0.5, perMagnitude + top / bottom));
  }
  const offset = ([0, 1] as const).map((phase) =>
    median(
      rows.flatMap((row) =>
        (row.channel & 1) === phase ? [constants[row.channel] as number] : [],
      ),
    ),
  ) as [number, number];
  const heard = new Int32Array(n);
  for (const row of rows) heard[row.channel]!++;
  return {
    perMagnitude,
    offset,
    sigma: Math.max(0.1, sigma),
    terms: constants.map((c, k) => (heard[k] === 0 ? 0 : c - offset[(k & 1) as 0 | 1])),
  };
}

function channelMedians<Row extends { readonly channel: number }>(
  rows: readonly Row[],
  n: number,
  value: (row: Row) => number,
): Float64Array<ArrayBuffer> {
  const lists: number[][] = Array.from({ length: n }, () => []);
  for (const row of rows) lists[row.channel]?.push(value(row));
  return Float64Array.from(lists, (list) =>
    list.length === 0 ? 0 : (median(list) * list.length) / (list.length + PRIOR_WEIGHT),
  );
}

function median(values: readonly number[]): number {
  if (values.length === 0) return 0;
  const sorted = Float64Array.from(values).sort();
  return sorted[sorted.length >> 1] as number;
}
