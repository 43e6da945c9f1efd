/**
 * In: a raster and a window of one of its images. Out: the samples, each the stored one, or an error
 * that names the block: never zeros for what could not be read.
 * @module
 */
import { CorruptSourceError, InvalidInputError } from '../../../core/errors.js';
import { withPages, type ByteSource } from './byte-source.js';
import { prepareCodec } from './codecs.js';
import { decodeBlock, decodeTwo } from './decode.js';
import { readTiffFile } from './directory.js';
import { readGeoReference, type GeoReference } from './geo.js';
import { describeImage, type BlockLayout, type TiffImage } from './image.js';
import { describeMask, type TiffMask } from './mask.js';
import { planReads, type PixelWindow, type PlannedBlock, type PlannedRead } from './plan.js';
import { allocateSamples, elementsOf, memoryBytes, type SampleArray } from './samples.js';

/** An open GeoTIFF. */
export interface Raster {
  readonly source: ByteSource;
  readonly bigTiff: boolean;
  /** The full image. */
  readonly image: TiffImage;
  /** Its reduced versions, the finest first. */
  readonly overviews: readonly TiffImage[];
  readonly geo: GeoReference;
  /** Which pixels count, where the file says so; `mask.ts` reads it. */
  readonly mask: TiffMask | null;
}

/** NewSubfileType of a mask of the full image. */
const MASK = 4;

/** Opens a GeoTIFF. Throws UnsupportedSourceError or CorruptSourceError with tag or byte. */
export async function openRaster(file: ByteSource): Promise<Raster> {
  const source = withPages(file);
  const { littleEndian, bigTiff, directories } = await readTiffFile(source);
  const [first, ...others] = directories;
  if (!first)
    throw new CorruptSourceError({ source: source.name, at: 'byte 4', reason: 'no image' });
  const image = await describeImage(first, { source: source.name, littleEndian });
  const overviews: TiffImage[] = [];
  let mask: TiffMask | null = null;
  for (const directory of others) {
    const kind = (await directory.numbers(254))?.[0] ?? 0;
    if (kind === MASK) {
      const own = await describeMask(directory, { source: source.name, littleEndian });
      const columns = own.bits === 1 ? Math.ceil(image.columns / 8) : image.columns;
      if (own.image.rows === image.rows && own.image.columns === columns) mask = own;
    }
    if (kind !== 1) continue;
    const reduced = await describeImage(directory, { source: source.name, littleEndian });
    const fits = reduced.bands === image.bands && reduced.dtype === image.dtype;
    if (fits && reduced.rows < image.rows) overviews.push(reduced);
  }
  overviews.sort((a, b) => b.rows - a.rows);
  const geo = await readGeoReference(first, source.name);
  return { source, bigTiff, image, overviews, geo, mask };
}

/** Worker threads that serve the task of `tasks.ts`. */
export interface BlockPool {
  run(name: 'readTiffBlocks', input: ReadTiffBlocksInput): Promise<null>;
}

export interface WindowRequest {
  /** The full image when absent. */
  readonly image?: TiffImage;
  /** From 0. */
  readonly band?: number;
  /** The whole image when absent. */
  readonly window?: PixelWindow;
  /** Worker threads; the calling thread alone when absent, and for remote sources. */
  readonly pool?: BlockPool;
}

/** Samples above this are read by windows, not at once. */
const MAX_BYTES = 2 ** 32;
const REMOTE_LANES = 4;
/** Small parts, so that no thread waits long for the last one of another. */
const THREAD_READ_BYTES = 2 ** 21;

/**
 * Samples [rows, columns] of a window, row-major, as stored. Throws InvalidInputError for a window
 * outside the image, CorruptSourceError or UnsupportedSourceError as openRaster.
 */
export async function readWindow(
  raster: Raster,
  request: WindowRequest = {},
): Promise<SampleArray> {
  const image = request.image ?? raster.image;
  const band = request.band ?? 0;
  const window = request.window ?? { row: 0, column: 0, rows: image.rows, columns: image.columns };
  checkWindow(raster.source.name, image, window, band);
  const count = window.rows * window.columns;
  if (count * memoryBytes(image.dtype) > MAX_BYTES) {
    throw new InvalidInputError({
      what: `window of ${raster.source.name}`,
      reason: `${window.rows} x ${window.columns} pixels do not fit into memory`,
      remedy: 'read it in parts or read an overview',
    });
  }
  const { source } = raster;
  const pool = source.path === null ? undefined : request.pool;
  const reads = await planReads(image, {
    ...{ window, band, source: source.name },
    ...(pool && { maxReadBytes: THREAD_READ_BYTES }),
  });
  const isShared = pool !== undefined && reads.length > 1;
  const out = allocateSamples(image.dtype, count, isShared);
  const job = {
    name: source.name,
    layout: image.layout,
    band: image.layout.samples === 1 ? 0 : band,
    window,
    nodata: raster.geo.nodata,
  };
  if (!isShared || !pool || source.path === null) {
    await prepareCodec(image.layout.compression);
    // A server answers several requests at once; a file is read in order.
    const lanes = source.path === null ? REMOTE_LANES : 1;
    for (let i = 0; i < reads.length; i += lanes) {
      const some = reads.slice(i, i + lanes);
      await Promise.all(
        some.map(async (read) => {
          const at = placeOf(read);
          // Blocks that are not in the file need no bytes.
          const isThere = read.bytes > 0;
          const bytes = isThere
            ? await source.read(read.offset, read.bytes, at)
            : new Uint8Array(0);
          await putBlocks(bytes, job, read, out);
        }),
      );
    }
    return out;
  }
  const { path } = source;
  const buffer = out.buffer as SharedArrayBuffer;
  await Promise.all(reads.map((read) => pool.run('readTiffBlocks', { path, job, read, buffer })));
  return out;
}

