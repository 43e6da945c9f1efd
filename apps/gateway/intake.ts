/**
 * In: a message with its topic. Out: what became of it, told once that is certain. Every message is
 * one of: acknowledged (new, on the disk), duplicate (taken before, on the disk), refused (its reason
 * is on the disk), shed or failed (NOT acknowledged: the device sends it again).
 * @module
 */
import { readPhoneMessage } from '../../connectors/phones/read-message.js';
import { createMessageScanner } from '../../connectors/phones/scan-message.js';
import { isBinaryForm } from '../../connectors/phones/decode-binary.js';
import { watchClocks, type TakenSignal } from './clock-watch.js';
import { createDeviceStates, type Route } from './device-states.js';
import { errorText, type GatewayLog } from './gateway-log.js';
import type { GatewayLimits } from './limits.js';
import { signalId, waveformId, type KeyId } from './message-key.js';
import { createRateLimiter } from './rate-limits.js';
import type { SeenKeys } from './seen-keys.js';
import { parsePhoneTopic, type PhoneTopic } from './topics.js';
import { encodeFrame, messageFrame } from './wal-frames.js';
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

type Done = (outcome: Outcome) => void;

export interface IntakeCounts {
  readonly received: number;
  readonly acknowledged: number;
  readonly duplicate: number;
  readonly rejected: number;
  readonly shed: number;
  readonly failed: number;
  /** Waiting for the backlog to shrink. */
  readonly held: number;
  /** Devices that sent lately, and those of them whose clocks are not believed. */
  readonly devices: number;
  readonly wrongClocks: number;
  /** Triggers and heartbeats kept from the detector because of their clock. */
  readonly clockWithheld: number;
}

