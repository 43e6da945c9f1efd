import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OnlinePeople, PostCounts, ReportCell } from '../../../core/evidence.js';
import { distanceKm } from '../../../core/geo.js';
import { createRandom } from '../../../core/random.js';
import { isoToNs } from '../../../core/time.js';
import { DEFAULT_PARAMETERS } from '../../../models/detection/parameters.js';
import { expectedReports, onlineShare } from '../../../models/detection/people/expected.js';
import { learnPeople } from '../../../models/detection/people/learn.js';
import {
  burstWeights,
  expectedGrid,
  reportCountRatio,
} from '../../../models/detection/people/size-prior.js';
import { postLikelihood } from '../../../models/detection/post-counts.js';
import { MANY_REPORTS } from '../../../models/detection/report-cells.js';
import { reportsLikelihood } from '../../../models/detection/reports-likelihood.js';
import { simulateReports } from '../../../models/detection/simulate-reports.js';
import { awMmi2007California } from '../../../models/groundmotion/intensity.js';

const START = '2020-01-01T06:00:00Z';
const WINDOW_S = 180;
const parameters = {
  ...DEFAULT_PARAMETERS,
  people: { ...DEFAULT_PARAMETERS.people, weight: 0.8, postsSigma: 1 },
};
const own = parameters.people;
const CITY: OnlinePeople = { latitude: 17, longitude: -99, count: 2e6, upShare: 1 };
const TOWN: OnlinePeople = { latitude: 17.6, longitude: -99.7, count: 1e5, upShare: 0.5 };
const people = [CITY, TOWN];
const quake = { latitude: 17.1, longitude: -99.1, depthKm: 12, timeS: 20, magnitude: 5.5 };
const range = { earliestS: -60, latestS: WINDOW_S };
const posts = (counts: readonly number[], more: Partial<PostCounts> = {}): PostCounts => ({
  ...{ startS: 0, binS: 10, backgroundHz: 1e-3, counts, people },
  ...{ upS: counts.map(() => 10) },
  ...more,
});
const likelihoodOf = (input: {
  readonly counts: PostCounts;
  readonly cells?: readonly ReportCell[];
  readonly weight?: number;
}) =>
  reportsLikelihood({
    reports: { cells: input.cells ?? [], posts: input.counts, notes: [] },
    windowStart: START,
    ...range,
    parameters: { ...parameters, people: { ...own, weight: input.weight ?? own.weight } },
  });
const silence = posts(new Array<number>(18).fill(0));
const burst = posts([0, 0, 0, 2, 8, 14, 11, 9, 7, 8, 5, 4, 4, 3, 2, 3, 1, 2]);

describe('people who feel an event', () => {
  it('are the sums over places of people, felt share and hour', () => {
    const expected = expectedReports({ people, windowStart: START, parameters })(quake);
    const timeNs = isoToNs(START);
    let [online, felt] = [0, 0];
    for (const place of people) {
      const km = Math.hypot(distanceKm(place, quake), quake.depthKm);
      const { mmi } = awMmi2007California(quake.magnitude, km);
      const curve = (at: number): number =>
        1 / (1 + Math.exp(-own.feltPerMmi * (at - own.feltMmi)));
      const share = Math.max(0, (curve(mmi) - curve(1)) / (1 - curve(1)));
      felt += place.count * share;
      online +=
        place.count *
        place.upShare *
        share *
        onlineShare({ timeNs, longitude: place.longitude, people: own });
    }
    expect(expected.logPosts).toBeCloseTo(Math.log(own.postsPerPerson * online), 2);
    expect(expected.logReports).toBeCloseTo(Math.log(own.reportsPerPerson * felt), 2);
  });

  it('are the same on the other side of the date line', () => {
    const at = (longitude: number, event: number): number =>
      expectedReports({ people: [{ ...CITY, longitude }], windowStart: START, parameters })({
        ...quake,
        longitude: event,
      }).logReports;
    expect(at(179.9, 180.1)).toBeCloseTo(at(179.9, -179.9), 12);
    expect(at(-179.9, 180.1)).toBeCloseTo(at(180.1, 180.1), 12);
  });

  it('are online by local solar time, on average as the whole day', () => {
    const at = (iso: string, longitude: number): number =>
      onlineShare({ timeNs: isoToNs(iso), longitude, people: own });
    // The middle of the hour from 20 on, at Greenwich and 90 degrees east of it.
    expect(at('2020-01-01T20:30:00Z', 0)).toBeCloseTo(own.onlineByHour[20] as number, 3);
    expect(at('2020-01-01T14:30:00Z', 90)).toBeCloseTo(own.onlineByHour[20] as number, 3);
    expect(at('2020-01-02T00:00:00Z', 0)).toBeCloseTo(
      ((own.onlineByHour[23] as number) + (own.onlineByHour[0] as number)) / 2,
      3,
    );
    const mean = own.onlineByHour.reduce((sum, share) => sum + share, 0) / 24;
    expect(own.onlineByHour).toHaveLength(24);
    expect(mean).toBeCloseTo(1, 1);
  });
});

