/** The gateway process: phone messages of all regions in the catalogue. @module */
import path from 'node:path';
import type { Client } from '@temporalio/client';
import { createCatalogue } from '../../catalogue/store.js';
import { createLease, type Lease } from '../../catalogue/lease.js';
import { deviceConfig } from '../../connectors/phones/device-config.js';
import type { Catalogue } from '../../core/catalogue.js';
import type { RegionConfig, SourceConfig } from '../../core/region.js';
import { openObjectStore } from '../../objectstore/open-store.js';
import { findDatabase, findTemporal } from '../addresses.js';
import { loadConfig } from '../config.js';
import { createLog } from '../log.js';
import { connectClient, hintWatch } from '../temporal.js';
import type { BrokerTls } from './broker-socket.js';
import { errorText } from './gateway-log.js';
import { startGateway } from './gateway.js';

/** How soon a region that was added is taken, and how often watches are told of news, ms. */
const POLL_MS = 1000;
const LEAST_HINT_MS = 500;

const config = loadConfig();
const log = createLog({ name: 'gateway', config });
const catalogue = await createCatalogue({
  databaseUrl: findDatabase(config),
  migrate: false,
});
const databaseUrl = findDatabase(config);
let phones = await phoneRegions(catalogue);
/** Behind a broker each region's triggers go to one gateway, which counts them all. */
const leases = new Map<string, Lease>();
const leased = new Set<string>();
await takeLeases();
let client: Client | null = null; // made at the first hint: phones are heard without Temporal too
const hintedMs = new Map<string, number>();

const gateway = await startGateway({
  host: config.host,
  port: config.mqttPort,
  healthPort: config.gatewayHealthPort,
  walDir: path.join(config.home, 'gateway', 'wal'),
  store: await openObjectStore({ url: config.objectStoreUrl }),
  catalogue,
  regions: phones.map(({ id }) => id),
  log,
  crowds: {
    boundsOf: (regionId) => phones.find(({ id }) => id === regionId)?.bounds ?? null,
    onAlert: (regionId) => void sealAndHint(regionId),
  },
  leased: (regionId) => leased.has(regionId),
  configOf,
  mqttClientId: config.mqttClientId,
  ...(config.mqttUrl ? { mqttUrl: config.mqttUrl, mqttTls: brokerFiles() } : {}),
});

let hinted = gateway.stats().segments;
const poll = setInterval(() => {
  void followRegions();
  void hintWatches();
}, POLL_MS);

/** Sealed data makes the watches look sooner. */
async function hintWatches(): Promise<void> {
  const { segments, regions } = gateway.stats();
  if (segments === hinted) return;
  hinted = segments;
  await Promise.all(regions.map(hint));
}

/** A crowd was declared: what it sent is the evidence, so it is put into the index at once. */
async function sealAndHint(regionId: string): Promise<void> {
  await gateway.flush().catch((error: unknown) => log.warn(error, 'not sealed yet'));
  await hint(regionId);
}

/** Signals a region's watch, at most twice a second: a hint that is left out follows from the index. */
async function hint(regionId: string): Promise<void> {
  const now = Date.now();
  if (now - (hintedMs.get(regionId) ?? 0) < LEAST_HINT_MS) return;
  hintedMs.set(regionId, now);
  try {
    client ??= await connectClient({
      address: findTemporal(config),
      namespace: config.temporalNamespace,
    });
    await hintWatch(client, regionId);
  } catch (error) {
    // They look by themselves in a moment.
    log.warn(error, 'watches not told');
  }
}

/** Configuration of a region's devices, as its feed says; a wrong one is told and left out. */
function configOf(regionId: string): string | null {
  const feed = phones.find(({ id }) => id === regionId)?.sources.find(isPhoneFeed);
  try {
    return feed ? deviceConfig(feed.options) : null;
  } catch (error) {
    log.error({ regionId, error: errorText(error) }, 'devices are not configured');
    return null;
  }
}

/** Takes the leases that nobody has; returns whether they changed. */
async function takeLeases(): Promise<boolean> {
  const before = [...leased].sort().join();
  for (const { id } of phones) {
    if (!leases.has(id)) leases.set(id, createLease({ databaseUrl, name: `phones ${id}` }));
  }
  for (const [id, lease] of leases) {
    if (config.mqttUrl === undefined || (await lease.take())) leased.add(id);
    else leased.delete(id);
  }
  return [...leased].sort().join() !== before;
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
    phones = await phoneRegions(catalogue);
    const wanted = phones.map(({ id }) => id);
    const isNew = await takeLeases();
    if (isNew || wanted.join() !== gateway.stats().regions.join()) await gateway.setRegions(wanted);
  } catch (error) {
    // The database restarts or the broker is away: the regions stay as they are.
    log.warn(error, 'regions not read; trying again');
  }
}

/** Regions with a live phone feed, by id. */
async function phoneRegions(from: Pick<Catalogue, 'listRegions'>): Promise<RegionConfig[]> {
  const regions = await from.listRegions();
  return regions
    .filter(({ sources }) => sources.some(isPhoneFeed))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

function isPhoneFeed({ uri }: SourceConfig): boolean {
  return uri.startsWith('mqtt:');
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    clearInterval(poll);
    void gateway
      .stop()
      .then(() => Promise.all([...leases.values()].map((lease) => lease.release())))
      .then(() => catalogue.close())
      .then(() => client?.connection.close())
      .then(() => process.exit(0));
  });
}
