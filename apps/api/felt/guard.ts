/**
 * Who may send how often, and that a report comes from our own form. Of an address only a hash under
 * a salt of this process is held, in memory and for an hour; nothing of it is written anywhere.
 * @module
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { isIPv6 } from 'node:net';

/** Why a report was refused, as it is counted. */
export type GuardReason = 'expired' | 'repeated' | 'many';

export interface FeltGuard {
  /** A hidden field of the form: when it was given out and to whom, signed. */
  token(address: string): string;
  /** Null: go on. Counts the attempt. */
  check(input: { readonly address: string; readonly token: unknown }): GuardReason | null;
  /** A report of this form was counted: the form cannot be sent twice. */
  use(token: string): void;
}

/** Reports an hour from one address: a household, not a script. */
export const MOST_AN_HOUR = 10;
const HOUR_MS = 3_600_000;
/** A form may stay open so long. */
const TOKEN_MS = 4 * HOUR_MS;
const MAX_ADDRESSES = 100_000;
const MAX_USED = 200_000;

export function createFeltGuard(input: { readonly nowMs?: () => number } = {}): FeltGuard {
  const nowMs = input.nowMs ?? Date.now;
  const key = randomBytes(32);
  /** Attempts by hashed address, oldest first. */
  const attempts = new Map<string, { readonly sinceMs: number; count: number }>();
  const used = new Set<string>();
  const sign = (kind: string, text: string): string =>
    createHmac('sha256', key).update(`${kind}\0${text}`).digest('base64url').slice(0, 22);
  const hashOf = (address: string): string => sign('address', networkOf(address));

  const isOurs = (token: string, address: string): boolean => {
    const [issued = '', nonce = '', signature = ''] = token.split('.');
    const expected = sign('token', `${issued}.${nonce}.${hashOf(address)}`);
    const ageMs = nowMs() - Number(issued);
    return (
      signature.length === expected.length &&
      timingSafeEqual(Buffer.from(signature.padEnd(22).slice(0, 22)), Buffer.from(expected)) &&
      ageMs >= 0 &&
      ageMs <= TOKEN_MS
    );
  };
  return {
    token: (address) => {
      const head = `${nowMs()}.${randomBytes(9).toString('base64url')}`;
      return `${head}.${sign('token', `${head}.${hashOf(address)}`)}`;
    },
    check: ({ address, token }) => {
      const name = hashOf(address);
      const now = nowMs();
      const known = attempts.get(name);
      const entry = known && now - known.sinceMs < HOUR_MS ? known : { sinceMs: now, count: 0 };
      if (entry !== known) attempts.delete(name);
      entry.count++;
      attempts.set(name, entry);
      for (const [old, { sinceMs }] of attempts) {
        if (now - sinceMs < HOUR_MS && attempts.size <= MAX_ADDRESSES) break;
        attempts.delete(old);
      }
      if (entry.count > MOST_AN_HOUR) return 'many';
      if (typeof token !== 'string' || token.length > 200 || !/^[\x21-\x7e]*$/.test(token)) {
        return 'expired';
      }
      if (!isOurs(token, address)) return 'expired';
      return used.has(token) ? 'repeated' : null;
    },
    use: (token) => {
      used.add(token);
      if (used.size > MAX_USED) used.delete(used.values().next().value as string);
    },
  };
}

/**
 * IPv6 households have a /64: its addresses are one. Proxies write ports behind addresses, and IPv4 as
 * IPv6; what is no address at all is one as it stands.
 */
export function networkOf(written: string): string {
  const text = written.trim();
  const bare =
    /^(\d+(?:\.\d+){3}):\d+$/.exec(text)?.[1] ?? /^\[([^\]]+)\](?::\d+)?$/.exec(text)?.[1];
  const [address = ''] = (bare ?? text).split('%');
  if (!isIPv6(address)) return address;
  // One spelling: lower case, no leading zeros, an IPv4 ending as two groups.
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const front = head === '' ? [] : head.split(':');
  const back = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: 8 - front.length - back.length }, () => '0');
  const groups = [...front, ...zeros, ...back];
  if (groups.slice(0, 6).join(':') !== '0:0:0:0:0:ffff') return groups.slice(0, 4).join(':');
  const bytes = groups.slice(6).map((group) => Number.parseInt(group, 16));
  return bytes.flatMap((pair) => [pair >> 8, pair & 255]).join('.');
}
