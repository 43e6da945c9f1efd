/** A web address in, its bytes out: only from allowed hosts, within bounds of size and time. @module */
import { InvalidInputError, UnavailableError } from '../../../core/errors.js';

const TIMEOUT_MS = 30_000;
const MAX_REDIRECTS = 3;

/** One service's way to the network. */
export interface BoundedFetch {
  /** Host names with port where it is not the default one: `earthquake.usgs.gov`. */
  readonly allowedHosts: readonly string[];
  readonly maxBytes: number;
  readonly timeoutMs?: number;
}

/**
 * GET; redirects are followed to allowed hosts only. Null for 204, 404 and 409 ("no data", "deleted" of
 * FDSN services). Throws InvalidInputError for a host that is not allowed, UnavailableError (retryable)
 * for everything that another time may mend.
 */
export async function fetchBounded(
  address: string,
  bounds: BoundedFetch,
): Promise<Uint8Array | null> {
  let url = checkedUrl(address, bounds);
  const signal = AbortSignal.timeout(bounds.timeoutMs ?? TIMEOUT_MS);
  try {
    for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
      const response = await fetch(url, { signal, redirect: 'manual' });
      const next = response.headers.get('location');
      if (response.status >= 300 && response.status < 400 && next !== null) {
        await response.body?.cancel();
        url = checkedUrl(new URL(next, url).href, bounds);
        continue;
      }
      if ([204, 404, 409].includes(response.status)) {
        await response.body?.cancel();
        return null;
      }
      if (!response.ok) throw unavailable(url, `HTTP ${response.status}`);
      return await bodyOf(response, url, bounds.maxBytes);
    }
  } catch (cause) {
    if (cause instanceof InvalidInputError || cause instanceof UnavailableError) throw cause;
    throw unavailable(url, cause instanceof Error ? cause.message : String(cause), cause);
  }
  throw unavailable(url, `more than ${MAX_REDIRECTS} redirects`);
}

function checkedUrl(address: string, { allowedHosts }: BoundedFetch): URL {
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url && /^https?:$/.test(url.protocol) && allowedHosts.includes(url.host)) return url;
  throw new InvalidInputError({
    what: `address ${url?.host ?? address.slice(0, 100)}`,
    reason: `only ${allowedHosts.join(', ')} may be asked`,
    remedy: 'allow the host with --allow-host if it is to be trusted',
  });
}

async function bodyOf(response: Response, url: URL, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += (chunk as Uint8Array).length;
    if (bytes > maxBytes) throw unavailable(url, `more than ${maxBytes} bytes`);
    chunks.push(chunk as Uint8Array);
  }
  return Buffer.concat(chunks);
}

function unavailable(url: URL, reason: string, cause?: unknown): UnavailableError {
  return new UnavailableError({
    what: `${url.host}${url.pathname}`,
    reason,
    remedy: 'the service is asked again by itself',
    cause,
  });
}
