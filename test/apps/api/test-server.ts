/** The API over a fake catalogue, with or without a port. @module */
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import type { ApiInput } from '../../../apps/api/api-input.js';
import { createApi } from '../../../apps/api/server.js';
import type { ObjectStore } from '../../../core/artifact.js';
import type { FakeCatalogue } from './fake-catalogue.js';

const refuse = (): never => {
  throw new Error('only maps are read from the object store');
};
const noStore: ObjectStore = { put: refuse, get: refuse, has: refuse, list: refuse };

/** Address given to the dashboard for its links. */
export const TEMPORAL_UI_URL = 'http://127.0.0.1:8233';

export function testApi(
  fake: FakeCatalogue,
  options: Partial<Pick<ApiInput, 'webRoot' | 'felt' | 'store' | 'trustedProxies'>> = {},
): Promise<FastifyInstance> {
  return createApi({
    catalogue: fake.catalogue,
    store: noStore,
    log: pino({ level: 'silent' }),
    temporalUiUrl: TEMPORAL_UI_URL,
    streamPollMs: 20,
    ...options,
  });
}

/** Starts to listen on a free port of this machine. Out: the address. */
export function listen(app: FastifyInstance): Promise<string> {
  return app.listen({ host: '127.0.0.1', port: 0 });
}
