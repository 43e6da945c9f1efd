/**
 * CSV with the columns of the USGS feeds (https://earthquake.usgs.gov/earthquakes/feed/v1.0/csv.php)
 * and a few of its own at the end; a row a quake, from its preferred origin. Depth and horizontal
 * errors in km, RFC 4180 quoting. Pure.
 * @module
 */
import { KM_PER_DEGREE } from '../../core/geo.js';
import type { StoredOrigin } from '../../core/quake.js';
import { AGENCY, eventType, normalLongitude, type ExportInput } from './quakes.js';

type Cell = string | number | boolean | null;

/** Column name and where its value comes from. */
const COLUMNS: readonly (readonly [string, (stored: StoredOrigin) => Cell])[] = [
  ['time', ({ origin }) => origin.originTime],
  ['latitude', ({ origin }) => origin.latitude.mean],
  ['longitude', ({ origin }) => normalLongitude(origin.longitude.mean)],
  ['depth', ({ origin }) => origin.depthKm.mean],
  ['mag', ({ origin }) => origin.magnitude.mean],
  ['magType', () => 'm'],
  ['nst', ({ origin }) => origin.arrivalsUsed],
  ['gap', ({ origin }) => origin.azimuthalGapDeg],
  [
    'dmin',
    ({ origin: o }) => (o.nearestSensorKm === null ? null : o.nearestSensorKm / KM_PER_DEGREE),
  ],
  ['rms', () => null],
  ['net', () => 'ql'],
  ['id', ({ eventId }) => eventId],
  ['updated', ({ createdAt }) => createdAt],
  ['place', ({ regionId }) => regionId],
  ['type', eventType],
  ['horizontalError', ({ origin }) => origin.ellipse90.semiMajorKm],
  ['depthError', ({ origin }) => origin.depthKm.sd],
  ['magError', ({ origin }) => origin.magnitude.sd],
  ['magNst', () => null],
  ['status', () => 'automatic'],
  ['locationSource', () => AGENCY],
  ['magSource', () => AGENCY],
  ['version', ({ version }) => version],
  ['timeError', ({ origin }) => origin.originTimeSdS],
  ['existenceProbability', ({ origin }) => origin.existenceProbability],
  ['synthetic', ({ provenance }) => provenance.synthetic],
];

/** Encodes the preferred origins, column names first. */
export function encodeCsv(input: ExportInput): string {
  const rows = input.quakes.map(({ quake }) =>
    COLUMNS.map(([, value]) => quote(value({ ...quake.preferred, eventId: quake.eventId }))),
  );
  return [COLUMNS.map(([name]) => name), ...rows].map((row) => `${row.join(',')}\n`).join('');
}

function quote(cell: Cell): string {
  const text = cell === null ? '' : String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
