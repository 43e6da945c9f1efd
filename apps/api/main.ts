/** The API process: REST, fdsnws-event, server-sent events and the dashboard. @module */
import path from 'node:path';
import { createCatalogue } from '../../catalogue/store.js';
import { placeNamed } from '../../connectors/reports/feeds/gazetteer.js';
import { openObjectStore } from '../../objectstore/open-store.js';
import { findAddresses } from '../addresses.js';
import { loadConfig } from '../config.js';
import { createLog } from '../log.js';
import { proxyRanges } from '../trusted-proxies.js';
import { openFeltDesk } from './felt/desk.js';
import { createApi } from './server.js';

const config = loadConfig();
const log = createLog({ name: 'api', config });
const catalogue = await createCatalogue({
  databaseUrl: findAddresses(config).databaseUrl,
  migrate: false,
});
const store = await openObjectStore({ url: config.objectStoreUrl });
// The first typed place would else wait for the names to be read.
placeNamed('');
const felt = await openFeltDesk({
  folder: path.join(config.home, 'felt'),
  catalogue,
  store,
  onProblem: (error) => log.warn(error, 'felt reports'),
});
const app = await createApi({
  catalogue,
  store,
  log,
  felt,
  trustedProxies: proxyRanges(config.trustedProxies ?? '') ?? [],
  temporalUiUrl: process.env['QUAKELOOM_TEMPORAL_UI_URL'] ?? null,
});
await app.listen({ host: config.host, port: config.apiPort });

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    void app
      .close()
      .then(() => felt.close())
      .then(() => catalogue.close())
      .then(() => process.exit(0));
  });
}
