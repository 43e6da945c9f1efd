/**
 * In: bytes of the compact binary form. Out: the message, or why it is refused. Reads no byte beyond
 * the end and allocates no more than the message is long.
 * @module
 */
import {
  BINARY_MARK,
  BINARY_VERSION,
  ENCODING,
  FLAG,
  MESSAGE_KINDS,
  readCount,
  type BinaryTrace,
  type MessageHead,
  type PhoneMessageKind,
  type SentPosition,
} from './binary-form.js';
import {
  DEVICE_ID,
  FIRST_SECOND,
  LAST_SECOND,
  reject,
  sentPosition,
  wrongShape,
  type PhoneRejection,
} from './message-fields.js';
import { MAX_GAL, MAX_RATE_HZ, MAX_SAMPLES, MAX_TRACES } from './message.js';
import {
  TRIGGER_FIELDS,
  checkSignalRanges,
  isVersion,
  type PhoneSignal,
  type TriggerValues,
} from './signal-message.js';

/** True when a payload means to be the binary form: no JSON begins like this. */
export function isBinaryForm(payload: Uint8Array): boolean {
  return payload[0] === BINARY_MARK;
}

/** Head of a message, its kind, and where its body begins. */
export interface DecodedHead extends MessageHead {
  readonly kind: PhoneMessageKind;
  readonly bodyAt: number;
}

const FIRST_NS = BigInt(FIRST_SECOND) * 1_000_000_000n;
const LAST_NS = BigInt(LAST_SECOND) * 1_000_000_000n;
const cut = (): PhoneRejection => reject('wrong-length', 'the binary message is cut short');

/** Reads and checks the head. */
export function decodeHead(bytes: Buffer): DecodedHead | PhoneRejection {
  if (bytes.length < 6 || bytes[0] !== BINARY_MARK) return cut();
  if (bytes[1] !== BINARY_VERSION) {
    return reject('wrong-shape', `the binary form is not version ${BINARY_VERSION}`);
  }
  const kind = MESSAGE_KINDS[bytes[2] as number];
  const flags = bytes[3] as number;
  if (!kind) return reject('wrong-shape', 'the binary message has no known kind');
  if (flags > 7) return reject('wrong-shape', 'the binary message has unknown flags');
  let at = 5 + (bytes[4] as number);
  if (at > bytes.length) return cut();
  const deviceId = bytes.toString('latin1', 5, at);
  if (!DEVICE_ID.test(deviceId)) {
    return wrongShape('device_id', 'is not 1 to 64 letters, digits and _ . : -');
  }
  let boot: string | null = null;
  let seq: number | null = null;
  if (flags & FLAG.named) {
    const end = at + 1 + (bytes[at] ?? 0);
    if (end + 8 > bytes.length) return cut();
    boot = bytes.toString('utf8', at + 1, end);
    seq = readCount(bytes, end);
    if (boot.length < 1 || boot.length > 64) {
      return wrongShape('boot', 'is neither text of 1 to 64 characters nor a count');
    }
    if (!Number.isSafeInteger(seq)) return wrongShape('seq', 'is no count');
    at = end + 8;
  }
  let arrivalNs: bigint | null = null;
  if (flags & FLAG.arrival) {
    if (at + 8 > bytes.length) return cut();
    arrivalNs = bytes.readBigInt64LE(at);
    if (!isPossibleNs(arrivalNs)) {
      return reject('impossible-time', 'cloud_t is outside 2000 to 2100');
    }
    at += 8;
  }
  let position: SentPosition | null = null;
  if (flags & FLAG.position) {
    if (at + 24 > bytes.length) return cut();
    const read = sentPosition({
      latitude: bytes.readDoubleLE(at),
      longitude: bytes.readDoubleLE(at + 8),
      privacyRadiusKm: bytes.readDoubleLE(at + 16),
    });
    if (read === 'impossible') {
      return reject('impossible-value', 'latitude, longitude or privacy radius cannot be');
    }
    position = read;
    at += 24;
  }
  return { kind, deviceId, boot, seq, arrivalNs, position, bodyAt: at };
}

