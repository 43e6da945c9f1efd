/**
 * Text format of the FDSN event web service (fdsnws-event 1.2, section "text output"): a line a quake,
 * fields separated by `|`, from its preferred origin; depth in km. Pure.
 * @module
 */
import type { StoredOrigin } from '../../core/quake.js';
import { AGENCY, normalLongitude, titleOf, type ExportInput } from './quakes.js';

const HEADER =
  '#EventID|Time|Latitude|Longitude|Depth/km|Author|Catalog|Contributor|ContributorID|MagType|' +
  'Magnitude|MagAuthor|EventLocationName';

/** Encodes the preferred origins, a header line first. */
export function encodeFdsnText(input: ExportInput): string {
  const lines = input.quakes.map(({ quake }) => line(quake.eventId, quake.preferred));
  return [HEADER, ...lines, ''].join('\n');
}

function line(eventId: string, stored: StoredOrigin): string {
  const { origin, provenance, regionId } = stored;
  const fields = [
    eventId,
    // UTC without a zone letter.
    origin.originTime.replace(/Z$/, ''),
    origin.latitude.mean,
    normalLongitude(origin.longitude.mean),
    origin.depthKm.mean,
    AGENCY,
    provenance.synthetic ? `${AGENCY}-simulated` : AGENCY,
    AGENCY,
    eventId,
    'M',
    origin.magnitude.mean,
    AGENCY,
    provenance.synthetic ? titleOf(stored) : regionId,
  ];
  return fields.map((field) => String(field).replace(/[|\r\n]+/g, ' ')).join('|');
}
