/** The M 7.1 of 2019-07-06 on three strong-motion stations, by a backfill. @module */
import { runBackfill } from '../backfill.js';
import { RIDGECREST } from '../regions.js';
import type { Reference, Scenario } from '../scenario.js';

const REFERENCE: Reference = {
  source: 'USGS ci38457511',
  originTime: '2019-07-06T03:19:53.040Z',
  latitude: 35.7695,
  longitude: -117.5993,
  depthKm: 8,
  magnitude: 7.1,
  epicentreSigmaKm: 0,
};

export const RIDGECREST_2019: Scenario = {
  name: 'ridgecrest-2019',
  title: 'M 7.1 Ridgecrest on three strong-motion stations',
  standsInFor: 'mexico-2018',
  needs: ['dataset:ridgecrest-2019-cosmos'],
  run: (context) =>
    runBackfill(context, {
      region: RIDGECREST,
      range: { start: '2019-07-06T03:15:00Z', end: '2019-07-06T03:25:00Z' },
      reference: REFERENCE,
    }),
};
