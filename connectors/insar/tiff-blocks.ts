/**
 * In: one compressed strip or tile. Out: its samples in little-endian order. The predictors and the
 * byte order are undone here, because geotiff.js assumes little-endian words. Predictors: TIFF 6.0 section 14, TIFF technical note 3.
 * @module
 */
import { inflateSync } from 'node:zlib';
import { CorruptSourceError, UnsupportedSourceError } from '../../core/errors.js';
import { lercValidMask } from './lerc-mask.js';
import { COMPRESSIONS, decompress } from './tiff-codecs.js';

export interface BlockLayout {
  readonly compression: number;
  readonly predictor: number;
  readonly columns: number;
  readonly rows: number;
  readonly bytesPerSample: number;
  readonly littleEndian: boolean;
  /** LercParameters tag: version and additional compression. */
  readonly lerc: readonly number[] | undefined;
}

const LERC = 34887;

/**
 * Bytes of one block in little-endian order, predictor undone, exactly `rows * columns` samples;
 * masked LERC pixels are NaN. Throws CorruptSourceError naming `at` when the data are damaged.
 */
export async function decodeBlock(
  bytes: Uint8Array,
  layout: BlockLayout,
  where: { readonly source: string; readonly at: string },
): Promise<DataView> {
  const wanted = layout.rows * layout.columns * layout.bytesPerSample;
  let decoded: Uint8Array;
  try {
    decoded = await decompress({
      bytes,
      wanted,
      compression: layout.compression,
      lercParameters: layout.lerc,
    });
  } catch (cause) {
    throw new CorruptSourceError({
      ...where,
      reason: `the ${COMPRESSIONS[layout.compression]} data cannot be decompressed`,
      cause,
    });
  }
  if (decoded.byteLength < wanted) {
    throw new CorruptSourceError({
      ...where,
      reason: `${decoded.byteLength} of ${wanted} bytes after decompression`,
    });
  }
  decoded = decoded.subarray(0, wanted);
  // LERC stores its own little-endian numbers whatever the order of the TIFF around it.
  const littleEndian = layout.littleEndian || layout.compression === LERC;
  if (layout.predictor === 3) undoFloatPredictor(decoded, layout);
  else {
    if (!littleEndian) swapBytes(decoded, layout.bytesPerSample);
    if (layout.predictor === 2) undoHorizontalPredictor(decoded, layout, where.source);
  }
  const view = new DataView(decoded.buffer, decoded.byteOffset, decoded.byteLength);
  if (layout.compression === LERC) applyLercMask(bytes, view, layout, where.source);
  return view;
}

function applyLercMask(raw: Uint8Array, view: DataView, layout: BlockLayout, name: string): void {
  const added = layout.lerc?.[1] ?? 0;
  if (added > 1) {
    throw new UnsupportedSourceError({
      source: name,
      reason: 'LERC with Zstandard inside hides which pixels are missing',
      remedy: 'convert it with gdal_translate -co COMPRESS=DEFLATE',
    });
  }
  const mask = lercValidMask(added === 1 ? inflateSync(raw) : raw, name);
  if (!mask) return;
  mask.forEach((valid, i) => {
    if (valid) return;
    if (layout.bytesPerSample === 8) view.setFloat64(i * 8, Number.NaN, true);
    else view.setFloat32(i * 4, Number.NaN, true);
  });
}

function swapBytes(bytes: Uint8Array, size: number): void {
  for (let at = 0; at < bytes.length; at += size) bytes.subarray(at, at + size).reverse();
}

/** Running sums along each row of whole samples, modulo their word size. */
function undoHorizontalPredictor(bytes: Uint8Array, layout: BlockLayout, name: string): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { rows, columns, bytesPerSample: size } = layout;
  for (let row = 0; row < rows; row++) {
    for (let i = row * columns + 1; i < (row + 1) * columns; i++) {
      const at = i * size;
      if (size === 1) bytes[at] = (bytes[at] as number) + (bytes[at - 1] as number);
      else if (size === 2) {
        view.setUint16(at, view.getUint16(at, true) + view.getUint16(at - 2, true), true);
      } else if (size === 4) {
        view.setUint32(at, view.getUint32(at, true) + view.getUint32(at - 4, true), true);
      } else if (size === 8) {
        view.setBigUint64(at, view.getBigUint64(at, true) + view.getBigUint64(at - 8, true), true);
      } else {
        throw new UnsupportedSourceError({
          source: name,
          reason: `horizontal predictor with ${size} bytes a sample`,
          remedy: 'convert it with gdal_translate -co PREDICTOR=1',
        });
      }
    }
  }
}

/** Running sums of bytes, then bytes of a row put back together, most significant plane first. */
function undoFloatPredictor(bytes: Uint8Array, layout: BlockLayout): void {
  const { rows, columns, bytesPerSample: size } = layout;
  const rowBytes = columns * size;
  const planes = new Uint8Array(rowBytes);
  for (let row = 0; row < rows; row++) {
    const target = bytes.subarray(row * rowBytes, (row + 1) * rowBytes);
    let sum = 0;
    for (let i = 0; i < rowBytes; i++) {
      sum = (sum + (target[i] as number)) & 0xff;
      planes[i] = sum;
    }
    for (let i = 0; i < columns; i++) {
      for (let b = 0; b < size; b++) {
        target[i * size + b] = planes[(size - 1 - b) * columns + i] as number;
      }
    }
  }
}
