/** Events, regions and the selected ellipse as GeoJSON for the map's sources. Pure. @module */
import type { Feature, FeatureCollection } from 'geojson';
import { colourOf, radiusPx, type ColourBy } from '../colours.js';
import { boxRing, ellipseRing } from '../geometry.js';
import type { Quake, Region } from '../types.js';
import { HATCH_PX, hatchName } from './icons.js';

/** One point an event, larger ones first so that small ones lie on top. */
export function eventFeatures(input: {
  readonly quakes: readonly Quake[];
  readonly selectedId: string | null;
  readonly colourBy: ColourBy;
  readonly nowMs: number;
}): FeatureCollection {
  const ordered = [...input.quakes].sort((a, b) => magnitudeOf(b) - magnitudeOf(a));
  return collection(
    ordered.map((quake) => {
      const { origin, provenance } = quake.preferred;
      const colour = colourOf(quake, input.colourBy, input.nowMs);
      const radius = radiusPx(origin.magnitude.mean);
      return {
        type: 'Feature',
        properties: {
          eventId: quake.eventId,
          isSynthetic: provenance.synthetic,
          isSelected: quake.eventId === input.selectedId,
          colour,
          radius,
          // Even a doubtful event must remain visible.
          opacity: 0.25 + 0.65 * origin.existenceProbability,
          hatch: hatchName(colour),
          hatchSize: (2 * radius) / HATCH_PX,
          labelOffset: [0, radius + 3],
        },
        geometry: { type: 'Point', coordinates: [origin.longitude.mean, origin.latitude.mean] },
      };
    }),
  );
}

/** The 90 % ellipse of one event; nothing without one. */
export function ellipseFeature(quake: Quake | null): FeatureCollection {
  if (!quake) return collection([]);
  const { latitude, longitude, ellipse90 } = quake.preferred.origin;
  const centre = { latitude: latitude.mean, longitude: longitude.mean };
  return collection([
    {
      type: 'Feature',
      properties: { eventId: quake.eventId },
      geometry: { type: 'Polygon', coordinates: [ellipseRing(centre, ellipse90)] },
    },
  ]);
}

/** Outlines of the regions. */
export function regionFeatures(regions: readonly Region[]): FeatureCollection {
  return collection(
    regions.map((region) => ({
      type: 'Feature',
      properties: { name: region.name },
      geometry: { type: 'LineString', coordinates: boxRing(region.bounds) },
    })),
  );
}

function magnitudeOf(quake: Quake): number {
  return quake.preferred.origin.magnitude.mean;
}

function collection(features: Feature[]): FeatureCollection {
  return { type: 'FeatureCollection', features };
}
