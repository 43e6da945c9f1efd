/**
 * Storage of the image of a TIFF that says which pixels count (NewSubfileType bit 4, TIFF 6.0 section 8;
 * GDAL's internal masks), of 1 or 8 bits a pixel. A row of 1-bit pixels is described as a row of bytes of
 * eight pixels each.
 * @module
 */
import type { TiffDirectory } from './directory.js';
import { describeImage, type TiffImage } from './image.js';

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
