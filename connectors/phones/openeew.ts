/**
 * In: a file of OpenEEW records, JSON lines, plain or gzip (archive layout, ESP32 firmware layout or
 * Quakeloom's own messages; see message.ts). Out: an Arrow table of raw phone records with
 * positions, and what was refused in the schema metadata `quakeloom.rejected`.
 * @module
 */
import path from 'node:path';
import { constants, gunzipSync } from 'node:zlib';
import type { Connector, ReadRequest, Scan, SourceFile } from '../../core/connector.js';
import { CorruptSourceError } from '../../core/errors.js';
import { lastSampleNs, phoneTable, type PhoneRecord } from '../../core/tables/phone-table.js';
import { NS_PER_S, nsToIso, windowNs, type TimeWindow } from '../../core/time.js';
import { repairClocks } from './clock.js';
import { readDevices, type DevicePositions } from './devices.js';
import { isGzip, readLines } from './json-lines.js';
import { parsePhoneMessage } from './message.js';

/** A line or device that was left out, and why. `at` is `line 12` or `device 012`. */
export interface Rejection {
  readonly at: string;
  readonly reason: string;
}

/** Schema metadata key of the rejections: a JSON array of `{at, reason}`. */
export const REJECTED_KEY = 'quakeloom.rejected';

/** Clocks may be off and messages late: a window is read this much wider, ns. */
const WINDOW_MARGIN_NS = 60n * NS_PER_S;
const MAX_REJECTIONS = 1000;

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
    const { records, rejected, lines } = await readRecords(file.path);
    requireRecords(file.path, records, lines, rejected);
    const { clocks } = repairClocks({ records });
    const devices = await devicesOf(options);
    const times = records.map((r) => [r.firstSampleNs, lastSampleNs(r)] as const);
    const startNs = times.reduce((least, [t]) => (t < least ? t : least), times[0]?.[0] ?? 0n);
    const endNs = times.reduce((most, [, t]) => (t > most ? t : most), times[0]?.[1] ?? 0n);
    return {
      format: this.format,
      source: 'phones',
      window: { start: nsToIso(startNs), end: nsToIso(endNs + 1n) },
      facts: {
        records: records.length,
        rejectedLines: rejected.length,
        devices: clocks.map((c) => c.deviceId),
        declaredRatesHz: [...new Set(records.map((r) => r.rateHz))].sort((a, b) => a - b),
        samplesPerRecord: [...new Set(records.map((r) => r.x.length))].sort((a, b) => a - b),
        units: 'gal',
        components: ['x', 'y', 'z'],
        withoutPosition: [...withoutPosition(records, devices)],
      },
      audit: [
        ...clocks
          .filter((c) => c.remark !== '')
          .map((c) => `device ${c.deviceId}: ${c.remark}; times above are the device's own`),
        ...rejected.slice(0, 10).map((r) => `${r.at}: ${r.reason}`),
      ],
    };
  },

  async read(request: ReadRequest): Promise<ReturnType<typeof phoneTable>> {
    const { records, rejected, lines } = await readRecords(request.file.path);
    requireRecords(request.file.path, records, lines, rejected);
    const devices = await devicesOf(request.options);
    const missing = withoutPosition(records, devices);
    const kept = records
      .filter((record) => !missing.has(record.deviceId))
      .filter((record) => request.window === null || near(record, request.window))
      .map((record) => ({
        ...record,
        position: record.position ?? devices.get(record.deviceId) ?? null,
      }));
    const refused = [...missing].map((id) => ({
      at: `device ${id}`,
      reason: 'no position in its records or in the device list (option devices)',
    }));
    return phoneTable(kept, new Map([[REJECTED_KEY, JSON.stringify([...rejected, ...refused])]]));
  },
};

/** All records of a file in its order, and the lines that are none. Errors as readLines. */
export async function readRecords(file: string): Promise<{
  readonly records: readonly PhoneRecord[];
  readonly rejected: readonly Rejection[];
  readonly lines: number;
}> {
  const records: PhoneRecord[] = [];
  const rejected: Rejection[] = [];
  let [lines, dropped] = [0, 0];
  const reject = (at: string, reason: string): void => {
    if (rejected.length < MAX_REJECTIONS) rejected.push({ at, reason });
    else dropped++;
  };
  for await (const line of readLines(file)) {
    lines++;
    const parsed = line.text === null ? null : parsePhoneMessage(line.text);
    if (parsed === null) reject(`line ${line.number}`, 'the line is too long');
    else if (parsed.ok) records.push(...parsed.records);
    else reject(`line ${line.number}`, parsed.reason);
  }
  if (dropped > 0) rejected.push({ at: 'file', reason: `${dropped} more lines were refused` });
  return { records, rejected, lines };
}

function requireRecords(
  file: string,
  records: readonly PhoneRecord[],
  lines: number,
  rejected: readonly Rejection[],
): void {
  if (records.length > 0) return;
  throw new CorruptSourceError({
    source: path.basename(file),
    at: rejected[0]?.at ?? 'line 1',
    reason: `none of ${lines} lines is a record: ${rejected[0]?.reason ?? 'the file is empty'}`,
  });
}

async function devicesOf(options: ReadRequest['options']): Promise<DevicePositions> {
  const list = options['devices'];
  return typeof list === 'string' && list !== '' ? readDevices(list) : new Map();
}

/** Devices of which some record has no position and the list has none either. */
function withoutPosition(
  records: readonly PhoneRecord[],
  devices: DevicePositions,
): ReadonlySet<string> {
  const missing = records.filter((r) => r.position === null && !devices.has(r.deviceId));
  return new Set(missing.map((r) => r.deviceId));
}

/** By arrival where there is one, so that a slow device clock does not hide a record. */
function near(record: PhoneRecord, window: TimeWindow): boolean {
  const { startNs, endNs } = windowNs(window);
  const last = record.arrivalNs ?? lastSampleNs(record);
  const first = record.arrivalNs ?? record.firstSampleNs;
  return last >= startNs - WINDOW_MARGIN_NS && first <= endNs + WINDOW_MARGIN_NS;
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
  const newline = text.indexOf('\n');
  const line = newline < 0 ? text : text.slice(0, newline);
  if (parsePhoneMessage(line).ok) return 1;
  // A firmware record is longer than the head: look at how it begins.
  const begins = /^\s*\{/.test(line) && line.includes('"device_id"');
  const named =
    line.includes('"device_t"') || line.includes('"traces"') || /"x"\s*:\s*\[/.test(line);
  return begins && named ? 0.8 : 0;
}
