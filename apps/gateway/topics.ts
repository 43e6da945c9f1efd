/**
 * MQTT topics of the gateway. In: a topic. Out: what it names.
 *
 * - `quakeloom/<region>/phones/<device>`: waveforms, from devices
 * - `quakeloom/<region>/receipts/<device>`: what is durable, to a device behind an external broker
 * @module
 */

const PHONES = /^quakeloom\/([a-z0-9-]{1,64})\/phones\/([A-Za-z0-9][A-Za-z0-9_.:-]{0,63})$/;
const RECEIPTS = /^quakeloom\/[a-z0-9-]{1,64}\/receipts\/[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$/;

export interface PhoneTopic {
  readonly regionId: string;
  readonly deviceId: string;
}

/** Topic a device publishes its records to. */
export function phoneTopic(regionId: string, deviceId: string): string {
  return `quakeloom/${regionId}/phones/${deviceId}`;
}

/** Topic of a device's receipts. */
export function receiptTopic(regionId: string, deviceId: string): string {
  return `quakeloom/${regionId}/receipts/${deviceId}`;
}

/** Region and device of a phone topic; null for any other. */
export function parsePhoneTopic(topic: string): PhoneTopic | null {
  const match = PHONES.exec(topic);
  return match ? { regionId: match[1] as string, deviceId: match[2] as string } : null;
}

/** The only thing a device may subscribe to: receipts of one device, no wildcards. */
export function isReceiptTopic(topic: string): boolean {
  return RECEIPTS.test(topic);
}
