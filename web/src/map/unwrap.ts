/**
 * Outlines made for the sphere, laid out for a flat map. In: polygons whose rings jump from 180 to
 * -180 degrees at the date line. Out: the same with longitudes that run on beyond 180, which the map
 * draws on both sides. Pure.
 * @module
 */
import type { Feature, FeatureCollection, Geometry, Position } from 'geojson';

/** Longitudes without jumps; a ring around a pole is closed by way of that pole. */
export function unwrapRing(ring: readonly Position[]): Position[] {
  let turn = 0;
  let before: number | undefined;
  const points = ring.map(([x, y]) => {
    const longitude = x as number;
    if (before !== undefined) turn -= 360 * Math.round((longitude - before) / 360);
    before = longitude;
    return [longitude + turn, y as number] as [number, number];
  });
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last || Math.abs(last[0] - first[0]) < 180) return points;
  const pole = first[1] < 0 ? -90 : 90;
  return [...points, [last[0], pole], [first[0], pole], first];
}

/** All polygons of a collection, holes in the same turn of the world as their outline. */
export function unwrapPolygons(collection: FeatureCollection): FeatureCollection {
  const features = collection.features.map((feature): Feature => ({
    ...feature,
    geometry: unwrapGeometry(feature.geometry),
  }));
  return { type: 'FeatureCollection', features };
}

function unwrapGeometry(geometry: Geometry): Geometry {
  if (geometry.type === 'Polygon') {
    return { ...geometry, coordinates: unwrapPolygon(geometry.coordinates) };
  }
  if (geometry.type === 'MultiPolygon') {
    return { ...geometry, coordinates: geometry.coordinates.map(unwrapPolygon) };
  }
  return geometry;
}

function unwrapPolygon(rings: readonly (readonly Position[])[]): Position[][] {
  const [outline, ...holes] = rings.map(unwrapRing);
  if (!outline) return [];
  const west = Math.min(...outline.map(([x]) => x as number));
  const shifted = holes.map((hole) => {
    const shift = 360 * Math.ceil((west - (hole[0]?.[0] as number)) / 360);
    return hole.map(([x, y]): Position => [(x as number) + shift, y as number]);
  });
  return [outline, ...shifted];
}
