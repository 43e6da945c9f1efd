/** The API process: REST, fdsnws-event, server-sent events and the dashboard. @module */
import { createCatalogue } from '../../catalogue/store.js';
import { openObjectStore } from '../../objectstore/open-store.js';
import { findAddresses } from '../addresses.js';
import { loadConfig } from '../config.js';
import { createLog } from '../log.js';
import { createApi } from './server.js';

const config = loadConfig();
const log = createLog({ name: 'api', config });
const catalogue = await createCatalogue({
  databaseUrl: findAddresses(config).databaseUrl,
  migrate: false,
});
const store = await openObjectStore({ url: config.objectStoreUrl });
const app = await createApi({
  catalogue,
  store,
  log,
  temporalUiUrl: process.env['QUAKELOOM_TEMPORAL_UI_URL'] ?? null,
});
await app.listen({ host: config.host, port: config.apiPort });

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    void app
      .close()
      .then(() => catalogue.close())
      .then(() => process.exit(0));
  });
}
