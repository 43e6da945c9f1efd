/** A raw float32 grid of metres and its description in, a scene out. @module */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { constantVectors, towardSatellite } from '../../../../connectors/insar/line-of-sight.js';
import { CorruptSourceError, UnavailableError } from '../../../../core/errors.js';
import type { InsarScene } from '../../../../core/waveform.js';

/** A raw grid of float32 metres and what a header would say of it. */
export const FLOAT_GRID = z.strictObject({
  file: z.string(),
  rows: z.int().min(2).max(100_000),
  columns: z.int().min(2).max(100_000),
  spacingM: z.number().positive(),
  /** Centre of the pixel in the south-west, m. */
  cornerEastM: z.number(),
  cornerNorthM: z.number(),
  firstRow: z.enum(['south', 'north']),
  positive: z.enum(['towards', 'away']),
  headingDeg: z.number(),
  incidenceDeg: z.number().gt(0).lt(90),
  firstDate: z.iso.date(),
  secondDate: z.iso.date(),
  wavelengthM: z.number().positive().default(0.05546576),
});
export type FloatGrid = z.infer<typeof FLOAT_GRID>;

/** Reads little-endian float32, row by row. Throws CorruptSourceError when the size is not that of the grid. */
export async function readFloatGrid(grid: FloatGrid): Promise<InsarScene> {
  const { rows, columns, spacingM } = grid;
  const pixels = rows * columns;
  const info = await stat(grid.file).catch((cause: unknown) => {
    throw new UnavailableError({
      what: grid.file,
      reason: 'it cannot be opened',
      remedy: 'check the path in the configuration',
      retryable: false,
      cause,
    });
  });
  if (info.size !== pixels * 4) {
    throw new CorruptSourceError({
      source: grid.file,
      at: `byte ${Math.min(info.size, pixels * 4)}`,
      reason: `${info.size} bytes are not ${rows} x ${columns} float32`,
    });
  }
  const bytes = await readFile(grid.file);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const sign = grid.positive === 'towards' ? 1 : -1;
  const losM = new Float32Array(pixels);
  for (let row = 0; row < rows; row++) {
    const from = grid.firstRow === 'north' ? row : rows - 1 - row;
    for (let column = 0; column < columns; column++) {
      losM[row * columns + column] = sign * view.getFloat32(4 * (from * columns + column), true);
    }
  }
  const west = grid.cornerEastM - spacingM / 2;
  const north = grid.cornerNorthM + (rows - 0.5) * spacingM;
  return {
    sceneId: path.basename(grid.file),
    firstDate: grid.firstDate,
    secondDate: grid.secondDate,
    ...{ rows, columns },
    transform: [west, spacingM, 0, north, 0, -spacingM],
    crs: 'LOCAL:metres',
    losM,
    coherence: new Float32Array(pixels).fill(Number.NaN),
    unitVectors: constantVectors(towardSatellite(grid), pixels),
    wavelengthM: grid.wavelengthM,
    notes: [`metres, + ${grid.positive} the satellite, as configured`],
  };
}
