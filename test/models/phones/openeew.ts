/** OpenEEW events of the sample data as aligned waveforms. @module */
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { parseDevices } from '../../../connectors/phones/devices.js';
import { readRecords } from '../../../connectors/phones/openeew.js';
import { phoneWaveforms } from '../../../connectors/phones/to-waveforms.js';
import type { PhoneRecord } from '../../../core/tables/phone-table.js';
import { isoToNs, nsToIso, type TimeWindow } from '../../../core/time.js';
import type { AlignedWaveforms } from '../../../core/waveform.js';
import { alignWaveforms } from '../../../tensors/align-waveforms.js';
import { samplePath } from '../../support/sample-data.js';

export interface OpenEewEvent {
  readonly id: string;
  readonly originTime: string;
  readonly lat: number;
  readonly lon: number;
  readonly magnitude: number;
}

export function openEewEvents(): OpenEewEvent[] {
  const text = readFileSync(samplePath('mems-openeew/events.json'), 'utf8');
  return (JSON.parse(text) as { events: OpenEewEvent[] }).events;
}

/** The event's records from `beforeS` before its origin to `afterS` after it. */
export async function readOpenEew(
  event: OpenEewEvent,
  span: { beforeS: number; afterS: number },
): Promise<{ waveforms: AlignedWaveforms; window: TimeWindow }> {
  const folder = samplePath(`mems-openeew/${event.id}`);
  const records: PhoneRecord[] = [];
  for (const device of readdirSync(folder)) {
    for (const file of readdirSync(path.join(folder, device))) {
      records.push(...(await readRecords(path.join(folder, device, file))).records);
    }
  }
  const list = samplePath('mems-openeew/device_locations.json');
  const devices = parseDevices(readFileSync(list, 'utf8'), list);
  const originNs = isoToNs(event.originTime);
  const window = {
    start: nsToIso(originNs - BigInt(span.beforeS) * 1_000_000_000n),
    end: nsToIso(originNs + BigInt(span.afterS) * 1_000_000_000n),
  };
  const wide = {
    start: nsToIso(isoToNs(window.start) - 5_000_000_000n),
    end: nsToIso(isoToNs(window.end) + 5_000_000_000n),
  };
  const { segments } = phoneWaveforms({ records, window: wide, devices });
  const components = ['x', 'y', 'z'];
  return { waveforms: alignWaveforms({ segments, window, rateHz: 31.25, components }), window };
}
