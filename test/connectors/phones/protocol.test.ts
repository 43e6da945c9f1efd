import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  encodeCounts,
  encodeWaveform,
  type MessageHead,
} from '../../../connectors/phones/binary-form.js';
import { readPhoneMessage } from '../../../connectors/phones/read-message.js';
import { binaryTrace, checkPhoneMessage } from '../../../connectors/phones/message.js';
import { createMessageScanner } from '../../../connectors/phones/scan-message.js';
import {
  TRIGGER_FIELDS,
  checkSignal,
  encodeSignal,
  type PhoneSignal,
} from '../../../connectors/phones/signal-message.js';

const NS = 1_000_000_000n;
const timeNs = fc
  .integer({ min: 946_684_800, max: 4_102_444_799 })
  .chain((s) => fc.nat({ max: 999_999_999 }).map((ns) => BigInt(s) * NS + BigInt(ns)));
const deviceId = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$/);
const head: fc.Arbitrary<MessageHead> = fc
  .record({
    deviceId,
    name: fc.option(
      fc.record({ boot: fc.stringMatching(/^[ -~é€]{1,64}$/), seq: fc.maxSafeNat() }),
    ),
    arrivalNs: fc.option(timeNs),
    position: fc.option(
      fc.record({
        latitude: fc.double({ min: -90, max: 90, noNaN: true }),
        longitude: fc.double({ min: -180, max: 180, noNaN: true }),
        privacyRadiusKm: fc.double({ min: 0, max: 100, noNaN: true }),
      }),
    ),
  })
  .map(({ name, ...rest }) => ({ ...rest, boot: name?.boot ?? null, seq: name?.seq ?? null }));
const gal = fc.float({ min: -100_000, max: 100_000, noNaN: true });
const samples = fc.integer({ min: 2, max: 70 }).chain((n) => {
  const list = fc.array(gal, { minLength: n, maxLength: n }).map((v) => Float32Array.from(v));
  return fc.record({ x: list, y: list, z: list });
});
const trace = fc
  .record({ lastNs: timeNs, rateHz: fc.double({ min: 1, max: 1000, noNaN: true }), xyz: samples })
  .map(({ xyz, ...rest }) => ({ ...rest, ...xyz }));
const version = fc.option(fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_.+-]{0,31}$/));
const signal: fc.Arbitrary<PhoneSignal> = fc
  .record({ head, deviceNs: timeNs, appVersion: version, modelVersion: version })
  .chain(({ head: of, ...rest }) => {
    const values = fc.record(
      Object.fromEntries(
        TRIGGER_FIELDS.map(([, name, max]) => [
          name,
          fc.option(fc.float({ min: 0, max, noNaN: true })),
        ]),
      ),
    );
    return fc.oneof(
      fc
        .record({ isSteady: fc.boolean(), isCharging: fc.boolean() })
        .map((state) => ({ kind: 'heartbeat' as const, ...of, ...rest, ...state })),
      values.map((v) => ({ kind: 'trigger' as const, ...of, ...rest, values: v as never })),
    );
  });

