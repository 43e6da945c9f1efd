/** Columns of the event table: what they show and how they sort. Pure but for the cells. @module */
import { make, type Child } from '../dom.js';
import { eastWest, fixed, interval, northSouth, probability, sourceName, time } from '../format.js';
import type { Quake } from '../types.js';

export interface Column {
  readonly id: string;
  readonly title: string;
  /** Spelled out for screen readers and as a tooltip. */
  readonly meaning: string;
  readonly isNumber: boolean;
  /** Left out on narrow screens; the detail has it. */
  readonly isMinor: boolean;
  /** Direction of a first click. */
  readonly firstOrder: 'ascending' | 'descending';
  readonly sortKey: (quake: Quake) => number | string;
  readonly cell: (quake: Quake) => readonly Child[];
}

const origin = (quake: Quake): Quake['preferred']['origin'] => quake.preferred.origin;

/** Sources that moved the answer at all. */
export function sourcesOf(quake: Quake): string {
  const used = origin(quake).contributions.filter(({ items }) => items > 0);
  return used.map(({ source }) => sourceName(source)).join(', ') || 'none';
}

export const COLUMNS: readonly Column[] = [
  {
    id: 'time',
    title: 'Origin time',
    meaning: 'Origin time, UTC',
    isNumber: false,
    isMinor: false,
    firstOrder: 'descending',
    sortKey: (quake) => Date.parse(origin(quake).originTime),
    cell: (quake) => [
      make(
        'a',
        { href: `#${encodeURIComponent(quake.eventId)}`, class: 'row-link' },
        make('time', { datetime: origin(quake).originTime }, time(origin(quake).originTime)),
      ),
      quake.preferred.provenance.synthetic ? make('span', { class: 'tag' }, 'SIMULATED') : null,
    ],
  },
  {
    id: 'magnitude',
    title: 'M',
    meaning: 'Magnitude: mean and 90 % interval',
    isNumber: true,
    isMinor: false,
    firstOrder: 'descending',
    sortKey: (quake) => origin(quake).magnitude.mean,
    cell: (quake) => [
      make('b', {}, fixed(origin(quake).magnitude.mean, 1)),
      make('span', { class: 'quiet interval' }, ` ${interval(origin(quake).magnitude, 1)}`),
    ],
  },
  {
    id: 'place',
    title: 'Place',
    meaning: 'Region and epicentre; sorts by region',
    isNumber: false,
    isMinor: false,
    firstOrder: 'ascending',
    sortKey: (quake) => `${quake.regionId} ${90 - origin(quake).latitude.mean}`,
    cell: (quake) => {
      const { latitude, longitude } = origin(quake);
      return [
        make('span', { class: 'coordinates' }, `${northSouth(latitude.mean)}, `),
        make('span', { class: 'coordinates' }, eastWest(longitude.mean)),
        make('span', { class: 'quiet region' }, ` ${quake.regionId}`),
      ];
    },
  },
  {
    id: 'depth',
    title: 'Depth',
    meaning: 'Depth below sea level, km',
    isNumber: true,
    isMinor: false,
    firstOrder: 'ascending',
    sortKey: (quake) => origin(quake).depthKm.mean,
    cell: (quake) => [`${fixed(origin(quake).depthKm.mean, 0)} km`],
  },
  {
    id: 'probability',
    title: 'Prob.',
    meaning: 'Probability that this is an earthquake',
    isNumber: true,
    isMinor: false,
    firstOrder: 'descending',
    sortKey: (quake) => origin(quake).existenceProbability,
    cell: (quake) => [probability(origin(quake).existenceProbability)],
  },
  {
    id: 'versions',
    title: 'Versions',
    meaning: 'Versions of the origin so far',
    isNumber: true,
    isMinor: true,
    firstOrder: 'descending',
    sortKey: (quake) => quake.versions,
    cell: (quake) => [String(quake.versions)],
  },
  {
    id: 'sources',
    title: 'Sources',
    meaning: 'Sources that were used',
    isNumber: false,
    isMinor: true,
    firstOrder: 'ascending',
    sortKey: sourcesOf,
    cell: (quake) => [sourcesOf(quake)],
  },
];
