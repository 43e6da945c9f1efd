/** The gateway process: phone messages of all regions in the catalogue. @module */
import path from 'node:path';
import type { Client } from '@temporalio/client';
import { createCatalogue } from '../../catalogue/store.js';
import type { Catalogue } from '../../core/catalogue.js';
import { openObjectStore } from '../../objectstore/open-store.js';
import { findDatabase, findTemporal } from '../addresses.js';
import { loadConfig } from '../config.js';
import { createLog } from '../log.js';
import { connectClient, hintWatch } from '../temporal.js';
import type { BrokerTls } from './broker-socket.js';
import { startGateway } from './gateway.js';

/** How soon a region that was added is taken, and how often watches are told of news, ms. */
const POLL_MS = 1000;

const config = loadConfig();
const log = createLog({ name: 'gateway', config });
const catalogue = await createCatalogue({
  databaseUrl: findDatabase(config),
  migrate: false,
});
const gateway = await startGateway({
  host: config.host,
  port: config.mqttPort,
  healthPort: config.gatewayHealthPort,
  walDir: path.join(config.home, 'gateway', 'wal'),
  store: await openObjectStore({ url: config.objectStoreUrl }),
  catalogue,
  regions: await phoneRegions(catalogue),
  log,
  ...(config.mqttUrl ? { mqttUrl: config.mqttUrl, mqttTls: brokerFiles() } : {}),
});

// Made at the first hint: phones are heard whether Temporal answers or not.
let client: Client | null = null;
let hinted = gateway.stats().segments;

const poll = setInterval(() => {
  void followRegions();
  void hintWatches();
}, POLL_MS);

/** Sealed data makes the watches look sooner: at most one signal a second and region. */
async function hintWatches(): Promise<void> {
  const { segments, regions } = gateway.stats();
  if (segments === hinted) return;
  hinted = segments;
  try {
    const told = (client ??= await connectClient({
      address: findTemporal(config),
      namespace: config.temporalNamespace,
    }));
    await Promise.all(regions.map((regionId) => hintWatch(told, regionId)));
  } catch (error) {
    // They look by themselves in a moment.
    log.warn(error, 'watches not told');
  }
}

/** Files of the settings, those that are set. */
function brokerFiles(): BrokerTls {
  const { mqttCaFile, mqttCertFile, mqttKeyFile } = config;
  return {
    ...(mqttCaFile === undefined ? {} : { caFile: mqttCaFile }),
    ...(mqttCertFile === undefined ? {} : { certFile: mqttCertFile }),
    ...(mqttKeyFile === undefined ? {} : { keyFile: mqttKeyFile }),
  };
}

async function followRegions(): Promise<void> {
  try {
    const wanted = await phoneRegions(catalogue);
    if (wanted.join() !== gateway.stats().regions.join()) await gateway.setRegions(wanted);
  } catch (error) {
    // The database restarts or the broker is away: the regions stay as they are.
    log.warn(error, 'regions not read; trying again');
  }
}

/** Regions with a live phone feed, sorted. */
async function phoneRegions(from: Pick<Catalogue, 'listRegions'>): Promise<string[]> {
  const regions = await from.listRegions();
  return regions
    .filter(({ sources }) => sources.some(({ uri }) => uri.startsWith('mqtt:')))
    .map(({ id }) => id)
    .sort();
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    clearInterval(poll);
    void gateway
      .stop()
      .then(() => catalogue.close())
      .then(() => client?.connection.close())
      .then(() => process.exit(0));
  });
}
