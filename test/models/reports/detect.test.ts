import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createPostCounter, type CountablePost } from '../../../models/reports/count/counter.js';
import { createPostDetector } from '../../../models/reports/detect/detector.js';
import { burstRatio } from '../../../models/reports/detect/rate-channel.js';
import { scoreYear } from '../../../models/reports/detect/score-year.js';
import { simulateYear } from '../../../models/reports/detect/simulate-year.js';
import { tedDeclarations } from '../../../models/reports/detect/ted.js';
import { textNetwork } from '../../../models/reports/text/load.js';
import { describeWithSamples, samplePath } from '../../support/sample-data.js';

const post = (
  timeS: number,
  language = 'en',
  author: number | null = null,
  wording: number | null = null,
) => ({
  timeS,
  language,
  authorHash: author,
  wordingHash: wording,
});

function declarationsOf(times: readonly number[]): number[] {
  const detector = createPostDetector({ startS: times[0] ?? 0 });
  return times.flatMap((t) => detector.add(post(t))?.declaredS ?? []);
}

function quietHours(hours: number): number[] {
  return Array.from({ length: hours * 6 }, (_, i) => i * 600 + ((i * 7919) % 400));
}

describe('rate test', () => {
  it('burst ratio is 0 at the mean and grows with the count', () => {
    const at = (count: number): number =>
      burstRatio({ count, mean: 5, shape: 100, dispersion: 1.5 });
    expect(at(5)).toBe(0);
    expect(at(40)).toBeGreaterThan(at(20));
    // A Poisson law: ln(P(n|n) / P(n|mean)) = n ln(n / mean) - n + mean.
    expect(burstRatio({ count: 12, mean: 3, shape: 1e9, dispersion: 1 + 1e-9 })).toBeCloseTo(
      12 * Math.log(4) - 9,
      4,
    );
  });

  it('declares a burst, but not one author, one wording or a rise over an hour', () => {
    const quiet = quietHours(24);
    const start = 24 * 3600 + 100;
    const burst = Array.from({ length: 20 }, (_, i) => start + 2 * i);
    expect(declarationsOf([...quiet, ...burst])).toHaveLength(1);
    for (const [author, wording] of [
      [1, null],
      [null, 1],
    ] as const) {
      const detector = createPostDetector({ startS: 0 });
      for (const t of quiet) detector.add(post(t));
      expect(burst.map((t) => detector.add(post(t, 'en', author, wording)))).toEqual(
        burst.map(() => null),
      );
    }
    const rise = Array.from({ length: 60 }, (_, i) => start + 3600 * Math.sqrt(i / 60));
    expect(declarationsOf([...quiet, ...rise])).toHaveLength(0);
  });

  it('people use the same words: many wordings count on, copies of a few do not', () => {
    const burst = (wordings: number): number => {
      const detector = createPostDetector({ startS: 0 });
      for (const t of quietHours(24)) detector.add(post(t));
      for (let i = 0; i < 60; i++) detector.add(post(86_400 + i, 'en', i, i % wordings));
      return detector.repeated();
    };
    // The first four of a wording that comes again wait for the others; those after them count.
    expect([1, 2, 4].map(burst)).toEqual([59, 58, 56]);
    expect(burst(6)).toBe(9 * 4);
    expect(burst(60)).toBe(0);
  });

  it('two languages at once are each declared; an outage is not silence', () => {
    const detector = createPostDetector({ startS: 0 });
    for (const t of quietHours(24)) {
      detector.add(post(t, 'en'));
      detector.add(post(t, 'id'));
    }
    const found = Array.from({ length: 40 }, (_, i) =>
      detector.add(post(90_000 + i, i % 2 === 0 ? 'en' : 'id')),
    ).flatMap((d) => (d === null ? [] : [d.stream]));
    expect(found).toEqual(expect.arrayContaining(['en', 'id']));

    // 20 posts an hour; the feed is down for six hours; the usual posts after it are no burst.
    const busy = Array.from({ length: 400 }, (_, i) => i * 180 + ((i * 37) % 90)).filter(
      (t) => t < 40_000 || t > 61_600,
    );
    const down = createPostDetector({
      startS: 0,
      up: (a, b) => Math.max(0, b - a) - Math.max(0, Math.min(b, 61_600) - Math.max(a, 40_000)),
    });
    expect(busy.flatMap((t) => down.add(post(t)) ?? [])).toEqual([]);
  });

  it('a deleted post no longer counts', () => {
    const detector = createPostDetector({ startS: 0 });
    for (const t of quietHours(24)) detector.add(post(t));
    for (let i = 0; i < 40; i++) {
      expect(detector.add(post(90_000 + i))).toBeNull();
      detector.remove({ timeS: 90_000 + i, language: 'en' });
    }
  });

  it('posts that come late are no burst of now', () => {
    const detector = createPostDetector({ startS: 0 });
    for (const t of quietHours(24)) detector.add(post(t));
    detector.add(post(90_000));
    const counted = detector.counted();
    // A feed that was down catches up: 200 posts of the last hours in a second.
    for (let i = 0; i < 200; i++) expect(detector.add(post(89_600 - 20 * i))).toBeNull();
    expect(detector.counted()).toBe(counted);
    const burst = Array.from({ length: 30 }, (_, i) => detector.add(post(90_010 + i)));
    expect(burst.some((declared) => declared !== null)).toBe(true);
  });

  it('a simulated month: nearly all quakes declared, fewer false ones than TED', () => {
    const year = simulateYear({ seed: 5, days: 60 });
    const detector = createPostDetector({ startS: year.startS, up: year.up });
    const ours = scoreYear(
      year,
      year.posts.flatMap((p) => detector.add(p)?.declaredS ?? []),
    );
    const ted = scoreYear(year, tedDeclarations(year.posts.map(({ timeS }) => timeS)));
    expect(ours.quakes).toBeGreaterThan(10);
    expect(ours.recall).toBeGreaterThanOrEqual(0.9);
    expect(ours.falseDeclarations).toBeLessThanOrEqual(ted.falseDeclarations);
  });
});