describe('the number of posts', () => {
  const edges = Array.from({ length: 49 }, (_, k) => Math.log(3) + (k / 48) * Math.log(1e5 / 3));

  it('has a prior that adds up to one, silent as often as a lognormal of Poisson counts', () => {
    const rows = burstWeights({ edges, sigma: 1.2, people: own });
    const grid = expectedGrid();
    rows.forEach((row, k) => {
      expect(row.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 9);
      expect(row.every((mass) => mass >= 0)).toBe(true);
      if ((grid[k] as number) > -1) return;
      // Nearly all of it lies under three posts: none is Poisson(0) by the trapezoid rule.
      let none = 0;
      for (let z = -8; z <= 8; z += 0.01) {
        const density = Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI);
        none += 0.01 * density * Math.exp(-Math.exp((grid[k] as number) + 1.2 * z));
      }
      const expected = own.weight * ((1 - own.noPostsShare) * none + own.noPostsShare);
      expect(row[0]).toBeCloseTo(expected, 1);
    });
    expect(rows.at(-1)?.[0]).toBeCloseTo(own.weight * own.noPostsShare, 6);
  });

  it('of reports has a distribution that adds up to one', () => {
    const ratios = { sigma: 0.8, clusters: 20, most: MANY_REPORTS, people: { ...own, weight: 1 } };
    let sum = 0;
    for (let n = 0; n < 600; n++) {
      const any = -Math.log((n + 1) * Math.log(MANY_REPORTS));
      sum += Math.exp(reportCountRatio({ ...ratios, reports: n }).at(Math.log(20)) + any);
    }
    // Between the tabulated numbers the logarithm is linear: a thousandth is lost.
    expect(sum).toBeCloseTo(1, 2);
  });
});

describe('posts with people', () => {
  it('say what they say without, exactly, when people have no weight or are not known', () => {
    const bare = postLikelihood({ posts: burst, ...range, parameters });
    const { people: _, ...unknown } = burst;
    fc.assert(
      fc.property(
        fc.double({ min: 16, max: 18, noNaN: true }),
        fc.double({ min: -50, max: 170, noNaN: true }),
        fc.double({ min: 4, max: 8, noNaN: true }),
        (latitude, timeS, magnitude) => {
          const event = { ...quake, latitude, timeS, magnitude };
          const without = bare?.logRatio(timeS);
          expect(likelihoodOf({ counts: burst, weight: 0 }).logRatio(event)).toBe(without);
          expect(likelihoodOf({ counts: unknown }).logRatio(event)).toBe(without);
        },
      ),
      { numRuns: 5 },
    );
  });

  it('prefer an event that as many people feel as posts came', () => {
    const { logRatio } = likelihoodOf({ counts: burst });
    const at = (magnitude: number, latitude = 17.1): number =>
      logRatio({ ...quake, magnitude, latitude });
    // About 90 posts of a ten-thousandth of the people at the mean hour: a million must have felt it.
    expect(at(5.5)).toBeGreaterThan(at(3.5, 18));
    expect(at(4.5)).toBeGreaterThan(at(4.5, 20));
    // Any number is possible: the weight of that bounds what people can say against an event.
    const without = likelihoodOf({ counts: burst, weight: 0 });
    for (const magnitude of [2, 4, 6, 8]) {
      const event = { ...quake, magnitude };
      const lost = logRatio(event) - without.logRatio(event);
      expect(lost).toBeGreaterThan(Math.log(1 - own.weight) - 1e-6);
      expect(lost).toBeLessThan(3);
    }
  });

  it('are silent after an event that nobody felt, less so after a large one, within bounds', () => {
    const { logRatio, posts: model } = likelihoodOf({ counts: silence });
    const early = { ...quake, timeS: -50 };
    const at = (magnitude: number, latitude = 17.1): number =>
      logRatio({ ...early, magnitude, latitude });
    expect(model).not.toBeNull();
    expect(at(4.5, 22)).toBeGreaterThan(Math.log(own.weight) - 0.1);
    expect(at(4.5, 22)).toBeLessThan(0);
    expect(at(5)).toBeLessThan(at(3));
    expect(at(8)).toBeLessThan(-1);
    expect(at(8)).toBeGreaterThan(Math.log(own.weight * own.noPostsShare));
    // Too late to be heard of in this window.
    expect(Math.abs(logRatio({ ...early, magnitude: 8, timeS: WINDOW_S - 1 }))).toBeLessThan(0.01);
  });

  it('say nothing by silence when it is not known whether feeds were up', () => {
    const { upS: _, ...unknown } = silence;
    expect(likelihoodOf({ counts: unknown }).posts).toBeNull();
    const down = likelihoodOf({ counts: { ...silence, upS: silence.counts.map(() => 0) } });
    expect(down.posts).toBeNull();
  });
});

