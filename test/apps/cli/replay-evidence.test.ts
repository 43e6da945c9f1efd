import { expect, it } from 'vitest';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { evidenceAt } from '../../../apps/cli/commands/phones/replay-evidence.js';
import { parseDevices } from '../../../connectors/phones/devices.js';
import { readRecords } from '../../../connectors/phones/openeew.js';
import { phoneWaveforms } from '../../../connectors/phones/to-waveforms.js';
import type { PhoneRecord } from '../../../core/tables/phone-table.js';
import { isoToNs, nsToIso } from '../../../core/time.js';
import { phoneEvidence } from '../../../models/phones/evidence.js';
import { alignWaveforms } from '../../../tensors/align-waveforms.js';
import { describeWithSamples, samplePath } from '../../support/sample-data.js';

describeWithSamples('evidence of a replay', ['mems-openeew/events.json'], () => {
  const startNs = isoToNs('2020-01-30T06:46:20Z');
  const nowNs = isoToNs('2020-01-30T06:47:50Z');
  const list = samplePath('mems-openeew/device_locations.json');

  async function records(): Promise<PhoneRecord[]> {
    const folder = samplePath('mems-openeew/2020-01-30');
    const all: PhoneRecord[] = [];
    for (const device of readdirSync(folder)) {
      for (const file of readdirSync(path.join(folder, device))) {
        all.push(...(await readRecords(path.join(folder, device, file))).records);
      }
    }
    return all.filter(
      (r) => r.arrivalNs !== null && r.arrivalNs >= startNs && r.arrivalNs <= nowNs,
    );
  }

  it('at the rates of the devices is that of resampled records, and reaches further', async () => {
    const devices = parseDevices(readFileSync(list, 'utf8'), list);
    const arrived = await records();
    const own = evidenceAt({ records: arrived, devices, startNs, nowNs });
    const window = { start: nsToIso(startNs), end: nsToIso(nowNs) };
    const { segments } = phoneWaveforms({ records: arrived, window, devices });
    const components = ['x', 'y', 'z'];
    const waveforms = alignWaveforms({ segments, window, rateHz: 31.25, components });
    const resampled = phoneEvidence({ waveforms, window });
    expect(own.sensors.map((s) => s.sensorId).sort()).toEqual(
      resampled.map((s) => s.sensorId).sort(),
    );
    let compared = 0;
    let sooner = 0;
    for (const other of resampled) {
      const sensor = own.sensors.find((s) => s.sensorId === other.sensorId)!;
      const [first, second] = [sensor.arrivals[0], other.arrivals[0]];
      if ((sensor.uptime.at(-1)?.endS ?? 0) > (other.uptime.at(-1)?.endS ?? 0) + 0.3) sooner++;
      if (!first || !second) continue;
      expect(Math.abs(first.timeS - second.timeS)).toBeLessThan(0.3);
      compared++;
    }
    expect(compared).toBeGreaterThanOrEqual(5);
    expect(sooner).toBeGreaterThanOrEqual(5);
  }, 60_000);
});
