/**
 * The index of sealed segments. In: segments. Out: segments by time, or after a cursor.
 *
 * A reader who keeps the largest id it has seen must never miss a row, so ids have to become visible
 * in their own order: writers of a region queue on a lock that they hold until they commit.
 * @module
 */
import type { Selectable } from 'kysely';
import type { SegmentRow } from '../core/catalogue.js';
import { ArtifactConflictError } from '../core/errors.js';
import type { SourceKind } from '../core/evidence.js';
import { windowNs, type TimeWindow } from '../core/time.js';
import { lockUntilCommit, type CatalogueContext, type Tables } from './database.js';
import { toJson } from './json-column.js';
import { msToIso, nsToTimestamptz } from './time-columns.js';
import { checkLimit, checkSegment } from './validate.js';

/**
 * Adds a segment. The same artifact key in the same region gives the stored row; with another hash
 * it throws ArtifactConflictError.
 */
export async function addSegment(
  { db, clock }: CatalogueContext,
  segment: Omit<SegmentRow, 'id'>,
): Promise<SegmentRow> {
  checkSegment(segment);
  const { regionId, artifact } = segment;
  return db.transaction().execute(async (trx) => {
    await lockUntilCommit(trx, { what: 'segments', regionId });
    const known = await trx
      .selectFrom('segments')
      .selectAll()
      .where('region_id', '=', regionId)
      .where('artifact_key', '=', artifact.key)
      .executeTakeFirst();
    if (known && known.artifact.sha256 !== artifact.sha256) {
      throw new ArtifactConflictError({
        key: artifact.key,
        reason: `is known with hash ${known.artifact.sha256}, not ${artifact.sha256}`,
      });
    }
    if (known) return toSegment(known);
    const row = await trx
      .insertInto('segments')
      .values({
        region_id: regionId,
        source: segment.source,
        source_id: segment.sourceId,
        start_time: nsToTimestamptz(segment.startNs),
        start_ns: String(segment.startNs),
        end_ns: String(segment.endNs),
        records: String(segment.records),
        artifact_key: artifact.key,
        artifact: toJson('segment', artifact),
        created_at: msToIso(clock()),
      })
      .returningAll()
      .executeTakeFirstOrThrow();
    return toSegment(row);
  });
}

/**
 * Segments that may hold data of the half-open window, by start. One that ends exactly at the
 * window's start is included: its last sample may lie there.
 */
export async function segmentsInWindow(
  { db }: CatalogueContext,
  input: { regionId: string; source: SourceKind; window: TimeWindow },
): Promise<SegmentRow[]> {
  const { startNs, endNs } = windowNs(input.window);
  const rows = await db
    .selectFrom('segments')
    .selectAll()
    .where('region_id', '=', input.regionId)
    .where('source', '=', input.source)
    .where('start_ns', '<', String(endNs))
    .where('end_ns', '>=', String(startNs))
    .orderBy('start_ns')
    .orderBy('artifact_key')
    .execute();
  return rows.map(toSegment);
}

/** The next `limit` segments of a region after a cursor, in the order they were added. */
export async function segmentsAfter(
  { db }: CatalogueContext,
  input: { regionId: string; afterId: number; limit: number },
): Promise<SegmentRow[]> {
  checkLimit(input.limit);
  const rows = await db
    .selectFrom('segments')
    .selectAll()
    .where('region_id', '=', input.regionId)
    .where('id', '>', String(input.afterId))
    .orderBy('id')
    .limit(input.limit)
    .execute();
  return rows.map(toSegment);
}

function toSegment(row: Selectable<Tables['segments']>): SegmentRow {
  return {
    id: Number(row.id),
    regionId: row.region_id,
    source: row.source,
    sourceId: row.source_id,
    startNs: BigInt(row.start_ns),
    endNs: BigInt(row.end_ns),
    records: Number(row.records),
    artifact: row.artifact,
  };
}
