/**
 * Services that publish felt reports of events, asked for what is new: USGS (event list, detail, DYFI
 * product; FDSN event service with `format=geojson`) and EMSC (testimonies-ws 1.1). Products are revised
 * for years, so each comes with the name of its version.
 * @module
 */
import { createHash } from 'node:crypto';
import { unzipSync } from 'fflate';
import { z } from 'zod';
import { CorruptSourceError, UnavailableError } from '../../../core/errors.js';
import { fetchBounded, type BoundedFetch } from './bounded-fetch.js';

/** An event whose felt reports may have changed. */
export interface FeltEvent {
  readonly eventId: string;
  readonly originMs: number;
  /** Changes whenever the reports may have changed. */
  readonly mark: string;
  /** Position for the next question, ms since 1970: everything before it was listed. */
  readonly updatedMs: number;
  /** The product as it is now; null when there is none (any more). */
  readonly download: () => Promise<FeltProduct | null>;
}

export interface FeltProduct {
  /** Name of the version, in the service's words; safe as a file name. */
  readonly version: string;
  readonly fileName: string;
  readonly bytes: Uint8Array;
}

export interface FeltService {
  readonly name: 'dyfi' | 'emsc';
  /** Events changed since, oldest change first. Throws as `fetchBounded`, and CorruptSourceError. */
  readonly list: (sinceMs: number) => Promise<readonly FeltEvent[]>;
}

/** The finest grid first; `cdi_geo.txt` where older events have nothing else. */
export const DYFI_CONTENTS = [
  'dyfi_geo_1km.geojson',
  'dyfi_geo_10km.geojson',
  'cdi_geo_1km.txt',
  'cdi_geo.txt',
  'dyfi_dat.xml',
] as const;
const MAX_EVENTS = 2000;
const MAX_ZIP_TEXT = 64 * 1024 * 1024;
const ID = z.string().regex(/^[A-Za-z0-9_-]{1,40}$/);

/** Milliseconds since 1970 that a date can hold. */
const INSTANT = z.number().min(-8.64e15).max(8.64e15);
const EVENT_LIST = z.object({ features: z.array(z.unknown()) });
const EVENT = z.object({
  id: ID,
  properties: z.object({ time: INSTANT, updated: INSTANT, detail: z.string() }),
});
const CONTENT = z.object({ url: z.string(), sha256: z.string().nullish() });
const DETAIL = z.object({
  properties: z.object({
    products: z
      .object({
        dyfi: z
          .array(
            z.object({
              updateTime: z.number(),
              status: z.string(),
              preferredWeight: z.number().default(0),
              contents: z.record(z.string(), CONTENT),
            }),
          )
          .optional(),
      })
      .default({}),
  }),
});
const TESTIMONY_LIST = z.array(
  z.object({
    ev_unid: ID,
    ev_nbtestimonies: z.coerce.number().int(),
    ev_event_time: z.string(),
  }),
);

/** USGS: `url` is that of the event query. */
export function dyfiService(input: {
  readonly url: string;
  readonly fetch: BoundedFetch;
}): FeltService {
  const { url, fetch } = input;
  return {
    name: 'dyfi',
    list: async (sinceMs) => {
      const query = new URL(url);
      const parameters = {
        format: 'geojson',
        producttype: 'dyfi',
        updatedafter: new Date(sinceMs).toISOString(),
        limit: String(MAX_EVENTS),
      };
      for (const [name, value] of Object.entries(parameters)) query.searchParams.set(name, value);
      const bytes = await fetchBounded(query.href, fetch);
      if (bytes === null) return [];
      const { features } = parsed(EVENT_LIST, bytes, query.host);
      const events = features.flatMap((feature) => EVENT.safeParse(feature).data ?? []);
      if (events.length === 0 && features.length > 0) {
        throw new CorruptSourceError({
          source: query.host,
          at: 'features',
          reason: `none of ${features.length} is an event with id, time, updated and detail`,
        });
      }
      return events
        .map(({ id, properties }): FeltEvent => ({
          eventId: id,
          originMs: properties.time,
          mark: String(properties.updated),
          updatedMs: properties.updated,
          download: () => dyfiProduct(properties.detail, fetch),
        }))
        .sort((a, b) => a.updatedMs - b.updatedMs);
    },
  };
}

