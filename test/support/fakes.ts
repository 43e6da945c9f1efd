/** Small true-shaped values for workflow and activity tests. @module */
import type { Activities } from '../../activities/index.js';
import type { ArtifactRef } from '../../core/artifact.js';
import type { RegionConfig } from '../../core/region.js';
import type { IngestResult, QuakeLine } from '../../core/stages.js';

export const REGION: RegionConfig = {
  id: 'test',
  name: 'Test region',
  bounds: { west: -100, south: 15, east: -96, north: 18 },
  grid: { spacingKm: 20, depthsKm: [5, 15, 30] },
  velocityModel: 'iasp91',
  minMagnitude: 2.5,
  maxMagnitude: 8,
  windowS: 300,
  overlapS: 60,
  sources: [
    { kind: 'phones', id: 'phones', uri: 'mqtt:quakeloom/test/phones/+' },
    { kind: 'reports', id: 'posts', uri: 'file:/posts.jsonl' },
  ],
  synthetic: false,
};

export function ref(key: string): ArtifactRef {
  return { key, sha256: '0'.repeat(64), bytes: 1, kind: 'source-table' };
}

export const QUAKE: QuakeLine = {
  eventId: 'qltest000001',
  version: 1,
  originTime: '2020-01-30T06:47:22Z',
  latitude: 16.8,
  longitude: -100.1,
  depthKm: 20,
  magnitude: 5.3,
  probability: 0.99,
};

function ingested(source: IngestResult['source'], items: number): IngestResult {
  return {
    source,
    artifacts: items > 0 ? [ref(`${source}.arrow`)] : [],
    items,
    missing: items > 0 ? [] : [`${source}: nothing`],
    quarantined: 0,
    notes: [],
  };
}

/** Activities that find one quake in every window. */
export function fakeActivities(overrides: Partial<Activities> = {}): Partial<Activities> {
  return {
    loadRegion: async () => REGION,
    ingestDas: async () => ingested('das', 1),
    ingestPhones: async () => ingested('phones', 12),
    ingestInsar: async () => ingested('insar', 0),
    ingestReports: async () => ingested('reports', 3),
    alignWindow: async () => ({
      version: 'abc',
      manifest: ref('window.json'),
      files: { phones: ref('phones.arrow') },
      missing: [],
      notes: [],
    }),
    evaluateEvidence: async () => ({
      evidence: ref('evidence.json'),
      sensors: 12,
      arrivals: 9,
      reportCells: 3,
      notes: [],
    }),
    detectQuakes: async () => ({ drafts: [], why: [], backend: 'wasm' }),
    updateCatalogue: async () => [QUAKE],
    publishEvents: async () => [],
    offerLateEvidence: async () => [],
    ...overrides,
  };
}
