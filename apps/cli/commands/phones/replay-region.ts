/**
 * The region a replayed network watches. In: positions of its devices. Out: a box around them with a search
 * grid.
 * @module
 */
import { KM_PER_DEGREE, type LatLon } from '../../../../core/geo.js';
import type { Region } from '../../../../core/region.js';

/** Quakes are looked for this far outside the network, km. */
const MARGIN_KM = 150;
/** Spacing of the coarse grid, km, and the most cells it may have. */
const SPACING_KM = 20;
const MOST_CELLS = 4000;
const DEPTHS_KM = [5, 20, 40] as const;

/** Box around all devices, 150 km wider on each side; spacing 20 km, more for large networks. */
export function networkRegion(places: readonly LatLon[]): Region {
  const { low, high, first, last } = places.reduce(
    (box, { latitude, longitude }) => ({
      low: Math.min(box.low, latitude),
      high: Math.max(box.high, latitude),
      first: Math.min(box.first, longitude),
      last: Math.max(box.last, longitude),
    }),
    { low: Infinity, high: -Infinity, first: Infinity, last: -Infinity },
  );
  const marginLat = MARGIN_KM / KM_PER_DEGREE;
  const kmPerDegreeEast = KM_PER_DEGREE * Math.cos((((low + high) / 2) * Math.PI) / 180);
  const marginLon = MARGIN_KM / kmPerDegreeEast;
  const bounds = {
    west: first - marginLon,
    east: last + marginLon,
    south: Math.max(-85, low - marginLat),
    north: Math.min(85, high + marginLat),
  };
  const areaKm2 =
    (bounds.east - bounds.west) * kmPerDegreeEast * (bounds.north - bounds.south) * KM_PER_DEGREE;
  return {
    id: 'replay',
    name: 'replayed network',
    bounds,
    grid: {
      spacingKm: Math.max(SPACING_KM, Math.sqrt(areaKm2 / MOST_CELLS)),
      depthsKm: [...DEPTHS_KM],
    },
    velocityModel: 'iasp91',
    minMagnitude: 3,
    maxMagnitude: 8.5,
  };
}
