/**
 * Regions, events, their versioned origins, and aliases after merges. Origins and aliases are
 * append-only: the database itself refuses to change or remove a row.
 * @module
 */
import { sql, type Kysely } from 'kysely';

/** Creates the tables. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table quakeloom.regions (
      id text primary key,
      config jsonb not null,
      updated_at timestamptz not null
    )`.execute(db);
  await sql`
    create table quakeloom.events (
      event_id text primary key,
      region_id text not null,
      -- How many origins the event has; the highest version is preferred.
      versions integer not null check (versions >= 0),
      created_at timestamptz not null
    )`.execute(db);
  await sql`
    create table quakeloom.origins (
      event_id text not null references quakeloom.events,
      version integer not null check (version > 0),
      region_id text not null,
      idempotency_key text not null,
      run_key text,
      origin_time timestamptz not null,
      origin_ns bigint not null,
      latitude double precision not null,
      longitude double precision not null,
      depth_km double precision not null,
      magnitude double precision not null,
      probability double precision not null check (probability between 0 and 1),
      estimate jsonb not null,
      provenance jsonb not null,
      created_at timestamptz not null,
      primary key (event_id, version),
      unique (region_id, idempotency_key)
    )`.execute(db);
  await sql`create index on quakeloom.origins (region_id, origin_ns)`.execute(db);
  await sql`create index on quakeloom.origins (origin_ns)`.execute(db);
  await sql`create index on quakeloom.origins (created_at)`.execute(db);
  await sql`
    create table quakeloom.event_aliases (
      id bigint generated always as identity primary key,
      alias text not null references quakeloom.events,
      -- Null ends the alias: the event stands for itself again.
      event_id text references quakeloom.events check (event_id <> alias),
      reason text not null,
      created_at timestamptz not null
    )`.execute(db);
  await sql`create index on quakeloom.event_aliases (alias, id)`.execute(db);
  await sql`create index on quakeloom.event_aliases (event_id)`.execute(db);
  await sql`
    create view quakeloom.current_aliases as
    select latest.alias, latest.event_id from (
      select distinct on (alias) alias, event_id
      from quakeloom.event_aliases order by alias, id desc
    ) latest where latest.event_id is not null`.execute(db);
  await sql`
    create function quakeloom.resolve_event(asked text) returns text language sql stable as $$
      with recursive chain as (
        select asked as event_id, 0 as step
        union all
        select a.event_id, chain.step + 1
        from chain join quakeloom.current_aliases a on a.alias = chain.event_id
        where chain.step < 1000
      )
      select event_id from chain order by step desc limit 1
    $$`.execute(db);
  await refuseChanges(db);
}

async function refuseChanges(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function quakeloom.refuse_change() returns trigger language plpgsql as $$
    begin
      raise exception '% is append-only: % refused', tg_table_name, tg_op
        using errcode = 'integrity_constraint_violation';
    end $$`.execute(db);
  for (const table of ['origins', 'event_aliases']) {
    await sql`
      create trigger append_only before update or delete on ${sql.id('quakeloom', table)}
      for each row execute function quakeloom.refuse_change()`.execute(db);
    await sql`
      create trigger append_only_truncate before truncate on ${sql.id('quakeloom', table)}
      for each statement execute function quakeloom.refuse_change()`.execute(db);
  }
}
