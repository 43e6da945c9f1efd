import { readFileSync, readdirSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePhoneMessage } from '../../../connectors/phones/message.js';
import { lastSampleNs } from '../../../core/tables/phone-table.js';
import { describeWithSamples, samplePath } from '../../support/sample-data.js';

const good = {
  device_id: '012',
  x: [1, 2, 3],
  y: [4, 5, 6],
  z: [7, 8, 9.5],
  device_t: 1518824101.12,
  cloud_t: 1518824100.765,
  sr: 31.25,
};

function parsed(message: object): ReturnType<typeof parsePhoneMessage> {
  return parsePhoneMessage(JSON.stringify(message));
}

describe('parsePhoneMessage', () => {
  it('reads an OpenEEW record: device_t is the last sample', () => {
    const result = parsePhoneMessage(Buffer.from(JSON.stringify(good)));
    if (!result.ok) throw new Error(result.reason);
    const [record] = result.records;
    expect(record?.deviceId).toBe('012');
    // Two sample intervals of 32 ms before 1518824101.12 s.
    expect(record?.firstSampleNs).toBe(1518824101_056000000n);
    expect(record && lastSampleNs(record)).toBe(1518824101_120000000n);
    expect(record?.arrivalNs).toBe(1518824100_765000000n);
    expect([...(record?.z ?? [])]).toEqual([7, 8, 9.5]);
    expect([record?.boot, record?.seq, record?.position]).toEqual([null, null, null]);
  });

  it('reads the optional fields of our own message', () => {
    const result = parsed({
      ...good,
      boot: 7,
      seq: 41,
      latitude: 16.5,
      longitude: -98.25,
      privacy_radius_km: 2,
    });
    if (!result.ok) throw new Error(result.reason);
    expect(result.records[0]).toMatchObject({
      boot: '7',
      seq: 41,
      // Standard deviation along an axis of a uniform disc of radius 2 km: R / 2.
      position: { latitude: 16.5, longitude: -98.25, positionSigmaKm: 1 },
    });
  });

  it('a sequence number without a boot names nothing', () => {
    const result = parsed({ ...good, seq: 41 });
    expect(result.ok && result.records[0]?.seq).toBeNull();
  });

  it.each([
    ['not-json', '{"device_id": "012", "x": [NaN]}'],
    ['not-json', ''],
    ['not-json', '{"device_id"'],
    ['wrong-shape', 'null'],
    ['wrong-shape', '[1,2]'],
    ['wrong-shape', JSON.stringify({ ...good, device_id: '../../etc' })],
    ['wrong-shape', JSON.stringify({ ...good, device_t: '1518824101' })],
    ['wrong-shape', JSON.stringify({ ...good, x: [1, null, 3] })],
    ['wrong-shape', JSON.stringify(good).replace('[1,2,3]', '[1,2,1e999]')],
    ['wrong-shape', JSON.stringify({ ...good, sr: undefined })],
    ['wrong-shape', JSON.stringify({ ...good, boot: 1, seq: -4 })],
    ['wrong-length', JSON.stringify({ ...good, z: [7, 8] })],
    ['wrong-length', JSON.stringify({ ...good, x: [], y: [], z: [] })],
    ['impossible-value', JSON.stringify({ ...good, x: [1, 2e5, 3] })],
    ['impossible-value', JSON.stringify({ ...good, sr: 0 })],
    ['impossible-value', JSON.stringify({ ...good, sr: 1e6 })],
    ['impossible-value', JSON.stringify({ ...good, latitude: 91, longitude: 0 })],
    ['impossible-time', JSON.stringify({ ...good, device_t: 12.5 })],
    ['impossible-time', JSON.stringify({ ...good, device_t: 4.2e9 })],
    ['impossible-time', JSON.stringify({ ...good, device_t: 1518824101120 })],
    ['impossible-time', JSON.stringify({ ...good, cloud_t: 0 })],
    ['wrong-shape', JSON.stringify({ device_id: 'a', traces: [] })],
  ])('refuses as %s: %s', (code, text) => {
    expect(parsePhoneMessage(text)).toMatchObject({ ok: false, code });
  });

  it('never throws, whatever the bytes', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          fc.json(),
          fc
            .tuple(fc.constantFrom(...Object.keys(good), 'traces', 'seq'), fc.jsonValue())
            .map(([key, value]) => JSON.stringify({ ...good, [key]: value })),
        ),
        (payload) => {
          const result = parsePhoneMessage(payload);
          if (!result.ok) expect(result.reason).not.toBe('');
          else for (const r of result.records) expect(r.x.every(Number.isFinite)).toBe(true);
        },
      ),
    );
  });
});

describeWithSamples('real OpenEEW records', ['mems-openeew/2018-02-16'], () => {
  it('reads every record of the archive layout as the file says', () => {
    const folder = samplePath('mems-openeew/2018-02-16/012');
    for (const name of readdirSync(folder)) {
      const lines = gunzipSync(readFileSync(`${folder}/${name}`))
        .toString()
        .trim()
        .split('\n');
      expect(lines.length).toBeGreaterThan(250);
      for (const line of lines) {
        const truth = JSON.parse(line) as typeof good;
        const result = parsePhoneMessage(line);
        if (!result.ok) throw new Error(result.reason);
        const record = result.records[0];
        expect(record && Number(lastSampleNs(record)) / 1e9).toBeCloseTo(truth.device_t, 6);
        expect([...(record?.y ?? [])]).toEqual([...Float32Array.from(truth.y)]);
      }
    }
  });

  it('reads the firmware layout: four traces of 32 samples at 125 Hz a record', () => {
    const folder = samplePath('mems-openeew/firmware-format');
    const lines = readFileSync(`${folder}/${readdirSync(folder)[0] ?? ''}`, 'utf8')
      .trim()
      .split('\n');
    expect(lines).toHaveLength(360);
    for (const line of lines) {
      const result = parsePhoneMessage(line);
      if (!result.ok) throw new Error(result.reason);
      expect(result.records.map((r) => [r.x.length, r.rateHz])).toEqual(
        Array.from({ length: 4 }, () => [32, 125]),
      );
      const last = result.records.at(-1);
      // The manifest of the set: arrival 1.07 to 1.15 s after the last trace time.
      const delay = last ? Number((last.arrivalNs ?? 0n) - lastSampleNs(last)) / 1e9 : 0;
      expect(delay).toBeGreaterThan(1.06);
      expect(delay).toBeLessThan(1.16);
    }
  });
});
