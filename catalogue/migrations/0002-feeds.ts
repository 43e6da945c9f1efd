/**
 * Segments of live feeds, products made from InSAR, and what was refused.
 * @module
 */
import { sql, type Kysely } from 'kysely';

/** Creates the tables. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table quakeloom.segments (
      id bigint generated always as identity primary key,
      region_id text not null,
      source text not null,
      source_id text not null,
      start_time timestamptz not null,
      start_ns bigint not null,
      end_ns bigint not null check (end_ns >= start_ns),
      records bigint not null check (records >= 0),
      artifact_key text not null,
      artifact jsonb not null,
      created_at timestamptz not null,
      unique (region_id, artifact_key)
    )`.execute(db);
  await sql`create index on quakeloom.segments (region_id, id)`.execute(db);
  await sql`create index on quakeloom.segments (region_id, source, start_ns)`.execute(db);
  await sql`
    create table quakeloom.quarantine (
      hash text primary key,
      region_id text not null,
      source text not null,
      item text not null,
      reason text not null,
      count bigint not null check (count > 0),
      created_at timestamptz not null,
      last_at timestamptz not null
    )`.execute(db);
  await sql`create index on quakeloom.quarantine (region_id, last_at)`.execute(db);
  await sql`
    create table quakeloom.deformation (
      id text primary key,
      region_id text not null,
      kind text not null check (kind in ('velocity', 'source')),
      summary jsonb not null,
      artifacts jsonb not null,
      created_at timestamptz not null
    )`.execute(db);
  await sql`create index on quakeloom.deformation (region_id, created_at)`.execute(db);
}
