/**
 * In: a scene in EPSG:4326. Out: the files LiCSAR would have for it: `<pair>.geo.unw.tif`,
 * `<pair>.geo.cc.tif` and `<frame>.geo.E.tif`, `.N.tif`, `.U.tif`, so that simulated ground motion
 * takes the same way in as real products.
 * @module
 */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { deflateSync } from 'node:zlib';
import { InvalidInputError } from '../../core/errors.js';
import type { InsarScene } from '../../core/waveform.js';

/**
 * Writes a scene as LiCSAR names and signs it (phase in radians, + away from the satellite, 0 = no
 * data) into `folder` and returns the paths, the unwrapped file first. Throws InvalidInputError for
 * another CRS than EPSG:4326.
 */
export async function writeLicsarScene(input: {
  readonly scene: InsarScene;
  readonly folder: string;
  /** For example `102A_05049_131313`. */
  readonly frame: string;
}): Promise<readonly string[]> {
  const { scene, folder, frame } = input;
  if (scene.crs !== 'EPSG:4326') {
    throw new InvalidInputError({
      what: `scene ${scene.sceneId}`,
      reason: `its CRS is ${scene.crs}; LiCSAR files are in EPSG:4326`,
      remedy: 'make the scene on a grid of longitude and latitude',
    });
  }
  const pair = `${scene.firstDate}_${scene.secondDate}`.replaceAll('-', '');
  const radiansPerMetre = (-4 * Math.PI) / scene.wavelengthM;
  const pixels = scene.rows * scene.columns;
  const vectors = (k: number): Float32Array =>
    orZero(scene.unitVectors.subarray(k * pixels, (k + 1) * pixels));
  const grids: readonly (readonly [string, Float32Array])[] = [
    [`${pair}.geo.unw.tif`, orZero(scene.losM.map((m) => m * radiansPerMetre))],
    [`${pair}.geo.cc.tif`, orZero(scene.coherence)],
    [`${frame}.geo.E.tif`, vectors(0)],
    [`${frame}.geo.N.tif`, vectors(1)],
    [`${frame}.geo.U.tif`, vectors(2)],
  ];
  await mkdir(folder, { recursive: true });
  const files: string[] = [];
  for (const [name, values] of grids) {
    const file = path.join(folder, name);
    await writeFile(file, float32GeoTiff({ ...scene, values, nodata: 0, epsg: 4326 }));
    files.push(file);
  }
  return files;
}

function orZero(values: Float32Array): Float32Array {
  return values.map((value) => (Number.isNaN(value) ? 0 : value));
}

/** TIFF field types and their sizes. */
const SHORT = 3;
const LONG = 4;
const DOUBLE = 12;
const ASCII = 2;
const STRIP_ROWS = 64;

/**
 * Bytes of a little-endian, deflated, one-band float32 GeoTIFF of a geographic CRS (TIFF 6.0,
 * GeoTIFF 1.1). `values` is row-major, row 0 the north edge.
 */
export function float32GeoTiff(image: {
  readonly rows: number;
  readonly columns: number;
  readonly transform: InsarScene['transform'];
  readonly epsg: number;
  readonly nodata: number;
  readonly values: Float32Array;
}): Uint8Array {
  const { rows, columns, transform, values } = image;
  const [x0, dx, , y0, , dy] = transform;
  const strips: Uint8Array[] = [];
  for (let row = 0; row < rows; row += STRIP_ROWS) {
    const strip = new DataView(new ArrayBuffer(Math.min(STRIP_ROWS, rows - row) * columns * 4));
    for (let i = 0; i < strip.byteLength / 4; i++) {
      strip.setFloat32(i * 4, values[row * columns + i] as number, true);
    }
    strips.push(deflateSync(new Uint8Array(strip.buffer)));
  }
  const nodata = [...new TextEncoder().encode(`${image.nodata}\0`)];
  // One geographic CRS, pixel is area; key 2048 names it.
  const geoKeys = [1, 1, 0, 3, 1024, 0, 1, 2, 1025, 0, 1, 1, 2048, 0, 1, image.epsg];
  const tags = (offsets: readonly number[]): readonly (readonly [number, number, number[]])[] => [
    [256, LONG, [columns]],
    [257, LONG, [rows]],
    [258, SHORT, [32]],
    [259, SHORT, [8]],
    [262, SHORT, [1]],
    [273, LONG, [...offsets]],
    [277, SHORT, [1]],
    [278, LONG, [STRIP_ROWS]],
    [279, LONG, strips.map((strip) => strip.length)],
    [339, SHORT, [3]],
    [33550, DOUBLE, [dx, -dy, 0]],
    [33922, DOUBLE, [0, 0, 0, x0, y0, 0]],
    [34735, SHORT, geoKeys],
    [42113, ASCII, nodata],
  ];
  // The directory's size does not depend on the offsets in it, so it is laid out twice.
  const size = directory(tags(strips.map(() => 0))).length;
  let next = 8 + size;
  const offsets = strips.map((strip) => {
    const at = next;
    next += strip.length;
    return at;
  });
  const out = new Uint8Array(next);
  out.set([0x49, 0x49, 42, 0, 8, 0, 0, 0]);
  out.set(directory(tags(offsets)), 8);
  strips.forEach((strip, i) => out.set(strip, offsets[i]));
  return out;
}

/** An image directory that starts at byte 8, its long values right behind it. */
function directory(tags: readonly (readonly [number, number, number[]])[]): Uint8Array {
  const sizes: Readonly<Record<number, number>> = {
    [ASCII]: 1,
    [SHORT]: 2,
    [LONG]: 4,
    [DOUBLE]: 8,
  };
  const fixed = 2 + tags.length * 12 + 4;
  const long = tags.reduce((sum, [, type, values]) => {
    const bytes = values.length * (sizes[type] as number);
    return sum + (bytes > 4 ? bytes : 0);
  }, 0);
  const view = new DataView(new ArrayBuffer(fixed + long));
  view.setUint16(0, tags.length, true);
  let next = fixed;
  tags.forEach(([tag, type, values], i) => {
    const at = 2 + i * 12;
    const bytes = values.length * (sizes[type] as number);
    view.setUint16(at, tag, true);
    view.setUint16(at + 2, type, true);
    view.setUint32(at + 4, values.length, true);
    const target = bytes > 4 ? next : at + 8;
    if (bytes > 4) {
      view.setUint32(at + 8, 8 + next, true);
      next += bytes;
    }
    values.forEach((value, k) => {
      const position = target + k * (sizes[type] as number);
      if (type === ASCII) view.setUint8(position, value);
      else if (type === SHORT) view.setUint16(position, value, true);
      else if (type === LONG) view.setUint32(position, value, true);
      else view.setFloat64(position, value, true);
    });
  });
  return new Uint8Array(view.buffer);
}
