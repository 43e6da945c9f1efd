import { describe, expect, it } from 'vitest';
import { createActivities } from '../../activities/index.js';
import { createPostMinutes } from '../../apps/reports/post-minutes.js';
import type { EvidenceSet } from '../../core/evidence.js';
import { postLikelihood } from '../../models/detection/post-counts.js';
import { DEFAULT_PARAMETERS } from '../../models/detection/parameters.js';
import { attempt, memoryDeps } from '../support/activity.js';
import { REGION } from '../support/fakes.js';

const WINDOW = { start: '2020-01-01T00:00:00Z', end: '2020-01-01T00:05:00Z' };
const START_S = Date.parse(WINDOW.start) / 1000;
const MINUTE = START_S / 60;
const CELL = '17.0,-98.0';

describe('counts of a listener as evidence', () => {
  const deps = memoryDeps();
  const counts = new Map<string, number>([
    [`${CELL}|${MINUTE + 1}|es`, 20],
    [`${CELL}|${MINUTE + 2}|es`, 6],
    [`none|${MINUTE + 1}|es`, 50],
    [`60.0,10.0|${MINUTE + 1}|no`, 9],
  ]);
  // Down for the fourth minute.
  const up = (fromS: number, toS: number): number => (fromS === START_S + 180 ? 0 : toS - fromS);
  const minutes = createPostMinutes({
    sink: { catalogue: deps.catalogue, store: deps.store, regions: [REGION] },
    startS: START_S - 3600,
    counts: () => counts,
    upS: up,
  });
  const region = { ...REGION, sources: [{ kind: 'reports' as const, id: 'posts', uri: 'live:' }] };

  async function evidence(): Promise<NonNullable<NonNullable<EvidenceSet['reports']>['posts']>> {
    const activities = createActivities(deps);
    const ingested = [await attempt(activities.ingestReports, { region, reach: WINDOW }).result];
    const input = { region, window: WINDOW, reach: WINDOW };
    const sealed = await attempt(activities.alignWindow, { ...input, ingested }).result;
    const { evidence: ref } = await attempt(activities.evaluateEvidence, { ...input, sealed })
      .result;
    const set = JSON.parse(new TextDecoder().decode(await deps.store.get(ref))) as EvidenceSet;
    if (!set.reports?.posts) throw new Error('no posts in the evidence');
    return set.reports.posts;
  }
  const perMinute = (values: readonly number[]): number[] =>
    Array.from({ length: 5 }, (_, m) => values.slice(m * 6, m * 6 + 6).reduce((a, b) => a + b, 0));

  it('by cell and minute, with what is unknown; a later deletion is a new version', async () => {
    await minutes.flush(START_S + 320);
    const first = await evidence();
    expect(perMinute(first.counts)).toEqual([0, 20, 6, 0, 0]);
    expect(perMinute(first.upS ?? [])).toEqual([60, 60, 60, 0, 60]);
    counts.set(`${CELL}|${MINUTE + 1}|es`, 19);
    minutes.changed(START_S + 61);
    await minutes.flush(START_S + 330);
    expect(perMinute((await evidence()).counts)).toEqual([0, 19, 6, 0, 0]);
  });

  it('an outage is unknown, not silence', () => {
    const binS = 10;
    const of = (upS?: readonly number[]) =>
      postLikelihood({
        posts: {
          startS: 0,
          binS,
          // A burst that breaks off when the feed does.
          counts: Array.from({ length: 30 }, (_, i) => (i >= 6 && i < 9 ? 8 : 0)),
          backgroundHz: 0.001,
          ...(upS ? { upS } : {}),
        },
        earliestS: 0,
        latestS: 300,
        parameters: DEFAULT_PARAMETERS,
      });
    const known = of();
    const down = of(Array.from({ length: 30 }, (_, i) => (i < 9 ? binS : 0)));
    const whole = of(Array.from({ length: 30 }, () => binS));
    expect(whole?.logRatio(40)).toBeCloseTo(known?.logRatio(40) ?? Number.NaN, 9);
    // That the posts stop at once is odd for an earthquake, unless nobody listened any more.
    expect(down?.logRatio(55) ?? 0).not.toBeCloseTo(known?.logRatio(55) ?? 0, 2);
  });
});
