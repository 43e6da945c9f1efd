/**
 * Past earthquakes with their posts and felt reports in, parameters of people out: how many post and
 * report for each person who felt it, how far that varies, and the hours of the day.
 * @module
 */
import { InvalidInputError } from '../../../core/errors.js';
import type { PostCounts } from '../../../core/evidence.js';
import type { EventState } from '../event-prior.js';
import { DEFAULT_PARAMETERS, type DetectionParameters } from '../parameters.js';
import { expectedReports } from './expected.js';
import type { PeopleParameters } from './parameters.js';

/** An earthquake whose source is known. */
export interface PastReports {
  readonly event: EventState;
  /** Start of the window that the counts are of, ISO 8601. */
  readonly windowStart: string;
  /** With people; an hour or more after the origin. */
  readonly posts: PostCounts;
  /** Felt reports in all; null when they are not known. */
  readonly reports: number | null;
}

/** What was learned. */
export interface LearnedPeople {
  readonly people: PeopleParameters;
  /** Natural log of posts and of reports to each person who felt it, by event; null without. */
  readonly events: readonly {
    readonly logPostsPerPerson: number;
    readonly logReportsPerPerson: number | null;
  }[];
}

/** Usual scatter of events about the mean of a feed and region, natural log, and events it is worth. */
const EVENT_SIGMA = 1;
const PRIOR_EVENTS = 4;
/** What is left of the doubt of `parameters` is about the feed: at least this. */
const LEAST_FEED_SIGMA = 0.5;
const LEAST_SIGMA = 0.3;
/** Posts that the assumed hours of the day are worth. */
const PRIOR_POSTS = 1000;
/** No post at all counts as half of one. */
const LEAST_POSTS = 0.5;

/**
 * Normal means of natural logs: without events the doubt is that of `parameters`, part of it about the
 * feed (which events take away), part about each event.
 * `postsByHour` are everyday posts by hour of local mean solar time. Throws InvalidInputError.
 */
export function learnPeople(input: {
  readonly past: readonly PastReports[];
  readonly postsByHour?: readonly number[];
  readonly parameters?: DetectionParameters;
}): LearnedPeople {
  const parameters = input.parameters ?? DEFAULT_PARAMETERS;
  const before = parameters.people;
  const onlineByHour = input.postsByHour ? hoursOf(input.postsByHour, before) : before.onlineByHour;
  const own = { ...parameters, people: { ...before, onlineByHour } };
  const events = input.past.map(({ event, windowStart, posts, reports }, i) => {
    if (!posts.people || posts.people.length === 0) {
      throw new InvalidInputError({
        what: `past event ${i + 1}`,
        reason: 'nobody is known to live near it',
        remedy: 'give an earthquake near towns of the gazetteer',
      });
    }
    const expected = expectedReports({ people: posts.people, windowStart, parameters: own })(event);
    const upS = posts.counts.reduce((sum, _, k) => sum + (posts.upS?.[k] ?? posts.binS), 0);
    const total = posts.counts.reduce((sum, n) => sum + n, 0);
    const burst = Math.max(LEAST_POSTS, total - posts.backgroundHz * upS);
    return {
      logPostsPerPerson: Math.log(burst) - expected.logPosts + Math.log(before.postsPerPerson),
      logReportsPerPerson:
        reports === null
          ? null
          : Math.log(Math.max(LEAST_POSTS, reports)) -
            expected.logReports +
            Math.log(before.reportsPerPerson),
    };
  });
  const shared = before.peopleSigma;
  const posts = learnShare(
    events.map((event) => event.logPostsPerPerson),
    { share: before.postsPerPerson, sigma: before.postsSigma, shared },
  );
  const reports = learnShare(
    events.flatMap(({ logReportsPerPerson: log }) => (log === null ? [] : [log])),
    { share: before.reportsPerPerson, sigma: before.reportsSigma, shared },
  );
  return {
    people: {
      ...own.people,
      ...{ postsPerPerson: posts.share, postsSigma: posts.sigma },
      ...{ reportsPerPerson: reports.share, reportsSigma: reports.sigma },
    },
    events,
  };
}

/** Share and its doubt for the next event, without the doubt that posts and reports share. */
function learnShare(
  logs: readonly number[],
  before: { readonly share: number; readonly sigma: number; readonly shared: number },
): { readonly share: number; readonly sigma: number } {
  if (logs.length === 0) return before;
  const n = logs.length;
  const prior = Math.log(before.share);
  const feed = Math.max(
    LEAST_FEED_SIGMA ** 2,
    before.sigma ** 2 + before.shared ** 2 - EVENT_SIGMA ** 2,
  );
  const mean = logs.reduce((sum, log) => sum + log, 0) / n;
  const squares = logs.reduce((sum, log) => sum + (log - mean) ** 2, 0);
  const scatter = (PRIOR_EVENTS * EVENT_SIGMA ** 2 + squares) / (PRIOR_EVENTS + Math.max(0, n - 1));
  const weight = n / scatter;
  const precision = weight + 1 / feed;
  const variance = scatter + 1 / precision;
  return {
    share: Math.exp((weight * mean + prior / feed) / precision),
    sigma: Math.sqrt(Math.max(LEAST_SIGMA ** 2, variance - before.shared ** 2)),
  };
}

/** Shares of the day's mean, drawn to those assumed as if these were a thousand posts. */
function hoursOf(posts: readonly number[], before: PeopleParameters): number[] {
  if (posts.length !== 24 || !posts.every((n) => Number.isFinite(n) && n >= 0)) {
    throw new InvalidInputError({
      what: 'posts by hour',
      reason: `${posts.length} values, or some that are no counts`,
      remedy: 'give 24 counts, that of local midnight to one first',
    });
  }
  const assumed = before.onlineByHour.reduce((sum, share) => sum + share, 0);
  const sums = before.onlineByHour.map(
    (share, hour) => (posts[hour] as number) + (PRIOR_POSTS * share) / assumed,
  );
  const total = sums.reduce((sum, n) => sum + n, 0);
  return sums.map((n) => (24 * n) / total);
}
