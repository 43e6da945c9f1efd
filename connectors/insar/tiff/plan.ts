/**
 * In: an image and a window of it. Out: which bytes of the file have to be read for it, neighbouring
 * blocks in one go, and where each block's pixels go.
 * @module
 */
import { CorruptSourceError } from '../../../core/errors.js';
import { sampleBytes, type TiffImage } from './image.js';

/** Part of an image in pixels; row 0 and column 0 first. */
export interface PixelWindow {
  readonly row: number;
  readonly column: number;
  readonly rows: number;
  readonly columns: number;
}

/** A block of a window: its bytes and its place in the image. */
export interface PlannedBlock {
  readonly index: number;
  readonly offset: number;
  /** 0: the block is not in the file and is nodata throughout. */
  readonly bytes: number;
  /** Place of its first pixel in the image, and its rows; columns are those of the layout. */
  readonly row: number;
  readonly column: number;
  readonly rows: number;
}

/** Blocks whose bytes lie close together. */
export interface PlannedRead {
  readonly offset: number;
  readonly bytes: number;
  readonly blocks: readonly PlannedBlock[];
}

/** One read holds at most this much where the caller does not say. */
const MAX_READ_BYTES = 2 ** 23;
/** Reading this much for nothing is cheaper than asking twice. */
const MAX_GAP = 2 ** 15;
/** Rows of an uncompressed strip are read in parts of about this size. */
const PART_BYTES = 2 ** 22;

/** Reads that cover the window of one band (from 0). Throws CorruptSourceError for lying sizes. */
export async function planReads(
  image: TiffImage,
  input: {
    readonly window: PixelWindow;
    readonly band: number;
    readonly source: string;
    readonly maxReadBytes?: number;
  },
): Promise<readonly PlannedRead[]> {
  const { layout } = image;
  const { offsets, sizes } = await image.blocks();
  const shift = layout.samples === 1 ? input.band * image.across * image.down : 0;
  const blocks: PlannedBlock[] = [];
  const { window } = input;
  const lastRow = window.row + window.rows - 1;
  const lastColumn = window.column + window.columns - 1;
  const plain = layout.compression === 1 && !image.isTiled;
  for (let y = Math.floor(window.row / layout.rows); y * layout.rows <= lastRow; y++) {
    for (
      let x = Math.floor(window.column / layout.columns);
      x * layout.columns <= lastColumn;
      x++
    ) {
      const index = shift + y * image.across + x;
      const row = y * layout.rows;
      const block = {
        index,
        offset: offsets[index] as number,
        bytes: sizes[index] as number,
        row,
        column: x * layout.columns,
        // The last strip ends with the image, the last tile is padded.
        rows: image.isTiled ? layout.rows : Math.min(layout.rows, image.rows - row),
      };
      checkSize(image, block, input.source);
      if (plain && block.bytes > 0) blocks.push(...partsOf(image, block, window));
      else blocks.push(block);
    }
  }
  return groups(blocks, input.maxReadBytes ?? MAX_READ_BYTES);
}

function rowBytes(image: TiffImage): number {
  return image.layout.columns * image.layout.samples * sampleBytes(image.dtype);
}

function checkSize(image: TiffImage, block: PlannedBlock, source: string): void {
  const raw = block.rows * rowBytes(image);
  const isShort = image.layout.compression === 1 && block.bytes > 0 && block.bytes < raw;
  if (!isShort && block.bytes <= 4 * raw + 2 ** 20) return;
  throw new CorruptSourceError({
    source,
    at: `block ${block.index}, byte ${block.offset}`,
    reason: `${block.bytes} bytes are listed for ${raw} bytes of pixels`,
  });
}

/** Only the rows of an uncompressed strip that are in the window, in parts of bounded size. */
function partsOf(image: TiffImage, strip: PlannedBlock, window: PixelWindow): PlannedBlock[] {
  const bytes = rowBytes(image);
  const step = Math.max(1, Math.floor(PART_BYTES / bytes));
  const first = Math.max(strip.row, window.row);
  const end = Math.min(strip.row + strip.rows, window.row + window.rows);
  const parts: PlannedBlock[] = [];
  for (let row = first; row < end; row += step) {
    const rows = Math.min(step, end - row);
    const offset = strip.offset + (row - strip.row) * bytes;
    parts.push({ ...strip, row, rows, offset, bytes: rows * bytes });
  }
  return parts;
}

function groups(blocks: readonly PlannedBlock[], maxReadBytes: number): PlannedRead[] {
  const sorted = [...blocks].sort((a, b) => a.offset - b.offset);
  const reads: { offset: number; end: number; blocks: PlannedBlock[] }[] = [];
  for (const block of sorted) {
    const last = reads.at(-1);
    const end = block.offset + block.bytes;
    const joins =
      last !== undefined &&
      block.bytes > 0 &&
      last.end > last.offset &&
      block.offset - last.end <= MAX_GAP &&
      end - last.offset <= maxReadBytes;
    // Blocks without bytes need no read but must not start one far away either.
    if (joins || (last && block.bytes === 0 && last.end === last.offset)) {
      last.blocks.push(block);
      last.end = Math.max(last.end, block.bytes > 0 ? end : last.end);
    } else {
      reads.push({ offset: block.offset, end, blocks: [block] });
    }
  }
  return reads.map(({ offset, end, blocks: own }) => ({
    offset,
    bytes: end - offset,
    blocks: own,
  }));
}
