/**
 * What the chaos tests run: real records of the M 5.3 of 2020-01-30 sent by 21 devices into a
 * watched region, beside a backfill of the PoroTomo fibre. In: a home folder with a running stack;
 * out: the final origins.
 * @module
 */
import type { Client } from '@temporalio/client';
import { readReplay } from '../../connectors/phones/openeew-replay.js';
import { readDevices } from '../../connectors/phones/devices.js';
import { publishRecords } from '../../connectors/phones/publish.js';
import { createCatalogue } from '../../catalogue/store.js';
import type { Catalogue } from '../../core/catalogue.js';
import type { RegionConfig } from '../../core/region.js';
import { windowWorkflowId } from '../../core/stages.js';
import { TASK_QUEUES } from '../../core/task-queues.js';
import { startBackfill } from '../../apps/cli/commands/backfill.js';
import { findAddresses } from '../../apps/addresses.js';
import { loadConfig } from '../../apps/config.js';
import { flushGateway } from '../../apps/demo/publish-folder.js';
import { BRADY } from '../../apps/demo/regions.js';
import { until, watchSettled } from '../../apps/demo/wait.js';
import { connectClient } from '../../apps/temporal.js';
import { watchRegion, watchStatusQuery } from '../../workflows/index.js';
import { samplePath } from '../support/sample-data.js';

const REGION: RegionConfig = {
  id: 'guerrero',
  name: 'Guerrero, Mexico',
  bounds: { west: -102, south: 15.5, east: -98, north: 18.5 },
  grid: { spacingKm: 30, depthsKm: [10, 25, 40] },
  velocityModel: 'iasp91',
  minMagnitude: 2.5,
  maxMagnitude: 8.5,
  windowS: 300,
  overlapS: 60,
  synthetic: false,
  sources: [{ kind: 'phones', id: 'openeew', uri: 'mqtt:quakeloom/guerrero/phones/+' }],
};

const BACKFILL = { start: '2016-03-21T07:35:00Z', end: '2016-03-21T07:40:00Z' };

/** Folder of the records, below the sample data. */
export const RECORDS = 'mems-openeew/2020-01-30';

/** Seconds without news before the watch fuses; longer than any process takes to come back. */
const SETTLE_S = 10;

/** Moments at which something may be killed, in order; each is reached in every run. */
export type Moment = 'publishing' | 'half' | 'published' | 'fusing';

/** What a catalogue holds in the end, rounded to far below any uncertainty. */
export interface FinalOrigin {
  readonly eventId: string;
  readonly regionId: string;
  readonly originTime: string;
  readonly latitude: number;
  readonly longitude: number;
  readonly depthKm: number;
  readonly magnitude: number;
}

/** The parts of a running stack that the scene talks to; opened anew after a restart. */
async function connect(home: string) {
  const config = loadConfig({ env: { QUAKELOOM_HOME: home } });
  const addresses = findAddresses(config);
  const catalogue = await createCatalogue({ databaseUrl: addresses.databaseUrl, migrate: false });
  const client = await connectClient({ address: addresses.temporal, namespace: 'default' });
  const close = async (): Promise<void> => {
    await catalogue.close();
    await client.connection.close();
  };
  return { addresses, catalogue, client, close };
}

/** Runs the scene to the end of its publishing; `at` is awaited at each moment. */
export async function playScene(input: {
  readonly home: string;
  readonly at: (moment: Moment) => Promise<void>;
}): Promise<void> {
  const { home, at } = input;
  const { addresses, catalogue, client, close } = await connect(home);
  try {
    for (const region of [REGION, BRADY]) await catalogue.putRegion(region);
    const args = { regionId: REGION.id, cursor: 0, settleS: SETTLE_S, pollS: 5 };
    await client.workflow.start(watchRegion, {
      workflowId: `watch-${REGION.id}`,
      taskQueue: TASK_QUEUES.io,
      args: [args],
    });
    await startBackfill({
      client,
      options: { region: BRADY.id, parallel: 1 },
      range: BACKFILL,
    });
    await publish({ addresses, at });
    await until({
      what: 'gateway flush',
      timeoutS: 60,
      ask: async () => (await flushGateway({ addresses }), true),
    });
    await at('published');
    await windowIsBeingFused(client);
    await at('fusing');
  } finally {
    await close();
  }
}

