/**
 * In: an external MQTT broker. Out: its phone messages to the intake, and a receipt for each once it
 * is on the disk of the gateway. There a PUBACK is only the broker's word (a killed mosquitto forgets
 * messages it acknowledged), so a device keeps a message until its receipt.
 *
 * MQTT 5, QoS 1, a persistent session; 3.1.1 for brokers that know no 5.
 * @module
 */
import { connect, type MqttClient } from 'mqtt';
import { UnavailableError } from '../../core/errors.js';
import { errorText, type GatewayLog } from './gateway-log.js';
import type { Intake, Outcome } from './intake.js';
import { phoneTopic, receiptTopic } from './topics.js';

export interface MqttSource {
  /** Subscribes to these regions and leaves the others. */
  follow(regions: readonly string[]): Promise<void>;
  /** Receipts that could not be published; their devices send again. */
  receiptsFailed(): number;
  close(): Promise<void>;
}

/**
 * What a device is told: this message is durable, or was refused for good. OpenEEW records have
 * neither boot nor seq: for them a receipt says no more than that one of the device's was taken.
 */
export interface Receipt {
  readonly device: string;
  readonly boot: string | null;
  readonly seq: number | null;
  /** Why the message was refused; absent when it was taken. */
  readonly refused?: string;
}

/** Messages on their way to the disk before the broker is made to wait. */
const MAX_IN_FLIGHT = 4000;
const MAX_UNACKNOWLEDGED = 2000;

/**
 * Connects and subscribes. `clientId` names the persistent session: one for each gateway. Throws
 * UnavailableError when the broker cannot be reached or refuses the subscription.
 */
export async function startMqttSource(input: {
  readonly url: string;
  readonly clientId: string;
  readonly regions: readonly string[];
  readonly intake: Intake;
  readonly log: GatewayLog;
  readonly protocolVersion?: 4 | 5;
}): Promise<MqttSource> {
  const { intake, log } = input;
  const version = input.protocolVersion ?? 5;
  const client = connect(input.url, {
    clientId: input.clientId,
    clean: false,
    protocolVersion: version,
    reconnectPeriod: 1000,
    ...(version === 5
      ? { properties: { receiveMaximum: MAX_UNACKNOWLEDGED, sessionExpiryInterval: 86_400 } }
      : {}),
  });
  let [inFlight, failedReceipts] = [0, 0];
  let waiting: (() => void)[] = [];

  const sendReceipt = (outcome: Outcome): void => {
    if (!outcome.topic || outcome.status === 'shed' || outcome.status === 'failed') return;
    const { deviceId, regionId } = outcome.topic;
    const receipt: Receipt = {
      device: deviceId,
      boot: outcome.boot,
      seq: outcome.seq,
      ...(outcome.status === 'refused' ? { refused: outcome.reason } : {}),
    };
    const topic = receiptTopic(regionId, deviceId);
    client.publish(topic, JSON.stringify(receipt), { qos: 1 }, (error) => {
      if (!error) return;
      failedReceipts++;
      log.warn({ topic, error: errorText(error) }, 'receipt not published');
    });
  };

  // The callback of handleMessage sends the PUBACK and lets the parser go on: calling it at once
  // keeps many messages in flight for one commit, withholding it is the way to slow the broker down.
  client.handleMessage = (packet, callback) => {
    inFlight++;
    const payload =
      typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload;
    intake.accept({ topic: packet.topic, payload, retain: packet.retain === true }, (outcome) => {
      inFlight--;
      sendReceipt(outcome);
      const ready = waiting;
      waiting = [];
      for (const resume of ready) resume();
    });
    const go = (): void => {
      if (inFlight < MAX_IN_FLIGHT) callback();
      else waiting.push(go);
    };
    go();
  };
  // Only now: a broker sends what a session missed at once, and nothing of it may pass unseen.
  await connected(client, input.url);
  client.on('error', (error) => log.error({ error: errorText(error) }, 'broker connection'));
  client.on('close', () => log.warn({}, 'broker connection closed; trying again'));

  const subscribed = new Set<string>();
  const follow = async (regions: readonly string[]): Promise<void> => {
    for (const regionId of regions) {
      if (subscribed.has(regionId)) continue;
      const filter = phoneTopic(regionId, '+');
      // rh 2: what the broker retains is not sent (MQTT 5; refused one by one with 3.1.1).
      const options = version === 5 ? ({ qos: 1, rh: 2 } as const) : ({ qos: 1 } as const);
      const granted = await client.subscribeAsync(filter, options).catch((error: unknown) => {
        throw refused(input.url, `subscription to ${filter}: ${errorText(error)}`);
      });
      if (granted.some((grant) => grant.qos > 1)) {
        throw refused(input.url, `the broker does not grant ${filter}`);
      }
      subscribed.add(regionId);
    }
    for (const regionId of subscribed) {
      if (regions.includes(regionId)) continue;
      await client.unsubscribeAsync(phoneTopic(regionId, '+'));
      subscribed.delete(regionId);
    }
  };
  await follow(input.regions).catch((error: unknown) => {
    client.end(true);
    throw error;
  });
  log.info({ regions: input.regions }, 'subscribed to the external broker');
  return { receiptsFailed: () => failedReceipts, follow, close: () => client.endAsync() };
}

/** The first connection must succeed: a broker that is not there is an error now, not a silence. */
async function connected(client: MqttClient, url: string): Promise<void> {
  const failure = await new Promise<string | null>((resolve) => {
    client.once('connect', () => resolve(null));
    client.once('error', (error) => resolve(errorText(error)));
    client.once('close', () => resolve('no connection'));
  });
  if (failure === null) return;
  client.end(true);
  throw refused(url, failure);
}

function refused(url: string, reason: string): UnavailableError {
  return new UnavailableError({
    what: `MQTT broker ${withoutPassword(url)}`,
    reason,
    remedy: 'check MQTT_URL, that the broker runs, and what it allows this user',
  });
}

function withoutPassword(url: string): string {
  return url.replace(/\/\/[^@/]*@/, '//');
}
