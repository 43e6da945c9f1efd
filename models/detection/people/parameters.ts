/**
 * What is assumed of people who post and report: how many are online, how many feel an intensity, and
 * how far all that may be wrong. Learned from past quakes by `learnPeople`.
 * @module
 */

import type { PeopleShares } from '../../../core/evidence.js';

/** Parameters of people; recorded with each result. */
export interface PeopleParameters extends PeopleShares {
  /** Of this form; numbers of another version mean something else. */
  readonly version: 1;
  /**
   * Weight of the number of posts and reports that people lead to expect; the rest is any number, as
   * without people. 0: people are not looked at.
   */
  readonly weight: number;
  /** About half of the people feel this intensity; steepness of the logistic curve, 1/MMI. */
  readonly feltMmi: number;
  readonly feltPerMmi: number;
  /** Doubt about how many felt it, the same for posts and reports; natural log. */
  readonly peopleSigma: number;
  /** Chance that nobody there writes on these feeds: what silence can say is less than -ln of it. */
  readonly noPostsShare: number;
}

/**
 * Posts per person lie between 3e-6 and 2e-4 for five recorded earthquakes, of which four are samples,
 * reports per person are those of South Napa 2014 (`quakeloom reports calibrate`). The hours are an
 * assumption: least at four in the morning, most in the evening. What the weight gains and costs:
 * `bench/reports/people.ts`.
 */
export const DEFAULT_PEOPLE: PeopleParameters = {
  version: 1,
  weight: 0.8,
  postsPerPerson: 1e-4,
  onlineByHour: [
    0.9, 0.65, 0.5, 0.42, 0.4, 0.45, 0.6, 0.8, 0.95, 1, 1.05, 1.1, 1.15, 1.15, 1.1, 1.1, 1.15, 1.2,
    1.25, 1.35, 1.45, 1.5, 1.4, 1.15,
  ],
  reportsPerPerson: 1e-3,
  feltMmi: 3,
  feltPerMmi: 2,
  peopleSigma: 0.7,
  postsSigma: 2,
  reportsSigma: 1.5,
  noPostsShare: 0.1,
};
