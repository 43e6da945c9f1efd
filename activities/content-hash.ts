/** Content hashes of artifacts, which name them in the object store. @module */
import { createHash } from 'node:crypto';

/** Lower-case hexadecimal SHA-256. */
export function sha256(content: Uint8Array | string): string {
  return createHash('sha256').update(content).digest('hex');
}

/** First twelve digits: enough to tell files of one folder apart. */
export function shortHash(content: Uint8Array): string {
  return sha256(content).slice(0, 12);
}
