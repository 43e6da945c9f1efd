/**
 * Examines a running broker as the gateway and a device would use it. In: how both connect. Out: a
 * list of findings, each with what to change. Nothing it sends is left in the broker.
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type IClientOptions, type IConnackPacket, type MqttClient } from 'mqtt';
import { errorText } from './gateway-log.js';
import { phoneTopic, receiptTopic } from './topics.js';

export interface BrokerLogin {
  readonly url: string;
  /** PEM contents, for `mqtts:`. */
  readonly tls?: { readonly ca?: Buffer; readonly cert?: Buffer; readonly key?: Buffer };
}

export interface BrokerFinding {
  readonly check: string;
  readonly status: 'ok' | 'failed' | 'skipped';
  readonly detail: string;
  /** What to change; empty when all is well. */
  readonly remedy: string;
}

export interface BrokerCheckInput {
  readonly gateway: BrokerLogin;
  /** Absent: checks that need a device's own login are skipped. */
  readonly device: BrokerLogin | null;
  /** Id of the device, which its login belongs to. */
  readonly deviceId: string;
  /** Messages queued for a gateway that is away. */
  readonly burst: number;
}

const REGION = 'quakeloom-check';
const SESSION_S = 60;

/** Runs all checks. Throws an Error when the gateway's own login does not get in. */
export async function checkBroker(input: BrokerCheckInput): Promise<BrokerFinding[]> {
  const findings: BrokerFinding[] = [];
  const sessionId = `quakeloom-check-${process.pid}-${Date.now()}`;
  const gateway = await open(input.gateway, { clientId: sessionId, clean: false });
  findings.push(...capabilities(gateway.connack));
  await gateway.client.subscribeAsync(phoneTopic(REGION, '+'), { qos: 1 });
  await gateway.client.endAsync();

  const login = input.device ?? input.gateway;
  const device = await open(login, { clientId: `${sessionId}-device` });
  try {
    findings.push(await queueCheck({ ...input, device: device.client, sessionId }));
    if (input.device) {
      findings.push(await forgeryCheck({ ...input, device: input.device }));
      findings.push(await eavesdropCheck({ ...input, device: input.device }));
    } else {
      findings.push(skipped('another device is refused'), skipped('other devices stay unheard'));
    }
  } finally {
    await device.client.endAsync(true);
  }
  findings.push(await anonymousCheck(login));
  return findings;
}

function capabilities(connack: IConnackPacket): BrokerFinding[] {
  const { properties } = connack;
  const qos = properties?.maximumQoS ?? 2;
  const bytes = properties?.maximumPacketSize ?? null;
  return [
    finding('MQTT 5', true, 'the broker speaks it', ''),
    finding('QoS 1', qos >= 1, `highest QoS ${qos}`, 'allow QoS 1: phones need acknowledgements'),
    finding(
      'packet size limit',
      bytes !== null && bytes >= 65_536 && bytes <= 2_000_000,
      bytes === null ? 'none stated' : `${bytes} bytes`,
      'set max_packet_size to 131072: one packet must not fill the memory, and 64 kB must pass',
    ),
  ];
}

/** Messages for a gateway that is away: all must wait for it. */
async function queueCheck(
  input: Omit<BrokerCheckInput, 'device'> & { device: MqttClient; sessionId: string },
): Promise<BrokerFinding> {
  const check = `queue of ${input.burst} messages`;
  const topic = phoneTopic(REGION, input.deviceId);
  const sent = await Promise.allSettled(
    Array.from({ length: input.burst }, (_, i) =>
      input.device.publishAsync(topic, String(i), { qos: 1 }),
    ),
  );
  const taken = sent.filter(({ status }) => status === 'fulfilled').length;
  const heard = new Set<string>();
  const { client, connack } = await open(input.gateway, {
    clientId: input.sessionId,
    clean: false,
    onMessage: (payload) => heard.add(payload),
  });
  for (let i = 0; i < 100 && heard.size < taken; i++) await sleep(100);
  await client.unsubscribeAsync(phoneTopic(REGION, '+'));
  await client.endAsync();
  // Ends the session on the broker's side.
  await open(input.gateway, { clientId: input.sessionId }).then((last) => last.client.endAsync());
  if (!connack.sessionPresent) {
    return finding(check, false, 'the session was forgotten', 'set persistence true');
  }
  return finding(
    check,
    taken === input.burst && heard.size === taken,
    `${taken} acknowledged, ${heard.size} delivered`,
    'set max_queued_messages 0 and max_inflight_messages 0: the broker drops what it acknowledged',
  );
}

