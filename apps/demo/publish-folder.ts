/** A folder of phone records into the gateway, as the devices would send them. @module */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { readDevices } from '../../connectors/phones/devices.js';
import { readReplay } from '../../connectors/phones/openeew-replay.js';
import { publishRecords } from '../../connectors/phones/publish.js';
import type { Addresses } from '../addresses.js';
import type { ProgressBar } from '../cli/progress.js';
import { until } from './wait.js';

/** Publishes all records at up to `speed` times real time, and has the gateway seal them. */
export async function publishFolder(input: {
  folder: string;
  regionId: string;
  addresses: Addresses;
  speed: number;
  bar: (total: number) => ProgressBar;
  say: (line: string) => void;
}): Promise<void> {
  const { folder, regionId, addresses } = input;
  const devices = [folder, path.dirname(folder)]
    .map((place) => path.join(place, 'device_locations.json'))
    .find((file) => existsSync(file));
  const { messages, rejected } = await readReplay({
    folder,
    ...(devices ? { positions: await readDevices(devices) } : {}),
  });
  await gatewayKnows({ addresses, regionId });
  const bar = input.bar(messages.length);
  const counts = await publishRecords({
    url: addresses.mqttUrl,
    topicOf: ({ deviceId }) => `quakeloom/${regionId}/phones/${deviceId}`,
    records: messages,
    speed: input.speed,
    onProgress: ({ acknowledged }) => bar.update(acknowledged, 'acknowledged'),
  });
  bar.stop();
  await flushGateway({ addresses });
  const refused = rejected.length > 0 ? `, ${rejected.length} unreadable lines` : '';
  input.say(`${counts.acknowledged} of ${messages.length} messages acknowledged${refused}`);
}

/** Has the gateway seal what it holds, so that the region is fused now and not in a moment. */
export async function flushGateway(input: { addresses: Addresses }): Promise<void> {
  const { gatewayUrl } = input.addresses;
  if (!gatewayUrl) return;
  await until({
    what: 'gateway flush',
    timeoutS: 60,
    ask: async () => ((await fetch(`${gatewayUrl}/flush`, { method: 'POST' })).ok ? true : null),
  });
}

/** A region added a moment ago is known to the gateway a moment later. */
async function gatewayKnows(input: { addresses: Addresses; regionId: string }): Promise<void> {
  const { gatewayUrl } = input.addresses;
  if (!gatewayUrl) return;
  await until({
    what: `gateway for region ${input.regionId}`,
    timeoutS: 60,
    ask: async () => {
      const health = (await (await fetch(`${gatewayUrl}/healthz`)).json()) as {
        regions?: readonly string[];
      };
      return health.regions?.includes(input.regionId) ? true : null;
    },
  });
}