describe('posts and felt reports together', () => {
  const cell: ReportCell = {
    ...{ cellId: 'c', latitude: 17, longitude: -99, radiusKm: 5 },
    ...{ intensity: 4.5, felt: 40, notFelt: 0 },
  };

  it('share one doubt about people: the sum over nodes is the integral', () => {
    const joint = likelihoodOf({ counts: burst, cells: [cell] });
    const { logPosts, logReports } = expectedReports({ people, windowStart: START, parameters })(
      quake,
    );
    const alone = postLikelihood({
      posts: burst,
      ...range,
      parameters,
      expectedSigma: own.postsSigma,
    });
    const numbers = reportCountRatio({
      ...{ reports: 40, sigma: own.reportsSigma, people: own },
      ...{ clusters: parameters.postClusters, most: MANY_REPORTS },
    });
    let integral = 0;
    for (let z = -6; z <= 6; z += 0.02) {
      const doubt = own.peopleSigma * z;
      const ratio =
        (alone?.logRatio(quake.timeS, logPosts + doubt) ?? 0) + numbers.at(logReports + doubt);
      integral += 0.02 * Math.exp(ratio - 0.5 * z * z) * 0.3989422804014327;
    }
    const intensities = joint.cells?.logRatio(quake) ?? 0;
    expect(joint.logRatio(quake) - intensities).toBeCloseTo(Math.log(integral), 2);
  });
});

describe('learning about people', () => {
  it('is used where the evidence brings it', () => {
    const brought = { ...burst, shares: { postsPerPerson: 1e-2 } };
    const learned = { ...parameters, people: { ...own, postsPerPerson: 1e-2 } };
    const reports = { cells: [], posts: burst, notes: [] };
    const asked = reportsLikelihood({
      ...{ reports, windowStart: START, parameters: learned },
      ...range,
    });
    expect(likelihoodOf({ counts: brought }).logRatio(quake)).toBe(asked.logRatio(quake));
    expect(asked.logRatio(quake)).not.toBe(likelihoodOf({ counts: burst }).logRatio(quake));
  });

  it('comes back to the share that quakes were drawn with, and to its scatter', () => {
    const truth = {
      ...parameters,
      people: { ...own, postsPerPerson: 2e-3, noPostsShare: 0, postsSigma: 0.6 },
    };
    const random = createRandom(4);
    const past = Array.from({ length: 40 }, () => {
      const event = { ...quake, magnitude: 5 + random.uniform(), timeS: 0 };
      const { posts: drawn } = simulateReports({
        places: { cells: [], posts: { binS: 60, backgroundHz: 1e-3, burst: 0, people } },
        ...{ event, windowStart: START, windowS: 7200, parameters: truth, random },
      });
      if (!drawn) throw new Error('no posts');
      return { event, windowStart: START, posts: drawn, reports: null };
    });
    const { people: learned, events } = learnPeople({ past, parameters });
    expect(events).toHaveLength(40);
    // Standard error of the mean of 40 logs of standard deviation 0.95.
    expect(Math.abs(Math.log(learned.postsPerPerson / 2e-3))).toBeLessThan(
      4 * (0.95 / Math.sqrt(40)),
    );
    // hypot(0.6, 0.7) = 0.92 in all, 0.1 its own standard error.
    const sigma = Math.hypot(learned.postsSigma, learned.peopleSigma);
    expect(Math.abs(sigma - 0.92)).toBeLessThan(0.35);
    expect(learned.reportsPerPerson).toBe(own.reportsPerPerson);
  });

  it('of hours follows the posts given, and refuses what are no 24 counts', () => {
    const postsByHour = Array.from({ length: 24 }, (_, h) => (h === 6 ? 1e6 : 0));
    const { people: learned } = learnPeople({ past: [], postsByHour });
    expect(learned.onlineByHour[6]).toBeGreaterThan(23);
    expect(learned.onlineByHour.reduce((a, b) => a + b, 0)).toBeCloseTo(24, 9);
    expect(() => learnPeople({ past: [], postsByHour: [1, 2] })).toThrow(/2 values/);
    const { people: _, ...unknown } = burst;
    const event = { event: quake, windowStart: START, posts: unknown, reports: null };
    expect(() => learnPeople({ past: [event] })).toThrow(/nobody is known/);
  });
});
