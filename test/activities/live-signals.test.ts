import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { decodeEvidence } from '../../activities/fuse.js';
import { createActivities } from '../../activities/index.js';
import type { SegmentRow } from '../../core/catalogue.js';
import { encodeTable } from '../../core/tables/ipc.js';
import { phoneSignalTable, type PhoneSignalRow } from '../../core/tables/phone-signal-table.js';
import { detectionTasks } from '../../models/detection/tasks.js';
import { attempt, inlineCompute, memoryCatalogue, memoryDeps } from '../support/activity.js';
import { REGION as TEST_REGION } from '../support/fakes.js';
import { crowdRows, CROWD_REGION, CROWD_WINDOW } from '../support/phone-crowd.js';

const REGION = {
  ...TEST_REGION,
  ...CROWD_REGION,
  id: 'test',
  sources: TEST_REGION.sources.filter(({ kind }) => kind === 'phones'),
};
const window = CROWD_WINDOW;
const quake = { latitude: 19.05, longitude: -99.05, depthKm: 11, timeS: 40, magnitude: 5.4 };
const rows = crowdRows({ seed: 31, phones: 160, quake });

/** The signals as the gateway would seal them, `size` messages a segment. */
async function sealed(all: readonly PhoneSignalRow[], size: number) {
  // Fewer samples than a worker takes: the test is about the way, not the figures.
  const detectQuakes: typeof detectionTasks.detectQuakes = (input, context) =>
    detectionTasks.detectQuakes({ ...input, samples: 120 }, context);
  const deps = memoryDeps({ compute: inlineCompute({ detectQuakes }) });
  const segments: SegmentRow[] = [];
  for (let from = 0; from < all.length; from += size) {
    const part = all.slice(from, from + size);
    const bytes = encodeTable(phoneSignalTable(part));
    const sha = createHash('sha256').update(bytes).digest('hex');
    segments.push({
      id: segments.length + 1,
      regionId: REGION.id,
      source: 'phones',
      sourceId: 'mqtt',
      startNs: part[0]!.arrivalNs,
      endNs: part.at(-1)!.arrivalNs + 1n,
      records: part.length,
      artifact: await deps.store.put({
        key: `phone-signals/test/${sha}.arrow`,
        kind: 'phone-signals',
        bytes,
      }),
    });
  }
  return { ...deps, catalogue: memoryCatalogue({ segments, regions: [REGION] }) };
}

describe('phones that only trigger, from sealed segments to a quake', () => {
  let files: Record<string, readonly string[]>;
  beforeAll(async () => {
    const hashes = async (size: number): Promise<string[]> => {
      const { ingestPhones } = createActivities(await sealed(rows, size));
      const result = await attempt(ingestPhones, { region: REGION, reach: window }).result;
      return result.artifacts.map(({ sha256 }) => sha256);
    };
    files = { whole: await hashes(1e6), parts: await hashes(101) };
  });

  it('give the same table however the signals were cut into segments', () => {
    expect(files['whole']).toHaveLength(1);
    expect(files['parts']).toEqual(files['whole']);
  });

  it('become one quake near the truth', async () => {
    const deps = await sealed(rows, 100);
    const act = createActivities(deps);
    const reach = window;
    const ingested = await attempt(act.ingestPhones, { region: REGION, reach }).result;
    expect(ingested.missing).toEqual([]);
    expect(ingested.items).toBe(rows.length);
    const input = { region: REGION, window, reach, ingested: [ingested] };
    const aligned = await attempt(act.alignWindow, input).result;
    expect(Object.keys(aligned.files)).toEqual(['crowd']);
    const summary = await attempt(act.evaluateEvidence, {
      ...{ region: REGION, window, reach },
      sealed: aligned,
    }).result;
    expect(summary.notes.join()).toContain('phones that only trigger');
    const evidence = decodeEvidence(await deps.store.get(summary.evidence));
    expect(evidence.crowd?.cells.length).toBeGreaterThan(5);
    const found = await attempt(act.detectQuakes, {
      ...{ region: REGION, window, evidence: summary.evidence },
      inputs: [aligned.manifest, ...Object.values(aligned.files)],
      workflowId: 'fuse-test',
    }).result;
    expect(found.drafts).toHaveLength(1);
    const { origin } = found.drafts[0]!;
    expect(Math.abs(origin.latitude.mean - quake.latitude)).toBeLessThan(0.06);
    expect(Math.abs(origin.longitude.mean - quake.longitude)).toBeLessThan(0.06);
    expect(origin.contributions[0]).toMatchObject({ source: 'phones' });
    expect(origin.contributions[0]!.nats).toBeGreaterThan(10);
  }, 240_000);

  it('wake the watch by bursts of triggers, not by heartbeats', async () => {
    const read = async (all: readonly PhoneSignalRow[]) => {
      const { readSegments } = createActivities(await sealed(all, 1e6));
      return attempt(readSegments, { regionId: REGION.id, afterId: 0 }).result;
    };
    const quiet = await read(crowdRows({ seed: 32, phones: 240 }));
    expect(quiet).toEqual({ cursor: 1, spans: [] });
    const { spans } = await read(rows);
    expect(spans).toHaveLength(1);
    expect(spans[0]!.start < '2020-01-01T00:00:40Z').toBe(true);
    expect(spans[0]!.end > '2020-01-01T00:00:42Z').toBe(true);
  });
});
