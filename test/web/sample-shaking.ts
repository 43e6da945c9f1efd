/** A map of shaking as `publishEvents` stores one, for the page. @module */
import type { ArtifactRef, ObjectStore } from '../../core/artifact.js';
import type { ShakingRow } from '../../core/catalogue.js';
import { shakingFiles } from '../../catalogue/export/shaking.js';
import { describeShaking } from '../../models/shaking/describe.js';
import { artifact } from '../catalogue/drafts.js';

/** The prior's map of a quake of magnitude 7.2, and a store that has its files. */
export function sampleShaking(eventId: string): { row: ShakingRow; store: ObjectStore } {
  const { summary, map, metadata } = describeShaking({
    eventId,
    samples: [{ latitude: 16.52, longitude: -98.1, depthKm: 22, magnitude: 7.2 }],
    samplesKnowData: true,
    mechanism: null,
    observations: [],
    settings: { model: 'bssa14-aw07', vs30: 400, radiusKm: 200, spacingKm: 25, places: [] },
    notes: [],
  });
  const files = new Map<string, Uint8Array>();
  const artifacts: ArtifactRef[] = shakingFiles({ map, metadata }).map(({ name, bytes }) => {
    const key = `events/${eventId}/v0002-0123456789ab-${name}`;
    files.set(key, bytes);
    return artifact(key, 'export');
  });
  const row: ShakingRow = {
    id: 'map',
    eventId,
    version: 2,
    createdAt: '2018-02-17T00:10:05Z',
    summary: { ...summary },
    artifacts,
    problem: null,
  };
  const get = async ({ key }: ArtifactRef): Promise<Uint8Array> => {
    const bytes = files.get(key);
    if (!bytes) throw new Error(`no object ${key}`);
    return bytes;
  };
  return { row, store: { get } as ObjectStore };
}
