/** Ellipses, outlines and moves on the map; degrees and kilometres. Pure. @module */
import type { Ellipse } from './types.js';

const KM_PER_DEGREE = (Math.PI * 6371) / 180;
const RAD = Math.PI / 180;

export interface Point {
  readonly latitude: number;
  readonly longitude: number;
}

/** A closed ring of [longitude, latitude], `corners` + 1 points, around the centre. */
export function ellipseRing(centre: Point, ellipse: Ellipse, corners = 72): [number, number][] {
  const azimuth = ellipse.azimuthDeg * RAD;
  const shrink = Math.max(0.01, Math.cos(centre.latitude * RAD));
  return Array.from({ length: corners + 1 }, (_, i) => {
    // The last point repeats the first exactly, as GeoJSON wants it.
    const angle = ((i % corners) / corners) * 2 * Math.PI;
    const along = ellipse.semiMajorKm * Math.cos(angle);
    const across = ellipse.semiMinorKm * Math.sin(angle);
    const northKm = along * Math.cos(azimuth) - across * Math.sin(azimuth);
    const eastKm = along * Math.sin(azimuth) + across * Math.cos(azimuth);
    return [
      centre.longitude + eastKm / (KM_PER_DEGREE * shrink),
      centre.latitude + northKm / KM_PER_DEGREE,
    ];
  });
}

/** A box as a closed ring of [longitude, latitude]. */
export function boxRing(box: {
  readonly west: number;
  readonly south: number;
  readonly east: number;
  readonly north: number;
}): [number, number][] {
  const { west, south, east, north } = box;
  return [
    [west, south],
    [east, south],
    [east, north],
    [west, north],
    [west, south],
  ];
}

/** How far and in which of eight directions `to` lies from `from` (within a few hundred km). */
export function move(from: Point, to: Point): { distanceKm: number; direction: string } {
  const meanLatitude = ((from.latitude + to.latitude) / 2) * RAD;
  const turn = to.longitude - from.longitude;
  const eastDegrees = turn - 360 * Math.round(turn / 360);
  const eastKm = eastDegrees * KM_PER_DEGREE * Math.cos(meanLatitude);
  const northKm = (to.latitude - from.latitude) * KM_PER_DEGREE;
  const azimuth = (Math.atan2(eastKm, northKm) / RAD + 360) % 360;
  const names = ['N', 'NE', 'E', 'SE', 'S', 'SW', 'W', 'NW'];
  return {
    distanceKm: Math.hypot(eastKm, northKm),
    direction: names[Math.round(azimuth / 45) % 8] as string,
  };
}
