/**
 * In: a folder of OpenEEW files (`<device>/<minute>.jsonl.gz`). Out: its records as messages in the
 * order of their arrival, byte for byte as archived.
 * @module
 */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { UnsupportedSourceError } from '../../core/errors.js';
import { lastSampleNs } from '../../core/tables/phone-table.js';
import type { Rejected } from '../../core/tables/rejected.js';
import type { DevicePositions } from './devices.js';
import { readLines } from './json-lines.js';
import { parsePhoneMessage } from './message.js';
import type { TimedMessage } from './publish.js';

/** A message of a known device. */
export interface ReplayMessage extends TimedMessage {
  readonly deviceId: string;
}

/**
 * Reads all records of a folder and its subfolders. Nothing is added to a record, except the
 * position of its device when `positions` is given. Throws UnsupportedSourceError when the folder
 * holds no record; errors of readLines.
 */
export async function readReplay(input: {
  readonly folder: string;
  readonly positions?: DevicePositions;
}): Promise<{
  readonly messages: readonly ReplayMessage[];
  readonly rejected: readonly Rejected[];
}> {
  const names = (await readdir(input.folder, { recursive: true })).sort();
  const messages: ReplayMessage[] = [];
  const rejected: Rejected[] = [];
  for (const name of names.filter((n) => /\.jsonl(\.gz)?$/.test(n))) {
    for await (const line of readLines(path.join(input.folder, name))) {
      const parsed = line.text === null ? null : parsePhoneMessage(line.text);
      const first = parsed?.ok === true ? parsed.records[0] : undefined;
      if (!first || line.text === null) {
        const reason = parsed?.ok === false ? parsed.reason : 'the line is too long';
        rejected.push({ at: `${name} line ${line.number}`, reason });
        continue;
      }
      messages.push({
        deviceId: first.deviceId,
        atMs: Number((first.arrivalNs ?? lastSampleNs(first)) / 1_000_000n),
        payload: Buffer.from(withPosition(line.text, first.deviceId, input.positions)),
      });
    }
  }
  if (messages.length === 0) {
    throw new UnsupportedSourceError({
      source: input.folder,
      reason: 'no OpenEEW record in any .jsonl or .jsonl.gz file',
      remedy: 'give the folder of one event, with a folder for each device',
    });
  }
  // Sorting is stable: records that arrived together keep the order of their files.
  return { messages: messages.sort((a, b) => a.atMs - b.atMs), rejected };
}

function withPosition(
  text: string,
  deviceId: string,
  positions: DevicePositions | undefined,
): string {
  const position = positions?.get(deviceId);
  if (!position) return text.trim();
  const { latitude, longitude, positionSigmaKm } = position;
  const record = JSON.parse(text) as object;
  return JSON.stringify({ ...record, latitude, longitude, privacy_radius_km: 2 * positionSigmaKm });
}
