/** What people felt in the Northridge earthquake of 1994, by a backfill. @module */
import { runBackfill } from '../backfill.js';
import { NORTHRIDGE } from '../regions.js';
import type { Reference, Scenario } from '../scenario.js';

const REFERENCE: Reference = {
  source: 'USGS ci3144585',
  originTime: '1994-01-17T12:30:55Z',
  latitude: 34.213,
  longitude: -118.537,
  depthKm: 18.2,
  magnitude: 6.7,
  epicentreSigmaKm: 0,
};

export const NORTHRIDGE_1994: Scenario = {
  name: 'northridge-1994',
  title: 'M 6.7 Northridge from felt reports by postal code (no times: the hour is given)',
  standsInFor: 'napa-2014',
  needs: ['dataset:northridge-1994-dyfi/dyfi_dat.xml'],
  run: (context) =>
    runBackfill(context, {
      region: NORTHRIDGE,
      // One window: reports without times fit every window of their hour equally well.
      range: { start: '1994-01-17T12:30:00Z', end: '1994-01-17T12:35:00Z' },
      reference: REFERENCE,
    }),
};
