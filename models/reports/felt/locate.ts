/**
 * Felt cells in, where and how large the earthquake was out: samples of the posterior of epicentre,
 * depth and magnitude under the intensity field of `models/detection/report-cells.ts`, whose
 * regional bias and attenuation error are integrated.
 *
 * Shaking is strongest about the middle of the rupture, not where it began: the epicentre is drawn
 * uniformly along a rupture of the length of its magnitude (Wells & Coppersmith 1994) and unknown
 * strike.
 *
 * The prior is uniform in area and magnitude, so that the answer is what the reports say; the fused
 * posterior has its own prior and takes the likelihood alone.
 * @module
 */
import type { ReportCell } from '../../../core/evidence.js';
import { NoSolutionError } from '../../../core/errors.js';
import { KM_PER_DEGREE, distanceKm, fromLocalKm, type LatLon } from '../../../core/geo.js';
import { createRandom, type Random } from '../../../core/random.js';
import type { EventState } from '../../detection/event-prior.js';
import { DEFAULT_PARAMETERS, type DetectionParameters } from '../../detection/parameters.js';
import { cellLikelihood } from '../../detection/report-cells.js';
import { temperedSmc } from '../../detection/tempered-smc.js';

/** The answer of felt reports alone. */
export interface FeltLocation {
  readonly latitude: number;
  readonly longitude: number;
  /** Radius about the epicentre that holds 90 % of the probability, km. */
  readonly regionKm90: number;
  readonly magnitude: { readonly mean: number; readonly p05: number; readonly p95: number };
  readonly depthKm: { readonly mean: number; readonly p05: number; readonly p95: number };
  /** Cells after merging. */
  readonly cellsUsed: number;
}

const MAGNITUDES = { least: 2.5, largest: 9.2 };
const DEEPEST_KM = 40;
/** Events may lie off the coast: so far outside the cells they are looked for. */
const MARGIN_KM = 100;
/** Cells under this speak of weak shaking far away: the search box is drawn about the others. */
const STRONG_SHARE = 0.75;
const PARTICLES = 500;
/** Fewer cells than this cannot tell place from size. */
const LEAST_CELLS = 3;

/**
 * Throws NoSolutionError for fewer than three felt cells. Deterministic for a given seed.
 */
export function locateFelt(input: {
  readonly cells: readonly ReportCell[];
  readonly seed?: number;
  readonly parameters?: DetectionParameters;
}): FeltLocation {
  const parameters = input.parameters ?? DEFAULT_PARAMETERS;
  const cells = withoutDateLine(input.cells);
  const likelihood = cellLikelihood(cells, parameters);
  const felt = cells.filter((cell) => (cell.intensity ?? 0) > 1);
  if (likelihood === null || felt.length < LEAST_CELLS) {
    throw new NoSolutionError({
      what: 'location by felt reports',
      reason: `${felt.length} felt cells, ${LEAST_CELLS} are needed`,
      remedy: 'wait for more responses, or give the finer cells',
    });
  }
  const box = searchBox(felt);
  const scale = parameters.depthScaleKm;
  const depthMass = 1 - Math.exp(-DEEPEST_KM / scale);
  const logBox = -Math.log(
    (box.north - box.south) *
      (box.east - box.west) *
      (MAGNITUDES.largest - MAGNITUDES.least) *
      scale *
      depthMass,
  );
  const logPrior = (state: ArrayLike<number>): number => {
    const [latitude, longitude, depthKm, magnitude] = state as unknown as number[];
    return (latitude as number) < box.south ||
      (latitude as number) > box.north ||
      (longitude as number) < box.west ||
      (longitude as number) > box.east ||
      (depthKm as number) < 0 ||
      (depthKm as number) > DEEPEST_KM ||
      (magnitude as number) < MAGNITUDES.least ||
      (magnitude as number) > MAGNITUDES.largest
      ? Number.NEGATIVE_INFINITY
      : logBox - (depthKm as number) / scale;
  };
  const random = createRandom(input.seed ?? 1);
  const result = temperedSmc({
    problem: {
      dimension: 4,
      draw: (random) =>
        Float64Array.of(
          box.south + random.uniform() * (box.north - box.south),
          box.west + random.uniform() * (box.east - box.west),
          -scale * Math.log(1 - random.uniform() * depthMass),
          MAGNITUDES.least + random.uniform() * (MAGNITUDES.largest - MAGNITUDES.least),
        ),
      logProposal: logPrior,
      logTarget: (state) => {
        const prior = logPrior(state);
        return prior === Number.NEGATIVE_INFINITY
          ? prior
          : prior + likelihood.logRatio(eventOf(state));
      },
    },
    count: PARTICLES,
    random,
  });
  if (result === null) {
    throw new NoSolutionError({
      what: 'location by felt reports',
      reason: 'no source explains the cells',
      remedy: 'check the intensities and places of the cells',
    });
  }
  const events = Array.from({ length: result.count }, (_, i) =>
    fromCentre(eventOf(result.states.subarray(i * 4, i * 4 + 4)), random),
  );
  const found = summary(events);
  const longitude = found.longitude - 360 * Math.round(found.longitude / 360);
  return { ...found, longitude, cellsUsed: likelihood.cellsUsed };
}