async function forgeryCheck(
  input: BrokerCheckInput & { device: BrokerLogin },
): Promise<BrokerFinding> {
  const heard: string[] = [];
  const { client } = await open(input.gateway, { onMessage: (payload) => heard.push(payload) });
  await client.subscribeAsync(phoneTopic(REGION, '+'), { qos: 1 });
  // A connection each: a broker may close the one that tried to forge.
  await publishOnce(input.device, phoneTopic(REGION, `not-${input.deviceId}`), 'forged');
  await publishOnce(input.device, phoneTopic(REGION, input.deviceId), 'own');
  for (let i = 0; i < 50 && !heard.includes('own'); i++) await sleep(100);
  await client.endAsync();
  if (!heard.includes('own')) {
    return finding(
      'another device is refused',
      false,
      `the device's own message on ${phoneTopic(REGION, input.deviceId)} did not arrive`,
      'check the ACL: pattern write quakeloom/+/phones/%u, and that --device names the user',
    );
  }
  return finding(
    'another device is refused',
    !heard.includes('forged'),
    heard.includes('forged') ? 'a device spoke under another id' : 'only its own id is taken',
    'tie devices to their topics: pattern write quakeloom/+/phones/%u',
  );
}

/** Sends one message; whether the broker takes it is seen elsewhere. */
async function publishOnce(login: BrokerLogin, topic: string, payload: string): Promise<void> {
  const { client } = await open(login, {});
  const sent = client.publishAsync(topic, payload, { qos: 1 }).catch(() => undefined);
  await Promise.race([sent, sleep(3000)]);
  await client.endAsync(true);
}

/** A broker may grant what it never delivers, so only what arrives counts. */
async function eavesdropCheck(
  input: BrokerCheckInput & { device: BrokerLogin },
): Promise<BrokerFinding> {
  const heard: string[] = [];
  const { client } = await open(input.device, { onMessage: (payload) => heard.push(payload) });
  for (const topic of [phoneTopic(REGION, '+'), receiptTopic(REGION, '+')]) {
    await client.subscribeAsync(topic, { qos: 1 }).catch(() => undefined);
  }
  await client.subscribeAsync(receiptTopic(REGION, input.deviceId)).catch(() => undefined);
  await publishOnce(input.device, phoneTopic(REGION, input.deviceId), 'a waveform');
  await publishOnce(
    input.gateway,
    receiptTopic(REGION, `not-${input.deviceId}`),
    "another's receipt",
  );
  await publishOnce(input.gateway, receiptTopic(REGION, input.deviceId), 'own receipt');
  for (let i = 0; i < 50 && !heard.includes('own receipt'); i++) await sleep(100);
  await client.endAsync(true);
  const foreign = [...new Set(heard)].filter((payload) => payload !== 'own receipt');
  const isWell = foreign.length === 0 && heard.includes('own receipt');
  const detail = isWell
    ? 'it hears its own receipts alone'
    : foreign.length > 0
      ? `a device hears ${foreign.join(' and ')}`
      : 'a device does not hear its own receipts';
  return finding(
    'other devices stay unheard',
    isWell,
    detail,
    'let devices read their own receipts alone: pattern read quakeloom/+/receipts/%u',
  );
}

async function anonymousCheck(login: BrokerLogin): Promise<BrokerFinding> {
  const { protocol, host } = new URL(login.url);
  const ca = login.tls?.ca;
  const entered = await open({ url: `${protocol}//${host}`, ...(ca ? { tls: { ca } } : {}) }, {})
    .then(({ client }) => client.endAsync(true))
    .then(
      () => true,
      () => false,
    );
  return finding(
    'a login is needed',
    !entered,
    entered ? 'anybody gets in' : 'refused without one',
    'set allow_anonymous false, with certificates or passwords',
  );
}

async function open(
  login: BrokerLogin,
  options: { clientId?: string; clean?: boolean; onMessage?: (payload: string) => void },
): Promise<{ client: MqttClient; connack: IConnackPacket }> {
  const { onMessage, ...rest } = options;
  let connack: IConnackPacket | null = null;
  const settings: IClientOptions = {
    protocolVersion: 5,
    reconnectPeriod: 0,
    connectTimeout: 5000,
    ...rest,
    ...(rest.clean === false ? { properties: { sessionExpiryInterval: SESSION_S } } : {}),
    ...login.tls,
    manualConnect: true,
  };
  const client = connect(login.url, settings);
  client.on('message', (_topic, payload) => onMessage?.(payload.toString()));
  client.on('packetreceive', (packet) => {
    if (packet.cmd === 'connack') connack = packet;
  });
  await new Promise<void>((resolve, reject) => {
    client.once('connect', () => resolve());
    client.once('error', reject);
    client.once('close', () => reject(new Error('the broker closed the connection')));
    client.connect();
  }).catch((error: unknown) => {
    client.end(true);
    throw new Error(errorText(error), { cause: error });
  });
  return { client, connack: connack as unknown as IConnackPacket };
}

function finding(check: string, isWell: boolean, detail: string, remedy: string): BrokerFinding {
  return { check, status: isWell ? 'ok' : 'failed', detail, remedy: isWell ? '' : remedy };
}

function skipped(check: string): BrokerFinding {
  return {
    check,
    status: 'skipped',
    detail: 'no login of a device was given',
    remedy: 'give --device-url and the device’s certificate or password',
  };
}
