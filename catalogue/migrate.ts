/**
 * Brings the database's tables up to this version of the code. In: a database. Out: what was done.
 * Forward only; each migration is recorded, and Kysely's migrator holds an advisory lock meanwhile,
 * so that workers which start together do not meet.
 * @module
 */
import { Migrator, type Migration } from 'kysely';
import { UnavailableError } from '../core/errors.js';
import { SCHEMA, type Database } from './database.js';
import { withTypedErrors } from './database-error.js';
import * as events from './migrations/0001-events.js';
import * as feeds from './migrations/0002-feeds.js';
import * as shaking from './migrations/0003-shaking.js';

/** In the order they run. A published one is never edited: add the next number. */
const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0001-events': events,
  '0002-feeds': feeds,
  '0003-shaking': shaking,
};

/**
 * Runs what is missing, all or nothing, and names it. Errors: `UnavailableError` (not retryable)
 * when the database was made by a newer version.
 */
export function migrate(db: Database): Promise<string[]> {
  return withTypedErrors(async () => {
    const migrator = new Migrator({
      db,
      provider: { getMigrations: async () => ({ ...MIGRATIONS }) },
      migrationTableSchema: SCHEMA,
      migrationTableName: 'migrations',
      migrationLockTableName: 'migrations_lock',
    });
    const { error, results } = await migrator.migrateToLatest();
    if (error instanceof Error && error.message.startsWith('corrupted migrations')) {
      throw new UnavailableError({
        what: 'catalogue',
        reason: `the database was made by another version (${error.message})`,
        remedy: 'run the newest version of Quakeloom that has used this database',
        retryable: false,
        cause: error,
      });
    }
    if (error !== undefined) throw error;
    return (results ?? []).map((result) => result.migrationName);
  });
}
