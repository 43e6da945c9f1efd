/** In: the geometry of a scene. Out: one vector for a person: that of the pixel nearest its middle. @module */
import { withRaster } from '../geotiff-reader.js';
import {
  towardSatellite,
  vectorsFromComponents,
  vectorsFromElevationOrientation,
} from '../line-of-sight.js';
import type { SceneMetadata } from '../scene-metadata.js';
import { readWindow } from '../tiff/read.js';

/**
 * Unit vector ground to satellite, east, north, up: of the pixel with data nearest the middle of the
 * scene along its middle row and column; null when none of these has data or nobody knows the line of sight. Throws what the companions
 * throw.
 */
export async function lookVectorOf(
  metadata: Pick<SceneMetadata, 'geometry' | 'info'>,
): Promise<readonly number[] | null> {
  const { geometry } = metadata;
  if (geometry.kind === 'angles') return towardSatellite(geometry);
  if (geometry.kind === 'unknown') return null;
  const row = Math.floor(metadata.info.rows / 2);
  const grids: Float64Array[] = [];
  for (const file of geometry.files) {
    grids.push(
      await withRaster(file, async (raster) => {
        const { columns, rows } = raster.image;
        const window = { row: Math.min(row, rows - 1), column: 0, rows: 1, columns };
        return Float64Array.from(await readWindow(raster, { window }));
      }),
    );
  }
  const make = geometry.kind === 'files' ? vectorsFromComponents : vectorsFromElevationOrientation;
  const { vectors } = make(grids, geometry.files[0]);
  const pixels = vectors.length / 3;
  const middle = Math.floor(pixels / 2);
  const order = Array.from({ length: pixels }, (_, i) => i).sort(
    (a, b) => Math.abs(a - middle) - Math.abs(b - middle),
  );
  const best = order.find((i) => !Number.isNaN(vectors[i]));
  return best === undefined ? null : [0, 1, 2].map((k) => vectors[k * pixels + best] as number);
}
