/**
 * Posts with the people who might have written them: from the gazetteer, and what was learned of them
 * from the options of the region's reports (`postsPerPerson`, `postsSigma`, `reportsPerPerson`,
 * `reportsSigma`, `onlineByHour` as 24 numbers with commas).
 * @module
 */
import { InvalidInputError } from '../core/errors.js';
import type { EvidenceSet, OnlinePeople, PeopleShares } from '../core/evidence.js';
import type { RegionConfig } from '../core/region.js';
import type { ActivityDeps } from './deps.js';

const NUMBERS = ['postsPerPerson', 'postsSigma', 'reportsPerPerson', 'reportsSigma'] as const;
const LARGEST = 100;

/** Adds people to the evidence of a region; nobody real lives in a simulated one. */
export function peopleOf(
  deps: ActivityDeps,
): (region: RegionConfig, evidence: EvidenceSet) => Promise<EvidenceSet> {
  const known = new Map<string, readonly OnlinePeople[]>();
  return async (region, evidence) => {
    const { reports } = evidence;
    if (!reports?.posts || region.synthetic) return evidence;
    const { bounds } = region;
    const key = JSON.stringify(bounds);
    const people = known.get(key) ?? (await deps.compute.run('peopleOnline', { bounds }));
    known.set(key, people);
    const shares = learnedShares(region);
    const posts = { ...reports.posts, people, ...(shares ? { shares } : {}) };
    return { ...evidence, reports: { ...reports, posts } };
  };
}

/** Of the first reports source that tells any; null without. Throws InvalidInputError. */
export function learnedShares(region: RegionConfig): Partial<PeopleShares> | null {
  for (const { kind, id, options } of region.sources) {
    if (kind !== 'reports' || !options) continue;
    const shares: Partial<Record<keyof PeopleShares, number | readonly number[]>> = {};
    for (const name of NUMBERS) {
      const value = options[name];
      if (value === undefined) continue;
      if (typeof value !== 'number' || !(value > 0 && value < LARGEST)) {
        throw wrongOption(id, name, `a number over 0 and under ${LARGEST}`);
      }
      shares[name] = value;
    }
    const hours = options['onlineByHour'];
    if (hours !== undefined) {
      const values = String(hours).split(',').map(Number);
      if (values.length !== 24 || !values.every((share) => share > 0 && share < LARGEST)) {
        throw wrongOption(id, 'onlineByHour', '24 numbers over 0 with commas between them');
      }
      shares.onlineByHour = values;
    }
    if (Object.keys(shares).length > 0) return shares as Partial<PeopleShares>;
  }
  return null;
}

function wrongOption(id: string, name: string, wanted: string): InvalidInputError {
  return new InvalidInputError({
    what: `option ${name} of source ${id}`,
    reason: `it is not ${wanted}`,
    remedy: 'take the options that `quakeloom reports calibrate` prints',
  });
}
