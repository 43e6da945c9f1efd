/**
 * Felt cells in, a file like USGS `dyfi_geo_10km.geojson` out: for the simulator and for tests.
 * @module
 */
import { rename, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** One cell with at least one response. */
export interface DyfiCell {
  readonly name: string;
  /** Corners as [longitude, latitude], degrees, not closed, as USGS writes them. */
  readonly corners: readonly (readonly [number, number])[];
  /** Community decimal intensity, 1 (not felt) to 10. */
  readonly intensity: number;
  readonly responses: number;
  /** Distance from the epicentre, km. */
  readonly distanceKm: number;
}

/** A square-like cell of `sizeKm` around a centre; corners start in the south-west. */
export function squareCorners(input: {
  readonly latitude: number;
  readonly longitude: number;
  readonly sizeKm: number;
}): [number, number][] {
  const halfLat = input.sizeKm / 2 / 111.195;
  const halfLon = halfLat / Math.cos((input.latitude * Math.PI) / 180);
  const { latitude, longitude } = input;
  return [
    [longitude - halfLon, latitude - halfLat],
    [longitude + halfLon, latitude - halfLat],
    [longitude + halfLon, latitude + halfLat],
    [longitude - halfLon, latitude + halfLat],
  ];
}

/** Writes the cells; the file appears at once when it is complete. */
export async function writeDyfi(input: {
  readonly path: string;
  readonly cells: readonly DyfiCell[];
}): Promise<void> {
  const round = (value: number): number => Math.round(value * 1e5) / 1e5;
  const features = input.cells.map((cell) => ({
    type: 'Feature',
    geometry: {
      type: 'Polygon',
      coordinates: [cell.corners.map(([lon, lat]) => [round(lon), round(lat)])],
    },
    properties: {
      name: `${cell.name}<br>${cell.name}`,
      cdi: Math.round(cell.intensity * 10) / 10,
      nresp: cell.responses,
      dist: Math.round(cell.distanceKm),
    },
  }));
  await writeWhole(input.path, JSON.stringify({ type: 'FeatureCollection', features }));
}

/** Writes a file under a hidden name and renames it, so that no reader sees half of it. */
export async function writeWhole(target: string, text: string): Promise<void> {
  const partial = path.join(path.dirname(target), `.${path.basename(target)}.part`);
  await writeFile(partial, text);
  await rename(partial, target);
}
