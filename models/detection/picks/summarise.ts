/**
 * Fitted events and their samples in, events with intervals out.
 * @module
 */
import { azimuthalGapDeg } from '../../../core/geo.js';
import { localPlane, type LocalPlane } from '../../../core/local-plane.js';
import type { PickArrival, PickEvent } from '../../../core/picks.js';
import type { Marginal } from '../../../core/quake.js';
import { createRandom } from '../../../core/random.js';
import { logistic } from '../../numerics/special.js';
import { marginalOf } from '../marginal.js';
import { takenPicks, type Association } from './associate.js';
import type { EventFit } from './fit.js';
import { channelOf, type PickModel } from './pick-model.js';
import { sampleEvent, type EventSamples } from './posterior.js';

/**
 * Declared events of an association with `samples` posterior draws each (0: normal approximation
 * about the fit). An event is declared from the parameters' log odds; the probability is tempered
 * (`oddsTemper`, `oddsOffset`), because picks of one event are less independent than the model says.
 */
export function summariseEvents(input: {
  readonly association: Association;
  readonly samples: number;
  readonly seed: number;
  readonly onEvent?: (done: number, all: number) => void;
}): PickEvent[] {
  const { association, samples, seed } = input;
  const { model } = association;
  const isTaken = takenPicks(association);
  const declared = association.events.filter((event) => isDeclared(model, event));
  return declared.map((event, i) => {
    input.onEvent?.(i, declared.length);
    const random = createRandom((seed ^ Math.imul(i + 1, 0x9e3779b1)) >>> 0);
    const drawn =
      samples > 0 ? sampleEvent({ model, event, isTaken, count: samples, random }) : null;
    return summary(model, event, drawn);
  });
}

/** The declaration rule: log odds, with more asked of events under the declared magnitude. */
export function isDeclared(model: PickModel, event: EventFit): boolean {
  const p = model.parameters;
  return (
    event.logOdds + p.declarePerMagnitude * (event.magnitude - p.declareMagnitude) >
    p.declareLogOdds
  );
}

function summary(model: PickModel, event: EventFit, samples: EventSamples | null): PickEvent {
  const { stations, parameters } = model;
  const { fromKm } = localPlane(stations.origin);
  const place = fromKm(event);
  const sd = (k: number): number => Math.sqrt(event.covariance[k * 5] as number);
  const marginal = (values: Float64Array | undefined, centre: number, sigma: number): Marginal =>
    values ? marginalOf(values) : normalMarginal(centre, sigma);
  const depthKm = marginal(samples?.depthKm, event.depthKm, sd(3));
  const arrivals = arrivalsOf(model, event);
  const heard = [...new Set(arrivals.map(({ station }) => station))].map((id) => {
    const s = stations.ids.indexOf(id);
    return fromKm({
      eastKm: stations.eastKm[s] as number,
      northKm: stations.northKm[s] as number,
    });
  });
  return {
    eventId: eventIdOf(event, place.latitude, place.longitude),
    timeS: marginal(samples?.timeS, event.timeS, sd(0)),
    ...(samples ? sampledPlace(fromKm, samples) : normalPlace(fromKm, event)),
    depthKm: { ...depthKm, p05: Math.max(0, depthKm.p05) },
    magnitude: widened(
      marginal(samples?.magnitude, event.magnitude, event.magnitudeSigma),
      parameters.amplitudeOffsetSigma / parameters.amplitudePerMagnitude,
    ),
    probability: logistic(parameters.oddsTemper * event.logOdds + parameters.oddsOffset),
    logOdds: event.logOdds,
    stationCount: event.stationCount,
    azimuthalGapDeg: azimuthalGapDeg(place, heard),
    nearestStationKm: Math.min(...arrivals.map(({ distanceKm }) => distanceKm)),
    arrivals,
  };
}

type Place = Pick<PickEvent, 'latitude' | 'longitude'>;

/** Every draw by itself: where draws lie far apart the plane's north is not the Earth's. */
function sampledPlace(fromKm: LocalPlane['fromKm'], samples: EventSamples): Place {
  const latitude = new Float64Array(samples.count);
  const longitude = new Float64Array(samples.count);
  for (let i = 0; i < samples.count; i++) {
    const [eastKm, northKm] = [samples.eastKm[i] as number, samples.northKm[i] as number];
    const place = fromKm({ eastKm, northKm });
    latitude[i] = place.latitude;
    longitude[i] = place.longitude;
  }
  return { latitude: marginalOf(latitude), longitude: marginalOf(longitude) };
}

/** The covariance of the fit, turned into degrees. */
function normalPlace(fromKm: LocalPlane['fromKm'], event: EventFit): Place {
  const at = fromKm(event);
  const east = fromKm({ eastKm: event.eastKm + 1, northKm: event.northKm });
  const north = fromKm({ eastKm: event.eastKm, northKm: event.northKm + 1 });
  const [ee, en, nn] = [5, 6, 10].map((k) => event.covariance[k] as number) as [
    number,
    number,
    number,
  ];
  const onAxis = (axis: 'latitude' | 'longitude'): Marginal => {
    const [a, b] = [east[axis] - at[axis], north[axis] - at[axis]];
    return normalMarginal(at[axis], Math.sqrt(a * a * ee + 2 * a * b * en + b * b * nn));
  };
  return { latitude: onAxis('latitude'), longitude: onAxis('longitude') };
}

function arrivalsOf(model: PickModel, event: EventFit): PickArrival[] {
  const { picks, stations } = model;
  return Array.from(event.picks, (pick, k) => {
    const channel = channelOf(picks, pick);
    const s = channel >> 1;
    return {
      pickIndex: picks.sourceIndex[pick] as number,
      station: stations.ids[s] as string,
      phase: channel % 2 === 0 ? ('P' as const) : ('S' as const),
      timeS: picks.timeS[pick] as number,
      residualS: event.residualS[k] as number,
      distanceKm: Math.hypot(
        event.eastKm - (stations.eastKm[s] as number),
        event.northKm - (stations.northKm[s] as number),
      ),
      logAmplitude: picks.logAmplitude[pick] as number,
    };
  }).sort((a, b) => a.timeS - b.timeS);
}

/** The same picks give the same name, whatever else is in the file: time to 10 ms and place. */
function eventIdOf(event: EventFit, latitude: number, longitude: number): string {
  const time = new Date(Math.round(event.timeS * 100) * 10).toISOString().replace(/[-:.Z]/g, '');
  const part = (value: number): string => Math.round(Math.abs(value) * 100).toString(36);
  return `pick-${time.slice(0, 17)}-${part(latitude)}${part(longitude)}`;
}

/** The same with an error added that is independent of it. */
function widened(value: Marginal, sigma: number): Marginal {
  const sd = Math.hypot(value.sd, sigma);
  const scale = value.sd > 0 ? sd / value.sd : 1;
  return {
    ...value,
    sd,
    p05: value.p50 + (value.p05 - value.p50) * scale,
    p95: value.p50 + (value.p95 - value.p50) * scale,
  };
}

const Z90 = 1.6448536269514722;

function normalMarginal(centre: number, sd: number): Marginal {
  return { mean: centre, sd, p05: centre - Z90 * sd, p50: centre, p95: centre + Z90 * sd };
}
