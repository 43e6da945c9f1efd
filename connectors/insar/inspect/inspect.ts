/**
 * In: any file of a deformation product. Out: what it is, what it holds and what it lacks.
 * @module
 */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import {
  CorruptSourceError,
  UnavailableError,
  UnsupportedSourceError,
} from '../../../core/errors.js';
import { hasHdf5Signature } from '../../hdf5/hdf5.js';
import { openFileSource } from '../tiff/byte-source.js';
import { isTiff } from '../tiff/directory.js';
import { openRaster } from '../tiff/read.js';
import { inspectRaster } from './inspect-tiff.js';
import type { InsarInspection } from './report.js';

/**
 * Looks at a file by its content. Throws UnavailableError when it cannot be read, CorruptSourceError
 * when it is damaged, UnsupportedSourceError when it is no product that is known.
 */
export async function inspectInsarFile(file: string): Promise<InsarInspection> {
  const source = await openFileSource(file);
  try {
    if (source.bytes === 0) {
      throw new CorruptSourceError({ source: source.name, at: 'byte 0', reason: 'it is empty' });
    }
    const head = await source.read(0, Math.min(4096, source.bytes), 'byte 0');
    if (isTiff(head)) return await inspectRaster(await openRaster(source), file);
  } finally {
    await source.close();
  }
  throw new UnsupportedSourceError({ source: path.basename(file), reason: 'x', remedy: 'y' });
}
