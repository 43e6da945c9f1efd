/**
 * Log-likelihood ratio of all that people say in a window: felt cells, posts, and the numbers of both,
 * which share who lives there.
 * @module
 */
import type { ReportsEvidence } from '../../core/evidence.js';
import type { EventState } from './event-prior.js';
import type { DetectionParameters } from './parameters.js';
import { expectedReports } from './people/expected.js';
import { reportCountRatio } from './people/size-prior.js';
import { postLikelihood, type PostLikelihood } from './post-counts.js';
import { cellLikelihood, MANY_REPORTS, type CellLikelihood } from './report-cells.js';

/** Reports of one window made ready for many evaluations. */
export interface ReportsLikelihood {
  readonly cells: CellLikelihood | null;
  readonly posts: PostLikelihood | null;
  /** Natural log of p(reports | event) / p(reports | no event). */
  readonly logRatio: (event: EventState) => number;
}

/** Gauss-Hermite quadrature of a standard normal with seven nodes (Abramowitz & Stegun 25.4.46). */
const NODES = [
  [0, 0.457142857142857],
  [1.154405394739968, 0.240123178605013],
  [-1.154405394739968, 0.240123178605013],
  [2.366759410734541, 0.030757123967586],
  [-2.366759410734541, 0.030757123967586],
  [3.750439717725742, 5.48268855972219e-4],
  [-3.750439717725742, 5.48268855972219e-4],
] as const;

/**
 * Without people (none known, or of no weight) cells and posts are independent given the event, and any
 * number of either is as likely. With people the posts expected are those of the people who feel the
 * event; how many that are is in doubt, and where felt reports came too, the doubt is one for both.
 */
export function reportsLikelihood(input: {
  readonly reports: ReportsEvidence | null;
  /** Start of the window, ISO 8601. */
  readonly windowStart: string;
  readonly earliestS: number;
  readonly latestS: number;
  readonly parameters: DetectionParameters;
}): ReportsLikelihood {
  const { reports, earliestS, latestS, windowStart } = input;
  const own = { ...input.parameters.people, ...reports?.posts?.shares };
  const parameters = { ...input.parameters, people: own };
  const cells = reports ? cellLikelihood(reports.cells, parameters) : null;
  const people = own.weight > 0 ? (reports?.posts?.people ?? []) : [];
  const isShared = people.length > 0 && cells !== null;
  const sigma = isShared ? own.postsSigma : Math.hypot(own.postsSigma, own.peopleSigma);
  const posts = reports?.posts
    ? postLikelihood({
        ...{ posts: reports.posts, earliestS, latestS, parameters },
        ...(people.length > 0 ? { expectedSigma: sigma } : {}),
      })
    : null;
  if (posts === null || people.length === 0) {
    return {
      cells,
      posts,
      logRatio: (event) => (cells?.logRatio(event) ?? 0) + (posts?.logRatio(event.timeS) ?? 0),
    };
  }
  const expected = expectedReports({ people, windowStart, parameters });
  if (cells === null) {
    return {
      cells,
      posts,
      logRatio: (event) => posts.logRatio(event.timeS, expected(event).logPosts),
    };
  }
  const numbers = reportCountRatio({
    ...{ reports: cells.reports, sigma: own.reportsSigma, people: own },
    ...{ clusters: parameters.postClusters, most: MANY_REPORTS },
  });
  return {
    cells,
    posts,
    logRatio: (event) => {
      const { logPosts, logReports } = expected(event);
      let sum = 0;
      let top = Number.NEGATIVE_INFINITY;
      for (const [node, weight] of NODES) {
        const doubt = own.peopleSigma * node;
        const log =
          posts.logRatio(event.timeS, logPosts + doubt) +
          numbers.at(logReports + doubt) +
          Math.log(weight);
        if (log > top) {
          sum = sum * Math.exp(top - log) + 1;
          top = log;
        } else sum += Math.exp(log - top);
      }
      return cells.logRatio(event) + top + Math.log(sum);
    },
  };
}
