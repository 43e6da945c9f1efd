/**
 * Tiles of a float32 image: cut, predicted, deflated. In: a grid. Out: the tiles' bytes, row by row.
 * @module
 */
import { deflateSync } from 'node:zlib';

/** Cuts an image into square tiles; cells of edge tiles that lie outside are NaN. */
export function encodeTiles(input: {
  rows: number;
  columns: number;
  values: Float32Array;
  /** Side of a tile, cells. */
  tile: number;
}): Buffer[] {
  const { rows, columns, values, tile } = input;
  const tiles: Buffer[] = [];
  const cells = new Float32Array(tile * tile);
  for (let top = 0; top < rows; top += tile) {
    for (let left = 0; left < columns; left += tile) {
      cells.fill(Number.NaN);
      const width = Math.min(tile, columns - left);
      for (let r = 0; r < Math.min(tile, rows - top); r++) {
        const start = (top + r) * columns + left;
        cells.set(values.subarray(start, start + width), r * tile);
      }
      tiles.push(deflateSync(predict(cells, tile), { level: 6 }));
    }
  }
  return tiles;
}

/**
 * Floating-point predictor (TIFF Technical Note 3, Adobe 2005): the bytes of a row are sorted into
 * planes, most significant first, and replaced by their difference to the byte before. Neighbours
 * that differ little then give runs of zeros.
 */
function predict(cells: Float32Array, width: number): Buffer {
  const rows = cells.length / width;
  const out = Buffer.alloc(cells.length * 4);
  const view = new DataView(cells.buffer, cells.byteOffset, cells.byteLength);
  for (let r = 0; r < rows; r++) {
    const row = out.subarray(r * width * 4, (r + 1) * width * 4);
    for (let c = 0; c < width; c++) {
      // All NaN have one bit pattern here, so that equal images give equal bytes.
      const value = cells[r * width + c] as number;
      const bits = Number.isNaN(value) ? 0x7fc00000 : readBits(view, (r * width + c) * 4);
      for (let plane = 0; plane < 4; plane++) {
        row[plane * width + c] = (bits >>> (24 - 8 * plane)) & 0xff;
      }
    }
    for (let i = row.length - 1; i > 0; i--) {
      row[i] = ((row[i] as number) - (row[i - 1] as number)) & 0xff;
    }
  }
  return out;
}

/** The float's bits in the machine's own order, as Float32Array wrote them. */
function readBits(view: DataView, offset: number): number {
  return view.getUint32(offset, IS_LITTLE_ENDIAN);
}

const IS_LITTLE_ENDIAN = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;
