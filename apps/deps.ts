/** Where things are constructed, and nowhere else. @module */
import path from 'node:path';
import type { Client } from '@temporalio/client';
import type { ActivityDeps } from '../activities/deps.js';
import { createCatalogue } from '../catalogue/store.js';
import { createHeaderIndexes } from '../connectors/header-index.js';
import { openObjectStore } from '../objectstore/open-store.js';
import { findAddresses } from './addresses.js';
import { codeVersion } from './code-version.js';
import type { Config } from './config.js';
import { createSourceResolver } from './samples/resolve.js';
import { createWorkflowStarter } from './temporal.js';
import { createComputePool } from './threads/pool.js';

/** Everything activities need, and how to let go of it. */
export async function createDeps(input: {
  config: Config;
  client: Client;
  threads: number;
}): Promise<{ deps: ActivityDeps; close: () => Promise<void> }> {
  const { config, client } = input;
  const { databaseUrl } = findAddresses(config);
  const catalogue = await createCatalogue({ databaseUrl });
  const compute = createComputePool({ size: input.threads });
  return {
    deps: {
      store: await openObjectStore({ url: config.objectStoreUrl }),
      catalogue,
      compute,
      workflows: createWorkflowStarter(client),
      resolveSource: createSourceResolver({ dataDir: config.dataDir }),
      headers: createHeaderIndexes({
        folder: path.join(config.home, 'cache', 'headers'),
        version: codeVersion(),
      }),
      codeVersion: codeVersion(),
    },
    close: async () => {
      await compute.close();
      await catalogue.close();
    },
  };
}
