/** Connections of one command, closed when it ends. @module */
import type { Client } from '@temporalio/client';
import type { Catalogue } from '../../core/catalogue.js';
import { InvalidInputError } from '../../core/errors.js';
import type { RegionConfig } from '../../core/region.js';
import { createCatalogue } from '../../catalogue/store.js';
import { findDatabase, findTemporal } from '../addresses.js';
import { loadConfig } from '../config.js';
import { connectClient } from '../temporal.js';

/** Runs `work` with a Temporal client. */
export async function withTemporal<T>(work: (client: Client) => Promise<T>): Promise<T> {
  const config = loadConfig();
  const client = await connectClient({
    address: findTemporal(config),
    namespace: config.temporalNamespace,
  });
  try {
    return await work(client);
  } finally {
    await client.connection.close();
  }
}

/** Runs `work` with the catalogue. */
export async function withCatalogue<T>(work: (catalogue: Catalogue) => Promise<T>): Promise<T> {
  const databaseUrl = findDatabase(loadConfig());
  const catalogue = await createCatalogue({ databaseUrl, migrate: false });
  try {
    return await work(catalogue);
  } finally {
    await catalogue.close();
  }
}

/** The region, or an error that lists those there are. */
export async function requireRegion(catalogue: Catalogue, regionId: string): Promise<RegionConfig> {
  const region = await catalogue.getRegion(regionId);
  if (region) return region;
  const known = (await catalogue.listRegions()).map((each) => each.id).join(', ') || 'none yet';
  throw new InvalidInputError({
    what: 'region',
    reason: `'${regionId}' is not in the catalogue (known: ${known})`,
    remedy: 'add it with `quakeloom region add FILE`',
  });
}
