/** The magnitude 4.3 earthquake of 2016-03-21 on the PoroTomo fibre, by a backfill. @module */
import { BRADY } from '../regions.js';
import type { Reference, Scenario } from '../scenario.js';
import { runBackfill } from '../backfill.js';

/**
 * Origin time of the record's own metadata; magnitude and "about 150 km SSE of the array" from Wang
 * et al. (2018, GJI); the coordinates are that point, not an epicentre from a catalogue.
 */
const REFERENCE: Reference = {
  source: 'file metadata; Wang et al. 2018, about 150 km SSE',
  originTime: '2016-03-21T07:37:10.535Z',
  latitude: 38.55,
  longitude: -118.34,
  depthKm: null,
  magnitude: 4.3,
  epicentreSigmaKm: 25,
};

export const BRADY_2016: Scenario = {
  name: 'brady-2016',
  title: 'M 4.3 on the PoroTomo fibre, 500 channels of real strain rate',
  needs: ['dataset:brady-2016'],
  run: (context) =>
    runBackfill(context, {
      region: BRADY,
      range: { start: '2016-03-21T07:35:00Z', end: '2016-03-21T07:40:00Z' },
      reference: REFERENCE,
    }),
};
