/** Region configuration files: checked where they enter. @module */
import { z } from 'zod';
import { InvalidInputError } from '../core/errors.js';
import { SOURCE_KINDS } from '../core/evidence.js';
import type { RegionConfig } from '../core/region.js';

const degrees = (limit: number) => z.number().min(-limit).max(limit);

const REGION = z
  .strictObject({
    id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,40}$/, 'lower-case letters, digits and dashes'),
    name: z.string().min(1),
    bounds: z.strictObject({
      west: degrees(180),
      south: degrees(90),
      east: z.number().min(-180).max(360),
      north: degrees(90),
    }),
    grid: z.strictObject({
      spacingKm: z.number().min(0.5).max(200),
      depthsKm: z.array(z.number().min(-5).max(700)).min(1).max(50),
    }),
    velocityModel: z.enum(['iasp91', 'ak135']).default('iasp91'),
    minMagnitude: z.number().min(-2).max(9).default(2.5),
    maxMagnitude: z.number().min(0).max(10).default(8.5),
    windowS: z.number().int().min(10).max(86_400).default(300),
    overlapS: z.number().int().min(0).max(3600).default(120),
    sources: z
      .array(
        z.strictObject({
          kind: z.enum(SOURCE_KINDS),
          id: z.string().regex(/^[A-Za-z0-9._-]+$/),
          uri: z
            .string()
            .regex(/^(file|dataset|mqtt|live|https?|s3):/, 'file:, dataset:, mqtt: or live:'),
          options: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
        }),
      )
      .max(100),
    synthetic: z.boolean().default(false),
  })
  .refine((region) => region.bounds.west < region.bounds.east, 'west must be less than east')
  .refine((region) => region.bounds.south < region.bounds.north, 'south must be less than north')
  .refine(
    ({ grid: { depthsKm } }) => depthsKm.every((depth, i) => i === 0 || depth > depthsKm[i - 1]!),
    'grid.depthsKm must ascend',
  )
  .refine((region) => region.minMagnitude < region.maxMagnitude, 'minMagnitude < maxMagnitude')
  .refine(
    (region) => new Set(region.sources.map((source) => source.id)).size === region.sources.length,
    'source ids must differ',
  );

/** Region of a JSON text. Throws InvalidInputError naming the field. */
export function parseRegion(input: { text: string; name: string }): RegionConfig {
  let value: unknown;
  try {
    value = JSON.parse(input.text);
  } catch (cause) {
    throw new InvalidInputError({
      what: `region file ${input.name}`,
      reason: cause instanceof Error ? cause.message : 'not JSON',
      remedy: 'write one JSON object as in docs/operations.md',
      cause,
    });
  }
  const parsed = REGION.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new InvalidInputError({
      what: `region file ${input.name}`,
      reason: `${issue?.path.join('.') || 'region'}: ${issue?.message ?? 'not valid'}`,
      remedy: 'correct the field as in docs/operations.md',
    });
  }
  // zod leaves absent options as undefined; the contract has no such key.
  return JSON.parse(JSON.stringify(parsed.data)) as RegionConfig;
}
