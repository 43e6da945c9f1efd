/**
 * The catalogue on PostgreSQL. In: a database URL. Out: the `Catalogue` port of core with the few
 * operations that only a person or the operator needs. Each operation is one short transaction and
 * safe to try again; faults come out as typed errors and are not retried here.
 * @module
 */
import type { Catalogue } from '../core/catalogue.js';
import type { StoredOrigin } from '../core/quake.js';
import { listAliases, listHistory, mergeEvents, splitEvent, type AliasEntry } from './aliases.js';
import { connectDatabase, type CatalogueContext, type DatabaseOptions } from './database.js';
import { withTypedErrors as typed } from './database-error.js';
import { listDeformation, putDeformation } from './deformation.js';
import { listEvents } from './list-events.js';
import { migrate } from './migrate.js';
import { appendOrigin, getEvent, listOrigins } from './origins.js';
import { listQuarantine, quarantine } from './quarantine.js';
import { getRegion, listRegions, putRegion } from './regions.js';
import { getShaking, putShaking } from './shaking.js';
import { addSegment, segmentsAfter, segmentsInWindow } from './segments.js';

/** How to open a catalogue. */
export type CatalogueOptions = DatabaseOptions & {
  /** Milliseconds since the epoch, for `createdAt`; default `Date.now`. */
  readonly clock?: () => number;
  /** False leaves the tables as they are; by default missing migrations are run. */
  readonly migrate?: boolean;
};

/** The catalogue with its upkeep. */
export interface PostgresCatalogue extends Catalogue {
  /** Declares `drop` to be the same quake as `keep`; `drop` becomes an alias. */
  mergeEvents(input: { keep: string; drop: string; reason?: string }): Promise<void>;
  /** Undoes a merge: `eventId` stands for itself again. */
  splitEvent(input: { eventId: string; reason?: string }): Promise<void>;
  /** Log of merges and splits about an id, oldest first. */
  listAliases(eventId: string): Promise<AliasEntry[]>;
  /** Origins of an event and of everything merged into it, in the order they were written. */
  listHistory(eventId: string): Promise<StoredOrigin[]>;
  /** Ends the connections. The catalogue cannot be used afterwards. */
  close(): Promise<void>;
}

/**
 * Opens the catalogue. Errors: `UnavailableError` when the database cannot be reached (retryable) or
 * was made by a newer version (not); every method throws `InvalidInputError` for input that breaks
 * its contract and `UnavailableError` for faults of the database.
 */
export async function createCatalogue(options: CatalogueOptions): Promise<PostgresCatalogue> {
  const { db, close } = connectDatabase(options);
  if (options.migrate ?? true) {
    try {
      await migrate(db);
    } catch (error) {
      await close();
      throw error;
    }
  }
  const context: CatalogueContext = { db, clock: options.clock ?? Date.now };
  return {
    putRegion: (region) => typed(() => putRegion(context, region)),
    getRegion: (regionId) => typed(() => getRegion(context, regionId)),
    listRegions: () => typed(() => listRegions(context)),
    appendOrigin: (draft, at) => typed(() => appendOrigin(context, draft, at)),
    listEvents: (filter) => typed(() => listEvents(context, filter)),
    getEvent: (eventId) => typed(() => getEvent(context, eventId)),
    listOrigins: (eventId) => typed(() => listOrigins(context, eventId)),
    putShaking: (row) => typed(() => putShaking(context, row)),
    getShaking: (input) => typed(() => getShaking(context, input)),
    addSegment: (segment) => typed(() => addSegment(context, segment)),
    segmentsInWindow: (input) => typed(() => segmentsInWindow(context, input)),
    segmentsAfter: (input) => typed(() => segmentsAfter(context, input)),
    quarantine: (row) => typed(() => quarantine(context, row)),
    listQuarantine: (input) => typed(() => listQuarantine(context, input)),
    putDeformation: (row) => typed(() => putDeformation(context, row)),
    listDeformation: (input) => typed(() => listDeformation(context, input)),
    mergeEvents: (input) => typed(() => mergeEvents(context, input)),
    splitEvent: (input) => typed(() => splitEvent(context, input)),
    listAliases: (eventId) => typed(() => listAliases(context, eventId)),
    listHistory: (eventId) => typed(() => listHistory(context, eventId)),
    close,
  };
}
