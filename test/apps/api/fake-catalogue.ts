/** A catalogue in memory for the API's tests, and the events that they look for. @module */
import type {
  Catalogue,
  DeformationRow,
  EventFilter,
  ShakingRow,
} from '../../../core/catalogue.js';
import type { OriginDraft, Quake, StoredOrigin } from '../../../core/quake.js';
import type { RegionConfig } from '../../../core/region.js';
import { artifact, draft, gaussian, region } from '../../catalogue/drafts.js';

export interface FakeCatalogue {
  readonly catalogue: Catalogue;
  /** Filters that `listEvents` was asked with, oldest first. */
  readonly filters: EventFilter[];
  /** Adds a version, stored at `createdAt`. */
  add(eventId: string, input: OriginDraft, createdAt: string): StoredOrigin;
  /** Makes every question fail with this until null is given. */
  breakWith(error: Error | null): void;
}

export interface FakeContent {
  readonly regions?: readonly RegionConfig[];
  readonly deformation?: readonly DeformationRow[];
  readonly shaking?: readonly ShakingRow[];
}

/** Filters only by what the stream needs: time of storing. The real one has its own tests. */
export function fakeCatalogue(content: FakeContent = {}): FakeCatalogue {
  const events = new Map<string, StoredOrigin[]>();
  const filters: EventFilter[] = [];
  let failure: Error | null = null;
  const answer = <T>(value: () => T): Promise<T> =>
    failure ? Promise.reject(failure) : Promise.resolve(value());
  const quakeOf = (eventId: string): Quake | null => {
    const origins = events.get(eventId);
    const preferred = origins?.at(-1);
    if (!origins || !preferred) return null;
    return { eventId, regionId: preferred.regionId, versions: origins.length, preferred };
  };
  const refuse = (): never => {
    throw new Error('the API must only read');
  };
  const catalogue: Catalogue = {
    putRegion: refuse,
    appendOrigin: refuse,
    addSegment: refuse,
    quarantine: refuse,
    putDeformation: refuse,
    putShaking: refuse,
    segmentsInWindow: refuse,
    segmentsAfter: refuse,
    getRegion: (id) => answer(() => content.regions?.find((item) => item.id === id) ?? null),
    listRegions: () => answer(() => [...(content.regions ?? [])]),
    listEvents: (filter) => {
      filters.push(filter);
      return answer(() =>
        [...events.keys()]
          .map((id) => quakeOf(id) as Quake)
          .filter(({ preferred }) => preferred.createdAt > (filter.updatedAfter ?? ''))
          .slice(0, filter.limit),
      );
    },
    getEvent: (id) => answer(() => quakeOf(id)),
    listOrigins: (id) => answer(() => [...(events.get(id) ?? [])]),
    listQuarantine: () =>
      answer(() => [
        {
          regionId: 'mexico',
          source: 'phones' as const,
          item: 'segments/phones-9.arrow',
          reason: 'damaged',
          createdAt: '2018-02-16T23:50:00Z',
          count: 2,
        },
      ]),
    getShaking: ({ eventId }) =>
      answer(() => content.shaking?.find((row) => row.eventId === eventId) ?? null),
    listDeformation: () => answer(() => [...(content.deformation ?? [])]),
  };
  return {
    catalogue,
    filters,
    add: (eventId, input, createdAt) => {
      const origins = events.get(eventId) ?? [];
      const stored = { ...input, eventId, version: origins.length + 1, createdAt };
      events.set(eventId, [...origins, stored]);
      return stored;
    },
    breakWith: (error) => {
      failure = error;
    },
  };
}

/** Ids of the sample events: two versions, one version, simulated. */
export const IDS = { oaxaca: 'qlabcdefgh23', guerrero: 'qlshallow222', simulated: 'qlzzzzzzzz77' };

/** A note that would change the page's title if it were taken as markup. */
export const MARKUP = '<img src="/x" onerror="document.title=1"> & more';

/** Three events (one simulated, one with two versions), two regions, two deformation products. */
export function sampleCatalogue(more: Pick<FakeContent, 'shaking'> = {}): FakeCatalogue {
  const fake = fakeCatalogue({
    ...more,
    regions: [region('mexico'), { ...region('gulf'), synthetic: true, bounds: GULF }],
    deformation: DEFORMATION,
  });
  fake.add(IDS.oaxaca, draft({ magnitude: 6.9, placeSdKm: 9 }), '2018-02-16T23:45:00Z');
  fake.add(
    IDS.oaxaca,
    draft({
      latitude: 16.52,
      longitude: -98.1,
      magnitude: 7.2,
      placeSdKm: 14,
      run: 'run-2',
      rest: {
        contributions: [
          { source: 'phones', nats: 41.5, items: 12 },
          { source: 'reports', nats: -3.25, items: 2 },
          { source: 'das', nats: 12.4, items: 3 },
        ],
      },
    }),
    '2018-02-17T00:10:00Z',
  );
  fake.add(
    IDS.guerrero,
    draft({
      originTime: '2018-02-17T03:05:10.5Z',
      latitude: 17.4,
      longitude: -100.6,
      magnitude: 4.1,
      rest: { depthKm: gaussian(6.5, 3), existenceProbability: 0.62, notes: [MARKUP] },
    }),
    '2018-02-17T03:15:00Z',
  );
  fake.add(
    IDS.simulated,
    draft({
      regionId: 'gulf',
      originTime: '2018-02-18T12:00:00Z',
      latitude: 18.6,
      longitude: -95.2,
      magnitude: 5.6,
      synthetic: true,
      rest: { depthKm: gaussian(48, 9), notes: ['synthetic: every observation is simulated'] },
    }),
    '2018-02-18T12:10:00Z',
  );
  return fake;
}

const GULF = { west: -97, south: 17, east: -93, north: 20 };

const DEFORMATION: readonly DeformationRow[] = [
  {
    id: 'source-mexico-0123456789ab-okada',
    regionId: 'mexico',
    kind: 'source',
    createdAt: '2018-02-20T08:00:00Z',
    summary: {
      model: 'okada',
      mw: gaussian(7.18, 0.04),
      marginals: { strikeDeg: gaussian(296, 4), slipM: gaussian(1.35, 0.2) },
      varianceReduction: 0.93,
      residualRmsM: 0.0123,
      notes: ['one line of sight only: dip, depth and slip trade off; see the posterior'],
    },
    artifacts: [artifact('deformation/mexico/summary.json', 'deformation')],
  },
  {
    id: 'velocity-mexico-ba9876543210',
    regionId: 'mexico',
    kind: 'velocity',
    createdAt: '2018-02-19T08:00:00Z',
    summary: {
      epochs: Array.from({ length: 12 }, (_, i) => `2017-${String(i + 1).padStart(2, '0')}-01`),
      velocityMmPerYear: { min: -14.2, max: 6.03 },
      overallResidualRmsMm: 2.6,
      notes: ['no orbital ramp, atmosphere or height correction'],
    },
    artifacts: [artifact('deformation/mexico/velocity.tif', 'deformation')],
  },
];
