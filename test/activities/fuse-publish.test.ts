import { describe, expect, it } from 'vitest';
import { createActivities } from '../../activities/index.js';
import type { ArtifactRef } from '../../core/artifact.js';
import type { SegmentRow } from '../../core/catalogue.js';
import type { EvidenceSet } from '../../core/evidence.js';
import { encodeTable } from '../../core/tables/ipc.js';
import { waveformTable } from '../../core/tables/waveform-table.js';
import { isoToNs } from '../../core/time.js';
import type { WaveformSegment } from '../../core/waveform.js';
import { estimate, draft } from '../catalogue/drafts.js';
import {
  anyRef,
  attempt,
  inlineCompute,
  memoryCatalogue,
  memoryDeps,
} from '../support/activity.js';
import { REGION } from '../support/fakes.js';

const window = { start: '2020-01-01T00:00:00Z', end: '2020-01-01T00:05:00Z' };
const reach = { start: '2019-12-31T23:59:00Z', end: '2020-01-01T00:06:00Z' };
const RATE_HZ = 31.25;

/** A piece of one endless recording: samples `from` to `to` of it. */
function piece(component: string, from: number, to: number): WaveformSegment {
  return {
    sensorId: 'device',
    component,
    startNs: isoToNs(window.start) + BigInt(Math.round((from * 1e9) / RATE_HZ)),
    rateHz: RATE_HZ,
    samples: Float32Array.from({ length: to - from }, (_, i) => Math.sin((from + i) / 3)),
    units: 'gal',
    latitude: 17,
    longitude: -98,
    elevationM: 0,
    positionSigmaKm: 0.1,
    distanceM: null,
    quality: '',
  };
}
const pieces = (from: number, to: number): WaveformSegment[] =>
  ['x', 'y', 'z'].map((component) => piece(component, from, to));

describe('alignWindow', () => {
  const seal = async (files: readonly (readonly WaveformSegment[])[]) => {
    const deps = memoryDeps();
    const artifacts: ArtifactRef[] = [];
    for (const [i, segments] of files.entries()) {
      const bytes = encodeTable(waveformTable(segments));
      artifacts.push(await deps.store.put({ key: `in/${i}`, kind: 'source-table', bytes }));
    }
    const rest = { items: 1, missing: [], quarantined: 0, notes: [] };
    const ingested = [
      { source: 'phones' as const, artifacts, ...rest },
      { ...rest, source: 'das' as const, artifacts: [], missing: ['fibre: nothing'] },
    ];
    const { alignWindow } = createActivities(deps);
    const sealed = await attempt(alignWindow, { region: REGION, window, reach, ingested }).result;
    return { deps, sealed };
  };

  it('the same samples give the same version and files, however they were cut', async () => {
    const whole = await seal([pieces(0, 3200)]);
    const halves = await seal([pieces(0, 1600), pieces(1600, 3200)]);
    const backwards = await seal([pieces(1600, 3200), pieces(0, 1600)]);
    const overlapping = await seal([pieces(0, 2000), pieces(1600, 3200)]);
    for (const other of [halves, backwards, overlapping]) {
      expect(other.sealed.version).toBe(whole.sealed.version);
      expect(other.sealed.files).toEqual(whole.sealed.files);
    }
    // Another way to the same window keeps its own provenance.
    expect(halves.sealed.manifest.key).not.toBe(whole.sealed.manifest.key);
  });

  it('other samples give another version', async () => {
    const whole = await seal([pieces(0, 3200)]);
    expect((await seal([pieces(0, 3199)])).sealed.version).not.toBe(whole.sealed.version);
  });

  it('says what is missing, and lists its inputs in the manifest', async () => {
    const { deps, sealed } = await seal([pieces(0, 3200)]);
    expect(sealed.missing).toEqual(['fibre: nothing']);
    expect(Object.keys(sealed.files)).toEqual(['phones']);
    const text = new TextDecoder().decode(await deps.store.get(sealed.manifest));
    expect(text).toContain('in/0');
    expect(text).toContain('fibre: nothing');
    expect(text).toContain('0.0.0+test');
  });
});

