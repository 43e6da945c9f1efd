/**
 * GeoJSON in the shape of the USGS feeds (https://earthquake.usgs.gov/earthquakes/feed/v1.0/geojson.php):
 * a point a quake with longitude, latitude and depth in km, from its preferred origin. What the feeds
 * have no field for stands under `properties.quakeloom`. Pure.
 * @module
 */
import { KM_PER_DEGREE } from '../../core/geo.js';
import type { StoredOrigin } from '../../core/quake.js';
import { isoToNs, floorDiv, type IsoTime } from '../../core/time.js';
import { eventType, normalLongitude, titleOf, type ExportInput } from './quakes.js';

/** Network code in ids, as `us` is that of the USGS. */
const NETWORK = 'ql';

/** Encodes the preferred origins as one FeatureCollection. */
export function encodeGeoJson(input: ExportInput): string {
  const features = input.quakes.map(({ quake }) => feature(quake.preferred, quake.eventId));
  const bbox = boundingBox(features.map((item) => item.geometry.coordinates));
  return JSON.stringify({
    type: 'FeatureCollection',
    metadata: {
      generated: epochMs(input.generatedAt),
      url: null,
      title: 'Quakeloom events',
      status: 200,
      api: '1.0',
      count: features.length,
    },
    features,
    ...(bbox ? { bbox } : {}),
  });
}

function feature(stored: StoredOrigin, eventId: string) {
  const { origin, provenance } = stored;
  const longitude = normalLongitude(origin.longitude.mean);
  const coordinates = [longitude, origin.latitude.mean, origin.depthKm.mean] as const;
  return {
    type: 'Feature',
    id: eventId,
    properties: {
      mag: origin.magnitude.mean,
      place: stored.regionId,
      time: epochMs(origin.originTime),
      updated: epochMs(stored.createdAt),
      tz: null,
      url: null,
      detail: null,
      felt: null,
      cdi: null,
      mmi: null,
      alert: null,
      status: 'automatic',
      tsunami: 0,
      sig: null,
      net: NETWORK,
      code: eventId.startsWith(NETWORK) ? eventId.slice(NETWORK.length) : eventId,
      ids: `,${eventId},`,
      sources: `,${NETWORK},`,
      types: ',origin,',
      nst: origin.arrivalsUsed,
      dmin: origin.nearestSensorKm === null ? null : origin.nearestSensorKm / KM_PER_DEGREE,
      rms: null,
      gap: origin.azimuthalGapDeg,
      magType: 'm',
      type: eventType(stored),
      title: titleOf(stored),
      quakeloom: {
        version: stored.version,
        originTime: origin.originTime,
        originTimeSdS: origin.originTimeSdS,
        latitude: origin.latitude,
        longitude: origin.longitude,
        depthKm: origin.depthKm,
        magnitude: origin.magnitude,
        ellipse90: origin.ellipse90,
        existenceProbability: origin.existenceProbability,
        sensorsUp: origin.sensorsUp,
        contributions: origin.contributions,
        notes: origin.notes,
        synthetic: provenance.synthetic,
        workflowId: provenance.workflowId,
      },
    },
    geometry: { type: 'Point', coordinates },
  };
}

/** Smallest and largest longitude, latitude and depth (RFC 7946, section 5). */
function boundingBox(points: readonly (readonly number[])[]): number[] | null {
  if (points.length === 0) return null;
  const axis = (i: number): number[] => points.map((point) => point[i] as number);
  const least = (values: number[]): number => values.reduce((a, b) => Math.min(a, b));
  const most = (values: number[]): number => values.reduce((a, b) => Math.max(a, b));
  return [...[0, 1, 2].map((i) => least(axis(i))), ...[0, 1, 2].map((i) => most(axis(i)))];
}

function epochMs(iso: IsoTime): number {
  return Number(floorDiv(isoToNs(iso), 1_000_000n));
}
