/**
 * What the gateway remembers of each device while it sends: its rate, its clock, and what makes the
 * next message cheap to take. In: topics. Out: routes.
 * @module
 */
import { clockModel, type ClockModel } from '../../connectors/phones/clock-model.js';
import { streamName } from './message-key.js';
import type { KeyStream, SeenKeys } from './seen-keys.js';
import { parsePhoneTopic, type PhoneTopic } from './topics.js';
import { framePrefix } from './wal-frames.js';

/** A device in a region; shared by its topics. */
export interface DeviceState {
  readonly clock: ClockModel;
  tokens: number;
  atMs: number;
  /** When its clock was last told to be wrong. */
  clockToldMs: number;
  isClockWrong: boolean;
}

/** A topic of a device. */
export interface Route {
  readonly topic: PhoneTopic;
  readonly device: DeviceState;
  /** Region and device as a frame of the log holds them. */
  readonly prefix: Buffer;
  readonly deviceBytes: Buffer;
  /** Stream of the boot that sent last, with that boot; boot is null for messages without a name. */
  stream: KeyStream;
  boot: string | null;
  bootBytes: Buffer;
}

export interface DeviceStates {
  /**
   * The route of a topic. Null for a topic that is none of the gateway's, `elsewhere` for a region
   * that is not taken, `full` when more devices send at once than there is room for.
   */
  route(topic: string): Route | 'elsewhere' | 'full' | null;
  /** Takes one message from the rate of a device; false when it is over it. */
  pass(device: DeviceState): boolean;
  /** Stream of this boot on a route. */
  streamOf(route: Route, boot: string | null): KeyStream;
  count(): number;
  wrongClocks(): number;
}

/** Remembers up to `maxDevices` devices; idle ones are forgotten when room is needed. */
export function createDeviceStates(input: {
  readonly seen: SeenKeys;
  readonly regions: ReadonlySet<string>;
  readonly rateHz: number;
  readonly burst: number;
  readonly maxDevices: number;
  readonly nowMs: () => number;
}): DeviceStates {
  const { seen, regions, rateHz, burst, maxDevices, nowMs } = input;
  const routes = new Map<string, Route>();
  const devices = new Map<string, DeviceState>();

  /** Forgets devices whose buckets are full again. Their clocks are learnt anew. */
  function makeRoom(): void {
    const now = nowMs();
    for (const [name, device] of devices) {
      if (level(device, now) >= burst) devices.delete(name);
    }
    for (const [topic, { topic: of }] of routes) {
      if (!devices.has(`${of.regionId}/${of.deviceId}`)) routes.delete(topic);
    }
  }
  const level = (device: DeviceState, now: number): number =>
    Math.min(burst, device.tokens + (Math.max(0, now - device.atMs) * rateHz) / 1000);

  function makeRoute(text: string): ReturnType<DeviceStates['route']> {
    const topic = parsePhoneTopic(text);
    if (!topic) return null;
    const { regionId, deviceId, kind } = topic;
    if (!regions.has(regionId)) return 'elsewhere';
    const name = `${regionId}/${deviceId}`;
    let device = devices.get(name);
    if (!device) {
      if (devices.size >= maxDevices) makeRoom();
      if (devices.size >= maxDevices) return 'full';
      const clockToldMs = Number.NEGATIVE_INFINITY;
      const clock = clockModel();
      device = { clock, tokens: burst, atMs: nowMs(), clockToldMs, isClockWrong: false };
      devices.set(name, device);
    }
    const route: Route = {
      topic,
      device,
      prefix: framePrefix(regionId, deviceId),
      deviceBytes: Buffer.from(deviceId),
      stream: seen.stream(streamName(regionId, kind, { deviceId, boot: null })),
      boot: null,
      bootBytes: Buffer.alloc(0),
    };
    routes.set(text, route);
    return route;
  }

  return {
    route(text) {
      const known = routes.get(text);
      if (known) return regions.has(known.topic.regionId) ? known : 'elsewhere';
      return makeRoute(text);
    },
    pass(device) {
      const now = nowMs();
      device.tokens = level(device, now);
      device.atMs = now;
      if (device.tokens < 1) return false;
      device.tokens -= 1;
      return true;
    },
    streamOf(route, boot) {
      if (route.boot === boot && !route.stream.isGone) return route.stream;
      const { regionId, deviceId, kind } = route.topic;
      route.stream = seen.stream(streamName(regionId, kind, { deviceId, boot }));
      route.boot = boot;
      route.bootBytes = Buffer.from(boot ?? '');
      return route.stream;
    },
    count: () => devices.size,
    wrongClocks() {
      let sum = 0;
      for (const { isClockWrong } of devices.values()) if (isClockWrong) sum++;
      return sum;
    },
  };
}
