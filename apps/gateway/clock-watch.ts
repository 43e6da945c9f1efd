/**
 * Watches the clocks of devices. In: each message's times. Out: signals with what is known of their
 * clock; a device whose clock is off is told of, and its signals are kept from the detector. Nothing
 * is thrown away for a clock: waveforms are set right when windows are made of them.
 * @module
 */
import {
  clockState,
  isClockTrusted,
  observeClock,
  type ClockState,
} from '../../connectors/phones/clock-model.js';
import type { PhoneSignal } from '../../connectors/phones/signal-message.js';
import type { Route } from './device-states.js';
import type { GatewayLog } from './gateway-log.js';

/** A trigger or heartbeat that is on the disk. */
export interface TakenSignal {
  readonly regionId: string;
  readonly signal: PhoneSignal;
  /** On the server's clock, s since the epoch. */
  readonly arrivalS: number;
  readonly clock: ClockState;
  /** False when the clock is off by more than the limit: keep it from the detector. */
  readonly isTrusted: boolean;
}

export interface ClockWatch {
  observe(route: Route, deviceS: number, arrivalS: number): void;
  /** A signal of this route with its clock; call after `observe`. */
  signal(route: Route, signal: PhoneSignal, arrivalS: number): TakenSignal;
  /** Signals whose clock was not trusted. */
  withheld(): number;
}

/** A wrong clock is told of again after this. */
const TELL_AGAIN_MS = 600_000;

/** Makes the watch of one gateway; `note` writes a line for people into the quarantine. */
export function watchClocks(input: {
  readonly limitS: number;
  readonly log: GatewayLog;
  readonly nowMs: () => number;
  readonly note: (regionId: string, item: string, reason: string) => void;
}): ClockWatch {
  const { limitS, log, nowMs, note } = input;
  let withheld = 0;
  return {
    observe({ device }, deviceS, arrivalS) {
      observeClock(device.clock, deviceS, arrivalS);
      device.isClockWrong = !isClockTrusted(device.clock, limitS);
    },
    signal({ topic, device }, signal, arrivalS) {
      const clock = clockState(device.clock);
      const isTrusted = !device.isClockWrong;
      if (!isTrusted) {
        withheld++;
        if (nowMs() - device.clockToldMs >= TELL_AGAIN_MS) {
          device.clockToldMs = nowMs();
          log.warn({ device: topic.deviceId, ...clock }, 'clock off: its signals are not counted');
          const reason = `clock off by more than ${limitS} s: kept, but not counted`;
          note(topic.regionId, `device ${topic.deviceId}`, reason);
        }
      }
      return { regionId: topic.regionId, signal, arrivalS, clock, isTrusted };
    },
    withheld: () => withheld,
  };
}
