/**
 * In: the entries of one log. Out: the segments it makes, as bytes with their index times. A pure
 * function of the entries, so that a log sealed again after a crash gives the same bytes.
 * @module
 */
import { createHash } from 'node:crypto';
import { positionOfSent } from '../../connectors/phones/binary-form.js';
import { uniqueRecords } from '../../connectors/phones/identity.js';
import { recordsOf } from '../../connectors/phones/message.js';
import { readPhoneMessage, type ReadMessage } from '../../connectors/phones/read-message.js';
import { decodeHead, isBinaryForm } from '../../connectors/phones/decode-binary.js';
import type { PhoneSignal } from '../../connectors/phones/signal-message.js';
import type { ArtifactKind } from '../../core/artifact.js';
import { encodeTable } from '../../core/tables/ipc.js';
import { phoneSignalTable, type PhoneSignalRow } from '../../core/tables/phone-signal-table.js';
import {
  lastSampleNs,
  phoneTable,
  spanNs,
  type PhoneRecord,
} from '../../core/tables/phone-table.js';
import { NS_PER_S, floorDiv, nsToIso } from '../../core/time.js';
import { signalId, streamName, waveformId, type KeyId, type LogKeys } from './message-key.js';
import type { WalEntry } from './wal-frames.js';

/** A segment ready for the object store and the index. */
export interface SealedSegment {
  readonly regionId: string;
  readonly kind: ArtifactKind;
  /** `phones/<region>/<date>/<sha256>.arrow`, or `phone-signals/…` */
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

/** A message of a log, read: records of a waveform, or a signal. */
export interface LogMessage {
  readonly regionId: string;
  readonly stream: string;
  readonly id: KeyId;
  readonly records: readonly PhoneRecord[];
  readonly signal: PhoneSignalRow | null;
}

/**
 * The messages of a log, each identity once, and how many entries no longer parse (written by
 * another version).
 */
export function readMessages(entries: readonly WalEntry[]): {
  readonly messages: readonly LogMessage[];
  readonly unreadable: number;
} {
  const messages: LogMessage[] = [];
  const known = new Map<string, Set<KeyId>>();
  let unreadable = 0;
  for (const entry of entries) {
    if (entry.kind === 'refused') continue;
    const read = readEntry(entry);
    if (!read) {
      unreadable++;
      continue;
    }
    const { head, traces, signal } = read;
    const { regionId } = entry;
    const stream = streamName(regionId, signal?.kind ?? 'waveform', head);
    const id = signal ? signalId(signal) : waveformId(head, traces);
    let ids = known.get(stream);
    if (!ids) known.set(stream, (ids = new Set()));
    if (ids.has(id)) continue;
    ids.add(id);
    const arrivalNs = head.arrivalNs ?? entry.receivedNs;
    messages.push({
      regionId,
      stream,
      id,
      records: recordsOf({ ...head, arrivalNs }, traces),
      signal: signal && signalRow(signal, arrivalNs),
    });
  }
  return { messages, unreadable };
}

function readEntry({ kind, payload }: WalEntry): ReadMessage | null {
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
  if (kind === 'record' && isBinaryForm(bytes)) return null;
  const head = kind === 'message' ? decodeHead(bytes) : null;
  if (head && 'reason' in head) return null;
  const read = readPhoneMessage(bytes, head?.kind ?? 'waveform');
  return read.ok ? read : null;
}

function signalRow(signal: PhoneSignal, arrivalNs: bigint): PhoneSignalRow {
  const { kind, deviceId, boot, seq, deviceNs, position, appVersion, modelVersion } = signal;
  const heartbeat = kind === 'heartbeat' ? signal : null;
  const values = kind === 'trigger' ? signal.values : null;
  return {
    kind,
    deviceId,
    boot,
    seq,
    deviceNs,
    arrivalNs,
    position: position && positionOfSent(position),
    steady: heartbeat && Number(heartbeat.isSteady),
    charging: heartbeat && Number(heartbeat.isCharging),
    iqrG: values?.iqrG ?? null,
    zeroCrossingsHz: values?.zeroCrossingsHz ?? null,
    cavGs: values?.cavGs ?? null,
    peakGal: values?.peakGal ?? null,
    peakCmS: values?.peakCmS ?? null,
    probability: values?.probability ?? null,
    appVersion,
    modelVersion,
  };
}

/** Keys of messages by stream, in their order. */
export function keysOf(messages: readonly LogMessage[]): LogKeys {
  const streams = new Map<string, KeyId[]>();
  for (const { stream, id } of messages) {
    const ids = streams.get(stream);
    if (ids) ids.push(id);
    else streams.set(stream, [id]);
  }
  return [...streams].map(([stream, ids]) => ({ stream, ids }));
}

/** The segments of messages, by region, kind and arrival. */
export function makeSegments(messages: readonly LogMessage[]): SealedSegment[] {
  const records = new Map<string, PhoneRecord[]>();
  const signals = new Map<string, PhoneSignalRow[]>();
  for (const message of messages) {
    for (const record of message.records) listOf(records, message.regionId).push(record);
    if (message.signal) listOf(signals, message.regionId).push(message.signal);
  }
  return [
    ...byRegion(records).flatMap(([regionId, all]) =>
      buckets(all, arrivalNs).map((bucket) => recordSegment(regionId, bucket)),
    ),
    ...byRegion(signals).flatMap(([regionId, all]) =>
      buckets(all, (row) => row.arrivalNs).map((bucket) => signalSegment(regionId, bucket)),
    ),
  ];
}

function listOf<T>(lists: Map<string, T[]>, name: string): T[] {
  const found = lists.get(name);
  if (found) return found;
  const list: T[] = [];
  lists.set(name, list);
  return list;
}

function byRegion<T>(lists: Map<string, T[]>): [string, T[]][] {
  return [...lists].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Rows by arrival, in buckets of a minute, or wider where arrivals are scattered. */
function buckets<T>(rows: readonly T[], arrivalOf: (row: T) => bigint): T[][] {
  for (const widthS of BUCKETS_S) {
    const groups = new Map<bigint, T[]>();
    for (const row of rows) {
      const bucket = floorDiv(arrivalOf(row), widthS * NS_PER_S);
      const group = groups.get(bucket);
      if (group) group.push(row);
      else groups.set(bucket, [row]);
    }
    if (groups.size <= MAX_BUCKETS) {
      return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group);
    }
  }
  return [[...rows]];
}

function recordSegment(regionId: string, unsorted: readonly PhoneRecord[]): SealedSegment {
  const records = uniqueRecords(unsorted);
  return sealed({
    regionId,
    kind: 'phone-segment',
    bytes: encodeTable(phoneTable(records)),
    covered: records.map(coveredNs),
  });
}

function signalSegment(regionId: string, rows: readonly PhoneSignalRow[]): SealedSegment {
  return sealed({
    regionId,
    kind: 'phone-signals',
    bytes: encodeTable(phoneSignalTable(rows)),
    covered: rows.map((row) => ({ startNs: row.arrivalNs, endNs: row.arrivalNs + 1n })),
  });
}

function sealed(input: {
  readonly regionId: string;
  readonly kind: 'phone-segment' | 'phone-signals';
  readonly bytes: Uint8Array;
  readonly covered: readonly { readonly startNs: bigint; readonly endNs: bigint }[];
}): SealedSegment {
  const { regionId, kind, bytes, covered } = input;
  const startNs = covered.reduce((least, c) => (c.startNs < least ? c.startNs : least), FAR);
  const endNs = covered.reduce((most, c) => (c.endNs > most ? c.endNs : most), -FAR);
  const sha = createHash('sha256').update(bytes).digest('hex');
  const date = nsToIso(startNs).slice(0, 10);
  const folder = kind === 'phone-segment' ? 'phones' : 'phone-signals';
  const key = `${folder}/${regionId}/${date}/${sha}.arrow`;
  return { regionId, kind, key, bytes, records: covered.length, startNs, endNs };
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