export interface Intake {
  /** `done` is called exactly once. */
  accept(message: IncomingMessage, done: Done): void;
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
  /** Told of each new trigger and heartbeat once it is on the disk. */
  readonly onSignal?: (taken: TakenSignal) => void;
}): Intake {
  const { wal, seen, regions, limits, log, nowMs } = input;
  const total = { received: 0, acknowledged: 0, duplicate: 0, rejected: 0, shed: 0, failed: 0 };
  const devices = createDeviceStates({
    seen,
    regions,
    rateHz: limits.deviceRateHz,
    burst: limits.deviceBurst,
    maxDevices: limits.maxDevices,
    nowMs,
  });
  const shedNotes = createRateLimiter({
    rateHz: 1000 / SHED_NOTE_MS,
    burst: 1,
    maxNames: 1000,
    nowMs,
  });
  const clocks = watchClocks({ limitS: limits.clockLimitS, log, nowMs, note: writeNote });
  const scan = createMessageScanner();
  const frame = Buffer.allocUnsafe(2 * limits.maxPayloadBytes + 64 * 1024);
  let held: { message: IncomingMessage; done: Done }[] = [];
  let pressed = false;

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

  function reasonFrame(regionId: string, item: string, reason: string): Buffer {
    const payload = Buffer.from(reason);
    const receivedNs = BigInt(Math.round(nowMs())) * 1_000_000n;
    return encodeFrame({ kind: 'refused', receivedNs, regionId, item, payload });
  }

  function writeNote(regionId: string, item: string, reason: string): void {
    wal.append(reasonFrame(regionId, item, reason), () => undefined);
  }

  function refuse(message: IncomingMessage, reason: string, done: Done): void {
    const topic = parsePhoneTopic(message.topic);
    const regionId = topic && regions.has(topic.regionId) ? topic.regionId : NO_REGION;
    const item = message.topic.replace(/[^\x20-\x7e]/g, '?').slice(0, 200);
    wal.append(reasonFrame(regionId, item, reason), (error) => {
      if (error) return fail(topic, error, done);
      total.rejected++;
      done(outcome('refused', topic, { reason }));
    });
  }

  function fail(topic: PhoneTopic | null, error: Error, done: Done): void {
    total.failed++;
    done(outcome('failed', topic, { reason: errorText(error) }));
  }

  function shed(topic: PhoneTopic | null, item: string, reason: string, done: Done): void {
    total.shed++;
    if (shedNotes.pass(item)) {
      log.warn({ item, shed: total.shed }, `shed: ${reason}`);
      writeNote(topic?.regionId ?? NO_REGION, item, `shed: ${reason}`);
    }
    done(outcome('shed', topic, { reason }));
  }

  function take(message: IncomingMessage, done: Done): void {
    const route = devices.route(message.topic);
    if (!route) return refuse(message, 'not a topic of this gateway', done);
    if (route === 'full') {
      const topic = parsePhoneTopic(message.topic);
      return shed(topic, 'gateway', `more than ${limits.maxDevices} devices at once`, done);
    }
    if (route === 'elsewhere') return refuse(message, 'unknown region', done);
    const { topic } = route;
    if (!devices.pass(route.device)) {
      return shed(topic, message.topic, `more than ${limits.deviceRateHz} messages a second`, done);
    }
    if (message.retain) return refuse(message, 'retained messages are not taken', done);
    if (message.payload.length > limits.maxPayloadBytes) {
      return refuse(message, `larger than ${limits.maxPayloadBytes} bytes`, done);
    }
    const { payload } = message;
    const bytes = Buffer.isBuffer(payload) ? payload : Buffer.from(payload);
    if (topic.kind !== 'waveform' || isBinaryForm(bytes)) return takeRead(route, message, done);
    // The quick way; what is odd or without a name goes the other one.
    const quick = scan(bytes);
    if (!quick || quick.seq < 0) return takeRead(route, message, done);
    const { deviceBytes } = route;
    if (
      quick.deviceEnd - quick.deviceAt !== deviceBytes.length ||
      deviceBytes.compare(bytes, quick.deviceAt, quick.deviceEnd) !== 0
    ) {
      return refuse(message, 'device_id is not the device of the topic', done);
    }
    const isSameBoot =
      route.boot !== null &&
      !route.stream.isGone &&
      quick.bootEnd - quick.bootAt === route.bootBytes.length &&
      route.bootBytes.compare(bytes, quick.bootAt, quick.bootEnd) === 0;
    if (!isSameBoot) devices.streamOf(route, bytes.toString('latin1', quick.bootAt, quick.bootEnd));
    const { arrivalS } = quick;
    clocks.observe(route, quick.lastS, Number.isNaN(arrivalS) ? nowMs() / 1000 : arrivalS);
    keep({ route, id: quick.seq, bytes: quick.bytes, length: quick.length, done });
  }

  function takeRead(route: Route, message: IncomingMessage, done: Done): void {
    const { topic } = route;
    const read = readPhoneMessage(message.payload, topic.kind);
    if (!read.ok) return refuse(message, read.reason, done);
    const { head, bytes, signal, deviceS } = read;
    if (head.deviceId !== topic.deviceId) {
      return refuse(message, 'device_id is not the device of the topic', done);
    }
    devices.streamOf(route, head.boot);
    const arrivalS = read.arrivalS ?? nowMs() / 1000;
    const id = signal ? signalId(signal) : waveformId(head, read.traces);
    clocks.observe(route, deviceS, arrivalS);
    const taken = signal ? clocks.signal(route, signal, arrivalS) : null;
    keep({ route, id, bytes, length: bytes.length, taken, done });
  }

  /** Writes a message that keeps its contract, unless it was taken before. */
  function keep(item: {
    readonly route: Route;
    readonly id: KeyId;
    readonly bytes: Buffer;
    readonly length: number;
    readonly taken?: TakenSignal | null;
    readonly done: Done;
  }): void {
    const { route, id, taken, done } = item;
    const { topic, stream, boot } = route;
    const seq = typeof id === 'number' ? id : null;
    const owner = seen.ownerOf(stream, id);
    if (owner !== undefined) {
      const again = (error: Error | null): void => {
        if (error) return fail(topic, error, done);
        total.duplicate++;
        done({ status: 'duplicate', topic, boot, seq, reason: '' });
      };
      // The first copy may still be on its way to the disk.
      if (owner === 'pending') wal.barrier(again);
      else again(null);
      return;
    }
    seen.hold(stream, id);
    const length = messageFrame(frame, {
      receivedMs: Math.round(nowMs()),
      prefix: route.prefix,
      body: item.bytes,
      length: item.length,
    });
    wal.append(frame.subarray(0, length), (error, logNumber) => {
      if (error) {
        seen.release(stream, id);
        return fail(topic, error, done);
      }
      seen.settle(stream, id, logNumber);
      total.acknowledged++;
      if (taken) input.onSignal?.(taken);
      done({ status: 'acknowledged', topic, boot, seq, reason: '' });
    });
  }

  return {
    accept(message, done) {
      total.received++;
      if (!backPressure()) return take(message, done);
      if (held.length >= limits.maxHeld) {
        return shed(parsePhoneTopic(message.topic), 'gateway', 'backlog full', done);
      }
      // A copy: the payload may be a few bytes of a large buffer.
      held.push({ message: { ...message, payload: Buffer.from(message.payload) }, done });
    },
    refuseUnread(reason) {
      total.received++;
      total.rejected++;
      writeNote(NO_REGION, 'connection', reason);
    },
    counts: () => ({
      ...total,
      held: held.length,
      devices: devices.count(),
      wrongClocks: devices.wrongClocks(),
      clockWithheld: clocks.withheld(),
    }),
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
