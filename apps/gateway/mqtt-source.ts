/**
 * In: an external MQTT broker. Out: its phone messages to the intake, and a receipt for each once it
 * is on the disk of the gateway. There a PUBACK to the device is only the broker's word (a killed
 * mosquitto forgets messages it acknowledged), so a device keeps a message until its receipt.
 *
 * The gateway's own PUBACK to the broker follows the fsync too: a session that outlives a crash of
 * the gateway gives what was not written again.
 * @module
 */
import { UnavailableError } from '../../core/errors.js';
import { connectBroker, type BrokerClient, type BrokerMessage } from './broker-client.js';
import type { BrokerTls } from './broker-socket.js';
import { errorText, type GatewayLog } from './gateway-log.js';
import type { Intake, Outcome } from './intake.js';
import { createReceipts } from './receipts.js';
import { phoneTopic } from './topics.js';

export interface MqttSource {
  /** Subscribes to these regions and leaves the others. */
  follow(regions: readonly string[]): Promise<void>;
  /** Receipts that could not be published; their devices send again. */
  receiptsFailed(): number;
  close(): Promise<void>;
}

/** Messages on their way to the disk before an MQTT 5 broker has to wait. */
const RECEIVE_MAXIMUM = 4000;
const RETRY_MS = 1000;

/**
 * Connects and subscribes. `clientId` names the persistent session: one for each gateway. Throws
 * UnavailableError when the broker cannot be reached or refuses the subscription.
 */
export async function startMqttSource(input: {
  readonly url: string;
  readonly tls?: BrokerTls;
  readonly clientId: string;
  readonly regions: readonly string[];
  readonly intake: Intake;
  readonly log: GatewayLog;
  readonly protocolVersion?: 4 | 5;
}): Promise<MqttSource> {
  const { intake, log } = input;
  let client: BrokerClient | null = null;
  const receipts = createReceipts({
    publish: (message, done) => {
      if (client) client.publish(message, done);
      else done(new Error('not connected'));
    },
    log,
  });
  const settle = (message: BrokerMessage, outcome: Outcome): void => {
    if (outcome.status === 'failed') {
      // The disk is full or broken. The broker waits; it would not give the message again.
      setTimeout(() => take(message), RETRY_MS).unref();
      return;
    }
    message.acknowledge();
    // A device whose message was shed hears nothing and sends it again.
    if (outcome.status !== 'shed') receipts.give(outcome);
  };
  const take = (message: BrokerMessage): void =>
    intake.accept(message, (outcome) => settle(message, outcome));
  try {
    client = await connectBroker({
      url: input.url,
      clientId: input.clientId,
      protocolVersion: input.protocolVersion ?? 5,
      receiveMaximum: RECEIVE_MAXIMUM,
      sessionExpiryS: 86_400,
      keepaliveS: 30,
      ...(input.tls ? { tls: input.tls } : {}),
      onMessage: take,
      onTrouble: (reason) => log.warn({ reason }, 'broker connection'),
    });
  } catch (error) {
    throw refused(input.url, errorText(error));
  }
  const connected = client;

  const subscribed = new Set<string>();
  const follow = async (regions: readonly string[]): Promise<void> => {
    for (const regionId of regions) {
      if (subscribed.has(regionId)) continue;
      const filter = phoneTopic(regionId, '+');
      await connected.subscribe(filter).catch((error: unknown) => {
        throw refused(input.url, `subscription to ${filter}: ${errorText(error)}`);
      });
      subscribed.add(regionId);
    }
    for (const regionId of subscribed) {
      if (regions.includes(regionId)) continue;
      await connected.unsubscribe(phoneTopic(regionId, '+'));
      subscribed.delete(regionId);
    }
  };
  await follow(input.regions).catch(async (error: unknown) => {
    await connected.close();
    throw error;
  });
  log.info({ regions: input.regions }, 'subscribed to the external broker');
  return {
    receiptsFailed: () => receipts.failed(),
    follow,
    close: async () => {
      receipts.flush();
      await connected.close();
    },
  };
}

function refused(url: string, reason: string): UnavailableError {
  return new UnavailableError({
    what: `MQTT broker ${url.replace(/\/\/[^@/]*@/, '//')}`,
    reason,
    remedy: 'check MQTT_URL, that the broker runs, and what it allows this user',
  });
}
