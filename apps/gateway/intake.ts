/**
 * In: a message with its topic. Out: what became of it, told once that is certain. Every message is
 * one of: acknowledged (new, on the disk), duplicate (taken before, on the disk), refused (its reason
 * is on the disk), shed or failed (NOT acknowledged: the device sends it again).
 * @module
 */
import { phoneNameKey, phoneRecordKey } from '../../connectors/phones/identity.js';
import {
  checkPhoneMessage,
  phoneRecordsOf,
  type CheckedPhoneMessage,
} from '../../connectors/phones/message.js';
import type { PhoneRecord } from '../../core/tables/phone-table.js';
import { errorText, type GatewayLog } from './gateway-log.js';
import type { GatewayLimits } from './limits.js';
import { createRateLimiter } from './rate-limits.js';
import type { SeenKeys } from './seen-keys.js';
import { parsePhoneTopic, type PhoneTopic } from './topics.js';
import { encodeFrame } from './wal-frames.js';
import type { WriteAheadLog } from './write-ahead-log.js';

export interface IncomingMessage {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly retain: boolean;
  /** True when the sender went away: nothing needs to be told any more. */
  readonly gone?: () => boolean;
}

/** `boot` and `seq` are those of the message, where it could be read. */
export interface Outcome {
  readonly status: 'acknowledged' | 'duplicate' | 'refused' | 'shed' | 'failed';
  readonly topic: PhoneTopic | null;
  readonly boot: string | null;
  readonly seq: number | null;
  /** Why it was refused, shed or failed; empty otherwise. */
  readonly reason: string;
}

export interface IntakeCounts {
  readonly received: number;
  readonly acknowledged: number;
  readonly duplicate: number;
  readonly rejected: number;
  readonly shed: number;
  readonly failed: number;
  /** Waiting for the backlog to shrink. */
  readonly held: number;
}

export interface Intake {
  /** `done` is called exactly once. */
  accept(message: IncomingMessage, done: (outcome: Outcome) => void): void;
  /** Notes a packet that was too large to be read. */
  refuseUnread(reason: string): void;
  counts(): IntakeCounts;
  /** True while nothing is acknowledged because the backlog is over its limit. */
  backPressure(): boolean;
  /** Lets waiting messages in when the backlog has shrunk; called after each sealed log. */
  resume(): void;
}

/** Region of refused messages whose topic names none that is known. */
export const NO_REGION = 'unknown';
/** Shedding is written down once a device and interval, not once a message. */
const SHED_NOTE_MS = 10_000;

