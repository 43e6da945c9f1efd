/**
 * In: any file of a deformation product. Out: what it is, what it holds and what it lacks.
 * @module
 */
import { CorruptSourceError, UnsupportedSourceError } from '../../../core/errors.js';
import { hasHdf5Signature } from '../../hdf5/hdf5.js';
import { looksLikeQuadtree } from '../quadtree.js';
import { describeRawGrid } from '../raw-grid.js';
import type { RemotePolicy } from '../remote/http-source.js';
import { openByteSource } from '../remote/open-source.js';
import { isTiff } from '../tiff/directory.js';
import { openRaster } from '../tiff/read.js';
import { inspectHdf5, inspectNpy, inspectQuadtree, inspectRawGrid } from './inspect-others.js';
import { inspectRaster } from './inspect-tiff.js';
import type { InsarInspection } from './report.js';

/**
 * Looks at a file by its content. Throws UnavailableError when it cannot be read, CorruptSourceError
 * when it is damaged, UnsupportedSourceError when it is no product that is known. `file` may be the
 * address of a GeoTIFF on a host that `remote` allows.
 */
export async function inspectInsarFile(
  file: string,
  remote: RemotePolicy = { allowedHosts: [] },
): Promise<InsarInspection> {
  const source = await openByteSource(file, remote);
  try {
    if (source.bytes === 0) {
      throw new CorruptSourceError({ source: source.name, at: 'byte 0', reason: 'it is empty' });
    }
    const head = await source.read(0, Math.min(4096, source.bytes), 'byte 0');
    if (isTiff(head)) return await inspectRaster(await openRaster(source), file);
    if (source.path === null) {
      throw new UnsupportedSourceError({
        source: source.name,
        reason: 'only GeoTIFFs are read from servers',
        remedy: 'copy the file to this machine',
      });
    }
    if (hasHdf5Signature(head)) return await inspectHdf5(file, head);
    if (head[0] === 0x93 && head[1] === 0x4e && head[2] === 0x55) return await inspectNpy(source);
    // Text in front of a raw grid's numbers is not to be expected.
    const grid = isText(head) ? null : await describeRawGrid(file);
    if (grid) return await inspectRawGrid(file, grid);
    if (looksLikeQuadtree(head)) return await inspectQuadtree(file);
    throw new UnsupportedSourceError({
      source: source.name,
      reason:
        'it is no GeoTIFF, no netCDF or HDF5, no NumPy array, no quadtree table, and no header (.par, .rsc, .hdr) beside it describes a raw grid',
      remedy: 'give a product file, or put the header of the raw grid beside it',
      isRecognised: false,
    });
  } finally {
    await source.close();
  }
}

function isText(head: Uint8Array): boolean {
  return head.every(
    (byte) => byte === 9 || byte === 10 || byte === 13 || (byte >= 32 && byte < 127),
  );
}
