/**
 * Lists of events. In: a filter. Out: events by their preferred origin, merged ones left out.
 * @module
 */
import { sql } from 'kysely';
import type { EventFilter } from '../core/catalogue.js';
import { InvalidInputError } from '../core/errors.js';
import type { Quake } from '../core/quake.js';
import { isoToNs } from '../core/time.js';
import type { CatalogueContext } from './database.js';
import { preferredOrigins, toQuake } from './origins.js';
import { isoToTimestamptz } from './time-columns.js';
import { checkLimit } from './validate.js';

/**
 * Events whose preferred origin passes every given filter. `from` is inclusive and `to` exclusive;
 * magnitudes and places are posterior means. Latest first unless `orderBy` says otherwise.
 */
export async function listEvents({ db }: CatalogueContext, filter: EventFilter): Promise<Quake[]> {
  let query = preferredOrigins(db).where(({ not, exists, selectFrom }) =>
    not(
      exists(
        selectFrom('current_aliases as a').select('a.alias').whereRef('a.alias', '=', 'e.event_id'),
      ),
    ),
  );
  const { bounds } = filter;
  if (filter.regionId !== undefined) query = query.where('o.region_id', '=', filter.regionId);
  if (filter.from) query = query.where('o.origin_ns', '>=', String(isoToNs(filter.from)));
  if (filter.to) query = query.where('o.origin_ns', '<', String(isoToNs(filter.to)));
  if (filter.minMagnitude !== undefined) {
    query = query.where('o.magnitude', '>=', filter.minMagnitude);
  }
  if (filter.minProbability !== undefined) {
    query = query.where('o.probability', '>=', filter.minProbability);
  }
  if (filter.updatedAfter) {
    query = query.where('o.created_at', '>', sql<Date>`${isoToTimestamptz(filter.updatedAfter)}`);
  }
  if (bounds) {
    if (bounds.south > bounds.north || bounds.west > bounds.east) throw wrongBounds();
    // A box across the date line counts longitudes beyond 180, events may count from -180.
    query = query
      .where('o.latitude', '>=', bounds.south)
      .where('o.latitude', '<=', bounds.north)
      .where(({ or, and, eb, val }) =>
        or(
          [-360, 0, 360].map((turn) =>
            and([
              eb(eb('o.longitude', '+', val(turn)), '>=', bounds.west),
              eb(eb('o.longitude', '+', val(turn)), '<=', bounds.east),
            ]),
          ),
        ),
      );
  }
  const order = filter.orderBy ?? 'time';
  const column = order.startsWith('time') ? 'o.origin_ns' : 'o.magnitude';
  query = query.orderBy(column, order.endsWith('-asc') ? 'asc' : 'desc').orderBy('o.event_id');
  if (filter.limit !== undefined) {
    checkLimit(filter.limit);
    query = query.limit(filter.limit);
  }
  return (await query.execute()).map(toQuake);
}

function wrongBounds(): InvalidInputError {
  return new InvalidInputError({
    what: 'bounds',
    reason: 'west is not below east, or south not below north',
    remedy: 'across the date line give an east above 180',
  });
}
