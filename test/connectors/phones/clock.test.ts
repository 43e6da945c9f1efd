import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { median, repairClocks } from '../../../connectors/phones/clock.js';
import { readRecords } from '../../../connectors/phones/openeew.js';
import { lastSampleNs, type PhoneRecord } from '../../../core/tables/phone-table.js';
import { describeWithSamples, samplePath } from '../../support/sample-data.js';
import { START_S, syntheticRecords } from './synthetic-records.js';

async function eventRecords(event: string): Promise<PhoneRecord[]> {
  const folder = samplePath(`mems-openeew/${event}`);
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const files = names.filter((name) => name.endsWith('.gz')).sort();
  const all = await Promise.all(files.map((name) => readRecords(path.join(folder, name))));
  return all.flatMap((r) => r.records);
}

const lastS = (i: number): number => START_S + i * 1.024;

describe('repairClocks', () => {
  it('sets a slow clock right by the median, less the delay the others have', () => {
    const records = [
      ...['a', 'b', 'c'].flatMap((deviceId) =>
        syntheticRecords({ deviceId, lastS, arrivalS: (i) => lastS(i) + 0.3 }),
      ),
      // One late record does not move a median.
      ...syntheticRecords({
        deviceId: 'slow',
        lastS: (i) => lastS(i) - 100,
        arrivalS: (i) => lastS(i) + (i === 4 ? 55 : 0.3),
      }),
    ];
    const { records: repaired, clocks } = repairClocks({ records });
    expect(clocks.find((c) => c.deviceId === 'slow')?.remark).toBe('clock +100.0 s repaired');
    const slow = repaired.filter((r) => r.deviceId === 'slow');
    slow.forEach((r, i) => expect(Number(lastSampleNs(r)) / 1e9).toBeCloseTo(lastS(i), 5));
    const others = repaired.filter((r) => r.deviceId !== 'slow');
    expect(others).toEqual(records.filter((r) => r.deviceId !== 'slow'));
  });

  it('leaves an offset below 2 s and records without arrival as they are', () => {
    const near = syntheticRecords({ deviceId: 'near', lastS, arrivalS: (i) => lastS(i) - 1.9 });
    const unknown = syntheticRecords({ deviceId: 'unknown', arrivalS: () => null });
    const mixed = syntheticRecords({ deviceId: 'mixed' }).map((r, i) =>
      i % 2 === 0 ? { ...r, arrivalNs: null } : { ...r, arrivalNs: lastSampleNs(r) + 50n ** 9n },
    );
    const { records, clocks } = repairClocks({ records: [...near, ...unknown, ...mixed] });
    expect(records.slice(0, 40)).toEqual([...near, ...unknown]);
    expect(clocks.find((c) => c.deviceId === 'unknown')?.offsetS).toBeNull();
    records.slice(40).forEach((r, i) => {
      expect(r.firstSampleNs === mixed[i]?.firstSampleNs).toBe(i % 2 === 0);
    });
  });

  it('tells drift from a jump, and neither from late arrivals', () => {
    const remark = (arrivalS: (i: number) => number): string | undefined =>
      repairClocks({ records: syntheticRecords({ count: 160, lastS, arrivalS }) }).clocks[0]
        ?.remark;
    expect(remark((i) => lastS(i) + 0.2 + 0.008 * i)).toBe('clock drifts by 1.2 s');
    expect(remark((i) => lastS(i) + (i < 80 ? 0.2 : 1.7))).toBe('clock jumps by 1.5 s');
    expect(remark((i) => lastS(i) + 0.2 + (i % 7) * 0.25)).toBe('');
  });

  it('takes offsets from what arrives near the window', () => {
    const stepped = syntheticRecords({
      count: 1000,
      lastS,
      arrivalS: (i) => lastS(i) + (i < 600 ? -500 : 0.2),
    });
    const iso = (s: number): string => new Date(s * 1000).toISOString();
    const window = { start: iso(START_S + 850), end: iso(START_S + 950) };
    expect(repairClocks({ records: stepped, window }).clocks[0]?.correctionS).toBe(0);
    expect(repairClocks({ records: stepped }).clocks[0]?.correctionS).toBeCloseTo(-500, 3);
  });
});

describe('median', () => {
  it('is the middle, or the mean of the two middle ones', () => {
    expect([median([3, 1, 2]), median([4, 1, 2, 3]), median([])]).toEqual([2, 2.5, null]);
  });
});

describeWithSamples('real clock faults', ['mems-openeew/2018-02-16'], () => {
  it.each([
    ['2018-02-16', { '012': 1816.4, '015': 1948.2 }],
    ['2018-01-08', { '018': 3258.2 }],
    ['2017-12-16', {}],
    ['2020-01-30', {}],
  ])('finds the faulty devices of %s and no others', async (event, faults) => {
    const records = await eventRecords(event);
    const { records: repaired, clocks } = repairClocks({ records });
    const wrong = clocks.filter((c) => c.correctionS !== 0);
    expect(wrong.map((c) => c.deviceId)).toEqual(Object.keys(faults));
    Object.values(faults).forEach((seconds, i) => {
      expect(Math.abs((wrong[i]?.correctionS ?? 0) - seconds)).toBeLessThan(0.5);
    });
    const offsets = repairClocks({ records: repaired }).clocks.map((c) => c.offsetS ?? 99);
    expect(Math.max(...offsets.map(Math.abs))).toBeLessThan(2);
  });
});
