import { describe, expect, it } from 'vitest';
import { learnedShares, peopleOf } from '../../activities/people.js';
import type { EvidenceSet } from '../../core/evidence.js';
import { memoryDeps } from '../support/activity.js';
import { REGION } from '../support/fakes.js';

const evidence: EvidenceSet = {
  window: { start: '2020-01-01T00:00:00Z', end: '2020-01-01T00:05:00Z' },
  sensors: [],
  reports: {
    cells: [],
    posts: { startS: 0, binS: 10, counts: [1, 0], backgroundHz: 1e-3 },
    notes: [],
  },
};
const withOptions = (options: Record<string, string | number>) => ({
  ...REGION,
  sources: [{ kind: 'reports' as const, id: 'posts', uri: 'live:', options }],
});

describe('posts with people', () => {
  it('of a real region come from the gazetteer, asked once, with what was learned of them', async () => {
    const deps = memoryDeps();
    const add = peopleOf(deps);
    const first = await add(REGION, evidence);
    const people = first.reports?.posts?.people ?? [];
    const { bounds } = REGION;
    expect(people.some(({ count }) => count > 1000)).toBe(true);
    expect(people.every(({ latitude }) => Math.abs(latitude - bounds.south) < 10)).toBe(true);
    expect(first.reports?.posts).not.toHaveProperty('shares');
    const second = await add(withOptions({ postsPerPerson: 3e-4, postsSigma: 1 }), evidence);
    expect(second.reports?.posts?.people).toEqual(people);
    expect(second.reports?.posts?.shares).toEqual({ postsPerPerson: 3e-4, postsSigma: 1 });
    expect(deps.compute.calls).toEqual(['peopleOnline']);
  });

  it('are left alone where nobody real lives, and without posts', async () => {
    const add = peopleOf(memoryDeps());
    expect(await add({ ...REGION, synthetic: true }, evidence)).toBe(evidence);
    const silent = { ...evidence, reports: null };
    expect(await add(REGION, silent)).toBe(silent);
  });

  it('refuse options that are no shares, by their names', () => {
    const hours = Array.from({ length: 24 }, (_, h) => (h < 8 ? 0.5 : 1.25)).join(',');
    expect(learnedShares(withOptions({ onlineByHour: hours }))?.onlineByHour).toHaveLength(24);
    expect(learnedShares(REGION)).toBeNull();
    const wrong = [{ postsPerPerson: 0 }, { reportsSigma: 'x' }, { onlineByHour: '1,2' }];
    for (const options of wrong) {
      const name = Object.keys(options)[0] as string;
      const region = withOptions(options as Record<string, string | number>);
      expect(() => learnedShares(region)).toThrow(`option ${name} of source posts`);
    }
  });
});
