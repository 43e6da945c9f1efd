/**
 * What was refused, and why. One row a (region, source, item, reason), with a count. @module
 */
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { QuarantineRow } from '../core/catalogue.js';
import type { IsoTime } from '../core/time.js';
import type { CatalogueContext } from './database.js';
import { msToIso } from './time-columns.js';
import { checkLimit, checkQuarantine } from './validate.js';

/** Records a refusal; the same one again only raises its count. */
export async function quarantine(
  { db, clock }: CatalogueContext,
  row: QuarantineRow,
): Promise<void> {
  checkQuarantine(row);
  const { regionId, source, item, reason } = row;
  const identity = JSON.stringify([regionId, source, item, reason]);
  const now = msToIso(clock());
  await db
    .insertInto('quarantine')
    .values({
      hash: createHash('sha256').update(identity).digest('hex'),
      region_id: regionId,
      source,
      item,
      reason,
      count: '1',
      created_at: now,
      last_at: now,
    })
    .onConflict((conflict) =>
      conflict.column('hash').doUpdateSet({ count: sql`quarantine.count + 1`, last_at: now }),
    )
    .execute();
}

/** Refusals, most recent first; `createdAt` is when the first of its kind came. */
export async function listQuarantine(
  { db }: CatalogueContext,
  input: { regionId?: string; limit: number },
): Promise<(QuarantineRow & { createdAt: IsoTime; count: number })[]> {
  checkLimit(input.limit);
  let query = db.selectFrom('quarantine').selectAll();
  if (input.regionId !== undefined) query = query.where('region_id', '=', input.regionId);
  const rows = await query.orderBy('last_at', 'desc').orderBy('hash').limit(input.limit).execute();
  return rows.map((row) => ({
    regionId: row.region_id,
    source: row.source,
    item: row.item,
    reason: row.reason,
    createdAt: msToIso(row.created_at.getTime()),
    count: Number(row.count),
  }));
}
