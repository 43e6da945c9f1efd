/** What the page knows, in one place; views are called again when it changes. @module */
import type { FeatureCollection } from 'geojson';
import type { ColourBy } from './colours.js';
import type { PointedCell, ShakingLayer } from './shaking/scales.js';
import type { DeformationProduct, EventAnswer, Quake, Region, Shaking } from './types.js';

/** How the live connection stands. */
export type Connection = 'connecting' | 'live' | 'away';

export interface State {
  /** Null until the first answer. */
  readonly quakes: ReadonlyMap<string, Quake> | null;
  readonly regions: readonly Region[];
  readonly deformation: readonly DeformationProduct[];
  readonly selectedId: string | null;
  /** Versions of the selected event; null while they are fetched. */
  readonly detail: EventAnswer | null;
  /** Why the selected event cannot be shown. */
  readonly detailProblem: string | null;
  /** Map of shaking of the selected event; null while it is fetched and where there is none. */
  readonly shaking: Shaking | null;
  /** Its cells; null until they are here. */
  readonly shakingCells: FeatureCollection | null;
  /** The cell under the pointer. */
  readonly shakingAt: PointedCell | null;
  /** What of it the map shows. */
  readonly shakingLayer: ShakingLayer;
  readonly connection: Connection;
  /** What is wrong, for the banner; null when nothing is. */
  readonly problem: string | null;
  readonly temporalUiUrl: string | null;
  readonly colourBy: ColourBy;
}

export interface Store {
  get(): State;
  /** Replaces the given fields and tells the listeners once. */
  set(change: Partial<State>): void;
  /** Called with the new and the old state after every change. */
  listen(listener: (state: State, before: State) => void): void;
}

const INITIAL: State = {
  quakes: null,
  regions: [],
  deformation: [],
  selectedId: null,
  detail: null,
  detailProblem: null,
  shaking: null,
  shakingCells: null,
  shakingAt: null,
  shakingLayer: 'mmi',
  connection: 'connecting',
  problem: null,
  temporalUiUrl: null,
  colourBy: 'depth',
};

export function createStore(): Store {
  let state = INITIAL;
  const listeners: ((state: State, before: State) => void)[] = [];
  return {
    get: () => state,
    set: (change) => {
      const before = state;
      state = { ...state, ...change };
      for (const listener of listeners) listener(state, before);
    },
    listen: (listener) => void listeners.push(listener),
  };
}
