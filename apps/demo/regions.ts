/** The regions of the demo, as anybody would write them in a region file. @module */
import type { RegionConfig } from '../../core/region.js';

const COMMON = {
  velocityModel: 'iasp91',
  minMagnitude: 2.5,
  maxMagnitude: 8.5,
  windowS: 300,
  overlapS: 120,
  synthetic: false,
} as const;

/** Pacific coast of Guerrero and Oaxaca, fed by phones over MQTT. */
export const MEXICO: RegionConfig = {
  ...COMMON,
  id: 'mexico',
  name: 'Guerrero and Oaxaca, Mexico',
  bounds: { west: -102.5, south: 14.5, east: -94.5, north: 19.6 },
  grid: { spacingKm: 25, depthsKm: [5, 15, 25, 40, 60] },
  sources: [{ kind: 'phones', id: 'openeew', uri: 'mqtt:quakeloom/mexico/phones/+' }],
};

/** Western Nevada around the fibre at Brady Hot Springs. */
export const BRADY: RegionConfig = {
  ...COMMON,
  id: 'brady',
  name: 'Western Nevada',
  bounds: { west: -121.5, south: 37.4, east: -116.5, north: 42.2 },
  grid: { spacingKm: 20, depthsKm: [5, 10, 15] },
  sources: [
    {
      kind: 'das',
      id: 'porotomo',
      uri: 'dataset:brady-2016',
      // Centre of the PoroTomo array; the file itself carries no coordinates.
      options: {
        latitude: 39.8,
        longitude: -119.01,
        elevationM: 1230,
        positionSigmaKm: 0.5,
        fibreId: 'porotomo',
      },
    },
  ],
};

/** San Francisco Bay area, fed by what people report. */
export const NAPA: RegionConfig = {
  ...COMMON,
  id: 'napa',
  name: 'San Francisco Bay area',
  bounds: { west: -124, south: 36.6, east: -120.4, north: 39.8 },
  grid: { spacingKm: 15, depthsKm: [5, 10, 15] },
  sources: [
    {
      kind: 'reports',
      id: 'dyfi',
      uri: 'dataset:napa-2014/dyfi_geo_10km.geojson',
      // A felt-report product has no times of its own; these are the hours it was collected for.
      options: { validFrom: '2014-08-24T10:00:00Z', validTo: '2014-08-24T11:00:00Z' },
    },
    { kind: 'reports', id: 'posts', uri: 'dataset:napa-2014/tweets_derived_no_text_no_ids.csv' },
  ],
};

/** Los Angeles basin and around, fed by felt reports that postal codes stand for. */
export const NORTHRIDGE: RegionConfig = {
  ...COMMON,
  id: 'northridge',
  name: 'Los Angeles basin',
  bounds: { west: -120.6, south: 32.4, east: -116.4, north: 36.0 },
  grid: { spacingKm: 15, depthsKm: [5, 10, 15, 20] },
  sources: [
    {
      kind: 'reports',
      id: 'dyfi',
      uri: 'dataset:northridge-1994-dyfi/dyfi_dat.xml',
      // A felt-report product has no times of its own; these are the hours it was collected for.
      options: { validFrom: '1994-01-17T12:00:00Z', validTo: '1994-01-17T13:00:00Z' },
    },
  ],
};

/** Indian Wells Valley and around, fed by strong-motion records. */
export const RIDGECREST: RegionConfig = {
  ...COMMON,
  id: 'ridgecrest',
  name: 'Eastern California, Ridgecrest',
  bounds: { west: -119.4, south: 34.2, east: -115.8, north: 37.2 },
  grid: { spacingKm: 12, depthsKm: [3, 8, 13, 18] },
  sources: [{ kind: 'phones', id: 'strong-motion', uri: 'dataset:ridgecrest-2019-cosmos' }],
};
