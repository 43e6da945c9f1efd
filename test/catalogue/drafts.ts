/** Origins, segments and regions for catalogue tests. @module */
import { createHash } from 'node:crypto';
import type { ArtifactRef } from '../../core/artifact.js';
import type { Marginal, OriginDraft, OriginEstimate } from '../../core/quake.js';
import type { RegionConfig } from '../../core/region.js';

/** A reference with a hash made from its key. */
export function artifact(key: string, kind: ArtifactRef['kind'] = 'evidence'): ArtifactRef {
  return { key, sha256: createHash('sha256').update(key).digest('hex'), bytes: key.length, kind };
}

/** A Gaussian marginal. */
export function gaussian(mean: number, sd: number): Marginal {
  return { mean, sd, p05: mean - 1.6448536 * sd, p50: mean, p95: mean + 1.6448536 * sd };
}

/** An origin; give what matters to the test. */
export function estimate(
  input: {
    originTime?: string;
    latitude?: number;
    longitude?: number;
    magnitude?: number;
    timeSdS?: number;
    placeSdKm?: number;
    rest?: Partial<OriginEstimate>;
  } = {},
): OriginEstimate {
  const sdKm = input.placeSdKm ?? 2;
  return {
    originTime: input.originTime ?? '2018-02-16T23:39:39.123456789Z',
    originTimeSdS: input.timeSdS ?? 0.4,
    latitude: gaussian(input.latitude ?? 16.386, sdKm / 111.2),
    longitude: gaussian(input.longitude ?? -97.979, sdKm / 106),
    depthKm: gaussian(22.123, 4.5),
    magnitude: gaussian(input.magnitude ?? 7.2, 0.17),
    ellipse90: { semiMajorKm: sdKm * 2.146 * 1.5, semiMinorKm: sdKm * 2.146, azimuthDeg: 35 },
    existenceProbability: 0.9987,
    arrivalsUsed: 14,
    sensorsUp: 17,
    azimuthalGapDeg: 211.5,
    nearestSensorKm: 61.25,
    contributions: [
      { source: 'phones', nats: 41.5, items: 12 },
      { source: 'reports', nats: -0.25, items: 2 },
    ],
    notes: ['one-sided network'],
    ...input.rest,
  };
}

/** A draft; `run` names the inference that made it, `key` the draft within it. */
export function draft(
  input: Parameters<typeof estimate>[0] & {
    regionId?: string;
    run?: string;
    key?: string;
    synthetic?: boolean;
  } = {},
): OriginDraft {
  const origin = estimate(input);
  const run = input.run ?? 'run-1';
  const key = input.key ?? `${run} ${origin.originTime} ${origin.latitude.mean}`;
  return {
    regionId: input.regionId ?? 'mexico',
    origin,
    provenance: {
      codeVersion: '0.1.0+abc',
      window: { start: '2018-02-16T23:30:00Z', end: '2018-02-16T23:45:00Z' },
      inputs: [artifact('segments/phones-1.arrow', 'phone-segment')],
      evidence: artifact(`evidence/${run.replaceAll(' ', '-')}.json`),
      posterior: artifact('posteriors/mexico/p.arrow', 'posterior'),
      parameters: { samples: 2000, stack: 'coarse', exact: true },
      seed: 4_294_967_295,
      backend: 'tensorflow-cpu',
      synthetic: input.synthetic ?? false,
      workflowId: 'fuse-mexico-2018-02-16T23:30:00Z',
    },
    idempotencyKey: createHash('sha256').update(key).digest('hex'),
  };
}

/** A region's configuration. */
export function region(id: string): RegionConfig {
  return {
    id,
    name: 'Guerrero & Oaxaca "coast"',
    bounds: { west: -102, south: 14, east: -94, north: 20 },
    grid: { spacingKm: 20, depthsKm: [5, 20, 40] },
    velocityModel: 'iasp91',
    minMagnitude: 3,
    maxMagnitude: 8.5,
    windowS: 300,
    overlapS: 90,
    sources: [{ kind: 'phones', id: 'openeew', uri: 'mqtt:devices/#', options: { qos: 1 } }],
    synthetic: false,
  };
}
