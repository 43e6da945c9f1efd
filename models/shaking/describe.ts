/**
 * One quake and its observations in, its map of shaking and a summary out. Shared by the command and by
 * what publishes events.
 * @module
 */
import { InvalidInputError } from '../../core/errors.js';
import type { LatLon } from '../../core/geo.js';
import type { ShakingMap } from '../../core/shaking.js';
import { AW07, AWW14, BSSA14, combineModels } from '../groundmotion/equations.js';
import {
  MEASURES,
  type GroundMotionModel,
  type Measure,
  type Mechanism,
} from '../groundmotion/ground-motion-model.js';
import { groundMotionNetwork } from '../groundmotion/network.js';
import { coverageOf, type Coverage } from './leave-out.js';
import type { ShakingObservation } from './observations.js';
import type { QuakeSample } from './prior.js';
import {
  gridAround,
  mapShaking,
  middleOf,
  shakingField,
  type ShakingField,
} from './shaking-map.js';

/** Models by the name that the command takes; each predicts all three measures. */
export const MODEL_NAMES = ['network', 'bssa14-aw07', 'bssa14-aww14'] as const;
export type ModelName = (typeof MODEL_NAMES)[number];

export function modelNamed(name: ModelName): GroundMotionModel {
  if (name === 'network') return groundMotionNetwork();
  return combineModels([BSSA14, name === 'bssa14-aw07' ? AW07 : AWW14]);
}

export interface ShakingSettings {
  readonly model: ModelName;
  readonly vs30: number;
  readonly radiusKm: number;
  readonly spacingKm: number;
  /** Places whose shaking is printed. */
  readonly places: readonly LatLon[];
}

export interface ShakingSummary {
  readonly eventId: string;
  readonly origin: {
    readonly latitude: number;
    readonly longitude: number;
    readonly depthKm: number;
    readonly magnitude: number;
    readonly samples: number;
  };
  readonly model: string;
  readonly vs30: number;
  readonly observations: {
    readonly used: Readonly<Record<ShakingObservation['source'], number>>;
    readonly leftOut: readonly string[];
  };
  /** This quake against the model's median one, in the units of the measure. */
  readonly eventTerms: ShakingField['eventTerms'];
  /** Data predicted from the other places: shares inside stated intervals. Null without data. */
  readonly leaveOneOut: Readonly<Record<Measure, Coverage | null>>;
  readonly grid: Pick<ShakingMap, 'rows' | 'columns' | 'west' | 'north' | 'cellDeg'>;
  readonly strongest: Readonly<Record<Measure, CellValue>>;
  readonly places: readonly PlaceShaking[];
  readonly notes: readonly string[];
}

interface CellValue extends LatLon {
  readonly value: number;
  readonly sigma: number;
}

export interface PlaceShaking extends LatLon {
  readonly mmi: number;
  readonly mmiSigma: number;
  readonly pgaGal: number;
  readonly pgaSigmaLog10: number;
  readonly pgvCmS: number;
  readonly pgvSigmaLog10: number;
}

/** A map with what it says about itself. */
export interface DescribedShaking {
  readonly summary: ShakingSummary;
  readonly map: ShakingMap;
  /** Provenance for every file of the map. */
  readonly metadata: Readonly<Record<string, string | number | boolean>>;
}

/** Cells of a map at most. */
const MAX_CELLS = 10_201;

