/** A STAC item in, the place of the raster that is meant out. @module */
import path from 'node:path';
import type { RemotePolicy } from '../../../../connectors/insar/remote/http-source.js';
import { isRemote } from '../../../../connectors/insar/remote/http-source.js';
import { openByteSource } from '../../../../connectors/insar/remote/open-source.js';
import { readStacItem } from '../../../../connectors/insar/stac/item.js';
import { InvalidInputError } from '../../../../core/errors.js';

/**
 * Path or address of an asset: the one of that key, or the only GeoTIFF of the item. Throws
 * InvalidInputError naming the keys when it is not clear which one is meant.
 */
export async function assetOfItem(input: {
  readonly item: string;
  readonly key: string | null;
  readonly remote: RemotePolicy;
}): Promise<string> {
  const place = isRemote(input.item) ? input.item : path.resolve(input.item);
  const item = readStacItem(await textOf(place, input.remote), place);
  const rasters = item.assets.filter(({ type, href }) =>
    type ? type.startsWith('image/tiff') : /\.tiff?$/i.test(href),
  );
  const [only] = rasters;
  const found = input.key ? item.assets.find(({ key }) => key === input.key) : only;
  if (found && (input.key !== null || rasters.length === 1)) return found.href;
  throw new InvalidInputError({
    what: `asset of ${item.id}`,
    reason: input.key ? `there is no '${input.key}'` : `it has ${rasters.length} GeoTIFFs`,
    remedy: `give --asset with one of ${item.assets.map(({ key }) => key).join(', ')}`,
  });
}

async function textOf(place: string, remote: RemotePolicy): Promise<string> {
  const source = await openByteSource(place, remote);
  try {
    const bytes = await source.read(0, Math.min(source.bytes, 2 ** 24), 'byte 0');
    return new TextDecoder().decode(bytes);
  } finally {
    await source.close();
  }
}
