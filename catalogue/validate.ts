/**
 * Checks at the edge of the catalogue: what breaks the contract of core is refused before it is
 * written, with the path of the offending field.
 * @module
 */
import { z } from 'zod';
import { isSafeKey } from '../core/artifact.js';
import type { DeformationRow, QuarantineRow, SegmentRow, ShakingRow } from '../core/catalogue.js';
import { InvalidInputError } from '../core/errors.js';
import { SOURCE_KINDS } from '../core/evidence.js';
import type { OriginDraft } from '../core/quake.js';
import type { RegionConfig } from '../core/region.js';
import { isoToNs } from '../core/time.js';

/** PostgreSQL cannot hold the character U+0000, nor half a surrogate pair. */
const text = z.string().refine((value) => !/\0|\p{Surrogate}/u.test(value), {
  message: 'holds a character that cannot be stored',
});
const name = text.min(1).max(512);
const regionId = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'not a region id');
const isoTime = z.string().refine(
  (value) => {
    try {
      isoToNs(value);
      return true;
    } catch {
      return false;
    }
  },
  { message: 'not ISO-8601 UTC' },
);
const notNegative = z.number().nonnegative();
const count = z.int().nonnegative();
const source = z.enum(SOURCE_KINDS);

const artifact = z.object({
  key: z.string().refine(isSafeKey, 'not an artifact key'),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, 'not a SHA-256'),
  bytes: count,
  kind: name,
});

const marginal = (mean: z.ZodNumber): z.ZodType =>
  z.object({ mean, sd: notNegative, p05: z.number(), p50: z.number(), p95: z.number() });

const estimate = z.object({
  originTime: isoTime,
  originTimeSdS: notNegative,
  latitude: marginal(z.number().min(-90).max(90)),
  longitude: marginal(z.number().min(-360).max(360)),
  depthKm: marginal(z.number()),
  magnitude: marginal(z.number()),
  ellipse90: z.object({
    semiMajorKm: notNegative,
    semiMinorKm: notNegative,
    azimuthDeg: z.number(),
  }),
  existenceProbability: z.number().min(0).max(1),
  arrivalsUsed: count,
  sensorsUp: count,
  azimuthalGapDeg: z.number(),
  nearestSensorKm: notNegative.nullable(),
  contributions: z.array(z.object({ source, nats: z.number(), items: count })),
  notes: z.array(text),
});

const provenance = z.object({
  codeVersion: text,
  window: z.object({ start: isoTime, end: isoTime }),
  inputs: z.array(artifact),
  evidence: artifact.nullable(),
  posterior: artifact,
  parameters: z.record(text, z.union([text, z.number(), z.boolean()])),
  seed: z.number(),
  backend: text,
  synthetic: z.boolean(),
  workflowId: text,
});

const originDraft = z.object({
  regionId,
  origin: estimate,
  provenance,
  idempotencyKey: name,
});

const region = z.looseObject({ id: regionId, name: text });

const segment = z
  .object({
    regionId,
    source,
    sourceId: name,
    startNs: z.bigint(),
    endNs: z.bigint(),
    records: count,
    artifact,
  })
  .refine((row) => row.endNs >= row.startNs, { path: ['endNs'], message: 'before startNs' });

const quarantineRow = z.object({ regionId, source, item: text.min(1), reason: text.min(1) });

const deformationRow = z.object({
  id: name,
  regionId,
  kind: z.enum(['velocity', 'source']),
  summary: z.record(text, z.unknown()),
  artifacts: z.array(artifact),
});

const shakingRow = z.object({
  id: name,
  eventId: name,
  version: z.number().int().positive(),
  summary: z.record(text, z.unknown()),
  artifacts: z.array(artifact),
  problem: text.nullable(),
});

/** Throws InvalidInputError for an origin that cannot be stored. */
export const checkDraft = (draft: OriginDraft): void => check('origin', originDraft, draft);
/** Throws InvalidInputError for a region that cannot be stored. */
export const checkRegion = (config: RegionConfig): void => check('region', region, config);
/** Throws InvalidInputError for a segment that cannot be stored. */
export const checkSegment = (row: Omit<SegmentRow, 'id'>): void => check('segment', segment, row);
/** Throws InvalidInputError for a quarantine entry that cannot be stored. */
export const checkQuarantine = (row: QuarantineRow): void =>
  check('quarantine entry', quarantineRow, row);
/** Throws InvalidInputError for a deformation product that cannot be stored. */
export const checkDeformation = (row: Omit<DeformationRow, 'createdAt'>): void =>
  check('deformation product', deformationRow, row);
/** Throws InvalidInputError for a map of shaking that cannot be recorded. */
export const checkShaking = (row: Omit<ShakingRow, 'createdAt'>): void =>
  check('map of shaking', shakingRow, row);
/** Throws InvalidInputError unless `limit` is a whole number from 0. */
export const checkLimit = (limit: number): void => check('limit', count, limit);

function check(what: string, schema: z.ZodType, value: unknown): void {
  const result = schema.safeParse(value);
  if (result.success) return;
  const reasons = result.error.issues
    .slice(0, 5)
    .map((issue) => [issue.path.join('.'), issue.message].filter(Boolean).join(': '));
  throw new InvalidInputError({
    what,
    reason: reasons.join('; '),
    remedy: 'correct the named fields',
  });
}
