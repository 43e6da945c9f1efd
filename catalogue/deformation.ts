/**
 * Products made from InSAR: velocity maps and source inversions. @module
 */
import type { Selectable } from 'kysely';
import type { DeformationRow } from '../core/catalogue.js';
import type { CatalogueContext, Tables } from './database.js';
import { toJson } from './json-column.js';
import { msToIso } from './time-columns.js';
import { checkDeformation, checkLimit } from './validate.js';

/** Records a product. The same id again gives the stored row. */
export async function putDeformation(
  { db, clock }: CatalogueContext,
  product: Omit<DeformationRow, 'createdAt'>,
): Promise<DeformationRow> {
  checkDeformation(product);
  await db
    .insertInto('deformation')
    .values({
      id: product.id,
      region_id: product.regionId,
      kind: product.kind,
      summary: toJson('deformation summary', product.summary),
      artifacts: toJson('deformation artifacts', product.artifacts),
      created_at: msToIso(clock()),
    })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute();
  const row = await db
    .selectFrom('deformation')
    .selectAll()
    .where('id', '=', product.id)
    .executeTakeFirstOrThrow();
  return toDeformation(row);
}

/** Products, newest first. */
export async function listDeformation(
  { db }: CatalogueContext,
  input: { regionId?: string; limit: number },
): Promise<DeformationRow[]> {
  checkLimit(input.limit);
  let query = db.selectFrom('deformation').selectAll();
  if (input.regionId !== undefined) query = query.where('region_id', '=', input.regionId);
  const rows = await query.orderBy('created_at', 'desc').orderBy('id').limit(input.limit).execute();
  return rows.map(toDeformation);
}

function toDeformation(row: Selectable<Tables['deformation']>): DeformationRow {
  return {
    id: row.id,
    regionId: row.region_id,
    kind: row.kind,
    createdAt: msToIso(row.created_at.getTime()),
    summary: row.summary,
    artifacts: row.artifacts,
  };
}
