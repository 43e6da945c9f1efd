/**
 * A monitored region: where to look, on which grid, fed by which sources.
 * @module
 */
import type { SourceKind } from './evidence.js';
import { KM_PER_DEGREE } from './geo.js';

/** Geographic box in degrees; west < east (regions across the date line use east > 180). */
export interface Bounds {
  readonly west: number;
  readonly south: number;
  readonly east: number;
  readonly north: number;
}

/** Search grid of the region. */
export interface RegionGrid {
  /** Horizontal spacing of the coarsest search grid, km. */
  readonly spacingKm: number;
  /** Depths searched, km below sea level, ascending. */
  readonly depthsKm: readonly number[];
}

/** A place with its search grid and the physics used there. */
export interface Region {
  /** Lower-case letters, digits and dashes; part of workflow ids and artifact keys. */
  readonly id: string;
  readonly name: string;
  readonly bounds: Bounds;
  readonly grid: RegionGrid;
  /** Layered model for travel times. */
  readonly velocityModel: 'iasp91' | 'ak135';
  /** Smallest magnitude considered; the Gutenberg-Richter prior starts here. */
  readonly minMagnitude: number;
  readonly maxMagnitude: number;
}

/**
 * One feed of a region. `uri` is `file:` (file or folder), `s3://bucket/prefix`, `dataset:NAME/PATH`,
 * `mqtt:TOPIC`, or `live:` for reports that only come through the segment index.
 */
export interface SourceConfig {
  readonly kind: SourceKind;
  /** Unique within the region; names the feed in evidence and provenance. */
  readonly id: string;
  readonly uri: string;
  /** Connector-specific settings, validated by the connector. */
  readonly options?: Readonly<Record<string, string | number | boolean>>;
}

/** A region with its feeds: what `watchRegion`, schedules and backfills run on. */
export interface RegionConfig extends Region {
  /** Length of a fused window, s. */
  readonly windowS: number;
  /** How far a window reads beyond each end, s, so that a quake at the seam is whole. */
  readonly overlapS: number;
  readonly sources: readonly SourceConfig[];
  /** True when every observation is simulated: printed beside each result. */
  readonly synthetic: boolean;
}

/** Horizontal cell centres of the search grid, row-major from south-west. */
export function gridCells(
  region: Region,
): { readonly latitude: number; readonly longitude: number }[] {
  const { west, south, east, north } = region.bounds;
  const stepLat = region.grid.spacingKm / KM_PER_DEGREE;
  const rows = Math.max(1, Math.round((north - south) / stepLat));
  const cells: { latitude: number; longitude: number }[] = [];
  for (let r = 0; r < rows; r++) {
    const latitude = south + ((r + 0.5) * (north - south)) / rows;
    const stepLon = stepLat / Math.cos((latitude * Math.PI) / 180);
    const columns = Math.max(1, Math.round((east - west) / stepLon));
    for (let c = 0; c < columns; c++) {
      cells.push({ latitude, longitude: west + ((c + 0.5) * (east - west)) / columns });
    }
  }
  return cells;
}
