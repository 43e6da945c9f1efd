/**
 * In: the entries of one log. Out: the phone segments it makes, as bytes with their index times. A
 * pure function of the entries, so that a log sealed again after a crash gives the same bytes.
 * @module
 */
import { createHash } from 'node:crypto';
import { uniqueRecords } from '../../connectors/phones/identity.js';
import { checkPhoneMessage, phoneRecordsOf } from '../../connectors/phones/message.js';
import { encodeTable } from '../../core/tables/ipc.js';
import {
  lastSampleNs,
  phoneTable,
  spanNs,
  type PhoneRecord,
} from '../../core/tables/phone-table.js';
import { NS_PER_S, floorDiv, nsToIso } from '../../core/time.js';
import { messageKey } from './intake.js';
import type { WalEntry } from './wal-frames.js';

/** A segment ready for the object store and the index. */
export interface SealedSegment {
  readonly regionId: string;
  /** `phones/<region>/<date>/<sha256>.arrow` */
  readonly key: string;
  readonly bytes: Uint8Array;
  readonly records: number;
  readonly startNs: bigint;
  readonly endNs: bigint;
}

/** Buckets of arrival time, s: the narrowest that gives few segments is taken. */
const BUCKETS_S = [60n, 3600n, 86_400n] as const;
const MAX_BUCKETS = 32;
/** A clock is trusted for the index when its record arrived within this after its end, ns. */
const TRUSTED_DELAY_NS = 600n * NS_PER_S;
const TRUSTED_EARLY_NS = 2n * NS_PER_S;
/** A message of a log, read. */
export interface LogMessage {
  readonly regionId: string;
  readonly key: string;
  readonly records: readonly PhoneRecord[];
}

/**
 * The messages of a log, each identity once, and how many entries no longer parse (written by
 * another version).
 */
export function readMessages(entries: readonly WalEntry[]): {
  readonly messages: readonly LogMessage[];
  readonly unreadable: number;
} {
  const messages = new Map<string, LogMessage>();
  let unreadable = 0;
  for (const entry of entries) {
    if (entry.kind !== 'record') continue;
    const checked = checkPhoneMessage(entry.payload);
    if (!checked.ok) {
      unreadable++;
      continue;
    }
    const key = messageKey(entry.regionId, checked);
    if (messages.has(key)) continue;
    const records = phoneRecordsOf(checked).map((record) => ({
      ...record,
      arrivalNs: record.arrivalNs ?? entry.receivedNs,
    }));
    messages.set(key, { regionId: entry.regionId, key, records });
  }
  return { messages: [...messages.values()], unreadable };
}

/** The segments of messages, by region and arrival. */
export function makeSegments(messages: readonly LogMessage[]): SealedSegment[] {
  const byRegion = new Map<string, PhoneRecord[]>();
  for (const { regionId, records } of messages) {
    const all = byRegion.get(regionId);
    if (all) all.push(...records);
    else byRegion.set(regionId, [...records]);
  }
  return [...byRegion]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([regionId, records]) =>
      buckets(records).map((bucket) => sealSegment(regionId, bucket)),
    );
}

/** Records by arrival, in buckets of a minute, or wider where arrivals are scattered. */
function buckets(records: readonly PhoneRecord[]): PhoneRecord[][] {
  for (const widthS of BUCKETS_S) {
    const groups = new Map<bigint, PhoneRecord[]>();
    for (const record of records) {
      const bucket = floorDiv(arrivalNs(record), widthS * NS_PER_S);
      const group = groups.get(bucket);
      if (group) group.push(record);
      else groups.set(bucket, [record]);
    }
    if (groups.size <= MAX_BUCKETS) {
      return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group);
    }
  }
  return [[...records]];
}

function sealSegment(regionId: string, unsorted: readonly PhoneRecord[]): SealedSegment {
  const records = uniqueRecords(unsorted);
  const covered = records.map(coveredNs);
  const startNs = covered.reduce((least, c) => (c.startNs < least ? c.startNs : least), FAR);
  const endNs = covered.reduce((most, c) => (c.endNs > most ? c.endNs : most), -FAR);
  const bytes = encodeTable(phoneTable(records));
  const sha = createHash('sha256').update(bytes).digest('hex');
  const date = nsToIso(startNs).slice(0, 10);
  return {
    regionId,
    key: `phones/${regionId}/${date}/${sha}.arrow`,
    bytes,
    records: records.length,
    startNs,
    endNs,
  };
}

const FAR = 1n << 62n;

/**
 * When a record may have been measured: from its arrival, and from its clock as well where the two
 * agree, so that neither a slow clock nor a slow network hides it from a search by time.
 */
function coveredNs(record: PhoneRecord): { startNs: bigint; endNs: bigint } {
  const arrival = arrivalNs(record);
  const span = spanNs(record.x.length + 1, record.rateHz);
  const last = lastSampleNs(record);
  const delay = arrival - last;
  const trusted = delay >= -TRUSTED_EARLY_NS && delay <= TRUSTED_DELAY_NS;
  const earliest = trusted && last < arrival ? last : arrival;
  const latest = trusted && last > arrival ? last : arrival;
  return { startNs: earliest - span, endNs: latest + 1n };
}

function arrivalNs(record: PhoneRecord): bigint {
  return record.arrivalNs ?? lastSampleNs(record);
}
