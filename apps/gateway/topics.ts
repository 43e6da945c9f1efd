/**
 * MQTT topics of the gateway. In: a topic. Out: what it names.
 *
 * - `quakeloom/<region>/phones/<device>`: waveforms, from devices
 * - `quakeloom/<region>/heartbeats/<device>`, `quakeloom/<region>/triggers/<device>`: signals, complete
 *   for the one detector of the region
 * - `quakeloom/<region>/receipts/<device>`: what is durable, to a device behind an external broker
 * - `quakeloom/<region>/config`, retained: what all devices of a region should do
 * @module
 */
import type { PhoneMessageKind } from '../../connectors/phones/binary-form.js';

const DEVICE = '[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}';
const MESSAGES = new RegExp(
  `^quakeloom/([a-z0-9-]{1,64})/(phones|heartbeats|triggers)/(${DEVICE})$`,
);
const SUBSCRIPTIONS = new RegExp(`^quakeloom/[a-z0-9-]{1,64}/(?:receipts/${DEVICE}|config)$`);
const CONFIG = /^quakeloom\/([a-z0-9-]{1,64})\/config$/;

const LEVELS = { waveform: 'phones', heartbeat: 'heartbeats', trigger: 'triggers' } as const;

export interface PhoneTopic {
  readonly regionId: string;
  readonly deviceId: string;
  readonly kind: PhoneMessageKind;
}

/** Topic a device publishes its messages of a kind to. */
export function messageTopic(kind: PhoneMessageKind, regionId: string, deviceId: string): string {
  return `quakeloom/${regionId}/${LEVELS[kind]}/${deviceId}`;
}

/** Topic a device publishes its waveforms to. */
export function phoneTopic(regionId: string, deviceId: string): string {
  return messageTopic('waveform', regionId, deviceId);
}

/** Topic of a device's receipts. */
export function receiptTopic(regionId: string, deviceId: string): string {
  return `quakeloom/${regionId}/receipts/${deviceId}`;
}

/** Topic of the configuration of a region's devices. */
export function configTopic(regionId: string): string {
  return `quakeloom/${regionId}/config`;
}

/** Region of a configuration topic; null for any other. */
export function configRegion(topic: string): string | null {
  return CONFIG.exec(topic)?.[1] ?? null;
}

/** Region, device and kind of a message topic; null for any other. */
export function parsePhoneTopic(topic: string): PhoneTopic | null {
  const match = MESSAGES.exec(topic);
  if (!match) return null;
  const [, regionId, level, deviceId] = match as unknown as [string, string, string, string];
  const kind = level === 'phones' ? 'waveform' : level === 'heartbeats' ? 'heartbeat' : 'trigger';
  return { regionId, deviceId, kind };
}

/** All a device may subscribe to: receipts of one device, the configuration; no wildcards. */
export function isDeviceSubscription(topic: string): boolean {
  return SUBSCRIPTIONS.test(topic);
}
