/**
 * Association, location, calibration and explanation for the worker threads: what `quakeloom associate`,
 * `locate`, `calibrate` and `why` compute. Tables and texts in, plain values out.
 * @module
 */
import type { Task, TaskContext, TaskTable } from '../../core/compute.js';
import type { EvidenceSet } from '../../core/evidence.js';
import type { EventReadings, PhasePicks, PickStations } from '../../core/picks.js';
import type { Region } from '../../core/region.js';
import { localTable } from '../traveltime/local-table.js';
import { namedModel } from '../traveltime/named-model.js';
import { parseVelocity } from '../traveltime/parse-velocity.js';
import type { VelocityModel } from '../traveltime/velocity-model.js';
import { associateNetwork, checkExtent, type NetworkEvents } from './picks/associate-network.js';
import { calibrateParameters, type CalibratedParameters } from './picks/calibrate-parameters.js';
import type { ReferenceEvent } from './picks/calibrate.js';
import { DEFAULT_PICK_PARAMETERS, type PickParameters } from './picks/parameters.js';
import { parsePickParameters } from './picks/parse-parameters.js';
import { locateEvents, tablesOf } from './readings/locate-events.js';
import { DEFAULT_LOCATION_PARAMETERS } from './readings/location-model.js';
import { locationReport } from './readings/location-report.js';
import { explainQuake, type QuakeBudget } from './why/explain-quake.js';
import type { Supposition } from './why/hypothesis.js';

/** A bundled model by name, or a layered file by name and text. */
export interface NamedVelocity {
  readonly name: string;
  /** Null: `name` is a bundled model or a constant. */
  readonly text: string | null;
}

/** What all of these know about a network. */
interface NetworkInput {
  /** Name of the stations' file, for errors. */
  readonly source: string;
  readonly stations: PickStations;
  readonly velocity: NamedVelocity;
}

interface PicksInput extends NetworkInput {
  readonly picks: PhasePicks;
  /** Text of a parameter file; null: the defaults. */
  readonly parameters: string | null;
}

/** Picks to events. Throws InvalidInputError, CorruptSourceError naming the file. */
const associatePicks: Task<
  PicksInput & { readonly samples: number },
  Omit<NetworkEvents, 'association'>
> = (input, context) => {
  checkExtent(input.stations, input.source);
  const parameters = parametersOf(input.parameters);
  const model = velocityOf(input.velocity);
  context.progress({ fraction: 0.1, note: `associating ${input.picks.count} picks` });
  const { maxDistanceKm, maxDepthKm } = parameters;
  const table = localTable({ model, maxDistanceKm: maxDistanceKm + 10, maxDepthKm });
  const { events, noEvent, amplitudeShift } = associateNetwork({ ...input, parameters, table });
  return { events, noEvent, amplitudeShift };
};

/** Readings to located events, as `locate --json` prints them. */
const locateReadings: Task<
  NetworkInput & {
    readonly events: readonly EventReadings[];
    readonly samples: number;
    readonly seed: number;
    readonly maxDepthKm: number | null;
    readonly nowS: number;
  },
  { readonly velocity: string; readonly events: readonly ReturnType<typeof locationReport>[] }
> = (input, context) => {
  const model = velocityOf(input.velocity);
  const maxDepthKm = input.maxDepthKm ?? DEFAULT_LOCATION_PARAMETERS.maxDepthKm;
  context.progress({ fraction: 0.1, note: `locating ${input.events.length} events` });
  const located = locateEvents({
    ...input,
    parameters: { ...DEFAULT_LOCATION_PARAMETERS, maxDepthKm },
    timesWithin: tablesOf(model, maxDepthKm),
  });
  return { velocity: model.name, events: located.map((event) => locationReport(event)) };
};

/** Parameters from a catalogue and picks of the same days. */
const calibratePicks: Task<
  PicksInput & { readonly catalogue: readonly ReferenceEvent[] },
  Omit<CalibratedParameters, 'velocity'> & { readonly velocity: string }
> = (input, context) => {
  const result = calibrateParameters({
    picks: input.picks,
    stations: input.stations,
    events: input.catalogue,
    models: [velocityOf(input.velocity)],
    parameters: parametersOf(input.parameters),
    onPart: (note) => partDone(context, note),
  });
  return { ...result, velocity: result.velocity.name };
};

/** Budget of a quake that was or was not declared in a window. */
const explainWindow: Task<
  {
    /** Bytes of the window's JSON `EvidenceSet`. */
    readonly evidence: Uint8Array;
    readonly region: Region;
    readonly supposition: Supposition;
    readonly seed: number;
  },
  QuakeBudget | null
> = ({ evidence, ...rest }) =>
  explainQuake({
    ...rest,
    evidence: JSON.parse(new TextDecoder().decode(evidence)) as EvidenceSet,
  });

/** Tasks of this stage, for a worker pool. */
export const pickTasks = {
  associatePicks,
  locateReadings,
  calibratePicks,
  explainWindow,
} as const satisfies TaskTable;

function velocityOf({ name, text }: NamedVelocity): VelocityModel {
  return (text === null ? namedModel(name) : null) ?? parseVelocity({ name, text: text ?? '' });
}

function parametersOf(text: string | null): PickParameters {
  return text === null
    ? DEFAULT_PICK_PARAMETERS
    : parsePickParameters({ name: 'pick parameters', text });
}

function partDone(context: TaskContext, note: string): void {
  context.throwIfCancelled();
  context.progress({ fraction: 0.5, note });
}
