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
import { connectBroker, type BrokerClient } from './broker-client.js';
import { acknowledge, type BrokerMessage } from './broker-connection.js';
import type { BrokerTls } from './broker-socket.js';
import { errorText, type GatewayLog } from './gateway-log.js';
import type { Intake, Outcome } from './intake.js';
import { createReceipts } from './receipts.js';
import { messageTopic } from './topics.js';

export interface MqttSource {
  /** Publishes a retained message, QoS 1. */
  publishRetained(topic: string, payload: string): void;
  /**
   * Subscribes to these regions and leaves the others. Waveforms are shared with other gateways where
   * the broker can; triggers and heartbeats of a region go to one, which holds its lease.
   */
  follow(regions: readonly string[], leased?: (regionId: string) => boolean): Promise<void>;
  /** Receipts that could not be published; their devices send again. */
  receiptsFailed(): number;
  close(): Promise<void>;
}

/** Messages on their way to the disk before an MQTT 5 broker has to wait. */
export const RECEIVE_MAXIMUM = 20_000;
const RETRY_MS = 1000;
/** Name of the group that shares waveforms. */
const SHARE = 'quakeloom';

/**
 * Connects and subscribes. `clientId` names the persistent session: one for each gateway. Throws
 * UnavailableError when the broker cannot be reached or refuses the subscription.
 */
export async function startMqttSource(input: {
  readonly url: string;
  readonly tls?: BrokerTls;
  readonly clientId: string;
  readonly regions: readonly string[];
  /** Whether this gateway is the one that hears a region's triggers. Default: it is. */
  readonly leased?: (regionId: string) => boolean;
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
    isBusy: () => client?.isBusy() ?? true,
    log,
  });
  const settle = (message: BrokerMessage, outcome: Outcome): void => {
    if (outcome.status === 'failed') {
      // The disk is full or broken. The broker waits; it would not give the message again.
      setTimeout(() => take(message), RETRY_MS).unref();
      return;
    }
    acknowledge(message);
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

  // Only MQTT 5 has shared subscriptions; some brokers grant them in 3.1.1 and deliver nothing.
  const share = connected.canShare() ? `$share/${SHARE}/` : '';
  const filtersOf = (regionId: string, isLeased: boolean): string[] => [
    share + messageTopic('waveform', regionId, '+'),
    ...(isLeased
      ? [messageTopic('heartbeat', regionId, '+'), messageTopic('trigger', regionId, '+')]
      : []),
  ];
  const subscribed = new Set<string>();
  const follow: MqttSource['follow'] = async (regions, leased = () => true) => {
    const wanted = new Set(regions.flatMap((id) => filtersOf(id, leased(id))));
    for (const filter of wanted) {
      if (subscribed.has(filter)) continue;
      await connected.subscribe(filter).catch((error: unknown) => {
        throw refused(input.url, `subscription to ${filter}: ${errorText(error)}`);
      });
      subscribed.add(filter);
    }
    for (const filter of subscribed) {
      if (wanted.has(filter)) continue;
      await connected.unsubscribe(filter);
      subscribed.delete(filter);
    }
  };
  await follow(input.regions, input.leased).catch(async (error: unknown) => {
    await connected.close();
    throw error;
  });
  log.info({ regions: input.regions, isShared: share !== '' }, 'subscribed to the external broker');
  return {
    publishRetained: (topic, payload) =>
      connected.publish({ topic, payload, retain: true }, (error) => {
        if (error) log.warn({ topic, error: errorText(error) }, 'configuration not published');
      }),
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