/** Throws InvalidInputError for a grid of more than 10,201 cells. */
export function describeShaking(input: {
  readonly eventId: string;
  readonly samples: readonly QuakeSample[];
  /** True: draws of a posterior that saw the observations (`ShakingQuestion`). */
  readonly samplesKnowData: boolean;
  /** Null when nobody told it. */
  readonly mechanism: Mechanism | null;
  readonly observations: readonly ShakingObservation[];
  readonly settings: ShakingSettings;
  readonly notes: readonly string[];
}): DescribedShaking {
  const { samples, settings, observations } = input;
  const { vs30, places } = settings;
  const centre = middleOf(samples);
  const grid = gridAround({ centre, ...settings });
  if (grid.rows * grid.columns > MAX_CELLS) {
    throw new InvalidInputError({
      what: 'grid',
      reason: `${grid.rows} x ${grid.columns} cells, the limit is ${MAX_CELLS}`,
      remedy: 'give a smaller radius or a larger spacing',
    });
  }
  const model = modelNamed(settings.model);
  const field = shakingField({
    samples,
    samplesKnowData: input.samplesKnowData,
    model,
    mechanism: input.mechanism ?? 'unspecified',
    observations,
    vs30,
  });
  const map = mapShaking({ field, grid, vs30 });
  const magnitude = samples.reduce((sum, one) => sum + one.magnitude, 0) / samples.length;
  const depthKm = samples.reduce((sum, one) => sum + one.depthKm, 0) / samples.length;
  const left = field.leaveOut();
  const coverage = (measure: Measure): Coverage | null =>
    coverageOf(left.filter((one) => one.measure === measure));
  const count = (source: ShakingObservation['source']): number =>
    field.used.filter(({ observation }) => observation.source === source).length;
  const summary: ShakingSummary = {
    eventId: input.eventId,
    origin: { ...centre, depthKm, magnitude, samples: samples.length },
    model: model.name,
    vs30,
    observations: {
      used: { station: count('station'), phone: count('phone'), felt: count('felt') },
      leftOut: field.leftOut,
    },
    eventTerms: field.eventTerms,
    leaveOneOut: { pga: coverage('pga'), pgv: coverage('pgv'), mmi: coverage('mmi') },
    grid,
    strongest: {
      pga: strongest(map, 'pga'),
      pgv: strongest(map, 'pgv'),
      mmi: strongest(map, 'mmi'),
    },
    places: shakingAtPlaces(field, places, vs30),
    notes: [...input.notes, ...rangeNotes(model, magnitude)],
  };
  const metadata = {
    event: input.eventId,
    model: model.name,
    vs30,
    magnitude,
    latitude: centre.latitude,
    longitude: centre.longitude,
    depthKm,
    stations: summary.observations.used.station,
    phones: summary.observations.used.phone,
    felt: summary.observations.used.felt,
  };
  return { summary, map, metadata };
}

function shakingAtPlaces(
  field: ShakingField,
  places: readonly LatLon[],
  vs30: number,
): PlaceShaking[] {
  const of = (measure: Measure): { mean: Float64Array; sigma: Float64Array } =>
    field.at(places.map((place) => ({ ...place, measure, vs30 })));
  const [pga, pgv, mmi] = MEASURES.map(of) as [
    ReturnType<typeof of>,
    ReturnType<typeof of>,
    ReturnType<typeof of>,
  ];
  return places.map(({ latitude, longitude }, i) => ({
    latitude,
    longitude,
    mmi: mmi.mean[i] as number,
    mmiSigma: mmi.sigma[i] as number,
    pgaGal: 10 ** (pga.mean[i] as number),
    pgaSigmaLog10: pga.sigma[i] as number,
    pgvCmS: 10 ** (pgv.mean[i] as number),
    pgvSigmaLog10: pgv.sigma[i] as number,
  }));
}

function strongest(map: ShakingMap, measure: Measure): CellValue {
  const { median, sigma } = map.layers[measure];
  let best = 0;
  median.forEach((value, i) => {
    if (value > (median[best] as number)) best = i;
  });
  const top = median[best] as number;
  return {
    latitude: map.north - (Math.floor(best / map.columns) + 0.5) * map.cellDeg.latitude,
    longitude: map.west + ((best % map.columns) + 0.5) * map.cellDeg.longitude,
    value: measure === 'mmi' ? top : 10 ** top,
    sigma: sigma[best] as number,
  };
}

function rangeNotes(model: GroundMotionModel, magnitude: number): string[] {
  const [low, high] = model.range.magnitude;
  if (magnitude >= low && magnitude <= high) return [];
  return [
    `magnitude ${magnitude.toFixed(1)} lies outside ${low} to ${high}, where ${model.name} was fitted`,
  ];
}
