/** The stage of the simulated quake: real coordinates, invented towns, fibre and date. @module */
import type { RegionConfig } from '../../core/region.js';
import type { IsoTime, TimeWindow } from '../../core/time.js';
import type { SimulatedFibre } from '../../models/generative/fibre.js';
import type { SimulatedTown } from '../../models/generative/reports.js';

/** First sample of every simulated recording. */
export const START: IsoTime = '2026-01-01T11:59:00Z';

/** The window that holds the quake. */
export const WINDOW: TimeWindow = { start: '2026-01-01T12:00:00Z', end: '2026-01-01T12:05:00Z' };

/** Acquisitions before and after it. */
export const SCENE_DATES = { firstDate: '2025-12-26', secondDate: '2026-01-07' } as const;

export const TOWNS: readonly SimulatedTown[] = [
  { latitude: 38.9, longitude: -118.6, spreadKm: 8, respondents: 400 },
  { latitude: 38.1, longitude: -117.2, spreadKm: 10, respondents: 600 },
  { latitude: 39.0, longitude: -117.4, spreadKm: 6, respondents: 150 },
  { latitude: 37.9, longitude: -118.4, spreadKm: 6, respondents: 200 },
  { latitude: 39.5, longitude: -118.1, spreadKm: 12, respondents: 900 },
  { latitude: 38.4, longitude: -116.7, spreadKm: 5, respondents: 100 },
];

export const FIBRE: SimulatedFibre = {
  latitude: 38.75,
  longitude: -117.0,
  channelCount: 200,
  channelSpacingM: 10,
  azimuthDeg: 35,
  rateHz: 50,
  noiseMicrostrainS: 0.01,
};

/** Where and how the quake is looked for; sources are added with the files. */
export const REGION: Omit<RegionConfig, 'sources'> = {
  id: 'woven',
  name: 'Woven (simulated)',
  bounds: { west: -119.5, south: 37.2, east: -116.2, north: 40 },
  grid: { spacingKm: 15, depthsKm: [5, 10, 15, 25] },
  velocityModel: 'iasp91',
  minMagnitude: 2.5,
  maxMagnitude: 8.5,
  windowS: 300,
  overlapS: 60,
  synthetic: true,
};