describe('the binary form', () => {
  it('gives waveforms back bit for bit', () => {
    fc.assert(
      fc.property(head, fc.array(trace, { minLength: 1, maxLength: 4 }), (of, traces) => {
        const read = readPhoneMessage(encodeWaveform(of, traces), 'waveform');
        if (!read.ok) throw new Error(read.reason);
        expect(read.head).toEqual(of);
        expect(read.traces).toEqual(traces);
      }),
    );
  });

  it('gives counts back as count times scale in float32', () => {
    const counts = (...v: number[]) => Int16Array.from(v);
    const of = { deviceId: 'd', boot: 'b', seq: 2 ** 40 + 3, arrivalNs: null, position: null };
    const bytes = encodeCounts(of, {
      lastNs: 1_700_000_000n * NS,
      rateHz: 25,
      scaleGal: 0.0598,
      x: counts(-32768, 0, 32767),
      y: counts(1, 2, 3),
      z: counts(-1, -2, -3),
    });
    const read = readPhoneMessage(bytes, 'waveform');
    if (!read.ok) throw new Error(read.reason);
    const scale = Math.fround(0.0598);
    expect(read.traces[0]?.x).toEqual(Float32Array.of(-32768 * scale, 0, 32767 * scale));
    expect(read.traces[0]?.z).toEqual(Float32Array.of(-scale, -2 * scale, -3 * scale));
    expect([read.head.seq, bytes.length]).toEqual([2 ** 40 + 3, 58]);
  });

  it('gives heartbeats and triggers back', () => {
    fc.assert(
      fc.property(signal, (sent) => {
        const read = readPhoneMessage(encodeSignal(sent), sent.kind);
        if (!read.ok) throw new Error(read.reason);
        expect(read.signal).toEqual(sent);
      }),
    );
  });

  it('is these bytes', () => {
    const bytes = encodeSignal({
      kind: 'heartbeat',
      deviceId: 'ab',
      boot: 'z',
      seq: 258,
      arrivalNs: null,
      position: null,
      deviceNs: 1_000_000_000n * NS,
      isSteady: true,
      isCharging: false,
      appVersion: '1.2',
      modelVersion: null,
    });
    const parts = ['51010201', '026162', '017a', '0201000000000000', '000064a7b3b6e00d'];
    expect(bytes.toString('hex')).toBe([...parts, '01', '03312e32', '00'].join(''));
  });

  it('refuses what it cannot read, and never throws', () => {
    const whole = encodeWaveform(
      { deviceId: 'dev', boot: 'b1', seq: 1, arrivalNs: null, position: null },
      [{ lastNs: 1_700_000_000n * NS, rateHz: 25, ...xyz(5) }],
    );
    for (let end = 0; end < whole.length; end++) {
      expect(readPhoneMessage(whole.subarray(0, end), 'waveform').ok).toBe(false);
    }
    expect(readPhoneMessage(Buffer.concat([whole, Buffer.of(0)]), 'waveform').ok).toBe(false);
    expect(readPhoneMessage(whole, 'trigger')).toMatchObject({
      reason: expect.stringContaining('topic'),
    });
    fc.assert(
      fc.property(
        fc.nat({ max: whole.length - 1 }),
        fc.nat({ max: 255 }),
        fc.constantFrom('waveform' as const, 'heartbeat' as const, 'trigger' as const),
        (at, byte, kind) => {
          const bytes = Buffer.from(whole);
          bytes[at] = byte;
          if (kind !== 'waveform') bytes[2] = kind === 'heartbeat' ? 2 : 3;
          const read = readPhoneMessage(bytes, kind);
          if (!read.ok) expect(read.reason).not.toBe('');
          for (const { x } of read.ok ? read.traces : [])
            expect(x.every(Number.isFinite)).toBe(true);
        },
      ),
      { numRuns: 2000 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
        for (const kind of ['waveform', 'heartbeat', 'trigger'] as const) {
          expect(readPhoneMessage(Buffer.from([0x51, 1, ...noise]), kind)).toHaveProperty('ok');
        }
      }),
    );
  });
});

function xyz(n: number): { x: Float32Array; y: Float32Array; z: Float32Array } {
  const list = (k: number): Float32Array => Float32Array.from({ length: n }, (_, i) => i * k);
  return { x: list(1), y: list(-2), z: list(0.5) };
}