/** What a thread has to know to put blocks into a window. */
export interface BlockJob {
  readonly name: string;
  readonly layout: BlockLayout;
  /** Sample of a pixel inside a block. */
  readonly band: number;
  readonly window: PixelWindow;
  readonly nodata: number | null;
}

/** One read, done in a thread. */
export interface ReadTiffBlocksInput {
  readonly path: string;
  readonly job: BlockJob;
  readonly read: PlannedRead;
  /** Samples of the whole window. */
  readonly buffer: SharedArrayBuffer;
}

/** For messages. */
export function placeOf(read: PlannedRead): string {
  return `block ${read.blocks[0]?.index}, byte ${read.offset}`;
}

/** Decodes the blocks of one read, whose bytes are given, and writes their part of the window into `out`. */
export async function putBlocks(
  bytes: Uint8Array,
  job: BlockJob,
  read: PlannedRead,
  out: SampleArray,
): Promise<void> {
  const bytesOf = ({ offset, bytes: length }: PlannedBlock): Uint8Array | null =>
    length > 0 ? bytes.subarray(offset - read.offset, offset - read.offset + length) : null;
  for (let i = 0; i < read.blocks.length; i++) {
    const block = read.blocks[i] as PlannedBlock;
    const next = read.blocks[i + 1];
    const own = bytesOf(block);
    const place = { source: job.name, at: `block ${block.index}, byte ${block.offset}` };
    const put =
      (target: PlannedBlock) =>
      (samples: SampleArray | null): void =>
        scatter(samples, { ...target, columns: job.layout.columns }, job, out);
    if (!own) {
      // A block of no bytes is GDAL's way to write one that is nodata throughout.
      if (job.nodata === null) {
        const reason = 'the block is not in the file, and no nodata value says what it holds';
        throw new CorruptSourceError({ ...place, reason });
      }
      put(block)(null);
      continue;
    }
    const layout = { ...job.layout, rows: block.rows };
    const other = next?.rows === block.rows ? bytesOf(next) : null;
    if (next && other && decodeTwo([own, other], layout, [put(block), put(next)])) {
      i++;
      continue;
    }
    await decodeBlock(own, layout, place, put(block));
  }
}

/** Copies the part of a block that lies in the window; null fills it with nodata. */
function scatter(
  samples: SampleArray | null,
  block: PixelWindow,
  job: BlockJob,
  out: SampleArray,
): void {
  const { window, layout, band } = job;
  const step = elementsOf(layout.dtype);
  const firstRow = Math.max(block.row, window.row);
  const endRow = Math.min(block.row + block.rows, window.row + window.rows);
  const firstColumn = Math.max(block.column, window.column);
  const endColumn = Math.min(block.column + block.columns, window.column + window.columns);
  const length = (endColumn - firstColumn) * step;
  for (let row = firstRow; row < endRow; row++) {
    const to = ((row - window.row) * window.columns + firstColumn - window.column) * step;
    if (!samples) {
      out.fill(job.nodata ?? 0, to, to + length);
      continue;
    }
    const pixel = (row - block.row) * block.columns + firstColumn - block.column;
    if (layout.samples === 1) {
      out.set(samples.subarray(pixel * step, pixel * step + length), to);
      continue;
    }
    for (let i = 0; i < endColumn - firstColumn; i++) {
      const from = ((pixel + i) * layout.samples + band) * step;
      for (let k = 0; k < step; k++) out[to + i * step + k] = samples[from + k] as number;
    }
  }
}

function checkWindow(name: string, image: TiffImage, window: PixelWindow, band: number): void {
  const { row, column, rows, columns } = window;
  const whole = [row, column, rows, columns, band].every((n) => Number.isSafeInteger(n) && n >= 0);
  const inside = row + rows <= image.rows && column + columns <= image.columns;
  if (whole && inside && rows > 0 && columns > 0 && band < image.bands) return;
  throw new InvalidInputError({
    what: `window of ${name}`,
    reason: `row ${row}, column ${column}, ${rows} x ${columns}, band ${band} of ${image.rows} x ${image.columns} pixels and ${image.bands} bands`,
    remedy: 'give a window inside the raster',
  });
}
