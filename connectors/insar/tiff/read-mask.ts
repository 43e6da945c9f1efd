/** Which pixels of a raster count, by the mask inside its file. @module */
import { readWindow, type Raster } from './read.js';

/** 1 for each pixel of the image that counts, row-major; null without a mask. Throws as readWindow. */
export async function readMask(raster: Raster): Promise<Uint8Array | null> {
  const { mask, image } = raster;
  if (!mask) return null;
  // Blocks that are not in the file are 0 throughout.
  const own: Raster = { ...raster, geo: { ...raster.geo, nodata: 0 } };
  const stored = await readWindow(own, { image: mask.image });
  if (mask.bits === 8) return Uint8Array.from(stored, (value) => (value === 0 ? 0 : 1));
  const { rows, columns } = image;
  return Uint8Array.from({ length: rows * columns }, (_, i) => {
    const column = i % columns;
    const byte = stored[((i - column) / columns) * mask.image.columns + (column >> 3)] as number;
    return (byte >> (7 - (column & 7))) & 1;
  });
}
