/**
 * Probe of an HDF5 format by what stands in the file.
 * @module
 */
import type { SourceFile } from '../../core/connector.js';
import { hasHdf5Signature, withHdf5, type Hdf5Reader } from './hdf5.js';

/**
 * `score` of the open file. A file with the HDF5 signature that cannot be opened gets 0.1, so that a
 * reader says what is broken.
 */
export async function probeHdf5(
  file: SourceFile,
  score: (reader: Hdf5Reader) => number,
): Promise<number> {
  if (!hasHdf5Signature(file.head)) return 0;
  try {
    return await withHdf5(file, score);
  } catch {
    return 0.1;
  }
}
