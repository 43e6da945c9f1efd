/** Three-dimensional velocity models as they are exchanged between readers and models. @module */
import type { MapProjection } from './map-projection.js';

/** Nodes of a regular grid. Arrays over it are [x][y][z], z fastest; z is positive down. */
export interface GridShape {
  readonly nodes: readonly [x: number, y: number, z: number];
  /** Place of the first node, km; z is depth below sea level. */
  readonly firstKm: readonly [x: number, y: number, z: number];
  readonly stepKm: readonly [x: number, y: number, z: number];
}

/** P and S velocities of a region. */
export interface VelocityGrid {
  readonly name: string;
  readonly shape: GridShape;
  readonly projection: MapProjection;
  /** km/s at the nodes, [x][y][z]. */
  readonly vpKmS: Float32Array;
  readonly vsKmS: Float32Array;
  /** SHA-256 of what the grid was read from, hexadecimal. */
  readonly sha256: string;
  /** What the reader of a result should know, one line each (for example that S came from P). */
  readonly notes: readonly string[];
}

/** What one grid may hold: a sweep works on 25 bytes a node. */
export const MAX_GRID_NODES = 16_000_000;
