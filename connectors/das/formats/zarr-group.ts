/**
 * A Zarr folder (version 2 or 3) in, its arrays with shape, type, names of the axes and attributes
 * out.
 * @module
 */
import * as zarr from 'zarrita';
import { CorruptSourceError, isQuakeError, UnsupportedSourceError } from '../../../core/errors.js';
import { bytesPerSample, type SampleArray, type SampleType } from '../recording.js';
import { installBoundedCodecs, MAX_CHUNK_BYTES } from './zarr-codecs.js';
import { zarrChildren, type ZarrFolder } from './zarr-store.js';

const NUMERIC = /^(u?int(8|16|32|64)|float(32|64))$/;
/** Arrays looked at: a fibre's data, coordinates and companions are a dozen. */
const MAX_ARRAYS = 256;

export interface ZarrArray {
  /** `/`, or `/name`. */
  readonly path: string;
  readonly version: 2 | 3;
  readonly shape: readonly number[];
  readonly chunks: readonly number[];
  readonly type: SampleType;
  /** Names of the axes; null where the metadata give none. */
  readonly dims: readonly string[] | null;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** A chunk whole, with the strides of its values; missing chunks hold the fill value. */
  readonly chunk: (
    at: readonly number[],
  ) => Promise<{ readonly data: SampleArray; readonly stride: readonly number[] }>;
}

export interface ZarrGroup {
  readonly arrays: readonly ZarrArray[];
  /** Attributes of the group; of the array where the store is one. */
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** Reads all metadata. Throws CorruptSourceError naming the object, UnavailableError. */
export async function readZarrGroup(store: ZarrFolder): Promise<ZarrGroup> {
  installBoundedCodecs();
  const root = await openNode(store, '/');
  if (root === null) {
    throw new CorruptSourceError({ source: store.folder, at: '/', reason: 'no Zarr metadata' });
  }
  if (root.kind === 'array') {
    return { arrays: describe(store, root, '/'), attributes: root.attrs };
  }
  const arrays: ZarrArray[] = [];
  for (const name of await zarrChildren(store, '/')) {
    const node = await openNode(store, `/${name}`);
    if (node?.kind === 'array') arrays.push(...describe(store, node, `/${name}`));
    if (arrays.length > MAX_ARRAYS) {
      throw new UnsupportedSourceError({
        source: store.folder,
        reason: `more than ${MAX_ARRAYS} arrays`,
        remedy: 'give the group that holds one recording',
      });
    }
  }
  return { arrays, attributes: root.attrs };
}

type Node = zarr.Array<zarr.DataType, ZarrFolder> | zarr.Group<ZarrFolder>;

async function openNode(store: ZarrFolder, path: `/${string}`): Promise<Node | null> {
  try {
    // Told which version it is, zarrita says what is wrong with the metadata.
    const key = `${path === '/' ? '' : path}/zarr.json` as const;
    const isVersion3 = (await store.get(key as `/${string}`)) !== undefined;
    const location = zarr.root(store).resolve(path);
    return (await (isVersion3 ? zarr.open.v3(location) : zarr.open.v2(location))) as Node;
  } catch (cause) {
    if (isQuakeError(cause)) throw cause;
    const isAbsent = cause instanceof zarr.NotFoundError && !(await hasMetadata(store, path));
    if (isAbsent) return null;
    throw corrupt(store, path, cause);
  }
}

/** zarrita takes metadata that are no JSON for missing ones. */
async function hasMetadata(store: ZarrFolder, path: string): Promise<boolean> {
  for (const name of ['zarr.json', '.zarray', '.zgroup']) {
    const key = `${path === '/' ? '' : path}/${name}` as const;
    if ((await store.get(key as `/${string}`).catch(() => new Uint8Array())) !== undefined)
      return true;
  }
  return false;
}

/** The array as a list of one; of none where its values are no numbers. */
function describe(
  store: ZarrFolder,
  array: zarr.Array<zarr.DataType, ZarrFolder>,
  path: string,
): ZarrArray[] {
  const { shape, chunks } = array;
  // zarrita hands on what stands in the metadata, whatever it is.
  if (!Array.isArray(shape) || !Array.isArray(chunks) || typeof array.dtype !== 'string') {
    const reason = 'shape, chunks or type are not what Zarr metadata hold';
    throw new CorruptSourceError({ source: store.folder, at: path, reason });
  }
  if (!NUMERIC.test(array.dtype)) return [];
  const type = array.dtype as SampleType;
  const isSound = [...shape, ...chunks].every((n) => Number.isSafeInteger(n) && n >= 0);
  if (!isSound || chunks.length !== shape.length || chunks.includes(0)) {
    const reason = `shape [${shape.join(', ')}] in chunks [${chunks.join(', ')}]`;
    throw new CorruptSourceError({ source: store.folder, at: path, reason });
  }
  const chunkBytes = chunks.reduce((product, n) => product * n, bytesPerSample(type));
  if (chunkBytes > MAX_CHUNK_BYTES) {
    throw new UnsupportedSourceError({
      source: store.folder,
      reason: `${path} has chunks of ${chunkBytes} bytes, the limit is ${MAX_CHUNK_BYTES}`,
      remedy: 'write the store with smaller chunks',
    });
  }
  const named = array.dimensionNames ?? array.attrs['_ARRAY_DIMENSIONS'];
  const isV2 = array.attrs['_ARRAY_DIMENSIONS'] !== undefined;
  return [
    {
      path,
      version: isV2 ? 2 : 3,
      shape,
      chunks,
      type,
      dims: Array.isArray(named) && named.length === shape.length ? named.map(String) : null,
      attributes: array.attrs,
      chunk: (at) => readChunk(store, array, path, at),
    },
  ];
}

async function readChunk(
  store: ZarrFolder,
  array: zarr.Array<zarr.DataType, ZarrFolder>,
  path: string,
  at: readonly number[],
): Promise<{ data: SampleArray; stride: readonly number[] }> {
  const place = `${path} chunk ${at.join('.')}`;
  try {
    const { data, stride, shape } = await array.getChunk([...at]);
    const expected = shape.reduce((product, n) => product * n, 1);
    const values = data as unknown as SampleArray;
    if (values.length < expected) throw new Error(`${values.length} values, expected ${expected}`);
    return { data: values, stride };
  } catch (cause) {
    if (isQuakeError(cause)) throw cause;
    throw corrupt(store, place, cause);
  }
}

/** zarrita and its codecs throw plain errors; a codec that is not known is no damage. */
function corrupt(store: ZarrFolder, at: string, cause: unknown): Error {
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  const quake = isQuakeError(inner) ? inner : null;
  if (quake !== null) return quake;
  const reason = inner instanceof Error ? inner.message : String(inner);
  if (cause instanceof zarr.UnknownCodecError || inner instanceof zarr.UnknownCodecError) {
    return new UnsupportedSourceError({
      source: store.folder,
      reason: `${at}: ${reason}`,
      remedy: 'write the store with blosc, zstd, lz4, gzip, zlib or no compression',
    });
  }
  return new CorruptSourceError({ source: store.folder, at, reason: reason.slice(0, 300), cause });
}
