/**
 * How many people feel an event and are online. In: people with places, an event. Out: expected
 * numbers of posts and of felt reports.
 * @module
 */
import type { OnlinePeople } from '../../../core/evidence.js';
import { KM_PER_DEGREE } from '../../../core/geo.js';
import { isoToNs } from '../../../core/time.js';
import { awMmi2007California } from '../../groundmotion/intensity.js';
import { logistic } from '../../numerics/special.js';
import type { EventState } from '../event-prior.js';
import type { DetectionParameters } from '../parameters.js';
import type { PeopleParameters } from './parameters.js';

/** Natural logs of the numbers expected. */
export interface ExpectedReports {
  logPosts: number;
  logReports: number;
}

const HOUR_NS = 3_600_000_000_000n;
const RAD = Math.PI / 180;
/** "Not felt" on the modified Mercalli scale: a whole city far away must not add up to posts. */
const UNFELT_MMI = 1;
/** Fewer people than this are nobody. */
const LEAST_PEOPLE = 1e-6;

/** Share of people who feel an intensity: logistic, cut so that nobody feels the lowest of the scale. */
export function feltShare(mmi: number, people: PeopleParameters): number {
  const curve = (at: number): number => logistic(people.feltPerMmi * (at - people.feltMmi));
  const unfelt = curve(UNFELT_MMI);
  return Math.max(0, (curve(mmi) - unfelt) / (1 - unfelt));
}

/** Share of people online over that of the day, by UTC and longitude: linear between the hours' middles. */
export function onlineShare(input: {
  readonly timeNs: bigint;
  readonly longitude: number;
  readonly people: PeopleParameters;
}): number {
  const { onlineByHour } = input.people;
  const utc = Number(((input.timeNs % (24n * HOUR_NS)) * 1000n) / HOUR_NS) / 1000;
  const hour = (((utc + input.longitude / 15 - 0.5) % 24) + 48) % 24;
  const before = Math.floor(hour) % 24;
  const share = hour - Math.floor(hour);
  const at = (k: number): number => onlineByHour[k % 24] as number;
  return at(before) * (1 - share) + at(before + 1) * share;
}

/**
 * Sums over the places: people x felt(intensity expected there), for posts also x their hour at the
 * window's start x the share that the feeds reach. Distances are flat: of a place that feels anything
 * they are right to a per cent.
 */
export function expectedReports(input: {
  readonly people: readonly OnlinePeople[];
  /** Start of the window, ISO 8601. */
  readonly windowStart: string;
  readonly parameters: DetectionParameters;
}): (event: EventState) => ExpectedReports {
  const { parameters } = input;
  const own = parameters.people;
  const timeNs = isoToNs(input.windowStart);
  const places = input.people.map(({ latitude, longitude, count, upShare }) => ({
    ...{ latitude, longitude, count },
    cos: Math.cos(latitude * RAD),
    online: count * upShare * onlineShare({ timeNs, longitude, people: own }),
  }));
  const shares = feltShares(parameters);
  return (event) => {
    const cos = Math.cos(event.latitude * RAD);
    const row = shares.row(event.magnitude);
    let online = LEAST_PEOPLE;
    let felt = LEAST_PEOPLE;
    for (const place of places) {
      const north = (place.latitude - event.latitude) * KM_PER_DEGREE;
      const turn = place.longitude - event.longitude;
      const east = (turn - 360 * Math.round(turn / 360)) * KM_PER_DEGREE;
      // The mean of both parallels: the geometric one needs no cosine of its own.
      const squareKm = north * north + east * east * cos * place.cos;
      const share = row.at(Math.sqrt(squareKm + event.depthKm * event.depthKm));
      online += place.online * share;
      felt += place.count * share;
    }
    return {
      logPosts: Math.log(own.postsPerPerson * online),
      logReports: Math.log(own.reportsPerPerson * felt),
    };
  };
}

const MAGNITUDE_STEP = 0.1;
const MAGNITUDES = 101;
/** Columns are even in the square root of the distance. */
const ROOT_STEP = 0.25;
const COLUMNS = 180;

/** Felt share by magnitude and distance, tabulated: it is asked for at every place and sample. */
function feltShares(parameters: DetectionParameters): {
  row(magnitude: number): { at(distanceKm: number): number };
} {
  const table = new Float64Array(MAGNITUDES * COLUMNS);
  for (let m = 0; m < MAGNITUDES; m++) {
    for (let c = 0; c < COLUMNS; c++) {
      const { mmi } = awMmi2007California(m * MAGNITUDE_STEP, (c * ROOT_STEP) ** 2);
      const share = feltShare(mmi + parameters.intensityBiasMean, parameters.people);
      table[m * COLUMNS + c] = share;
    }
  }
  let first = 0;
  let upper = 0;
  const at = (distanceKm: number): number => {
    const column = Math.min(COLUMNS - 1.000001, Math.sqrt(distanceKm) / ROOT_STEP);
    const c = Math.floor(column);
    const share = column - c;
    const own = first + c;
    const near = (table[own] as number) * (1 - upper) + (table[own + COLUMNS] as number) * upper;
    const far =
      (table[own + 1] as number) * (1 - upper) + (table[own + COLUMNS + 1] as number) * upper;
    return near * (1 - share) + far * share;
  };
  const row = { at };
  return {
    row: (magnitude) => {
      const place = Math.min(MAGNITUDES - 1.000001, Math.max(0, magnitude / MAGNITUDE_STEP));
      first = Math.floor(place) * COLUMNS;
      upper = place - Math.floor(place);
      return row;
    },
  };
}
