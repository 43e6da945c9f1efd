/**
 * Regions and their configuration. @module
 */
import type { RegionConfig } from '../core/region.js';
import type { CatalogueContext } from './database.js';
import { toJson } from './json-column.js';
import { msToIso } from './time-columns.js';
import { checkRegion } from './validate.js';

/** Creates or replaces a region's configuration. */
export async function putRegion(
  { db, clock }: CatalogueContext,
  region: RegionConfig,
): Promise<void> {
  checkRegion(region);
  const row = { config: toJson('region', region), updated_at: msToIso(clock()) };
  await db
    .insertInto('regions')
    .values({ id: region.id, ...row })
    .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
    .execute();
}

/** A region's configuration, or null. */
export async function getRegion(
  { db }: CatalogueContext,
  regionId: string,
): Promise<RegionConfig | null> {
  const row = await db
    .selectFrom('regions')
    .select('config')
    .where('id', '=', regionId)
    .executeTakeFirst();
  return row?.config ?? null;
}

/** All regions by id. */
export async function listRegions({ db }: CatalogueContext): Promise<RegionConfig[]> {
  const rows = await db.selectFrom('regions').select('config').orderBy('id').execute();
  return rows.map((row) => row.config);
}
