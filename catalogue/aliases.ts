/**
 * Merges and splits. In: ids of events. Out: an entry in the append-only log of aliases. No origin is
 * moved or changed: a merged event keeps its versions and answers by the id it was merged into.
 * @module
 */
import { sql } from 'kysely';
import { InvalidInputError } from '../core/errors.js';
import type { StoredOrigin } from '../core/quake.js';
import type { IsoTime } from '../core/time.js';
import { lockUntilCommit, type CatalogueContext, type Database } from './database.js';
import { requireEvent, resolveEvent, toStoredOrigin } from './origins.js';
import { msToIso } from './time-columns.js';

/** One entry of the log. */
export interface AliasEntry {
  readonly alias: string;
  /** What the alias stands for since; null: for itself again. */
  readonly eventId: string | null;
  readonly reason: string;
  readonly createdAt: IsoTime;
}

/**
 * Declares that `drop` is the same quake as `keep`. From then on `drop` is an alias of `keep`, also
 * for origins found later. Merging again is a no-op.
 */
export function mergeEvents(
  { db, clock }: CatalogueContext,
  input: { keep: string; drop: string; reason?: string },
): Promise<void> {
  return db.transaction().execute(async (trx) => {
    const regionId = await regionOf(trx, input.keep);
    await lockUntilCommit(trx, { what: 'events', regionId });
    const keep = await requireEvent(trx, { eventId: input.keep, regionId });
    const drop = await requireEvent(trx, { eventId: input.drop, regionId });
    // Both ends are resolved, so a chain of aliases can never become a ring.
    if (keep === drop) return;
    await log(trx, { alias: drop, event_id: keep, reason: input.reason ?? '', at: clock() });
  });
}

/** Undoes the merge of `eventId`: it stands for itself again. A no-op when it is no alias. */
export function splitEvent(
  { db, clock }: CatalogueContext,
  input: { eventId: string; reason?: string },
): Promise<void> {
  return db.transaction().execute(async (trx) => {
    await lockUntilCommit(trx, { what: 'events', regionId: await regionOf(trx, input.eventId) });
    const current = await trx
      .selectFrom('current_aliases')
      .select('alias')
      .where('alias', '=', input.eventId)
      .executeTakeFirst();
    if (!current) return;
    await log(trx, {
      alias: input.eventId,
      event_id: null,
      reason: input.reason ?? '',
      at: clock(),
    });
  });
}

/** The log entries about an id or about what was merged into it, oldest first. */
export async function listAliases(
  { db }: CatalogueContext,
  eventId: string,
): Promise<AliasEntry[]> {
  const rows = await db
    .selectFrom('event_aliases')
    .selectAll()
    .where(({ or, eb }) => or([eb('alias', '=', eventId), eb('event_id', '=', eventId)]))
    .orderBy('id')
    .execute();
  return rows.map((row) => ({
    alias: row.alias,
    eventId: row.event_id,
    reason: row.reason,
    createdAt: msToIso(row.created_at.getTime()),
  }));
}

/**
 * Every origin of an event and of the events merged into it, in the order they were written; each
 * under the id it was written to.
 */
export async function listHistory(
  { db }: CatalogueContext,
  eventId: string,
): Promise<StoredOrigin[]> {
  const root = await resolveEvent(db, eventId);
  const rows = await db
    .selectFrom('origins')
    .selectAll()
    .where(
      'event_id',
      'in',
      sql<string>`(
      with recursive family as (
        select ${root}::text as event_id
        union select a.alias from family f
          join quakeloom.current_aliases a on a.event_id = f.event_id
      ) select event_id from family)`,
    )
    .orderBy('created_at')
    .orderBy('event_id')
    .orderBy('version')
    .execute();
  return rows.map(toStoredOrigin);
}

async function log(
  trx: Database,
  entry: { alias: string; event_id: string | null; reason: string; at: number },
): Promise<void> {
  const { at, ...row } = entry;
  await trx
    .insertInto('event_aliases')
    .values({ ...row, created_at: msToIso(at) })
    .execute();
}

async function regionOf(trx: Database, eventId: string): Promise<string> {
  const row = await trx
    .selectFrom('events')
    .select('region_id')
    .where('event_id', '=', eventId)
    .executeTakeFirst();
  if (row) return row.region_id;
  throw new InvalidInputError({
    what: 'event id',
    reason: `there is no event ${eventId}`,
    remedy: 'take the id from the list of events',
  });
}
