/**
 * One message of a phone in any form. In: its bytes and the kind that its topic says. Out: its binary
 * form with what a gateway needs to know of it, or why it is refused. Never throws.
 * @module
 */
import { encodeWaveform, type BinaryTrace, type MessageHead } from './binary-form.js';
import type { PhoneMessageKind } from './binary-form.js';
import { decodeHead, decodeSignal, decodeTraces, isBinaryForm } from './decode-binary.js';
import { reject, type PhoneRejection } from './message-fields.js';
import { binaryTrace, checkPhoneMessage } from './message.js';
import { checkSignal, encodeSignal, type PhoneSignal } from './signal-message.js';

/** A message that keeps its contract. */
export interface ReadMessage {
  readonly ok: true;
  readonly head: MessageHead;
  /** The binary form. */
  readonly bytes: Buffer;
  /** Empty for a signal. */
  readonly traces: readonly BinaryTrace[];
  /** Null for a waveform. */
  readonly signal: PhoneSignal | null;
  /** Device clock at its last sample, or at the signal, s since the epoch. */
  readonly deviceS: number;
  /** When a server took it, s; null when the message does not tell. */
  readonly arrivalS: number | null;
}

/** Reads and checks a message. Never throws. */
export function readPhoneMessage(
  payload: Uint8Array,
  kind: PhoneMessageKind,
): ReadMessage | PhoneRejection {
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
  if (isBinaryForm(bytes)) return readBinary(bytes, kind);
  if (kind === 'waveform') {
    const checked = checkPhoneMessage(bytes);
    if (!checked.ok) return checked;
    const { ok: _ok, traces: sent, ...head } = checked;
    const traces = sent.map(binaryTrace);
    return waveform(head, traces, encodeWaveform(head, traces));
  }
  const signal = checkSignal(bytes.toString('utf8'), kind);
  return 'reason' in signal ? signal : signalRead(signal, encodeSignal(signal));
}

function readBinary(bytes: Buffer, kind: PhoneMessageKind): ReadMessage | PhoneRejection {
  const decoded = decodeHead(bytes);
  if ('reason' in decoded) return decoded;
  if (decoded.kind !== kind) return reject('wrong-shape', 'the kind is not that of the topic');
  if (kind === 'waveform') {
    const { kind: _kind, bodyAt, ...head } = decoded;
    const traces = decodeTraces(bytes, bodyAt);
    return 'reason' in traces ? traces : waveform(head, traces, bytes);
  }
  const signal = decodeSignal(bytes, decoded);
  return 'reason' in signal ? signal : signalRead(signal, bytes);
}

function waveform(head: MessageHead, traces: readonly BinaryTrace[], bytes: Buffer): ReadMessage {
  const last = traces.at(-1) as BinaryTrace;
  const [deviceS, arrivalS] = [seconds(last.lastNs), arrivalOf(head)];
  return { ok: true, head, bytes, traces, signal: null, deviceS, arrivalS };
}

function signalRead(signal: PhoneSignal, bytes: Buffer): ReadMessage {
  const [deviceS, arrivalS] = [seconds(signal.deviceNs), arrivalOf(signal)];
  return { ok: true, head: signal, bytes, traces: [], signal, deviceS, arrivalS };
}

function arrivalOf({ arrivalNs }: MessageHead): number | null {
  return arrivalNs === null ? null : seconds(arrivalNs);
}

function seconds(ns: bigint): number {
  return Number(ns) / 1e9;
}
