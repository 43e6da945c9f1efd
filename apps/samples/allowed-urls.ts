/** Where files may be fetched from over the network. Pure. @module */
import { InvalidInputError } from '../../core/errors.js';

/** Beginnings of the addresses that may be fetched; nothing else is ever asked. */
export const ALLOWED_URLS: readonly string[] = [
  // OpenEEW on AWS Open Data.
  'https://s3.amazonaws.com/grillo-openeew/',
  // Test data of PyRate, ShakeMap and openeew-seismology at pinned commits.
  'https://raw.githubusercontent.com/',
  // USGS event products.
  'https://earthquake.usgs.gov/',
  // COMET LiCSAR interferograms.
  'https://gws-access.jasmin.ac.uk/public/nceo_geohazards/LiCSAR_products/',
];

/** Throws InvalidInputError when `url` does not begin with one of `allowed`. */
export function requireAllowed(url: string, allowed: readonly string[] = ALLOWED_URLS): void {
  // Parsed and written again, so that `https://allowed.example@other/` and `..` cannot get by.
  const parsed = URL.canParse(url) ? new URL(url) : null;
  const plain = parsed !== null && parsed.username === '' && parsed.password === '';
  if (plain && allowed.some((prefix) => parsed.href.startsWith(prefix))) return;
  throw new InvalidInputError({
    what: `source ${url}`,
    reason: 'files are fetched only from known places',
    remedy: `download the file and give a file: URI; known places are ${allowed.join(', ')}`,
  });
}
