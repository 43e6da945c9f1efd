/**
 * Events and their origins. In: origin drafts. Out: stored versions, and events by their preferred
 * (latest) origin. Identity is decided in one transaction under the region's lock: two writers of
 * one quake queue, and the second finds the event of the first.
 * @module
 */
import { sql, type Selectable } from 'kysely';
import type { OriginDraft, Quake, StoredOrigin } from '../core/quake.js';
import { InvalidInputError } from '../core/errors.js';
import { lockUntilCommit, type CatalogueContext, type Database, type Tables } from './database.js';
import {
  MATCH_WINDOW_NS,
  eventIdOf,
  matchEvent,
  placeOf,
  runKeyOf,
  type Candidate,
} from './identity.js';
import { toJson } from './json-column.js';
import { msToIso, nsToTimestamptz } from './time-columns.js';
import { checkDraft } from './validate.js';

/**
 * Appends an origin. The same idempotency key gives the stored row; else the origin becomes the next
 * version of `eventId`, of the event that it overlaps, or the first of a new event.
 */
export async function appendOrigin(
  { db, clock }: CatalogueContext,
  draft: OriginDraft,
  options: { eventId?: string } = {},
): Promise<StoredOrigin> {
  checkDraft(draft);
  return db.transaction().execute(async (trx) => {
    await lockUntilCommit(trx, { what: 'events', regionId: draft.regionId });
    const known = await trx
      .selectFrom('origins')
      .selectAll()
      .where('region_id', '=', draft.regionId)
      .where('idempotency_key', '=', draft.idempotencyKey)
      .executeTakeFirst();
    if (known) return toStoredOrigin(known);

    const createdAt = msToIso(clock());
    const eventId =
      options.eventId === undefined
        ? ((await findEvent(trx, draft)) ?? (await createEvent(trx, draft, createdAt)))
        : await requireEvent(trx, { eventId: options.eventId, regionId: draft.regionId });
    const { versions } = await trx
      .updateTable('events')
      .set((eb) => ({ versions: eb('versions', '+', 1) }))
      .where('event_id', '=', eventId)
      .returning('versions')
      .executeTakeFirstOrThrow();
    const place = placeOf(draft.origin);
    const row = await trx
      .insertInto('origins')
      .values({
        event_id: eventId,
        version: versions,
        region_id: draft.regionId,
        idempotency_key: draft.idempotencyKey,
        run_key: runKeyOf(draft),
        origin_time: nsToTimestamptz(place.originNs),
        origin_ns: String(place.originNs),
        latitude: place.latitude,
        longitude: place.longitude,
        depth_km: draft.origin.depthKm.mean,
        magnitude: draft.origin.magnitude.mean,
        probability: draft.origin.existenceProbability,
        estimate: toJson('origin', draft.origin),
        provenance: toJson('provenance', draft.provenance),
        created_at: createdAt,
      })
      .returningAll()
      .executeTakeFirstOrThrow();
    return toStoredOrigin(row);
  });
}

/** The event that the draft overlaps, its aliases followed; null for a new one. */
async function findEvent(trx: Database, draft: OriginDraft): Promise<string | null> {
  const place = placeOf(draft.origin);
  const rows = await trx
    .selectFrom('events as e')
    .innerJoin('origins as o', (join) =>
      join.onRef('o.event_id', '=', 'e.event_id').onRef('o.version', '=', 'e.versions'),
    )
    .select(['o.event_id', 'o.run_key', 'o.estimate'])
    .where('o.region_id', '=', draft.regionId)
    .where('o.origin_ns', '>=', String(place.originNs - MATCH_WINDOW_NS))
    .where('o.origin_ns', '<=', String(place.originNs + MATCH_WINDOW_NS))
    .execute();
  const candidates = rows.map((row): Candidate => ({
    eventId: row.event_id,
    runKey: row.run_key,
    ...placeOf(row.estimate),
  }));
  const match = matchEvent({ ...place, runKey: runKeyOf(draft) }, candidates);
  return match && resolveEvent(trx, match.eventId);
}

async function createEvent(trx: Database, draft: OriginDraft, createdAt: string): Promise<string> {
  const { regionId } = draft;
  const place = placeOf(draft.origin);
  for (let attempt = 0; ; attempt++) {
    const eventId = eventIdOf({ regionId, place, attempt });
    const inserted = await trx
      .insertInto('events')
      .values({ event_id: eventId, region_id: regionId, versions: 0, created_at: createdAt })
      .onConflict((conflict) => conflict.column('event_id').doNothing())
      .returning('event_id')
      .executeTakeFirst();
    if (inserted) return eventId;
  }
}

/** Follows aliases and checks that the event is there and in the region. */
export async function requireEvent(
  trx: Database,
  asked: { eventId: string; regionId?: string },
): Promise<string> {
  const eventId = await resolveEvent(trx, asked.eventId);
  const event = await trx
    .selectFrom('events')
    .select('region_id')
    .where('event_id', '=', eventId)
    .executeTakeFirst();
  if (event && (asked.regionId === undefined || event.region_id === asked.regionId)) return eventId;
  throw new InvalidInputError({
    what: 'event id',
    reason: event
      ? `${asked.eventId} is in region ${event.region_id}, not ${asked.regionId}`
      : `there is no event ${asked.eventId}`,
    remedy: 'take the id from the list of events',
  });
}

/** The event that an id stands for now: itself, or the one it was merged into. */
export async function resolveEvent(db: Database, eventId: string): Promise<string> {
  const { rows } = await sql<{ event_id: string }>`
    select quakeloom.resolve_event(${eventId}) as event_id`.execute(db);
  return rows[0]?.event_id ?? eventId;
}

/** An event by its id or an alias of it. */
export async function getEvent({ db }: CatalogueContext, eventId: string): Promise<Quake | null> {
  const row = await preferredOrigins(db)
    .where('e.event_id', '=', await resolveEvent(db, eventId))
    .executeTakeFirst();
  return row ? toQuake(row) : null;
}

/** All versions of an event, oldest first; aliases are followed. */
export async function listOrigins(
  { db }: CatalogueContext,
  eventId: string,
): Promise<StoredOrigin[]> {
  const rows = await db
    .selectFrom('origins')
    .selectAll()
    .where('event_id', '=', await resolveEvent(db, eventId))
    .orderBy('version')
    .execute();
  return rows.map(toStoredOrigin);
}

/** Events joined with their latest origin: the base of every list. */
export function preferredOrigins(db: Database) {
  return db
    .selectFrom('events as e')
    .innerJoin('origins as o', (join) =>
      join.onRef('o.event_id', '=', 'e.event_id').onRef('o.version', '=', 'e.versions'),
    )
    .selectAll('o')
    .select('e.versions');
}

/** A row of `origins` in the words of core. */
export function toStoredOrigin(row: Selectable<Tables['origins']>): StoredOrigin {
  return {
    eventId: row.event_id,
    version: row.version,
    regionId: row.region_id,
    origin: row.estimate,
    provenance: row.provenance,
    idempotencyKey: row.idempotency_key,
    createdAt: msToIso(row.created_at.getTime()),
  };
}

/** A row of `preferredOrigins` in the words of core. */
export function toQuake(row: Selectable<Tables['origins']> & { versions: number }): Quake {
  return {
    eventId: row.event_id,
    regionId: row.region_id,
    versions: row.versions,
    preferred: toStoredOrigin(row),
  };
}