describe('detectQuakes', () => {
  const samples = {
    timeS: Float64Array.of(1, 2),
    latitude: Float64Array.of(1, 2),
    longitude: Float64Array.of(1, 2),
    depthKm: Float64Array.of(1, 2),
    magnitude: Float64Array.of(1, 2),
    logWeight: Float64Array.of(0, 0),
  };
  const inputs = [anyRef('in/0')];

  /** The activity over a posterior that found quakes at these times. */
  const setUp = async (found: readonly { originTime: string; originTimeSdS: number }[]) => {
    const compute = inlineCompute({
      detectQuakes: () => ({
        quakes: found.map((each, seed) => ({
          origin: estimate(each),
          samples: { ...samples, timeS: Float64Array.of(seed, 2) },
          seed,
        })),
        why: ['because'],
        stack: { backend: 'wasm' },
      }),
    });
    const deps = memoryDeps({ compute });
    const set: EvidenceSet = { window: reach, sensors: [], reports: null };
    const bytes = new TextEncoder().encode(JSON.stringify(set));
    const evidence = await deps.store.put({ key: 'evidence.json', kind: 'evidence', bytes });
    const { detectQuakes } = createActivities(deps);
    const input = { region: REGION, window, evidence, inputs, workflowId: 'fuse-test' };
    return { deps, evidence, run: () => attempt(detectQuakes, input).result };
  };

  it('takes a quake just before the window as far as its time is uncertain', async () => {
    const { run } = await setUp([
      { originTime: '2019-12-31T23:59:59.6Z', originTimeSdS: 0.5 },
      { originTime: '2019-12-31T23:59:59.4Z', originTimeSdS: 0.5 },
      // However uncertain, not beyond what the window reads.
      { originTime: '2019-12-31T23:50:00Z', originTimeSdS: 1e6 },
    ]);
    const declared = (await run()).drafts.map(({ origin }) => origin.originTime);
    expect(declared).toEqual(['2019-12-31T23:59:59.6Z']);
  });

  it('leaves quakes outside the window to its neighbours: start in, end out', async () => {
    const times = [
      '2019-12-31T23:50:00Z',
      window.start,
      '2020-01-01T00:04:59.999999999Z',
      window.end,
    ];
    const found = times.map((originTime) => ({ originTime, originTimeSdS: 0.5 }));
    const { deps, evidence, run } = await setUp(found);
    const result = await run();
    expect(result.drafts.map(({ origin }) => origin.originTime)).toEqual([times[1], times[2]]);
    expect(result.why).toEqual(['because', '2 quakes outside the window belong to its neighbours']);
    const keys = result.drafts.map((each) => each.idempotencyKey);
    expect(new Set(keys).size).toBe(2);
    for (const { provenance } of result.drafts) {
      expect(await deps.store.has(provenance.posterior.key)).toBe(true);
      expect(provenance).toMatchObject({ evidence, inputs, window, codeVersion: '0.0.0+test' });
    }
    // The same work again is the same drafts: a retried write finds its key.
    expect(await run()).toEqual(result);
  });
});

