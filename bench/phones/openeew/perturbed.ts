/**
 * Does the place depend on luck? One posterior an event at a fixed instant, from records that were
 * changed: devices dropped, clocks moved, noise added.
 * `node --import tsx bench/phones/openeew/perturbed.ts [--data DIR] [--least M] [--seeds N] [--out FILE]`
 * @module
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { estimateOf, phonesOf } from '../../../apps/cli/commands/phones/replay-estimate.js';
import { evidenceAt } from '../../../apps/cli/commands/phones/replay-evidence.js';
import { networkRegion } from '../../../apps/cli/commands/phones/replay-region.js';
import { SAMPLER } from '../../../apps/cli/commands/phones/replay.js';
import { readDevices } from '../../../connectors/phones/devices.js';
import { uniqueRecords } from '../../../connectors/phones/identity.js';
import { parsePhoneMessage } from '../../../connectors/phones/message.js';
import { readReplay } from '../../../connectors/phones/openeew-replay.js';
import { distanceKm } from '../../../core/geo.js';
import { createRandom, type Random } from '../../../core/random.js';
import type { PhoneRecord } from '../../../core/tables/phone-table.js';
import { isoToNs } from '../../../core/time.js';
import { loadBackend } from '../../../models/backend.js';
import { detectWith } from '../../../models/detection/detect.js';

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    least: { type: 'string', default: '5' },
    seeds: { type: 'string', default: '1' },
    out: { type: 'string' },
  },
});
/** When all nearby devices have seen P or S, s after the origin. */
const AFTER_S = 45;
const BEFORE_S = 60n;
const DROPPED = 0.25;
const CLOCK_SIGMA_S = 0.3;
const NOISE_GAL = 0.1;
const NS = 1_000_000_000n;

type Change = (records: readonly PhoneRecord[], random: Random) => readonly PhoneRecord[];

const ofDevices = (records: readonly PhoneRecord[]): string[] =>
  [...new Set(records.map((r) => r.deviceId))].sort();
const noisy = (samples: Float32Array, random: Random): Float32Array =>
  samples.map((value) => value + NOISE_GAL * random.normal());
const CHANGES: Readonly<Record<string, Change>> = {
  none: (records) => records,
  dropped: (records, random) => {
    const ids = ofDevices(records);
    const order = ids.map((id) => ({ id, at: random.uniform() })).sort((a, b) => a.at - b.at);
    const gone = new Set(order.slice(0, Math.ceil(DROPPED * ids.length)).map((o) => o.id));
    return records.filter((r) => !gone.has(r.deviceId));
  },
  clocks: (records, random) => {
    const error = new Map(
      ofDevices(records).map((id) => [
        id,
        BigInt(Math.round(CLOCK_SIGMA_S * random.normal() * 1e9)),
      ]),
    );
    return records.map((r) => ({
      ...r,
      firstSampleNs: r.firstSampleNs + (error.get(r.deviceId) ?? 0n),
    }));
  },
  noise: (records, random) =>
    records.map((r) => ({
      ...r,
      x: noisy(r.x, random),
      y: noisy(r.y, random),
      z: noisy(r.z, random),
    })),
};

const data = values.data ?? path.join(process.env['QUAKELOOM_DATA'] ?? '', 'mems-openeew');
const { events } = JSON.parse(readFileSync(path.join(data, 'events.json'), 'utf8')) as {
  events: { id: string; originTime: string; lat: number; lon: number; magnitude: number }[];
};
const devices = await readDevices(path.join(data, 'device_locations.json'));
const backend = await loadBackend();
const rows = [];
for (const truth of events.filter((e) => e.magnitude >= Number(values.least))) {
  const originNs = isoToNs(truth.originTime);
  const nowNs = originNs + BigInt(AFTER_S) * NS;
  const startNs = originNs - BEFORE_S * NS;
  const { messages } = await readReplay({ folder: path.join(data, truth.id) });
  const all = messages.flatMap(({ payload }) => {
    const parsed = parsePhoneMessage(Buffer.from(payload).toString('utf8'));
    return parsed.ok ? parsed.records : [];
  });
  const arrived = uniqueRecords(all).filter(
    (r) => r.arrivalNs !== null && r.arrivalNs >= startNs && r.arrivalNs <= nowNs,
  );
  for (const [change, apply] of Object.entries(CHANGES)) {
    for (let seed = 1; seed <= Number(values.seeds); seed++) {
      const records = apply(arrived, createRandom(seed));
      const evidence = evidenceAt({ records, devices, startNs, nowNs });
      const region = networkRegion(
        records.flatMap((r) => r.position ?? devices.get(r.deviceId) ?? []),
      );
      const { quakes } = await detectWith(backend, {
        ...{ evidence, region, seed, samples: 400, maxQuakes: 1 },
        ...SAMPLER,
      });
      const estimate = quakes[0] ? estimateOf(quakes[0]) : null;
      const row = {
        ...{ event: truth.id, magnitude: truth.magnitude, change, seed },
        phones: estimate ? phonesOf(estimate, evidence) : 0,
        errorKm: estimate
          ? distanceKm(estimate, { latitude: truth.lat, longitude: truth.lon })
          : null,
        regionKm90: estimate?.regionKm90 ?? null,
        magnitudeError: estimate ? estimate.magnitude.mean - truth.magnitude : null,
      };
      rows.push(row);
      process.stderr.write(`${JSON.stringify(row)}\n`);
    }
  }
}
const text = `${JSON.stringify({ afterS: AFTER_S, rows }, null, 2)}\n`;
if (values.out !== undefined) writeFileSync(values.out, text);
process.stdout.write(text);
