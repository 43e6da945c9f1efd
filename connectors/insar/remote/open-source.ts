/** A path or an address in, its bytes out. @module */
import { openFileSource, type ByteSource } from '../tiff/byte-source.js';
import { isRemote, openHttpSource, type RemotePolicy } from './http-source.js';

/** Errors of openFileSource and openHttpSource. */
export function openByteSource(place: string, policy: RemotePolicy): Promise<ByteSource> {
  return isRemote(place) ? openHttpSource(place, policy) : openFileSource(place);
}
