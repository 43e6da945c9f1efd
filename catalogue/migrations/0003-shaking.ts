/**
 * Maps of shaking of events.
 * @module
 */
import { sql, type Kysely } from 'kysely';

/** Creates the table. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table quakeloom.shaking (
      id text primary key,
      event_id text not null references quakeloom.events,
      version integer not null check (version > 0),
      summary jsonb not null,
      artifacts jsonb not null,
      -- Why there is no map; null when there is one.
      problem text,
      created_at timestamptz not null
    )`.execute(db);
  await sql`create index on quakeloom.shaking (event_id, version, created_at)`.execute(db);
}
