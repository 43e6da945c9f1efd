/**
 * Distances and directions on a sphere of radius 6371 km.
 * @module
 */
export const EARTH_RADIUS_KM = 6371;
export const KM_PER_DEGREE = (Math.PI * EARTH_RADIUS_KM) / 180;

const RAD = Math.PI / 180;

export interface LatLon {
  readonly latitude: number;
  readonly longitude: number;
}

/** Great-circle distance in km (haversine; accurate at all distances). */
export function distanceKm(a: LatLon, b: LatLon): number {
  const sinLat = Math.sin(((b.latitude - a.latitude) * RAD) / 2);
  const sinLon = Math.sin(((b.longitude - a.longitude) * RAD) / 2);
  const h =
    sinLat * sinLat + Math.cos(a.latitude * RAD) * Math.cos(b.latitude * RAD) * sinLon * sinLon;
  return 2 * EARTH_RADIUS_KM * Math.asin(Math.min(1, Math.sqrt(h)));
}

/** Azimuth from `a` to `b`, degrees clockwise from north, 0 to 360. */
export function azimuthDeg(a: LatLon, b: LatLon): number {
  const dLon = (b.longitude - a.longitude) * RAD;
  const y = Math.sin(dLon) * Math.cos(b.latitude * RAD);
  const x =
    Math.cos(a.latitude * RAD) * Math.sin(b.latitude * RAD) -
    Math.sin(a.latitude * RAD) * Math.cos(b.latitude * RAD) * Math.cos(dLon);
  return (Math.atan2(y, x) / RAD + 360) % 360;
}

/**
 * East and north of `point` from `origin`, km, equirectangular; error < 0.5 % within 300 km. The
 * short way round, also where one longitude is given as 181 and the other as -179.
 */
export function toLocalKm(origin: LatLon, point: LatLon): { eastKm: number; northKm: number } {
  const meanLat = (origin.latitude + point.latitude) / 2;
  const turn = point.longitude - origin.longitude;
  const eastDeg = Math.abs(turn) <= 180 ? turn : turn - 360 * Math.round(turn / 360);
  return {
    eastKm: eastDeg * KM_PER_DEGREE * Math.cos(meanLat * RAD),
    northKm: (point.latitude - origin.latitude) * KM_PER_DEGREE,
  };
}

/** Inverse of toLocalKm. */
export function fromLocalKm(origin: LatLon, local: { eastKm: number; northKm: number }): LatLon {
  const latitude = origin.latitude + local.northKm / KM_PER_DEGREE;
  const meanLat = (origin.latitude + latitude) / 2;
  return {
    latitude,
    longitude: origin.longitude + local.eastKm / (KM_PER_DEGREE * Math.cos(meanLat * RAD)),
  };
}

/** Largest azimuth gap between points seen from `centre`, degrees; 360 for fewer than two. */
export function azimuthalGapDeg(centre: LatLon, points: readonly LatLon[]): number {
  if (points.length < 2) return 360;
  const azimuths = points.map((p) => azimuthDeg(centre, p)).sort((a, b) => a - b);
  let gap = 360 - (azimuths.at(-1) as number) + (azimuths[0] as number);
  for (let i = 1; i < azimuths.length; i++) {
    gap = Math.max(gap, (azimuths[i] as number) - (azimuths[i - 1] as number));
  }
  return gap;
}