async function dyfiProduct(detail: string, fetch: BoundedFetch): Promise<FeltProduct | null> {
  const bytes = await fetchBounded(detail, fetch);
  if (bytes === null) return null;
  const products = parsed(DETAIL, bytes, new URL(detail).host).properties.products.dyfi ?? [];
  const best = [...products].sort((a, b) => b.preferredWeight - a.preferredWeight)[0];
  if (!best || best.status === 'DELETE') return null;
  const fileName = DYFI_CONTENTS.find((name) => Object.hasOwn(best.contents, name));
  const content = best.contents[fileName ?? ''];
  if (fileName === undefined || content === undefined) return null;
  const file = await fetchBounded(content.url, fetch);
  if (file === null) return null;
  const hash = createHash('sha256').update(file).digest('base64');
  // A product that is being replaced may give an old description with new bytes.
  if (typeof content.sha256 === 'string' && content.sha256 !== hash) {
    throw new UnavailableError({
      what: content.url,
      reason: 'the bytes are not those that the event describes',
      remedy: 'the product is asked for again by itself',
    });
  }
  return { version: String(best.updateTime), fileName, bytes: file };
}

/** EMSC: `url` is that of `api/search`. There is no "changed since": the newest 200 events are compared. */
export function emscService(input: {
  readonly url: string;
  readonly fetch: BoundedFetch;
}): FeltService {
  const { url, fetch } = input;
  return {
    name: 'emsc',
    list: async () => {
      const query = new URL(url);
      for (const [name, value] of Object.entries({
        format: 'json',
        orderby: 'time-desc',
        limit: '200',
      })) {
        query.searchParams.set(name, value);
      }
      const bytes = await fetchBounded(query.href, fetch);
      if (bytes === null) return [];
      return parsed(TESTIMONY_LIST, bytes, query.host).flatMap((event): FeltEvent[] => {
        const originMs = Date.parse(event.ev_event_time.replace(/(?<!Z|[+-]\d\d:?\d\d)$/, 'Z'));
        const mark = String(event.ev_nbtestimonies);
        if (!Number.isFinite(originMs) || event.ev_nbtestimonies < 1) return [];
        return [
          {
            eventId: event.ev_unid,
            originMs,
            mark,
            updatedMs: originMs,
            download: () => testimonies({ url, fetch, unid: event.ev_unid, version: mark }),
          },
        ];
      });
    },
  };
}

async function testimonies(input: {
  readonly url: string;
  readonly fetch: BoundedFetch;
  readonly unid: string;
  readonly version: string;
}): Promise<FeltProduct | null> {
  const { fetch, unid, version } = input;
  const query = new URL(input.url);
  query.searchParams.set('unids', `[${unid}]`);
  query.searchParams.set('includeTestimonies', 'true');
  const zip = await fetchBounded(query.href, fetch);
  if (zip === null) return null;
  const corrupt = (reason: string, cause?: unknown): CorruptSourceError =>
    new CorruptSourceError({ source: `${query.host} ${unid}`, at: 'archive', reason, cause });
  let files: Readonly<Record<string, Uint8Array>>;
  try {
    files = unzipSync(zip, {
      filter: ({ name, originalSize }) =>
        [`${unid}.txt`, `${unid}.csv`].includes(name) && originalSize <= MAX_ZIP_TEXT,
    });
  } catch (cause) {
    throw corrupt('not a readable ZIP archive', cause);
  }
  const bytes = Object.values(files)[0];
  if (bytes === undefined) throw corrupt(`no ${unid}.txt of a readable size`);
  return { version, fileName: 'testimonies.txt', bytes };
}

function parsed<T>(schema: z.ZodType<T>, bytes: Uint8Array, source: string): T {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (cause) {
    throw new CorruptSourceError({ source, at: 'the answer', reason: 'not JSON', cause });
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new CorruptSourceError({
    source,
    at: issue?.path.join('.') || 'the answer',
    reason: issue?.message ?? 'not as documented',
  });
}
