/**
 * Maps of shaking: which files belong to which version of an event, or why there are none. @module
 */
import type { Selectable } from 'kysely';
import type { ShakingRow } from '../core/catalogue.js';
import type { CatalogueContext, Tables } from './database.js';
import { toJson } from './json-column.js';
import { msToIso } from './time-columns.js';
import { checkShaking } from './validate.js';

/** Records a map. The same id again counts as written now: the latest of a version is shown. */
export async function putShaking(
  { db, clock }: CatalogueContext,
  row: Omit<ShakingRow, 'createdAt'>,
): Promise<ShakingRow> {
  checkShaking(row);
  const stored = await db
    .insertInto('shaking')
    .values({
      id: row.id,
      event_id: row.eventId,
      version: row.version,
      summary: toJson('shaking summary', row.summary),
      artifacts: toJson('shaking artifacts', row.artifacts),
      problem: row.problem,
      created_at: msToIso(clock()),
    })
    .onConflict((conflict) =>
      conflict.column('id').doUpdateSet((update) => ({
        problem: update.ref('excluded.problem'),
        created_at: update.ref('excluded.created_at'),
      })),
    )
    .returningAll()
    .executeTakeFirstOrThrow();
  return toShaking(stored);
}

/** The latest map of the highest version that has one, or why that version has none. */
export async function getShaking(
  { db }: CatalogueContext,
  input: { eventId: string },
): Promise<ShakingRow | null> {
  const row = await db
    .selectFrom('shaking')
    .selectAll()
    .where('event_id', '=', input.eventId)
    .orderBy('version', 'desc')
    .orderBy('created_at', 'desc')
    .orderBy('id')
    .limit(1)
    .executeTakeFirst();
  return row ? toShaking(row) : null;
}

function toShaking(row: Selectable<Tables['shaking']>): ShakingRow {
  return {
    id: row.id,
    eventId: row.event_id,
    version: row.version,
    createdAt: msToIso(row.created_at.getTime()),
    summary: row.summary,
    artifacts: row.artifacts,
    problem: row.problem,
  };
}
