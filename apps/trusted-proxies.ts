/** The setting `trustedProxies` as a list. @module */
import { isIP } from 'node:net';

/** Addresses and ranges (`10.0.0.0/8`) with commas between; null when one of them is none. */
export function proxyRanges(text: string): readonly string[] | null {
  const ranges = text
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');
  return ranges.every(isRange) ? ranges : null;
}

function isRange(text: string): boolean {
  const [address = '', prefix, ...more] = text.split('/');
  const kind = isIP(address);
  if (kind === 0 || more.length > 0) return false;
  // Everybody (`/0`) cannot be trusted.
  return (
    prefix === undefined ||
    (/^[1-9]\d{0,2}$/.test(prefix) && Number(prefix) <= (kind === 4 ? 32 : 128))
  );
}
