/**
 * In: phone records. Out: what makes two of them the same, and one order for all of them. A record
 * is known by (device, boot, seq), else by the hash of what was measured; arrival time and position
 * are left out, because a resent record arrives at another time.
 * @module
 */
import { createHash } from 'node:crypto';
import type { PhoneRecord } from '../../core/tables/phone-table.js';

/**
 * Identity of a record, one line of text: `<device> <boot> <seq>`, else `#` and 96 bits of SHA-256
 * (base64url).
 */
export function phoneRecordKey(record: PhoneRecord): string {
  return phoneNameKey(record) ?? `#${contentKey(record)}`;
}

/** Identity by name, which needs no samples; null for a record without one. */
export function phoneNameKey(
  record: Pick<PhoneRecord, 'deviceId' | 'boot' | 'seq'>,
): string | null {
  const { deviceId, boot, seq } = record;
  if (boot === null || seq === null) return null;
  // Device ids hold no blank; a boot may hold anything, which JSON writes on one line.
  return `${deviceId} ${PLAIN.test(boot) ? boot : JSON.stringify(boot)} ${seq}`;
}

const PLAIN = /^[\w.:-]+$/;

/**
 * One record for each identity, in one order: device, time, identity. Of equal ones the first to
 * arrive is kept, so the result does not depend on the order or repetition of the input.
 */
export function uniqueRecords(records: readonly PhoneRecord[]): PhoneRecord[] {
  const best = new Map<string, PhoneRecord>();
  for (const record of records) {
    const key = phoneRecordKey(record);
    const other = best.get(key);
    if (!other || comesFirst(record, other)) best.set(key, record);
  }
  return [...best]
    .sort(([keyA, a], [keyB, b]) => {
      if (a.deviceId !== b.deviceId) return a.deviceId < b.deviceId ? -1 : 1;
      if (a.firstSampleNs !== b.firstSampleNs) return a.firstSampleNs < b.firstSampleNs ? -1 : 1;
      return keyA < keyB ? -1 : 1;
    })
    .map(([, record]) => record);
}

function comesFirst(a: PhoneRecord, b: PhoneRecord): boolean {
  if (a.arrivalNs !== b.arrivalNs) {
    if (a.arrivalNs === null) return false;
    if (b.arrivalNs === null) return true;
    return a.arrivalNs < b.arrivalNs;
  }
  const [full, otherFull] = [fullKey(a), fullKey(b)];
  return full < otherFull;
}

function contentKey(record: PhoneRecord): string {
  const head = `raw\0${record.deviceId}\0${record.firstSampleNs}\0${record.rateHz}\0`;
  return digest([head, record.x, record.y, record.z]);
}

function fullKey(record: PhoneRecord): string {
  const { position: p } = record;
  return `${contentKey(record)} ${p?.latitude} ${p?.longitude} ${p?.positionSigmaKm}`;
}

function digest(parts: readonly (string | Float32Array)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) {
    hash.update(
      typeof part === 'string'
        ? part
        : new Uint8Array(part.buffer, part.byteOffset, part.byteLength),
    );
  }
  return hash.digest('base64url').slice(0, 16);
}