/** Waits for the window of the quake to be in work. */
async function windowIsBeingFused(client: Client): Promise<void> {
  const workflowId = windowWorkflowId(REGION.id, '2020-01-30T06:45:00Z');
  const status = await until({
    what: workflowId,
    timeoutS: 120,
    ask: async () => (await client.workflow.getHandle(workflowId).describe()).status.name,
  });
  if (status !== 'RUNNING') throw new Error(`${workflowId} was over before it could be disturbed`);
}

async function publish(input: {
  addresses: Awaited<ReturnType<typeof connect>>['addresses'];
  at: (moment: Moment) => Promise<void>;
}): Promise<void> {
  const { messages } = await readReplay({
    folder: samplePath(RECORDS),
    positions: await readDevices(samplePath('mems-openeew/device_locations.json')),
  });
  await until({
    what: 'region at the gateway',
    timeoutS: 60,
    ask: async () => {
      const health = await (await fetch(`${input.addresses.gatewayUrl}/healthz`)).json();
      return (health as { regions: string[] }).regions.includes(REGION.id) ? true : null;
    },
  });
  const moments: { at: number; moment: Moment; done: Promise<void> | null }[] = [
    { at: 0.25, moment: 'publishing', done: null },
    { at: 0.5, moment: 'half', done: null },
  ];
  const { acknowledged } = await publishRecords({
    url: input.addresses.mqttUrl,
    topicOf: ({ deviceId }) => `quakeloom/${REGION.id}/phones/${deviceId}`,
    records: messages,
    speed: 30,
    onProgress: (counts) => {
      for (const each of moments) {
        if (each.done || counts.acknowledged < each.at * messages.length) continue;
        each.done = input.at(each.moment);
        // Awaited below; until then a failure must not end the process.
        each.done.catch(() => undefined);
      }
    },
  });
  if (acknowledged !== messages.length) throw new Error(`${acknowledged} messages acknowledged`);
  for (const { moment, done } of moments) {
    if (!done) throw new Error(`${moment} was never reached`);
    await done;
  }
}

/** Waits until nothing is left to do and reads the origins. */
export async function finalOrigins(home: string): Promise<readonly FinalOrigin[]> {
  const { catalogue, client, close } = await connect(home);
  try {
    const backfill = `backfill-${BRADY.id}-${BACKFILL.start}-${BACKFILL.end}`;
    await until({
      what: backfill,
      timeoutS: 180,
      ask: async () => {
        const { status } = await client.workflow.getHandle(backfill).describe();
        if (status.name === 'RUNNING') return null;
        if (status.name !== 'COMPLETED') throw new Error(`it ended as ${status.name}`);
        return true;
      },
    });
    await watchSettled({ client, catalogue, regionId: REGION.id, timeoutS: 180 });
    const watch = await client.workflow.getHandle(`watch-${REGION.id}`).query(watchStatusQuery);
    if (watch.problems.length > 0) throw new Error(watch.problems.join('\n'));
    return (await origins(catalogue)).sort((a, b) => (a.originTime < b.originTime ? -1 : 1));
  } finally {
    await close();
  }
}

async function origins(catalogue: Catalogue): Promise<FinalOrigin[]> {
  const quakes = await catalogue.listEvents({ limit: 100 });
  return quakes.map(({ eventId, preferred: { origin, regionId } }) => ({
    eventId,
    regionId,
    originTime: origin.originTime.slice(0, 23),
    latitude: round(origin.latitude.p50),
    longitude: round(origin.longitude.p50),
    depthKm: round(origin.depthKm.p50),
    magnitude: round(origin.magnitude.p50),
  }));
}

function round(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}