describe('catalogue and exports', () => {
  it('the same drafts twice are the same lines', async () => {
    const deps = memoryDeps();
    const { updateCatalogue } = createActivities(deps);
    const drafts = [draft({ key: 'a' }), draft({ key: 'b', magnitude: 5.1 })];
    const lines = await attempt(updateCatalogue, { drafts }).result;
    expect(await attempt(updateCatalogue, { drafts }).result).toEqual(lines);
    expect(deps.catalogue.origins).toHaveLength(2);
    expect(lines[1]).toMatchObject({ version: 1, magnitude: 5.1, probability: 0.9987 });
    const eventId = lines[0]!.eventId;
    const more = await attempt(updateCatalogue, { drafts: [draft({ key: 'c' })], eventId }).result;
    expect(more[0]).toMatchObject({ eventId, version: 2 });
  });

  it('publishing twice writes once; a new version is a new file beside the old', async () => {
    const deps = memoryDeps();
    const { updateCatalogue, publishEvents } = createActivities(deps);
    const [line] = await attempt(updateCatalogue, { drafts: [draft({ key: 'a', magnitude: 2 })] })
      .result;
    const eventId = line!.eventId;
    const eventIds = [eventId, 'unknown'];
    const refs = await attempt(publishEvents, { eventIds }).result;
    expect(refs.map((ref) => ref.key.replace(/-[0-9a-f]{12}/, ''))).toEqual([
      `events/${eventId}/v0001.xml`,
      `events/${eventId}/v0001.geojson`,
    ]);
    expect(await attempt(publishEvents, { eventIds }).result).toEqual(refs);
    expect(deps.store.objects.size).toBe(2);
    await attempt(updateCatalogue, { drafts: [draft({ key: 'b', magnitude: 2 })], eventId }).result;
    const later = await attempt(publishEvents, { eventIds }).result;
    expect(later[0]!.key).toContain('/v0002-');
    expect(deps.store.objects.size).toBe(4);
  });

  it('a region that is not there is final', async () => {
    const { loadRegion } = createActivities(
      memoryDeps({ catalogue: memoryCatalogue({ regions: [REGION] }) }),
    );
    expect(await attempt(loadRegion, { regionId: 'test' }).result).toEqual(REGION);
    await expect(attempt(loadRegion, { regionId: 'tset' }).result).rejects.toMatchObject({
      nonRetryable: true,
    });
  });

  it('spans of new segments are merged where they touch, and the cursor moves on', async () => {
    const at = (minute: number): bigint => isoToNs(window.start) + BigInt(minute) * 60n * 10n ** 9n;
    const row = (id: number, from: number, to: number): SegmentRow => ({
      id,
      regionId: 'test',
      source: 'phones',
      sourceId: 'phones',
      startNs: at(from),
      endNs: at(to),
      records: 1,
      artifact: anyRef(`s/${id}`, 'phone-segment'),
    });
    const segments = [row(4, 5, 6), row(5, 0, 2), row(6, 1, 3), row(9, 3, 4), row(10, 0, 1)];
    const deps = memoryDeps({ catalogue: memoryCatalogue({ segments }) });
    const { readSegments } = createActivities(deps);
    const found = await attempt(readSegments, { regionId: 'test', afterId: 3 }).result;
    expect(found).toEqual({
      cursor: 10,
      spans: [
        { start: '2020-01-01T00:00:00Z', end: '2020-01-01T00:04:00Z' },
        { start: '2020-01-01T00:05:00Z', end: '2020-01-01T00:06:00Z' },
      ],
    });
    const none = await attempt(readSegments, { regionId: 'test', afterId: 10 }).result;
    expect(none).toEqual({ cursor: 10, spans: [] });
  });

  it('only quakes large enough to be seen start an inversion', async () => {
    const started: string[] = [];
    const deps = {
      ...memoryDeps(),
      workflows: {
        signalEvent: async () => undefined,
        startInversion: async ({ event }: { event: { eventId: string } }) => {
          started.push(event.eventId);
          return `invert-${event.eventId}`;
        },
      },
    };
    const quake = (eventId: string, magnitude: number) => ({
      eventId,
      version: 1,
      originTime: window.start,
      latitude: 17,
      longitude: -98,
      depthKm: 10,
      magnitude,
      probability: 1,
    });
    const quakes = [quake('small', 4.9), quake('large', 5)];
    const { offerLateEvidence } = createActivities(deps);
    const input = { regionId: 'test', quakes, scenes: [anyRef('scene')] };
    expect(await attempt(offerLateEvidence, input).result).toEqual(['invert-large']);
    expect(started).toEqual(['large']);
  });
});
