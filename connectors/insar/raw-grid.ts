/**
 * In: a file of nothing but float32 and the text header beside it, or the one GAMMA and LiCSBAS keep for a whole
 * stack. Out: its grid and its numbers.
 * @module
 */
import { existsSync, readdirSync } from 'node:fs';
import { open, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { CorruptSourceError, UnsupportedSourceError } from '../../core/errors.js';
import { isoDate } from './products/layers.js';
import { PAIR_OF_DATES, parseRawHeader, type RawGrid } from './raw-header.js';

export type { RawGrid } from './raw-header.js';

const MAX_HEADER_BYTES = 2 ** 20;

/** The grid that a header beside the file describes; null when there is no header. */
export async function describeRawGrid(file: string): Promise<RawGrid | null> {
  const header = headerOf(file);
  if (!header) return null;
  const source = path.basename(header);
  const info = await stat(header);
  if (info.size > MAX_HEADER_BYTES) {
    throw new CorruptSourceError({ source, at: 'byte 0', reason: `${info.size} bytes of header` });
  }
  const { size } = await stat(file);
  const grid = parseRawHeader(await readFile(header, 'latin1'), source, size);
  if (!grid) {
    throw new UnsupportedSourceError({
      source,
      reason: 'the header is neither COMET, GAMMA, ROI_PAC nor ENVI',
      remedy: 'write one of these headers: they give rows, columns and place of the grid',
    });
  }
  checkSize(file, size, grid);
  const dates = PAIR_OF_DATES.exec(path.basename(file));
  const dated = {
    ...(await inOrderOfBytes(file, grid)),
    firstDate: grid.firstDate ?? isoDate(dates?.[1]),
    secondDate: grid.secondDate ?? isoDate(dates?.[2]),
  };
  // The headers of phase, coherence and heights are alike: only the name tells them apart.
  if (grid.quantity !== 'unwrapped phase' || /unw|phase/i.test(path.basename(file))) return dated;
  const note = 'its name does not say that it is unwrapped phase (unw)';
  return { ...dated, quantity: null, unit: null, sign: null, notes: [...dated.notes, note] };
}

/** The header of the file alone, or of the stack that a pair of dates belongs to. */
function headerOf(file: string): string | null {
  const stem = file.replace(/\.[^.]+$/, '');
  const own = [`${file}.rsc`, `${file}.par`, `${file}.hdr`, `${stem}.par`, `${stem}.hdr`].find(
    (name) => existsSync(name),
  );
  if (own) return own === file ? null : own;
  // GAMMA and LiCSBAS write the parameters of the geocoded grid once: EQA.dem_par, 20180106_eqa_dem.par.
  if (!PAIR_OF_DATES.test(path.basename(file))) return null;
  const folder = path.dirname(file);
  for (const place of [folder, path.join(folder, 'headers'), ...around(path.join(folder, '..'))]) {
    const found = filesIn(place).filter((name) => /dem[._]par$/i.test(name));
    if (found.length === 1 && found[0]) return path.join(place, found[0]);
    if (found.length > 1) {
      throw new UnsupportedSourceError({
        source: path.basename(file),
        reason: `${found.length} headers of a geocoded grid may be its own (${found.slice(0, 3).join(', ')})`,
        remedy: `keep the one of the stack in ${place}`,
      });
    }
  }
  return null;
}

/** Folders that hold what belongs to a whole stack. */
function around(folder: string): string[] {
  return ['.', 'headers', 'dem', 'geometry', 'metadata'].map((name) => path.join(folder, name));
}

/** Names in a folder; none when it is not there. */
export function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

/** Numbers of each part of the file that the order of bytes is judged by. */
const PART = 1024;
const PARTS = 16;

/**
 * GAMMA writes big-endian and ROI_PAC what the machine had, but programs that take their headers over (LiCSBAS) do
 * not always: the order in which numbers are of a size that phases and heights have is the right one.
 */
async function inOrderOfBytes(file: string, grid: RawGrid): Promise<RawGrid> {
  if (grid.product !== 'GAMMA' && grid.product !== 'ROI_PAC') return grid;
  const total = grid.rows * grid.rowStride;
  const handle = await open(file, 'r');
  let [count, asStated, turned] = [0, 0, 0];
  try {
    for (let k = 0; k < PARTS; k++) {
      const from = Math.floor((k * Math.max(0, total - PART)) / PARTS);
      const { buffer, bytesRead } = await handle.read(
        Buffer.alloc(4 * PART),
        0,
        4 * PART,
        4 * from,
      );
      const view = new DataView(buffer.buffer, buffer.byteOffset, bytesRead);
      for (let at = 0; at + 4 <= bytesRead; at += 4) {
        if (view.getUint32(at) === 0) continue;
        count++;
        if (isLikely(view.getFloat32(at, grid.isLittleEndian))) asStated++;
        if (isLikely(view.getFloat32(at, !grid.isLittleEndian))) turned++;
      }
    }
  } finally {
    await handle.close();
  }
  if (count < 8 || asStated > 0.9 * count || turned < 0.99 * count) return grid;
  const isLittleEndian = !grid.isLittleEndian;
  const note = `its numbers make sense ${isLittleEndian ? 'little' : 'big'}-endian only, and are read so`;
  return { ...grid, isLittleEndian, notes: [...grid.notes, note] };
}

/** Bytes in the wrong order give numbers of any power of two. */
function isLikely(value: number): boolean {
  const size = Math.abs(value);
  return Number.isNaN(value) || value === 0 || (size > 1e-12 && size < 1e8);
}

/** All values in the order of the file, row 0 first, [rows, columns]. Throws CorruptSourceError for another size. */
export async function readRawGrid(file: string, grid: RawGrid): Promise<Float32Array> {
  checkSize(file, (await stat(file)).size, grid);
  const bytes = await readFile(file);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const out = new Float32Array(grid.rows * grid.columns);
  for (let row = 0; row < grid.rows; row++) {
    for (let column = 0; column < grid.columns; column++) {
      const at = 4 * (row * grid.rowStride + grid.rowStart + column);
      out[row * grid.columns + column] = view.getFloat32(at, grid.isLittleEndian);
    }
  }
  return out;
}

function checkSize(file: string, found: number, grid: RawGrid): void {
  const wanted = 4 * grid.rows * grid.rowStride;
  if (found === wanted) return;
  throw new CorruptSourceError({
    source: path.basename(file),
    at: `byte ${Math.min(found, wanted)}`,
    reason: `${found} bytes are not the ${grid.rows} x ${grid.columns} float32 of ${grid.header}`,
  });
}
