/**
 * Connection to PostgreSQL and the shape of its tables. In: a URL or a pool. Out: a typed query
 * builder for the schema `quakeloom`.
 * @module
 */
import { Kysely, PostgresDialect, sql, type ColumnType, type Generated } from 'kysely';
import pg from 'pg';
import type { ArtifactRef } from '../core/artifact.js';
import type { DeformationRow, ShakingRow } from '../core/catalogue.js';
import { InvalidInputError } from '../core/errors.js';
import type { SourceKind } from '../core/evidence.js';
import type { OriginEstimate, Provenance } from '../core/quake.js';
import type { RegionConfig } from '../core/region.js';

/** Everything of Quakeloom lives in this schema, so that a shared database stays tidy. */
export const SCHEMA = 'quakeloom';

/** Written as text, read as a Date. */
type Time = ColumnType<Date, string, string>;
/** bigint: pg gives it as text, because it does not fit a number. */
type BigInteger = ColumnType<string, string, string>;
/** Written as JSON text, read as the value. */
type Json<T> = ColumnType<T, string, string>;

/** Tables and their columns. */
export interface Tables {
  regions: { id: string; config: Json<RegionConfig>; updated_at: Time };
  events: { event_id: string; region_id: string; versions: number; created_at: Time };
  origins: {
    event_id: string;
    version: number;
    region_id: string;
    idempotency_key: string;
    run_key: string | null;
    origin_time: Time;
    origin_ns: BigInteger;
    latitude: number;
    longitude: number;
    depth_km: number;
    magnitude: number;
    probability: number;
    estimate: Json<OriginEstimate>;
    provenance: Json<Provenance>;
    created_at: Time;
  };
  event_aliases: {
    id: Generated<string>;
    alias: string;
    /** Null when the alias was ended by a split. */
    event_id: string | null;
    reason: string;
    created_at: Time;
  };
  /** View: the aliases that hold now. */
  current_aliases: { alias: string; event_id: string };
  segments: {
    id: ColumnType<string, never, never>;
    region_id: string;
    source: SourceKind;
    source_id: string;
    start_time: Time;
    start_ns: BigInteger;
    end_ns: BigInteger;
    records: BigInteger;
    artifact_key: string;
    artifact: Json<ArtifactRef>;
    created_at: Time;
  };
  quarantine: {
    /** SHA-256 over region, source, item and reason, which may be longer than an index allows. */
    hash: string;
    region_id: string;
    source: SourceKind;
    item: string;
    reason: string;
    count: BigInteger;
    created_at: Time;
    last_at: Time;
  };
  deformation: {
    id: string;
    region_id: string;
    kind: DeformationRow['kind'];
    summary: Json<DeformationRow['summary']>;
    artifacts: Json<DeformationRow['artifacts']>;
    created_at: Time;
  };
  shaking: {
    id: string;
    event_id: string;
    version: number;
    summary: Json<ShakingRow['summary']>;
    artifacts: Json<ShakingRow['artifacts']>;
    problem: string | null;
    created_at: Time;
  };
}

/** The typed query builder that the parts of the catalogue use. */
export type Database = Kysely<Tables>;

/** What the parts of the catalogue share. */
export interface CatalogueContext {
  readonly db: Database;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
}

/** A database to connect to. */
export type DatabaseOptions =
  { readonly databaseUrl: string; readonly maxConnections?: number } | { readonly pool: pg.Pool };

/** Opens a pool (or takes one). Connects on first use. `close` ends only a pool opened here. */
export function connectDatabase(options: DatabaseOptions): {
  db: Database;
  close: () => Promise<void>;
} {
  const pool = 'pool' in options ? options.pool : openPool(options);
  // A connection that breaks fails the query in hand and is replaced. It also emits an error, idle
  // or within a transaction, which without a listener would end the process.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) }).withSchema(SCHEMA);
  return { db, close: async () => ('pool' in options ? undefined : pool.end()) };
}

function openPool(options: { databaseUrl: string; maxConnections?: number }): pg.Pool {
  if (!/^postgres(ql)?:\/\//.test(options.databaseUrl)) {
    throw new InvalidInputError({
      what: 'database URL',
      reason: 'it does not begin with postgresql://',
      remedy: 'write it like postgresql://user:password@host:5432/database',
    });
  }
  return new pg.Pool({
    connectionString: options.databaseUrl,
    max: options.maxConnections ?? 10,
    application_name: 'quakeloom',
    // Also bounds the wait for a free connection of a busy pool.
    connectionTimeoutMillis: 30_000,
    // A query that the server forgot (a machine gone without a word) must end some time.
    query_timeout: 120_000,
    keepAlive: true,
  });
}

/**
 * Takes a lock that is held to the end of the transaction. Writers of one region's events (or
 * segments) queue here, so that what one reads the other cannot change.
 */
export async function lockUntilCommit(
  trx: Database,
  lock: { what: 'events' | 'segments'; regionId: string },
): Promise<void> {
  const name = `quakeloom ${lock.what} ${lock.regionId}`;
  await sql`select pg_advisory_xact_lock(hashtextextended(${name}, 0))`.execute(trx);
}
