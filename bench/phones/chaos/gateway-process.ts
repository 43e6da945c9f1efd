/**
 * A gateway with the real catalogue and a real object store, to be killed. Arguments: folder of the
 * log, folder of the store, MQTT port, health port, broker URL or `-`, database URL. Its log goes to
 * standard error, a line of JSON each.
 * @module
 */
import { createCatalogue } from '../../../catalogue/store.js';
import { startGateway } from '../../../apps/gateway/gateway.js';
import { openObjectStore } from '../../../objectstore/open-store.js';

const [walDir = '', storeDir = '', port, healthPort, broker = '-', databaseUrl = ''] =
  process.argv.slice(2);
const say = (level: string) => (fields: object, message: string) =>
  console.error(JSON.stringify({ time: new Date().toISOString(), level, message, ...fields }));
await startGateway({
  port: Number(port),
  healthPort: Number(healthPort),
  walDir,
  store: await openObjectStore({ url: `file://${storeDir}` }),
  catalogue: await createCatalogue({ databaseUrl, migrate: false }),
  regions: ['city'],
  log: { info: say('info'), warn: say('warn'), error: say('error') },
  // Each of the hundred publishers stands for many phones.
  limits: { deviceRateHz: 1e6, deviceBurst: 1e6 },
  sealIntervalMs: 1000,
  retryMs: { first: 200, most: 2000 },
  ...(broker === '-' ? {} : { mqttUrl: broker }),
});
