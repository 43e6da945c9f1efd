/** Values of a NonLinLoc grid in, velocities in km/s out, each checked. @module */
import { CorruptSourceError } from '../../core/errors.js';
import type { GridHeader, GridKind } from './grid-header.js';

/** Plausible seismic velocities, km/s; air and water layers included. */
const RANGE = { min: 0.05, max: 15 };
/** Values that decide on the byte order. */
const LOOK = 1000;

/**
 * Converts a buffer of the header's type. Throws CorruptSourceError naming the node of the first value
 * that is no velocity within 0.05 to 15 km/s (NaN, zero, negative, another unit).
 */
export function velocitiesOf(input: {
  readonly source: string;
  readonly header: GridHeader;
  readonly bytes: Buffer;
}): Float32Array<ArrayBuffer> {
  const { source, header, bytes } = input;
  const { nodes, stepKm } = header.shape;
  const [nx, ny, nz] = nodes;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = header.valueBytes;
  const raw = (i: number, little: boolean): number =>
    size === 4 ? view.getFloat32(4 * i, little) : view.getFloat64(8 * i, little);
  const toVelocity = conversion(header.kind, stepKm[0]);
  const isPlausible = (v: number): boolean => v >= RANGE.min && v <= RANGE.max;
  const count = nx * ny * nz;
  const share = (little: boolean): number => {
    let good = 0;
    const step = Math.max(1, Math.floor(count / LOOK));
    for (let i = 0; i < count; i += step) if (isPlausible(toVelocity(raw(i, little)))) good++;
    return good;
  };
  // NonLinLoc writes in the order of its machine (and has a switch to swap): the plausible one.
  const little = share(true) >= share(false);
  const velocity = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const value = raw(i, little);
    const v = toVelocity(value);
    if (!isPlausible(v)) throw bad(source, header, i, value, v);
    velocity[i] = v;
  }
  return velocity;
}

function conversion(kind: GridKind, lengthKm: number): (value: number) => number {
  switch (kind) {
    case 'VELOCITY':
      return (value) => value;
    case 'VELOCITY_METERS':
      return (value) => value / 1000;
    case 'SLOWNESS':
      return (value) => 1 / value;
    case 'SLOW_LEN':
      return (value) => lengthKm / value;
    case 'VEL2':
      return (value) => Math.sqrt(value);
    case 'SLOW2':
      return (value) => 1 / Math.sqrt(value);
    case 'SLOW2_METERS':
      return (value) => 1e-3 / Math.sqrt(value);
  }
}

function bad(
  source: string,
  header: GridHeader,
  i: number,
  value: number,
  v: number,
): CorruptSourceError {
  const { nodes, firstKm, stepKm } = header.shape;
  const [, ny, nz] = nodes;
  const node = [Math.floor(i / (ny * nz)), Math.floor(i / nz) % ny, i % nz] as const;
  const km = node.map((n, a) => (firstKm[a] as number) + n * (stepKm[a] as number));
  return new CorruptSourceError({
    source,
    at: `node x ${node[0]}, y ${node[1]}, z ${node[2]} (from 0; ${km.map((k) => k.toFixed(2)).join(', ')} km)`,
    reason: `${header.kind} ${value} is ${Number.isFinite(v) ? `a velocity of ${v.toPrecision(4)} km/s` : 'no velocity'}, not within ${RANGE.min} to ${RANGE.max} km/s`,
  });
}