describe('the quick reader of JSON', () => {
  const scan = createMessageScanner();
  const slow = (text: Buffer): Buffer | null => {
    const checked = checkPhoneMessage(text);
    if (!checked.ok) return null;
    return encodeWaveform(checked, checked.traces.map(binaryTrace));
  };
  const number = fc.oneof(
    {
      weight: 8,
      arbitrary: fc.double({ min: -1e5, max: 1e5, noNaN: true }).map((v) => v.toFixed(6)),
    },
    { weight: 1, arbitrary: fc.double({ min: -1e5, max: 1e5, noNaN: true }).map(String) },
    fc.integer({ min: -1e5, max: 1e5 }).map(String),
    fc
      .tuple(fc.integer({ min: -999, max: 999 }), fc.nat({ max: 9_999_999 }))
      .map(([a, b]) => `${a}.${b}`),
    fc.tuple(fc.nat({ max: 99 }), fc.stringMatching(/^[0-9]{1,25}$/)).map(([a, b]) => `${a}.${b}`),
  );
  const mostly = <T>(usual: T, ...odd: T[]) =>
    fc.oneof(
      { weight: 12, arbitrary: fc.constant(usual) },
      { weight: 1, arbitrary: fc.constantFrom(...odd) },
    );
  const list = fc.array(number, { minLength: 4, maxLength: 4 }).map((v) => `[${v.join(', ')}]`);
  const message = fc
    .record({
      device_id: mostly('"dev"', '"a:b"', '"-x"', '"\\u0041"', '7'),
      device_t: mostly('1700000000.25', '1518824379.488', '1.7e9', '0', '5000000000'),
      sr: mostly('31.25', '125', '0.5', '"31"'),
      x: list,
      y: list,
      z: list,
      boot: mostly<string | undefined>('"b1"', undefined, '17', 'null', '"é"', '""'),
      seq: mostly<string | undefined>('0', undefined, '9007199254740991', '-1', '1.5', 'null'),
      latitude: mostly<string | undefined>(undefined, '16.84', '91', 'null'),
      longitude: mostly<string | undefined>(undefined, '-99.9'),
      privacy_radius_km: mostly<string | undefined>(undefined, '1', '-1', '1000'),
      cloud_t: mostly<string | undefined>(undefined, '1700000001', '1'),
      other: mostly<string | undefined>(undefined, '{"a": [1]}', 'true'),
    })
    .map((fields) =>
      Buffer.from(
        `{ ${Object.entries(fields)
          .filter(([, value]) => value !== undefined)
          .map(([name, value]) => `"${name}": ${value}`)
          .join(' ,\n')} }`,
      ),
    );

  it('makes the same bytes as the careful one, or leaves the message to it', () => {
    let quick = 0;
    fc.assert(
      fc.property(message, (text) => {
        const read = scan(text);
        if (!read) return;
        quick++;
        expect(read.bytes.subarray(0, read.length)).toEqual(slow(text));
      }),
      { numRuns: 3000 },
    );
    expect(quick).toBeGreaterThan(20);
  });

  it('takes the usual message', () => {
    const text = Buffer.from(
      JSON.stringify({
        device_id: 'phone-1',
        boot: 'a1',
        seq: 17,
        device_t: 1518824379.5,
        sr: 31.25,
        x: [0.1, 0.16099999999999998, -3],
        y: [1, 2, 3],
        z: [0, -0, 99_999.9],
      }),
    );
    const read = scan(text);
    expect(read?.bytes.subarray(0, read.length)).toEqual(slow(text));
    expect(read).toMatchObject({ seq: 17, lastS: 1518824379.5, arrivalS: Number.NaN });
  });

  it('takes no damaged message that the careful one refuses', () => {
    const text = Buffer.from(
      '{"device_id":"dev","boot":"b","seq":3,"device_t":1700000000.25,"sr":25,' +
        '"x":[0.5,1.25,-2],"y":[3,4.75,5],"z":[6,7,8.125]}',
    );
    expect(scan(text)).not.toBeNull();
    for (let at = 0; at < text.length; at++) {
      for (const byte of [0, 32, 34, 44, 45, 46, 48, 57, 91, 93, 101, 123, 125, 200]) {
        const damaged = Buffer.from(text);
        damaged[at] = byte;
        const read = scan(damaged);
        if (read) expect(read.bytes.subarray(0, read.length)).toEqual(slow(damaged));
      }
      expect(scan(text.subarray(0, at))).toBeNull();
    }
  });
});

describe('checkSignal', () => {
  const heartbeat = { device_id: 'd', device_t: 1_700_000_000, steady: true };

  it('reads a heartbeat and a trigger', () => {
    expect(
      checkSignal(JSON.stringify({ ...heartbeat, app_version: '2.1' }), 'heartbeat'),
    ).toMatchObject({
      kind: 'heartbeat',
      isSteady: true,
      isCharging: false,
      appVersion: '2.1',
      deviceNs: 1_700_000_000n * NS,
    });
    const trigger = { device_id: 'd', device_t: 1_700_000_000.5, peak_gal: 12.5, probability: 0.9 };
    expect(checkSignal(JSON.stringify(trigger), 'trigger')).toMatchObject({
      kind: 'trigger',
      values: { peakGal: 12.5, probability: 0.9, iqrG: null },
    });
  });

  it.each([
    ['no json', 'the message is not JSON'],
    ['[]', 'the message is not an object'],
    ['{}', 'field device_id is not 1 to 64 letters, digits and _ . : -'],
    [JSON.stringify({ ...heartbeat, steady: 1 }), 'field steady is neither true nor false'],
    [
      JSON.stringify({ ...heartbeat, device_t: 1 }),
      'device time is outside 2000 to 2100: clock never set',
    ],
    [
      JSON.stringify({ ...heartbeat, device_t: 4_102_444_800 }),
      'device time is outside 2000 to 2100: clock never set',
    ],
    [
      JSON.stringify({ ...heartbeat, latitude: 91, longitude: 0 }),
      'latitude, longitude or privacy radius cannot be',
    ],
    [
      JSON.stringify({ ...heartbeat, app_version: 'a b' }),
      'field app_version is not 1 to 32 letters, digits and _ . + -',
    ],
  ])('refuses %s', (text, reason) => {
    expect(checkSignal(text, 'heartbeat')).toMatchObject({ ok: false, reason });
  });

  it('refuses trigger values that cannot be', () => {
    const of = (values: object) =>
      checkSignal(JSON.stringify({ ...heartbeat, ...values }), 'trigger');
    expect(of({ peak_gal: -1 })).toMatchObject({ reason: 'peak_gal is outside 0 to 100000' });
    expect(of({ probability: 1.1 })).toMatchObject({ reason: 'probability is outside 0 to 1' });
    expect(of({ cav_gs: 'x' })).toMatchObject({ reason: 'field cav_gs is not a number' });
  });
});
