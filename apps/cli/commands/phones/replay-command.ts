/** `quakeloom phones replay`: an archived network as if it were live. @module */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { readDevices } from '../../../../connectors/phones/devices.js';
import { parsePhoneMessage } from '../../../../connectors/phones/message.js';
import { readReplay } from '../../../../connectors/phones/openeew-replay.js';
import { InvalidInputError } from '../../../../core/errors.js';
import { loadBackend } from '../../../../models/backend.js';
import { parseCount, parseNumber } from '../../arguments.js';
import { print, table, type Output } from '../../output.js';
import { networkRegion } from './replay-region.js';
import { replay, type ReplayEvent } from './replay.js';

interface ReplayOptions {
  readonly devices: string;
  readonly speed?: number;
  readonly offline?: boolean;
  readonly samples: number;
  readonly seed: number;
  readonly json?: boolean;
}

export function addReplayCommand(phones: Command, output: Output): void {
  phones
    .command('replay')
    .argument('<dir>', 'folder of OpenEEW records (.jsonl, .jsonl.gz), also in subfolders')
    .description('replay records in the order of their arrival: declarations and their updates')
    .requiredOption('--devices <file>', 'device positions (device_locations.json)')
    .option('--speed <x>', 'times real time; without it as fast as it computes', parseNumber)
    .option('--offline', 'as fast as it computes, whatever --speed says')
    .option('--samples <n>', 'posterior samples an update', parseCount(50, 5000), 400)
    .option('--seed <n>', 'seed of the sampler', parseCount(0, 2 ** 31), 1)
    .option('--json', 'print JSON')
    .action(async (folder: string, options: ReplayOptions) => {
      if (options.speed !== undefined && !(options.speed > 0)) {
        throw new InvalidInputError({
          what: '--speed',
          reason: `${options.speed} is not above 0`,
          remedy: 'give 1 for real time, 10 for ten times as fast, or leave it out',
        });
      }
      const devices = await readDevices(options.devices);
      if (devices.size === 0) {
        throw new InvalidInputError({
          what: `device list ${options.devices}`,
          reason: 'it is empty',
          remedy: 'list the position of every device of the network',
        });
      }
      const { messages, rejected } = await readReplay({ folder });
      const records = messages.flatMap(({ payload }) => {
        const parsed = parsePhoneMessage(Buffer.from(payload).toString('utf8'));
        return parsed.ok ? parsed.records : [];
      });
      if (rejected.length > 0) {
        output.error(`${rejected.length} records refused, first: ${rejected[0]?.reason ?? ''}.`);
      }
      const unknown = new Set(
        records
          .filter((r) => r.position === null && !devices.has(r.deviceId))
          .map((r) => r.deviceId),
      );
      if (unknown.size > 0) {
        output.error(`No position for ${[...unknown].sort().join(', ')}: left out.`);
      }
      // The list may hold the devices of a continent: the region is that of those which sent.
      const placed = records.flatMap((r) => r.position ?? devices.get(r.deviceId) ?? []);
      if (placed.length === 0) {
        throw new InvalidInputError({
          what: `device list ${options.devices}`,
          reason: 'it has the position of no device in the folder, and no record has its own',
          remedy: 'list the devices of the folder, by the device_id of their records',
        });
      }
      const pace = options.offline ? null : paceOf(options.speed);
      const events = await replay({
        records,
        devices,
        region: networkRegion(placed),
        backend: await loadBackend(),
        seed: options.seed,
        samples: options.samples,
        ...(pace ? { pace } : {}),
        onUpdate: (event) => {
          if (!options.json || pace) output.error(updateLine(event));
        },
      });
      print(output, options.json, { events }, eventTable(events));
    });
}

/** Waits until the wall clock, run at `speed`, has come to an instant of the records. */
function paceOf(speed: number | undefined): ((nowS: number) => Promise<void>) | null {
  if (speed === undefined) return null;
  let start: { readonly wallMs: number; readonly nowS: number } | null = null;
  return async (nowS) => {
    start ??= { wallMs: Date.now(), nowS };
    const waitMs = start.wallMs + ((nowS - start.nowS) * 1000) / speed - Date.now();
    if (waitMs > 1) await sleep(waitMs);
  };
}

function updateLine(event: ReplayEvent): string {
  const update = event.updates.at(-1);
  if (!update) return event.id;
  return (
    `${update.at} ${event.id}: M ${update.magnitude.mean.toFixed(1)} ` +
    `(${update.magnitude.p05.toFixed(1)} to ${update.magnitude.p95.toFixed(1)}), ` +
    `${update.latitude.toFixed(2)}, ${update.longitude.toFixed(2)} within ` +
    `${update.regionKm90.toFixed(0)} km, ${update.phones} phones`
  );
}

function eventTable(events: readonly ReplayEvent[]): string {
  return table(
    'events',
    ['id', 'declared', 'origin time', 'lat', 'lon', 'depth', 'M', '5 to 95 %', 'updates'],
    events.map((e) => [
      e.id,
      e.declaredAt,
      e.originTime,
      e.latitude.toFixed(2),
      e.longitude.toFixed(2),
      `${e.depthKm.toFixed(0)} km`,
      e.magnitude.mean.toFixed(1),
      `${e.magnitude.p05.toFixed(1)}-${e.magnitude.p95.toFixed(1)}`,
      String(e.updates.length),
    ]),
  );
}
