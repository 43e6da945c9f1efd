/** What people felt and posted in the South Napa earthquake of 2014, by a backfill. @module */
import { runBackfill } from '../backfill.js';
import { NAPA } from '../regions.js';
import type { Reference, Scenario } from '../scenario.js';

const REFERENCE: Reference = {
  source: 'USGS nc72282711',
  originTime: '2014-08-24T10:20:44Z',
  latitude: 38.2152,
  longitude: -122.3123,
  depthKm: 11.1,
  magnitude: 6.0,
  epicentreSigmaKm: 0,
};

export const NAPA_2014: Scenario = {
  name: 'napa-2014',
  title: 'M 6.0 South Napa from felt reports and the times of posts alone',
  needs: ['dataset:napa-2014'],
  run: (context) =>
    runBackfill(context, {
      region: NAPA,
      range: { start: '2014-08-24T10:15:00Z', end: '2014-08-24T10:25:00Z' },
      reference: REFERENCE,
    }),
};
