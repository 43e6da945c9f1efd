/** Query strings to event filters; what is wrong is named. @module */
import { z } from 'zod';
import type { EventFilter } from '../../core/catalogue.js';
import { InvalidInputError } from '../../core/errors.js';
import { isoToNs, nsToIso } from '../../core/time.js';

/** FDSN times may lack the zone (`2018-02-16T23:39:39`, `2018-02-16`): they are UTC. */
const time = z.string().transform((text, context) => {
  const iso = /^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text.replace(/Z?$/, 'Z');
  try {
    return nsToIso(isoToNs(iso));
  } catch {
    context.addIssue({ code: 'custom', message: `'${text}' is not an ISO-8601 UTC time` });
    return z.NEVER;
  }
});

const number = z.coerce.number().refine(Number.isFinite, 'must be a number');

/** Parameters shared by /api/events and fdsnws-event; long FDSN names, short ones as aliases. */
const FILTER = z.object({
  starttime: time.optional(),
  endtime: time.optional(),
  updatedafter: time.optional(),
  minlatitude: number.min(-90).max(90).default(-90),
  maxlatitude: number.min(-90).max(90).default(90),
  minlongitude: number.min(-180).max(360).default(-180),
  maxlongitude: number.min(-180).max(360).default(180),
  minmagnitude: number.optional(),
  minprobability: number.min(0).max(1).optional(),
  region: z.string().max(41).optional(),
  limit: number.int().min(1).max(20_000).default(1000),
  orderby: z.enum(['time', 'time-asc', 'magnitude', 'magnitude-asc']).default('time'),
});

const ALIASES: Readonly<Record<string, string>> = {
  start: 'starttime',
  end: 'endtime',
  minlat: 'minlatitude',
  maxlat: 'maxlatitude',
  minlon: 'minlongitude',
  maxlon: 'maxlongitude',
  minmag: 'minmagnitude',
};

/** Filter of a query string; names in `others` are left to the caller. Throws InvalidInputError. */
export function eventFilter(input: {
  query: Readonly<Record<string, unknown>>;
  others: readonly string[];
}): EventFilter {
  const known: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(input.query)) {
    if (input.others.includes(name)) continue;
    known[ALIASES[name] ?? name] = value;
  }
  const parsed = FILTER.strict().safeParse(known);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new InvalidInputError({
      what: `parameter ${issue?.path.join('.') || Object.keys(known).join(', ')}`,
      reason: issue?.message ?? 'not valid',
      remedy: 'see the fdsnws-event specification',
    });
  }
  const { data } = parsed;
  return {
    bounds: {
      west: data.minlongitude,
      east: data.maxlongitude,
      south: data.minlatitude,
      north: data.maxlatitude,
    },
    limit: data.limit,
    orderBy: data.orderby,
    ...(data.starttime !== undefined ? { from: data.starttime } : {}),
    ...(data.endtime !== undefined ? { to: data.endtime } : {}),
    ...(data.updatedafter !== undefined ? { updatedAfter: data.updatedafter } : {}),
    ...(data.minmagnitude !== undefined ? { minMagnitude: data.minmagnitude } : {}),
    ...(data.minprobability !== undefined ? { minProbability: data.minprobability } : {}),
    ...(data.region !== undefined ? { regionId: data.region } : {}),
  };
}