/** Makes the intake of one gateway. */
export function createIntake(input: {
  readonly wal: WriteAheadLog;
  readonly seen: SeenKeys;
  /** Ids of the regions whose messages are taken; the caller may change the set at any time. */
  readonly regions: ReadonlySet<string>;
  readonly limits: GatewayLimits;
  readonly log: GatewayLog;
  readonly nowMs: () => number;
}): Intake {
  const { wal, seen, regions, limits, log, nowMs } = input;
  const total = { received: 0, acknowledged: 0, duplicate: 0, rejected: 0, shed: 0, failed: 0 };
  const rates = createRateLimiter({
    rateHz: limits.deviceRateHz,
    burst: limits.deviceBurst,
    maxNames: limits.maxDevices,
    nowMs,
  });
  const shedNotes = createRateLimiter({
    rateHz: 1000 / SHED_NOTE_MS,
    burst: 1,
    maxNames: 1000,
    nowMs,
  });
  let held: { message: IncomingMessage; done: (outcome: Outcome) => void }[] = [];
  let pressed = false;

  const receivedNs = (): bigint => BigInt(Math.round(nowMs())) * 1_000_000n;
  const outcome = (
    status: Outcome['status'],
    topic: PhoneTopic | null,
    rest: Partial<Outcome> = {},
  ): Outcome => ({ status, topic, boot: null, seq: null, reason: '', ...rest });

  function backPressure(): boolean {
    const now = wal.bytes() >= limits.maxBacklogBytes;
    if (now && !pressed) {
      log.error({ backlogBytes: wal.bytes() }, 'backlog over its limit: nothing is acknowledged');
    } else if (!now && pressed) {
      log.info({ backlogBytes: wal.bytes() }, 'backlog below its limit: acknowledging again');
    }
    pressed = now;
    return now;
  }

  function writeRefusal(regionId: string, item: string, reason: string): Buffer {
    const payload = Buffer.from(reason);
    return encodeFrame({ kind: 'refused', receivedNs: receivedNs(), regionId, item, payload });
  }

  function refuse(
    message: IncomingMessage,
    topic: PhoneTopic | null,
    reason: string,
    done: (outcome: Outcome) => void,
  ): void {
    const known = topic !== null && regions.has(topic.regionId);
    const item = message.topic.replace(/[^\x20-\x7e]/g, '?').slice(0, 200);
    wal.append(writeRefusal(known ? topic.regionId : NO_REGION, item, reason), (error) => {
      if (error) return fail(topic, error, done);
      total.rejected++;
      done(outcome('refused', topic, { reason }));
    });
  }

  function fail(topic: PhoneTopic | null, error: Error, done: (outcome: Outcome) => void): void {
    total.failed++;
    done(outcome('failed', topic, { reason: errorText(error) }));
  }

  function shed(
    topic: PhoneTopic | null,
    item: string,
    reason: string,
    done: (outcome: Outcome) => void,
  ): void {
    total.shed++;
    if (shedNotes.pass(item)) {
      log.warn({ item }, `shed: ${reason}`);
      wal.append(
        writeRefusal(topic?.regionId ?? NO_REGION, item, `shed: ${reason}`),
        () => undefined,
      );
    }
    done(outcome('shed', topic, { reason }));
  }

  function take(message: IncomingMessage, done: (outcome: Outcome) => void): void {
    const topic = parsePhoneTopic(message.topic);
    if (!topic) return refuse(message, topic, 'not a topic of this gateway', done);
    if (!regions.has(topic.regionId)) return refuse(message, topic, 'unknown region', done);
    if (!rates.pass(`${topic.regionId}/${topic.deviceId}`)) {
      return shed(topic, message.topic, `more than ${limits.deviceRateHz} messages a second`, done);
    }
    if (message.retain) return refuse(message, topic, 'retained messages are not taken', done);
    if (message.payload.length > limits.maxPayloadBytes) {
      return refuse(message, topic, `larger than ${limits.maxPayloadBytes} bytes`, done);
    }
    const checked = checkPhoneMessage(message.payload);
    if (!checked.ok) return refuse(message, topic, checked.reason, done);
    if (checked.deviceId !== topic.deviceId) {
      return refuse(message, topic, 'device_id is not the device of the topic', done);
    }
    const named = { boot: checked.boot, seq: checked.seq };
    const key = messageKey(topic.regionId, checked);
    const owner = seen.ownerOf(key);
    if (owner !== undefined) {
      const again = (error: Error | null): void => {
        if (error) return fail(topic, error, done);
        total.duplicate++;
        done(outcome('duplicate', topic, named));
      };
      // The first copy may still be on its way to the disk.
      if (owner === 'pending') wal.barrier(again);
      else again(null);
      return;
    }
    seen.hold(key);
    const frame = encodeFrame({
      kind: 'record',
      receivedNs: receivedNs(),
      regionId: topic.regionId,
      item: topic.deviceId,
      payload: message.payload,
    });
    wal.append(frame, (error, logNumber) => {
      if (error) {
        seen.release(key);
        return fail(topic, error, done);
      }
      seen.settle(key, logNumber);
      total.acknowledged++;
      done(outcome('acknowledged', topic, named));
    });
  }

  return {
    accept(message, done) {
      total.received++;
      if (!backPressure()) return take(message, done);
      if (held.length < limits.maxHeld) held.push({ message, done });
      else shed(parsePhoneTopic(message.topic), 'gateway', 'backlog full', done);
    },
    refuseUnread(reason) {
      total.received++;
      total.rejected++;
      wal.append(writeRefusal(NO_REGION, 'connection', reason), () => undefined);
    },
    counts: () => ({ ...total, held: held.length }),
    backPressure,
    resume() {
      while (held.length > 0 && !backPressure()) {
        const batch = held.slice(0, 1000);
        held = held.slice(1000);
        for (const { message, done } of batch) {
          if (message.gone?.() !== true) take(message, done);
          else {
            total.failed++;
            done(outcome('failed', parsePhoneTopic(message.topic), { reason: 'sender gone' }));
          }
        }
      }
    },
  };
}

/**
 * Identity of a message: a device may speak in two regions. A message is one frame, so its first
 * record stands for it.
 */
export function messageKey(regionId: string, message: CheckedPhoneMessage): string {
  const key = phoneNameKey(message) ?? phoneRecordKey(phoneRecordsOf(message)[0] as PhoneRecord);
  return `${regionId} ${key}`;
}
