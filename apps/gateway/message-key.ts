/**
 * Identity of a message: its stream and its place in it. In: a message. Out: the key that tells a
 * repetition, the same at reception and when its log is sealed. A device may speak in two regions,
 * and count each kind of message by itself.
 * @module
 */
import { createHash } from 'node:crypto';
import { encodeSignal, type PhoneSignal } from '../../connectors/phones/signal-message.js';
import { phoneRecordKey } from '../../connectors/phones/identity.js';
import { recordsOf } from '../../connectors/phones/message.js';
import type {
  BinaryTrace,
  MessageHead,
  PhoneMessageKind,
} from '../../connectors/phones/binary-form.js';
import type { PhoneRecord } from '../../core/tables/phone-table.js';

/** A message number, or `#` and a hash of the content for devices that do not count. */
export type KeyId = number | string;

/** Keys by stream. */
export type LogKeys = readonly { readonly stream: string; readonly ids: readonly KeyId[] }[];

/** Name of a stream: one line without a blank at its end. */
export function streamName(
  regionId: string,
  kind: PhoneMessageKind,
  { deviceId, boot }: Pick<MessageHead, 'deviceId' | 'boot'>,
): string {
  const region = kind === 'waveform' ? regionId : `${regionId}:${kind}`;
  if (boot === null) return `${region} ${deviceId}`;
  // A boot may hold anything, which JSON writes on one line.
  return `${region} ${deviceId} ${PLAIN.test(boot) ? boot : JSON.stringify(boot)}`;
}

const PLAIN = /^[\w.:-]+$/;

/** Place of a waveform message: a message is one frame, so its first record stands for it. */
export function waveformId(head: MessageHead, traces: readonly BinaryTrace[]): KeyId {
  if (head.seq !== null) return head.seq;
  return phoneRecordKey(recordsOf(head, traces.slice(0, 1))[0] as PhoneRecord);
}

/** Place of a signal; when and where it arrived is left out, because a resent one differs there. */
export function signalId(signal: PhoneSignal): KeyId {
  if (signal.seq !== null) return signal.seq;
  const bytes = encodeSignal({ ...signal, arrivalNs: null, position: null });
  return `#${createHash('sha256').update(bytes).digest('base64url').slice(0, 16)}`;
}