/** Longitudes that go on over 180 degrees: all within half a turn of the strongest cell. */
function withoutDateLine(cells: readonly ReportCell[]): readonly ReportCell[] {
  const strongest = cells.reduce<ReportCell | null>(
    (best, cell) => ((cell.intensity ?? 0) > (best?.intensity ?? 0) ? cell : best),
    null,
  );
  if (!strongest) return cells;
  return cells.map((cell) => {
    const turn = cell.longitude - strongest.longitude;
    return { ...cell, longitude: cell.longitude - 360 * Math.round(turn / 360) };
  });
}

function summary(events: readonly EventState[]): Omit<FeltLocation, 'cellsUsed'> {
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const spread = (values: readonly number[]): { mean: number; p05: number; p95: number } => ({
    mean: mean(values),
    p05: quantile(values, 0.05),
    p95: quantile(values, 0.95),
  });
  const epicentre: LatLon = {
    latitude: mean(events.map(({ latitude }) => latitude)),
    longitude: mean(events.map(({ longitude }) => longitude)),
  };
  return {
    ...epicentre,
    regionKm90: quantile(
      events.map((event) => distanceKm(epicentre, event)),
      0.9,
    ),
    magnitude: spread(events.map(({ magnitude }) => magnitude)),
    depthKm: spread(events.map(({ depthKm }) => depthKm)),
  };
}

/** The event with its epicentre somewhere on the rupture whose middle the state is. */
function fromCentre(event: EventState, random: Random): EventState {
  // Subsurface rupture length of all slip types, km (Wells & Coppersmith 1994, table 2A).
  const lengthKm = 10 ** (-2.44 + 0.59 * event.magnitude);
  const alongKm = (random.uniform() - 0.5) * lengthKm;
  const strike = random.uniform() * 2 * Math.PI;
  return {
    ...event,
    ...fromLocalKm(event, {
      eastKm: alongKm * Math.sin(strike),
      northKm: alongKm * Math.cos(strike),
    }),
  };
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = share * (sorted.length - 1);
  const low = sorted[Math.floor(at)] as number;
  const high = sorted[Math.ceil(at)] as number;
  return low + (high - low) * (at - Math.floor(at));
}

function eventOf(state: ArrayLike<number>): EventState {
  return {
    latitude: state[0] as number,
    longitude: state[1] as number,
    depthKm: state[2] as number,
    timeS: 0,
    magnitude: state[3] as number,
  };
}

interface Box {
  readonly south: number;
  readonly north: number;
  readonly west: number;
  readonly east: number;
}

/** Box about the cells of at least three quarters of the largest intensity, with a margin. */
function searchBox(felt: readonly ReportCell[]): Box {
  const top = felt.reduce((most, cell) => Math.max(most, cell.intensity as number), 0);
  const strong = felt.filter((cell) => (cell.intensity as number) >= STRONG_SHARE * top);
  let [south, north, west, east] = [90, -90, Infinity, -Infinity];
  for (const { latitude, longitude } of strong) {
    south = Math.min(south, latitude);
    north = Math.max(north, latitude);
    west = Math.min(west, longitude);
    east = Math.max(east, longitude);
  }
  const margin = MARGIN_KM / KM_PER_DEGREE;
  const cos = Math.max(0.01, Math.cos((((south + north) / 2) * Math.PI) / 180));
  return {
    south: Math.max(-90, south - margin),
    north: Math.min(90, north + margin),
    west: west - margin / cos,
    east: east + margin / cos,
  };
}
