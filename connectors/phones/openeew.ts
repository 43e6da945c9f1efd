/**
 * In: a file of OpenEEW records, JSON lines, plain or gzip (archive layout, ESP32 firmware layout or
 * Quakeloom's own messages; see message.ts). Out: an Arrow table of waveforms on repaired clocks; what
 * was refused is in its schema metadata (core/tables/rejected.ts).
 * @module
 */
import path from 'node:path';
import { constants, gunzipSync } from 'node:zlib';
import type { Table } from 'apache-arrow';
import type { Connector, ReadRequest, Scan, SourceFile } from '../../core/connector.js';
import { CorruptSourceError } from '../../core/errors.js';
import { lastSampleNs, type PhoneRecord } from '../../core/tables/phone-table.js';
import { REJECTED_KEPT, rejectedMetadata, type Rejected } from '../../core/tables/rejected.js';
import { waveformTable } from '../../core/tables/waveform-table.js';
import { nsToIso, type TimeWindow } from '../../core/time.js';
import { repairClocks } from './clock.js';
import { readDevices, type DevicePositions } from './devices.js';
import { isGzip, readLines } from './json-lines.js';
import { parsePhoneMessage } from './message.js';
import { phoneWaveforms } from './to-waveforms.js';

/**
 * Reader of OpenEEW files. Options: `devices`, the path of a device list (device_locations.json),
 * for records that carry no position.
 */
export const openEewConnector: Connector = {
  format: 'phones/openeew',
  source: 'phones',
  title: 'OpenEEW accelerometer records (JSON lines, plain or gzip)',

  probe(file: SourceFile): Promise<number> {
    return Promise.resolve(probeHead(file.head));
  },

  async scan(file: SourceFile, options: ReadRequest['options']): Promise<Scan> {
    const content = await readRecords(file.path);
    requireRecords(file.path, content);
    const { records, rejected, rejectedCount } = content;
    const { records: repaired, clocks } = repairClocks({ records });
    return {
      format: this.format,
      source: 'phones',
      window: coveredBy(repaired),
      facts: {
        records: records.length,
        rejectedLines: rejectedCount,
        devices: clocks.map((c) => c.deviceId),
        declaredRatesHz: [...new Set(records.map((r) => r.rateHz))].sort((a, b) => a - b),
        samplesPerRecord: [...new Set(records.map((r) => r.x.length))].sort((a, b) => a - b),
        units: 'gal',
        components: ['x', 'y', 'z'],
        withoutPosition: [...withoutPosition(records, await devicesOf(options)).keys()],
      },
      audit: [
        ...clocks.filter((c) => c.remark !== '').map((c) => `device ${c.deviceId}: ${c.remark}`),
        ...rejected.slice(0, 10).map((r) => `${r.at}: ${r.reason}`),
      ],
    };
  },

  /**
   * A row a component and gap-free run (waveform-table.ts). Clocks are repaired from this file alone.
   * A device without a position is refused with its id.
   */
  async read(request: ReadRequest): Promise<Table> {
    const content = await readRecords(request.file.path);
    requireRecords(request.file.path, content);
    const { records, rejected, rejectedCount } = content;
    const devices = await devicesOf(request.options);
    const missing = withoutPosition(records, devices);
    const refused = [...missing].map(([deviceId, count]) => ({
      at: `device ${deviceId}`,
      reason: `no position in ${count} of its records, nor in the device list (option devices)`,
    }));
    const { segments } = phoneWaveforms({
      records,
      window: request.window ?? coveredBy(repairClocks({ records }).records),
      devices,
    });
    return waveformTable(
      segments,
      rejectedMetadata({
        // Devices first: they must not fall behind a hundred bad lines.
        first: [...refused, ...rejected],
        count: rejectedCount + refused.length,
      }),
    );
  },
};

interface FileContent {
  readonly records: readonly PhoneRecord[];
  /** The first 100 lines that are no record. */
  readonly rejected: readonly Rejected[];
  /** Of all such lines. */
  readonly rejectedCount: number;
  readonly lines: number;
}

/** All records of a file in its order, as stored, and the lines that are none. Errors as readLines. */
export async function readRecords(file: string): Promise<FileContent> {
  const records: PhoneRecord[] = [];
  const rejected: Rejected[] = [];
  let [lines, rejectedCount] = [0, 0];
  for await (const line of readLines(file)) {
    lines++;
    const parsed = line.text === null ? null : parsePhoneMessage(line.text);
    if (parsed?.ok === true) {
      records.push(...parsed.records);
      continue;
    }
    rejectedCount++;
    if (rejected.length < REJECTED_KEPT) {
      rejected.push({
        at: `line ${line.number}`,
        reason: parsed === null ? 'the line is too long' : parsed.reason,
      });
    }
  }
  return { records, rejected, rejectedCount, lines };
}

function requireRecords(file: string, content: FileContent): void {
  if (content.records.length > 0) return;
  const first = content.rejected[0];
  throw new CorruptSourceError({
    source: path.basename(file),
    at: first?.at ?? 'line 1',
    reason: `none of ${content.lines} lines is a record: ${first?.reason ?? 'the file is empty'}`,
  });
}

/** From the first to just after the last sample; `records` is not empty. */
function coveredBy(records: readonly PhoneRecord[]): TimeWindow {
  const first = records[0] as PhoneRecord;
  let [startNs, endNs] = [first.firstSampleNs, lastSampleNs(first)];
  for (const record of records) {
    // The declared rate may be wrong by some samples: nothing at the edges must be cut off.
    const span = lastSampleNs(record) - record.firstSampleNs;
    if (record.firstSampleNs - span < startNs) startNs = record.firstSampleNs - span;
    if (lastSampleNs(record) + span > endNs) endNs = lastSampleNs(record) + span;
  }
  return { start: nsToIso(startNs), end: nsToIso(endNs) };
}

async function devicesOf(options: ReadRequest['options']): Promise<DevicePositions> {
  const list = options['devices'];
  return typeof list === 'string' && list !== '' ? readDevices(list) : new Map();
}

/** Number of records that no position is known for, by device. */
function withoutPosition(
  records: readonly PhoneRecord[],
  devices: DevicePositions,
): ReadonlyMap<string, number> {
  const missing = new Map<string, number>();
  for (const { deviceId, position } of records) {
    if (position !== null || devices.has(deviceId)) continue;
    missing.set(deviceId, (missing.get(deviceId) ?? 0) + 1);
  }
  return missing;
}

function probeHead(head: Uint8Array): number {
  let bytes = head;
  if (isGzip(head)) {
    try {
      bytes = gunzipSync(head, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: 1 << 23 });
    } catch {
      return 0;
    }
  }
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  const lines = text.split('\n', 20);
  // A bad line at the top does not make the file another format.
  if (lines.some((line) => parsePhoneMessage(line).ok)) return 1;
  const line = lines[0] ?? '';
  // A firmware record is longer than the head: look at how it begins.
  const begins = /^\s*\{/.test(line) && line.includes('"device_id"');
  const named =
    line.includes('"device_t"') || line.includes('"traces"') || /"x"\s*:\s*\[/.test(line);
  return begins && named ? 0.8 : 0;
}