describeWithSamples('posts of real earthquakes', ['felt/crisislex-tweet-times/LICENSE'], () => {
  const timesOf = (file: string): number[] =>
    readFileSync(samplePath(`felt/${file}`), 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => Date.parse((line.split(',')[0] as string).trim()) / 1000)
      .sort((a, b) => a - b);

  it.each([
    ['2012_Costa_Rica_earthquake', '2012-09-05T14:42:08Z'],
    ['2012_Guatemala_earthquake', '2012-11-07T16:35:46Z'],
    ['2012_Italy_earthquakes', '2012-05-20T02:03:52Z'],
    ['2013_Bohol_earthquake', '2013-10-15T00:12:32Z'],
  ])('%s is declared after its origin and never before', (name, origin) => {
    const declared = declarationsOf(timesOf(`crisislex-tweet-times/${name}_timestamps.csv`));
    const first = (declared[0] ?? 0) - Date.parse(origin) / 1000;
    expect(first).toBeGreaterThan(0);
    expect(first).toBeLessThan(1800);
  });

  it('South Napa within 45 s, nothing before', () => {
    const declared = declarationsOf(timesOf('napa-nc72282711/tweets_derived_no_text_no_ids.csv'));
    const first = (declared[0] ?? 0) - Date.parse('2014-08-24T10:20:44Z') / 1000;
    expect(first).toBeGreaterThan(0);
    expect(first).toBeLessThanOrEqual(45);
  });
});

describe('counts of posts', () => {
  const countable = (id: string, text: string): CountablePost => ({
    id,
    author: `author-${id}`,
    timeS: 600,
    text,
    place: { latitude: 38.3, longitude: -122.3 },
    isRepeat: false,
    isBot: false,
  });
  const felt = 'whoa earthquake, my house is shaking';

  it('each post once, deletions reach their count, a restart changes nothing', () => {
    const counter = createPostCounter({ network: textNetwork(), salt: 'salt' });
    expect(counter.add(countable('1', felt))).toMatchObject({
      cell: '38.0,-122.5',
      language: 'en',
    });
    counter.add(countable('2', felt));
    expect(counter.add(countable('1', felt))).toBeNull();
    expect(counter.add(countable('3', 'earthquake documentary tonight'))).toBeNull();
    const state = counter.state();
    expect(state.counts).toEqual([['38.0,-122.5|10|en', 2]]);
    const again = createPostCounter({ network: textNetwork(), salt: 'salt', state });
    expect(again.add(countable('2', felt))).toBeNull();
    expect(again.remove('2')).toEqual({ timeS: 600, language: 'en' });
    expect(again.remove('2')).toBeNull();
    expect(again.state().counts).toEqual([['38.0,-122.5|10|en', 1]]);
    expect(JSON.stringify(state)).not.toMatch(/author-|whoa|house/);
  });
});

describe('one author who writes thousands', () => {
  it('counts five times in ten minutes, the rest by their reason', () => {
    const counter = createPostCounter({ network: textNetwork(), salt: 'salt' });
    const add = (id: number, timeS: number, author: string): boolean =>
      counter.add({
        ...{ id: String(id), author, timeS, isRepeat: false, isBot: false },
        text: `whoa earthquake, my house is shaking ${id}`,
        place: { latitude: 38.3, longitude: -122.3 },
      }) !== null;
    for (let i = 0; i < 3000; i++) expect(add(i, 600 + i / 100, 'flood')).toBe(i < 5);
    expect(add(4000, 640, 'other')).toBe(true);
    expect(add(4001, 640, '')).toBe(true);
    expect(add(4002, 1300, 'flood')).toBe(true);
    const { counts, left } = counter.state();
    expect(counts.reduce((sum, [, n]) => sum + n, 0)).toBe(8);
    expect(left).toEqual({ 'too many of one author': 2995 });
  });
});

describe('a restart of the detector', () => {
  it('goes on with the background it learned, as the one that never stopped', () => {
    const year = simulateYear({ seed: 5, days: 40 });
    const half = year.startS + 20 * 86_400;
    // A break of an hour in both: posts of the last minutes are not in the state, on purpose.
    const posts = year.posts.filter(({ timeS }) => timeS < half || timeS > half + 3600);
    const whole = createPostDetector({ startS: year.startS, up: year.up });
    const first = createPostDetector({ startS: year.startS, up: year.up });
    const declared: number[][] = [[], []];
    let second: typeof first | null = null;
    for (const one of posts) {
      declared[0]?.push(whole.add(one)?.declaredS ?? -1);
      if (one.timeS > half) {
        second ??= createPostDetector({
          startS: half + 3600,
          up: year.up,
          state: JSON.parse(JSON.stringify(first.state())) as ReturnType<typeof first.state>,
        });
      }
      declared[1]?.push((second ?? first).add(one)?.declaredS ?? -1);
    }
    expect(declared[0]?.some((t) => t > half)).toBe(true);
    expect(declared[1]).toEqual(declared[0]);
    expect(second?.state().all).toEqual(whole.state().all);
  });
});
