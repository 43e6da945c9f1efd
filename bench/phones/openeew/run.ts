/**
 * Replays every event of an OpenEEW collection and scores it against its catalogue.
 * `node --import tsx bench/phones/openeew/run.ts [--data DIR] [--event ID] [--samples N] [--out FILE]`
 * @module
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { networkRegion } from '../../../apps/cli/commands/phones/replay-region.js';
import { replay, type ReplayEvent } from '../../../apps/cli/commands/phones/replay.js';
import { readDevices } from '../../../connectors/phones/devices.js';
import { parsePhoneMessage } from '../../../connectors/phones/message.js';
import { readReplay } from '../../../connectors/phones/openeew-replay.js';
import { distanceKm } from '../../../core/geo.js';
import { isoToNs, secondsSince } from '../../../core/time.js';
import { loadBackend } from '../../../models/backend.js';

interface Truth {
  readonly id: string;
  readonly originTime: string;
  readonly lat: number;
  readonly lon: number;
  readonly magnitude: number;
}

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    event: { type: 'string' },
    samples: { type: 'string', default: '300' },
    seed: { type: 'string', default: '1' },
    out: { type: 'string' },
  },
});
const data = values.data ?? path.join(process.env['QUAKELOOM_DATA'] ?? '', 'mems-openeew');
const { events } = JSON.parse(readFileSync(path.join(data, 'events.json'), 'utf8')) as {
  events: Truth[];
};
const devices = await readDevices(path.join(data, 'device_locations.json'));
const backend = await loadBackend();
const rows = [];
for (const truth of events) {
  if (values.event !== undefined && values.event !== truth.id) continue;
  const started = Date.now();
  const { messages } = await readReplay({ folder: path.join(data, truth.id) });
  const records = messages.flatMap(({ payload }) => {
    const parsed = parsePhoneMessage(Buffer.from(payload).toString('utf8'));
    return parsed.ok ? parsed.records : [];
  });
  const found = await replay({
    records,
    devices,
    region: networkRegion(records.flatMap((r) => r.position ?? devices.get(r.deviceId) ?? [])),
    backend,
    seed: Number(values.seed),
    samples: Number(values.samples),
    onUpdate: (event) => process.stderr.write(line(truth, event)),
  });
  const row = score(truth, found, (Date.now() - started) / 1000);
  rows.push(row);
  process.stderr.write(`${JSON.stringify(row)}\n`);
}
const median = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? NaN;
const fourth = rows.flatMap((r) => (r.errorAtFourthKm === null ? [] : [r.errorAtFourthKm]));
const summary = {
  events: rows.length,
  declared: rows.filter((r) => r.declaredAfterS !== null).length,
  beforeOrigin: rows.filter((r) => (r.declaredAfterS ?? 0) < 0).length,
  extraEvents: rows.reduce((sum, r) => sum + r.extraEvents, 0),
  medianErrorAtFourthKm: median(fourth),
  largestErrorAtFourthKm: Math.max(...fourth),
  medianFinalErrorKm: median(
    rows.flatMap((r) => (r.finalErrorKm === null ? [] : [r.finalErrorKm])),
  ),
  medianFinalMagnitudeError: median(
    rows.flatMap((r) => (r.magnitudeError === null ? [] : [Math.abs(r.magnitudeError)])),
  ),
};
const text = `${JSON.stringify({ summary, rows }, null, 2)}\n`;
if (values.out !== undefined) writeFileSync(values.out, text);
process.stdout.write(text);

function score(truth: Truth, found: readonly ReplayEvent[], wallS: number) {
  const near = found
    .filter((e) => Math.abs(afterOriginS(truth, e.originTime)) < 60)
    .sort((a, b) => b.updates.length - a.updates.length)[0];
  const fourth = near?.updates.find((u) => u.phones >= 4);
  const [first, last] = [near?.updates[0], near?.updates.at(-1)];
  return {
    id: truth.id,
    magnitude: truth.magnitude,
    declaredAfterS: near ? afterOriginS(truth, near.declaredAt) : null,
    firstErrorKm: first ? errorKm(truth, first) : null,
    fourthAfterS: fourth ? afterOriginS(truth, fourth.at) : null,
    errorAtFourthKm: fourth ? errorKm(truth, fourth) : null,
    regionAtFourthKm90: fourth?.regionKm90 ?? null,
    firstMagnitude: first?.magnitude ?? null,
    finalErrorKm: last ? errorKm(truth, last) : null,
    finalRegionKm90: last?.regionKm90 ?? null,
    finalPhones: last?.phones ?? null,
    finalMagnitude: last?.magnitude ?? null,
    magnitudeError: last ? last.magnitude.mean - truth.magnitude : null,
    extraEvents: found.length - (near ? 1 : 0),
    updates: near?.updates.length ?? 0,
    wallS,
  };
}

function afterOriginS(truth: Truth, iso: string): number {
  return secondsSince(isoToNs(iso), isoToNs(truth.originTime));
}

function errorKm(truth: Truth, at: { latitude: number; longitude: number }): number {
  return distanceKm({ latitude: truth.lat, longitude: truth.lon }, at);
}

function line(truth: Truth, event: ReplayEvent): string {
  const u = event.updates.at(-1);
  if (!u) return '';
  const { mean, p05, p95 } = u.magnitude;
  return (
    `${truth.id} ${event.id} +${afterOriginS(truth, u.at).toFixed(1)} s ${u.phones} phones ` +
    `${errorKm(truth, u).toFixed(1)} km (90 % ${u.regionKm90.toFixed(0)}) z ${u.depthKm.toFixed(0)} ` +
    `M ${mean.toFixed(2)} ${p05.toFixed(2)}-${p95.toFixed(2)} p ${u.probability.toFixed(3)} ` +
    `t0 ${afterOriginS(truth, u.originTime).toFixed(1)}\n`
  );
}
