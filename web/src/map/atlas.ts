/** Land and borders of Natural Earth 1:50 m (world-atlas), fetched from this host. @module */
import type { FeatureCollection, Geometry } from 'geojson';
import { feature, mesh } from 'topojson-client';
import type { GeometryCollection, Topology } from 'topojson-specification';
import atlasUrl from 'world-atlas/countries-50m.json?url';
import { unwrapPolygons } from './unwrap.js';

type Atlas = Topology<{ countries: GeometryCollection; land: GeometryCollection }>;

/** Land areas, and the borders between countries without the coasts. */
export async function loadAtlas(): Promise<{
  readonly land: FeatureCollection;
  readonly borders: FeatureCollection;
}> {
  const response = await fetch(atlasUrl);
  if (!response.ok) throw new Error(`the map's outlines: status ${response.status}`);
  const atlas = (await response.json()) as Atlas;
  const { countries, land } = atlas.objects;
  return {
    land: unwrapPolygons(feature(atlas, land)),
    borders: single(mesh(atlas, countries, (a, b) => a !== b)),
  };
}

function single(geometry: Geometry): FeatureCollection {
  return { type: 'FeatureCollection', features: [{ type: 'Feature', properties: {}, geometry }] };
}