/** Reads and checks the traces of a waveform message whose head was read. */
export function decodeTraces(bytes: Buffer, bodyAt: number): BinaryTrace[] | PhoneRejection {
  const count = bytes[bodyAt] ?? 0;
  if (count < 1 || count > MAX_TRACES) {
    return wrongShape('traces', `is not an array of 1 to ${MAX_TRACES} traces`);
  }
  const traces: BinaryTrace[] = [];
  let at = bodyAt + 1;
  for (let i = 0; i < count; i++) {
    if (at + 19 > bytes.length) return cut();
    const lastNs = bytes.readBigInt64LE(at);
    const rateHz = bytes.readDoubleLE(at + 8);
    const samples = bytes.readUInt16LE(at + 16);
    const encoding = bytes[at + 18] as number;
    at += 19;
    if (samples < 2 || samples > MAX_SAMPLES) {
      return reject('wrong-length', `a record has 2 to ${MAX_SAMPLES} samples`);
    }
    if (!(rateHz >= 1 && rateHz <= MAX_RATE_HZ)) {
      return reject('impossible-value', `sr is outside 1 to ${MAX_RATE_HZ} Hz`);
    }
    if (!isPossibleNs(lastNs)) {
      return reject('impossible-time', 'device time is outside 2000 to 2100: clock never set');
    }
    const bytesNeeded = encoding === ENCODING.float32 ? 12 * samples : 4 + 6 * samples;
    if (encoding > ENCODING.int16) return wrongShape('encoding', 'is unknown');
    if (at + bytesNeeded > bytes.length) return cut();
    const all = allocate(3 * samples);
    readSamples(bytes, at, encoding, all);
    if (!areAccelerations(all)) {
      return reject('impossible-value', `acceleration beyond ${MAX_GAL} gal`);
    }
    at += bytesNeeded;
    const [x, y, z] = [0, 1, 2].map((c) => all.subarray(c * samples, (c + 1) * samples));
    traces.push({
      lastNs,
      rateHz,
      x: x as Float32Array,
      y: y as Float32Array,
      z: z as Float32Array,
    });
  }
  return at === bytes.length ? traces : reject('wrong-length', 'bytes follow the binary message');
}

const SLAB = 1 << 16;
let slab = new Float32Array(0);
let slabUsed = 0;

/** Room for samples, cut from a slab: a buffer of its own for each record costs more than its data. */
function allocate(count: number): Float32Array {
  if (count > SLAB / 4) return new Float32Array(count);
  if (slabUsed + count > slab.length) {
    slab = new Float32Array(SLAB);
    slabUsed = 0;
  }
  slabUsed += count;
  return slab.subarray(slabUsed - count, slabUsed);
}

/** Fills `to` with the samples at `at`, encoding checked, gal. */
export function readSamples(bytes: Buffer, at: number, encoding: number, to: Float32Array): void {
  if (encoding === ENCODING.float32) {
    new Uint8Array(to.buffer, to.byteOffset, to.byteLength).set(
      bytes.subarray(at, at + to.byteLength),
    );
    return;
  }
  const scale = bytes.readFloatLE(at);
  for (let i = 0; i < to.length; i++) to[i] = bytes.readInt16LE(at + 4 + 2 * i) * scale;
}

function areAccelerations(samples: Float32Array): boolean {
  for (const value of samples) if (!(value <= MAX_GAL && value >= -MAX_GAL)) return false;
  return true;
}

/** Reads and checks a heartbeat or trigger whose head was read. */
export function decodeSignal(
  bytes: Buffer,
  { bodyAt, kind, ...head }: DecodedHead,
): PhoneSignal | PhoneRejection {
  if (kind === 'waveform') return reject('wrong-shape', 'the binary message is a waveform');
  if (bodyAt + 9 > bytes.length) return cut();
  const deviceNs = bytes.readBigInt64LE(bodyAt);
  const bits = bytes[bodyAt + 8] as number;
  let at = bodyAt + 9;
  const values: Record<string, number | null> = {};
  if (kind === 'heartbeat' && bits > 3) return reject('wrong-shape', 'unknown state of a phone');
  if (kind === 'trigger') {
    if (bits >= 1 << TRIGGER_FIELDS.length) return reject('wrong-shape', 'unknown trigger values');
    for (const [i, [, property]] of TRIGGER_FIELDS.entries()) {
      values[property] = null;
      if ((bits & (1 << i)) === 0) continue;
      if (at + 4 > bytes.length) return cut();
      values[property] = bytes.readFloatLE(at);
      at += 4;
    }
  }
  const versions: (string | null)[] = [];
  for (const name of ['app_version', 'model_version']) {
    const end = at + 1 + (bytes[at] ?? 0);
    if (at >= bytes.length || end > bytes.length) return cut();
    const version = end === at + 1 ? null : bytes.toString('latin1', at + 1, end);
    if (version !== null && !isVersion(version)) {
      return wrongShape(name, 'is not 1 to 32 letters, digits and _ . + -');
    }
    versions.push(version);
    at = end;
  }
  if (at !== bytes.length) return reject('wrong-length', 'bytes follow the binary message');
  const [appVersion = null, modelVersion = null] = versions;
  const base = { ...head, deviceNs, appVersion, modelVersion };
  return checkSignalRanges(
    kind === 'heartbeat'
      ? { kind, ...base, isSteady: (bits & 1) !== 0, isCharging: (bits & 2) !== 0 }
      : { kind, ...base, values: values as unknown as TriggerValues },
  );
}

function isPossibleNs(ns: bigint): boolean {
  return ns >= FIRST_NS && ns < LAST_NS;
}
