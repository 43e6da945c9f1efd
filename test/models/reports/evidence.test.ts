import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../core/random.js';
import { isoToNs, nsToIso } from '../../../core/time.js';
import type { ReportItem } from '../../../core/waveform.js';
import { findBurst } from '../../../models/reports/burst.js';
import { reportsEvidence } from '../../../models/reports/evidence.js';
import { describeWithSamples, samplePath } from '../../support/sample-data.js';

const post = (timeNs: bigint, i: number): ReportItem => ({
  kind: 'post',
  sourceId: `p${i}`,
  timeNs,
  latitude: null,
  longitude: null,
  radiusKm: null,
  intensity: null,
  felt: 1,
  notFelt: 0,
});

/** Window that starts 10 min before an origin and ends 30 min after it. */
function windowAround(origin: string): { start: string; end: string } {
  const ns = isoToNs(origin);
  return { start: nsToIso(ns - 600_000_000_000n), end: nsToIso(ns + 1_800_000_000_000n) };
}

const burstS = (notes: readonly string[]): number =>
  Number(/burst of posts from (-?\d+) s/.exec(notes.join())?.[1] ?? Number.NaN);

describe('findBurst', () => {
  const random = createRandom(11);
  const quiet = (bins: number, mean: number): number[] =>
    Array.from({ length: bins }, () => random.poisson(mean));

  it('finds the first bin of a burst and the rate before it', () => {
    const counts = [...quiet(360, 0.5), 0, 1, 9, 30, 60, 40];
    const { burst, backgroundHz } = findBurst({ counts, binS: 10 });
    expect(burst?.bin).toBeGreaterThanOrEqual(361);
    expect(burst?.bin).toBeLessThanOrEqual(362);
    expect(backgroundHz).toBeGreaterThan(0.04);
    expect(backgroundHz).toBeLessThan(0.06);
  });

  it('stays silent on Poisson noise of any rate', () => {
    let found = 0;
    for (const mean of [0.001, 0.05, 1, 10]) {
      for (let run = 0; run < 20; run++) {
        if (findBurst({ counts: quiet(600, mean), binS: 10 }).burst) found++;
      }
    }
    expect(found).toBeLessThanOrEqual(1);
  });
});

describe('reportsEvidence', () => {
  it('passes felt cells through and keeps posts apart from them', () => {
    const cell: ReportItem = {
      kind: 'felt-cell',
      sourceId: 'UTM:(10S 056 423 1000)',
      timeNs: null,
      latitude: 38.2,
      longitude: -122.3,
      radiusKm: 0.7,
      intensity: 6.4,
      felt: 20,
      notFelt: 3,
    };
    const window = windowAround('2014-08-24T10:20:44Z');
    const evidence = reportsEvidence({
      items: [cell, { ...post(isoToNs(window.start), 0), latitude: 38.2, longitude: -122.3 }],
      window,
    });
    expect(evidence.cells.length).toBe(1);
    expect(evidence.cells[0]).toMatchObject({ radiusKm: 0.7, felt: 20, notFelt: 3 });
    expect(evidence.cells[0]?.intensity).toBeCloseTo(6.4, 5);
    expect(evidence.posts?.counts.reduce((a, b) => a + b, 0)).toBe(1);
    expect(evidence.posts?.counts.length).toBe(240);
  });

  it('has no posts when there are none', () => {
    const evidence = reportsEvidence({ items: [], window: windowAround('2014-08-24T10:20:44Z') });
    expect(evidence).toEqual({ cells: [], posts: null, notes: [] });
  });
});

const NAPA = 'felt/napa-nc72282711/tweets_derived_no_text_no_ids.csv';

describeWithSamples('posts after real earthquakes', [NAPA, 'felt/crisislex-tweet-times'], () => {
  const times = (file: string): ReportItem[] =>
    readFileSync(samplePath(file), 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map((line, i) => post(isoToNs((line.split(',')[0] as string).trim()), i));

  it('Napa: the burst begins within two minutes of the origin', () => {
    const window = windowAround('2014-08-24T10:20:44Z');
    const { notes, posts } = reportsEvidence({ items: times(NAPA), window });
    const afterOriginS = burstS(notes) - 600;
    expect(afterOriginS).toBeGreaterThanOrEqual(0);
    expect(afterOriginS).toBeLessThanOrEqual(120);
    expect((posts?.backgroundHz ?? 1) * 3600).toBeLessThan(2);
  });

  // Onsets measured; Bohol is slow because the sample holds 59 posts of its first hour.
  it.each([
    { file: '2012_Costa_Rica_earthquake', origin: '2012-09-05T14:42:08Z', atMostS: 240 },
    { file: '2012_Guatemala_earthquake', origin: '2012-11-07T16:35:46Z', atMostS: 180 },
    { file: '2012_Italy_earthquakes', origin: '2012-05-20T02:03:52Z', atMostS: 180 },
    { file: '2013_Bohol_earthquake', origin: '2013-10-15T00:12:32Z', atMostS: 1200 },
  ])('$file: a burst is found after the origin', ({ file, origin, atMostS }) => {
    const items = times(`felt/crisislex-tweet-times/${file}_timestamps.csv`);
    const { notes } = reportsEvidence({ items, window: windowAround(origin) });
    const afterOriginS = burstS(notes) - 600;
    expect(afterOriginS).toBeGreaterThanOrEqual(0);
    expect(afterOriginS).toBeLessThanOrEqual(atMostS);
  });
});
