/**
 * In: the image of a TIFF that says which pixels count (NewSubfileType bit 4, TIFF 6.0 section 8; GDAL's
 * internal masks), of 1 or 8 bits a pixel. Out: 1 for each pixel that counts. A row of 1-bit pixels is read as
 * a row of bytes of eight pixels each.
 * @module
 */
import type { TiffDirectory } from './directory.js';
import { describeImage, type TiffImage } from './image.js';
import { readWindow, type Raster } from './read.js';

/** A mask of the full image; `image` has eight pixels a sample when `bits` is 1. */
export interface TiffMask {
  readonly bits: 1 | 8;
  readonly image: TiffImage;
}

const BITS = 258;
/** Widths of the image and of a tile. */
const WIDTHS: readonly number[] = [256, 322];

/** Storage of a mask. Throws what describeImage throws, also for masks of other bits. */
export async function describeMask(
  directory: TiffDirectory,
  input: { readonly source: string; readonly littleEndian: boolean },
): Promise<TiffMask> {
  const bits = (await directory.numbers(BITS))?.[0] ?? 1;
  if (bits !== 1) return { bits: 8, image: await describeImage(directory, input) };
  const packed: TiffDirectory = {
    ...directory,
    numbers: async (tag) => {
      const values = await directory.numbers(tag);
      if (tag === BITS) return [8];
      return WIDTHS.includes(tag) ? values?.map((width) => Math.ceil(width / 8)) : values;
    },
  };
  return { bits: 1, image: await describeImage(packed, input) };
}

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
