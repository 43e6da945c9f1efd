import { describe, expect, it } from 'vitest';
import { createActivities } from '../../activities/index.js';
import { sha256 } from '../../activities/content-hash.js';
import { storeShaking } from '../../activities/store-shaking.js';
import { CorruptSourceError, UnavailableError } from '../../core/errors.js';
import type { EvidenceSet } from '../../core/evidence.js';
import type { OriginDraft } from '../../core/quake.js';
import { createRandom } from '../../core/random.js';
import { decodeTable } from '../../core/tables/ipc.js';
import { encodeSamples } from '../../models/detection/samples-table.js';
import { draft } from '../catalogue/drafts.js';
import { attempt, inlineCompute, memoryDeps } from '../support/activity.js';

const COUNT = 200;
const random = createRandom(7);
const around = (mean: number, sd: number): Float64Array =>
  Float64Array.from({ length: COUNT }, () => mean + sd * random.normal());
const samples = {
  timeS: around(60, 0.3),
  latitude: around(16.386, 0.02),
  longitude: around(-97.979, 0.02),
  depthKm: around(22, 3),
  magnitude: around(5.2, 0.1),
  logWeight: new Float64Array(COUNT),
};
const window = { start: '2018-02-16T23:38:39Z', end: '2018-02-16T23:45:00Z' };
/** People 20 km north who felt much more than a magnitude 5.2 makes there. */
const cell = {
  cellId: 'village',
  latitude: 16.57,
  longitude: -97.98,
  radiusKm: 1,
  intensity: 8,
  felt: 40,
  notFelt: 0,
};
const evidence: EvidenceSet = {
  window,
  sensors: [],
  reports: { cells: [cell], posts: null, notes: [] },
};

/** An event whose posterior and evidence are stored, and the activities over it. */
async function setUp(
  input: { compute?: ReturnType<typeof inlineCompute>; set?: EvidenceSet; magnitude?: number } = {},
) {
  const deps = memoryDeps(input.compute ? { compute: input.compute } : {});
  const json = new TextEncoder().encode(JSON.stringify(input.set ?? evidence));
  const posterior = await deps.store.put({
    key: 'posteriors/p.arrow',
    kind: 'posterior',
    bytes: encodeSamples({ samples, windowStart: window.start }),
  });
  const stored = await deps.store.put({ key: 'evidence/e.json', kind: 'evidence', bytes: json });
  const base = draft({ key: 'a', magnitude: input.magnitude ?? 5.2 });
  const provenance = { ...base.provenance, posterior, evidence: stored };
  const drafts: OriginDraft[] = [{ ...base, provenance }];
  const activities = createActivities(deps);
  const [line] = await attempt(activities.updateCatalogue, { drafts }).result;
  const { eventId } = line!;
  const written = (): string[] =>
    [...deps.store.objects.keys()].filter((key) => key.startsWith(`events/${eventId}/`)).sort();
  const publish = (number = 1) =>
    attempt(activities.publishEvents, { eventIds: [eventId] }, { attempt: number }).result;
  return { deps, activities, eventId, written, publish };
}

const failing = (error: Error) =>
  inlineCompute({
    mapShaking: () => {
      throw error;
    },
  });

describe('publishEvents', () => {
  it('writes the map of shaking beside the other exports, once, under the hashes of its files', async () => {
    const { deps, eventId, written, publish } = await setUp();
    const refs = await publish();
    const [row] = deps.catalogue.shaking;
    expect(row).toMatchObject({ eventId, version: 1, problem: null });
    expect(row?.artifacts.map(({ key }) => key.replace(/.*-[0-9a-f]{12}-/, ''))).toEqual([
      'shaking.arrow',
      'shaking.geojson',
      'mmi.tif',
      'mmi_sigma.tif',
      'pga_gal.tif',
      'pga_sigma_log10.tif',
      'pgv_cm_s.tif',
      'pgv_sigma_log10.tif',
    ]);
    expect(written()).toHaveLength(10);
    for (const key of written()) {
      const hash = sha256(deps.store.objects.get(key)!).slice(0, 12);
      expect(key.startsWith(`events/${eventId}/v0001-${hash}`)).toBe(true);
    }
    // Again: the same references, and the map is not made anew.
    expect(await publish()).toEqual(refs);
    expect(deps.catalogue.shaking).toHaveLength(1);
    expect(deps.compute.calls.filter((name) => name === 'mapShaking')).toHaveLength(1);
  });

  it('uses the reports of the window: shaking near people who felt more is stronger', async () => {
    const mmiNear = async (set: EvidenceSet): Promise<number> => {
      const { deps, publish } = await setUp({ set });
      await publish();
      const row = deps.catalogue.shaking[0]!;
      const felt = set.reports?.cells.length ?? 0;
      expect(row.summary).toMatchObject({ observations: { used: { felt, phone: 0 } } });
      const table = decodeTable(await deps.store.get(row.artifacts[0]!), 'shaking.arrow');
      const column = (name: string): number[] => [
        ...(table.getChild(name)?.toArray() as Float64Array),
      ];
      const [latitude, longitude, mmi] = [column('latitude'), column('longitude'), column('mmi')];
      const away = latitude.map((value, i) =>
        Math.hypot(value - cell.latitude, (longitude[i] as number) - cell.longitude),
      );
      return mmi[away.indexOf(Math.min(...away))] as number;
    };
    const without = await mmiNear({ ...evidence, reports: null });
    expect((await mmiNear(evidence)) - without).toBeGreaterThan(1);
  });

  it('publishes an event whose map cannot be made, and says so in its notes', async () => {
    const broken = new CorruptSourceError({ source: 'samples', at: 'row 3', reason: 'damaged' });
    const { deps, written, publish } = await setUp({ compute: failing(broken) });
    const refs = await publish();
    expect(refs).toHaveLength(2);
    expect(written()).toHaveLength(2);
    const geojson = new TextDecoder().decode(await deps.store.get(refs[1]!));
    expect(geojson).toContain('one-sided network');
    expect(geojson).toMatch(/no map of shaking: .*damaged/);
    expect(deps.catalogue.shaking[0]).toMatchObject({ artifacts: [], version: 1 });
    expect(deps.catalogue.shaking[0]?.problem).toMatch(/damaged/);
  });

  it('tries again after faults of the machine, but not for ever', async () => {
    const gone = new UnavailableError({ what: 'thread', reason: 'memory', remedy: 'wait' });
    const { deps, publish } = await setUp({ compute: failing(gone) });
    await expect(publish(1)).rejects.toMatchObject({ type: 'Unavailable' });
    expect(deps.catalogue.shaking).toHaveLength(0);
    expect(await publish(3)).toHaveLength(2);
    expect(deps.catalogue.shaking[0]?.problem).toMatch(/memory/);
  });

  it('makes no map of quakes that are hardly felt', async () => {
    const { deps, publish } = await setUp({ magnitude: 2.9 });
    expect(await publish()).toHaveLength(2);
    expect(deps.catalogue.shaking).toHaveLength(0);
  });

  it('keeps a map that a person published for the same version', async () => {
    const { deps, eventId, publish } = await setUp();
    const files = [{ name: 'shaking.geojson', bytes: Uint8Array.of(1) }];
    const { store, catalogue } = deps;
    const own = await storeShaking({ store, catalogue, eventId, version: 1, summary: {}, files });
    await publish();
    expect(await catalogue.getShaking({ eventId })).toEqual(own);
  });
});
