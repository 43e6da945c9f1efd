import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readDevices } from '../../../connectors/phones/devices.js';
import { readRecords } from '../../../connectors/phones/openeew.js';
import { phoneWaveforms } from '../../../connectors/phones/to-waveforms.js';
import type { PhoneRecord } from '../../../core/tables/phone-table.js';
import { NS_PER_S, isoToNs } from '../../../core/time.js';
import { describeWithSamples, samplePath } from '../../support/sample-data.js';
import { START_S, syntheticRecords } from './synthetic-records.js';

const iso = (s: number): string => new Date(s * 1000).toISOString();
const wide = { start: iso(START_S - 100), end: iso(START_S + 1000) };
const ofX = (records: readonly PhoneRecord[], window = wide) =>
  phoneWaveforms({ records, window }).segments.filter((s) => s.component === 'x');
/** A repeatable jitter of some milliseconds, s. */
const jitter = (i: number): number => 0.008 * Math.sin(i * 12.9898);

describe('phoneWaveforms', () => {
  it('joins records whose stamps jitter, at the rate they really keep', () => {
    // True rate 30 Hz although 31.25 is declared.
    const lastS = (i: number): number => START_S + ((i + 1) * 32 - 1) / 30 + jitter(i);
    const [run, ...more] = ofX(syntheticRecords({ count: 100, lastS }));
    expect(more).toEqual([]);
    expect(run?.rateHz).toBeCloseTo(30, 2);
    expect(run?.samples).toEqual(Float32Array.from({ length: 3200 }, (_, i) => i));
    const startS = Number((run?.startNs ?? 0n) - BigInt(START_S) * NS_PER_S) / 1e9;
    expect(Math.abs(startS)).toBeLessThan(0.005);
    expect(run?.quality).toContain('31.25 Hz declared');
  });

  it('ends a run at a gap, and starts the next where its records say', () => {
    const lastS = (i: number): number => START_S + (i + 1) * 1.024 + (i >= 10 ? 0.5 : 0);
    const runs = ofX(syntheticRecords({ count: 20, lastS }));
    expect(runs.map((r) => r.samples.length)).toEqual([320, 320]);
    const [a, b] = runs.map((r) => Number(r.startNs - BigInt(START_S) * NS_PER_S) / 1e9);
    expect((b ?? 0) - (a ?? 0)).toBeCloseTo(320 * 0.032 + 0.5, 6);
  });

  it('gives x, y and z of each run in gal', () => {
    const { segments } = phoneWaveforms({ records: syntheticRecords({ count: 2 }), window: wide });
    expect(segments.map((s) => [s.component, s.samples[5], s.units])).toEqual([
      ['x', 5, 'gal'],
      ['y', 10, 'gal'],
      ['z', -4, 'gal'],
    ]);
  });

  it('cuts exactly to the window: neighbouring windows share no sample and lose none', () => {
    const records = syntheticRecords({ count: 60 });
    const middle = iso(START_S + 30);
    const [first] = ofX(records, { start: wide.start, end: middle });
    const [second] = ofX(records, { start: middle, end: wide.end });
    const both = [...(first?.samples ?? []), ...(second?.samples ?? [])];
    expect(both).toEqual(Array.from({ length: 60 * 32 }, (_, i) => i));
    expect((second?.startNs ?? 0n) >= isoToNs(middle)).toBe(true);
  });

  it('takes the position of the list, and names a device that has none', () => {
    const records = [
      ...syntheticRecords({ deviceId: 'listed' }).map((r) => ({ ...r, position: null })),
      ...syntheticRecords({ deviceId: 'lost' }).map((r) => ({ ...r, position: null })),
    ];
    const here = { latitude: 1, longitude: 2, elevationM: 30, positionSigmaKm: 0.3 };
    const { segments, notes } = phoneWaveforms({
      records,
      window: wide,
      devices: new Map([['listed', here]]),
    });
    expect(segments).toHaveLength(3);
    expect(segments[0]).toMatchObject({ sensorId: 'listed', ...here });
    expect(notes).toEqual(['device lost: 20 records without a position left out']);
  });

  it('says when a device moved', () => {
    const records = syntheticRecords().map((r, i) => ({
      ...r,
      position: { latitude: 16 + i * 0.01, longitude: -98, positionSigmaKm: 0.1 },
    }));
    expect(ofX(records)[0]?.quality).toBe('moved by 21.1 km');
  });

  it('depends neither on the order nor on the repetition of the records', () => {
    const base = [
      ...syntheticRecords({ deviceId: 'a', lastS: (i) => START_S + i * 1.0645 + jitter(i) }),
      ...syntheticRecords({ deviceId: 'b', numbered: true }),
      ...syntheticRecords({
        deviceId: 'c',
        lastS: (i) => START_S - 400 + i * 1.024 + (i > 9 ? 3 : 0),
        arrivalS: (i) => START_S + i * 1.024,
      }),
    ];
    const truth = phoneWaveforms({ records: base, window: wide });
    expect(truth.segments.length).toBeGreaterThan(9);
    const later = (r: PhoneRecord, s: number): PhoneRecord => ({
      ...r,
      arrivalNs: r.arrivalNs === null ? null : r.arrivalNs + BigInt(s) * NS_PER_S,
    });
    const indices = fc.nat({ max: base.length - 1 });
    fc.assert(
      fc.property(
        fc.shuffledSubarray(base, { minLength: base.length }),
        fc.array(fc.tuple(indices, fc.nat({ max: 30 }), indices)),
        (shuffled, repeats) => {
          const records = [...shuffled];
          // A repetition arrives later than the first copy, anywhere in the list.
          for (const [of, delayS, at] of repeats) {
            records.splice(at, 0, later(base[of] as PhoneRecord, delayS));
          }
          expect(phoneWaveforms({ records, window: wide })).toEqual(truth);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('does not depend on records far outside the window', () => {
    const records = syntheticRecords({ count: 900, lastS: (i) => START_S + i * 1.03 + jitter(i) });
    const window = { start: iso(START_S + 300), end: iso(START_S + 500) };
    const near = records.filter((_, i) => i * 1.03 > 235 && i * 1.03 < 565);
    expect(phoneWaveforms({ records: near, window })).toEqual(phoneWaveforms({ records, window }));
  });

  it('gives nothing for nothing', () => {
    expect(phoneWaveforms({ records: [], window: wide })).toEqual({ segments: [], notes: [] });
  });
});

describeWithSamples('real events', ['mems-openeew/events.json'], () => {
  interface Events {
    readonly events: readonly { readonly id: string; readonly originTime: string }[];
  }

  it.each(['2017-12-16', '2018-01-08', '2018-02-16', '2020-01-24'])(
    '%s: nearly every device is one gap-free run over the window, slow clocks too',
    async (event) => {
      const { events } = JSON.parse(
        readFileSync(samplePath('mems-openeew/events.json'), 'utf8'),
      ) as Events;
      const origin = Date.parse(events.find((e) => e.id === event)?.originTime ?? '') / 1000;
      const folder = samplePath(`mems-openeew/${event}`);
      const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
      const files = names.filter((n) => n.endsWith('.gz'));
      const read = await Promise.all(files.map((n) => readRecords(path.join(folder, n))));
      const devices = await readDevices(samplePath('mems-openeew/device_locations.json'));
      const window = { start: iso(origin - 60), end: iso(origin + 60) };
      const { segments } = phoneWaveforms({
        records: read.flatMap((r) => r.records),
        window,
        devices,
      });
      const runs = segments.filter((s) => s.component === 'x');
      const ids = new Set(runs.map((s) => s.sensorId));
      expect(ids.size).toBe(readdirSync(folder).length);
      // 2020-01-24 has two devices that lost records.
      expect(runs.length - ids.size).toBeLessThanOrEqual(event === '2020-01-24' ? 3 : 0);
      const coveredS = runs.reduce((sum, s) => sum + s.samples.length / s.rateHz, 0);
      expect(coveredS / ids.size).toBeGreaterThan(119);
      expect(runs.every((s) => s.rateHz > 30 && s.rateHz < 31.5)).toBe(true);
    },
  );
});
